"""The command line: parse the arguments, call an action, show what came of it.

Each module holds the commands of one subject; `main` puts them together. Never here: what an act moves, who may do
it or what the trail says (`actions`), or how a report is laid out for a reader (`render`).
"""
