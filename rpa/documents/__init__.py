"""Documents: the bytes of a submission -> a document, one module for each format.

Never here: what an answer means (`rpa.forms`), or where the bytes came from.
"""
