"""`rpa demo`: the sample reports keyed into a practice CHS, and everything checked afterwards.

Never here: anything that the running system needs.
"""
