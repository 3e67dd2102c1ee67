"""`rpa run`: start everything, keep workers alive, run the periodic jobs, stop in order.

Never here: what a robot does (`jobs`), or how a submission is read (`intake`).
"""
