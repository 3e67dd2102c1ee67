"""The store: what we know of every report, who holds it, and the trail of what happened to it.

Here live the tables and their migrations, claims and leases, and the one function that moves a report. `Store`
reads; only `orchestrator.actions` calls what writes. Here never lives anything that reads bytes, opens a browser,
or decides what to do next.
"""

from orchestrator.store.breakers import Breaker, Trouble, Verdict
from orchestrator.store.drift import Drift
from orchestrator.store.engine import DATABASE_ERRORS, Clock, open_engine, say_where
from orchestrator.store.heartbeats import Worker
from orchestrator.store.schema import DatabaseAway, check, upgrade
from orchestrator.store.store import Store, utc_now
from orchestrator.store.switches import Switch, TargetSwitch
from orchestrator.store.trail import begun
from orchestrator.store.unreadable import RowUnreadable
from orchestrator.store.values import (
    ChangedAnswer,
    Claim,
    ClaimLost,
    Columns,
    Delivery,
    Job,
    NoSuchReport,
    NotMoved,
    Receipt,
    Revision,
    Stored,
    Summary,
)

__all__ = [
    "DATABASE_ERRORS",
    "Breaker",
    "ChangedAnswer",
    "Claim",
    "ClaimLost",
    "Clock",
    "Columns",
    "DatabaseAway",
    "Delivery",
    "Drift",
    "Job",
    "NoSuchReport",
    "NotMoved",
    "Receipt",
    "Revision",
    "RowUnreadable",
    "Store",
    "Stored",
    "Summary",
    "Switch",
    "TargetSwitch",
    "Trouble",
    "Verdict",
    "Worker",
    "begun",
    "check",
    "open_engine",
    "say_where",
    "upgrade",
    "utc_now",
]
