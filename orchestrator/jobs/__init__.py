"""What robots do with reports: claim a job, do it under its lease, settle what came of it.

Here live the worker process, the loop of each robot, its tasks and account leases. Never here: how a page is keyed
(`rpa`), or what an outcome moves (`actions.work`).
"""
