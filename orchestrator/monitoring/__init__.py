"""What the system says about itself while it runs: logs that hold no personal data (P8).

Never here: the audit trail, which is evidence and is in the store.
"""
