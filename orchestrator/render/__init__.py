"""How reports and lists look: at a terminal, and as JSON for a program.

Here live views, tables, and the safe way to a terminal. Never here: anything that changes a report.
"""
