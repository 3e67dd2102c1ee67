"""The only room that imports Playwright: launch, survey a page, key it, read it back.

Errors of the browser and of Playwright are translated here, once. Neither types of Playwright nor its messages,
which quote what was typed, leave this room. What the page script (`js/`) returns is validated here. Never here:
what a target looks like, or a report.
"""
