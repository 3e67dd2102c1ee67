"""The store: what we know of every report, who holds it, and the trail of what happened to it.

- `store` reads for everybody; what writes is called by `orchestrator.actions` only
- `receive`, `reprocess`, `routing`, `moves`, `job_effects`, `revisions`, `updates`, `late_responses`, `restored`,
  `erase`: a report on its way
- `queueing`, `outbox`: messages to the people who reported
- `claims`, `jobs`, `breakers`, `heartbeats`: robots at work
- `switches`, `switch_effects`, `targets_of_forms`, `target_references`, `drift`: forms and targets
- `api_clients`: the programs that may send reports
- `trail`, `recorded_columns`, `integrity`, `row_versions`, `unreadable`: nothing is altered or overwritten unseen
- `engine`, `postgresql`, `schema`, `versions`, `tables`, `column_types`, `rows`, `values`, `identities`,
  `only_run`: the database itself

Never here: reading bytes, opening a browser, deciding what to do next.
"""

from orchestrator.store.api_clients import ApiClient, KnownClient
from orchestrator.store.breakers import Breaker, Trouble, Verdict
from orchestrator.store.drift import Drift
from orchestrator.store.engine import DATABASE_ERRORS, Clock, open_engine, say_where
from orchestrator.store.heartbeats import Worker
from orchestrator.store.only_run import AlreadyRunning, Keep
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
    Outgoing,
    Receipt,
    Revision,
    Stored,
    Summary,
)

__all__ = [
    "DATABASE_ERRORS",
    "AlreadyRunning",
    "ApiClient",
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
    "Keep",
    "KnownClient",
    "NoSuchReport",
    "NotMoved",
    "Outgoing",
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
