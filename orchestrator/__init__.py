"""Many reports, over time.

Here live settings, states, the store, claims, workers, the schedule and the command line. Here never lives
anything that knows how a form is understood or how a page is keyed: that is `rpa`.
"""
