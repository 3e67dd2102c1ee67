"""How submissions arrive, and where their bytes are kept.

Here live the channels, the store of originals, the rule which files belong to one submission, and recovery after a
crash or a restored copy. Never here: what the bytes mean (`rpa.documents`, `rpa.forms`).
"""
