"""One report, one browser.

Contains everything that turns the bytes of one submission into one verified record in a target: forms,
mappings, plans, the browser and the robot's journey. Never here: a database, a scheduler, a clock of its
own, or anything that knows of more than one report.
"""
