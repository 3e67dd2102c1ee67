"""One function for each act: who may do it, what it moves, what the trail says.

The command line, the robots' worker, the periodic jobs and every channel call these, and only these write to the
store. A person's act takes the actor, requires the permission (`permissions`), and leaves an entry that names the
actor. A robot works under its claim. Never here: how a page is keyed (`rpa`), when something is due (`service`),
how the outcome looks (`render`).
"""
