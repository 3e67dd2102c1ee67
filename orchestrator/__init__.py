"""Many reports, over time.

`intake` receives, `jobs` is the robots' work, `actions` is what anybody may do, `store` is the database, `service`
is `rpa run`, `cli` is the commands, `render` is what they show, and `settings`, `monitoring` and `demo` are what
their names say. Beside them: states and the ways between them, waits, originals, definitions, accounts, and the
files of the trail.
Never here: how a form is understood or a page is keyed. That is `rpa`.
"""
