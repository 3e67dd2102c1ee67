"""The only room that imports Playwright: launch, survey a page, key it, read it back.

Outside failures are translated here, once, at the door: nothing of Playwright's leaves this room, neither its
types nor its messages (which quote what was typed). Never here: what a target looks like, or a report.
"""
