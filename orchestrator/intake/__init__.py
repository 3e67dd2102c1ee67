"""How submissions arrive.

Here live the channels, and recovery after a crash or a restored copy; both call `actions.arrivals`. Never here:
what receiving a submission does (`actions`), or what its bytes mean (`rpa.documents`, `rpa.forms`).
"""
