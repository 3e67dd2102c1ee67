"""The jobs that recur while the system runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from orchestrator.actions import messages, reconciling, recovery, signing, switching
from orchestrator.actions.arrivals import receive_overdue
from orchestrator.actions.permissions import INTAKE
from orchestrator.app import App
from orchestrator.intake.mailbox import Mailboxes
from orchestrator.intake.watched_folder import Inbox
from orchestrator.jobs.context import horizon
from orchestrator.notify import Sender
from orchestrator.reading import Reader
from orchestrator.settings import Settings
from orchestrator.store import DATABASE_ERRORS, utc_now
from rpa.errors import DefinitionError

_log = structlog.get_logger(__name__)


@dataclass
class PeriodicJobs:
    """The recurring jobs of one running system, each safe to run at any time and again."""

    app: App
    reader: Reader
    reload: Callable[[], Settings]
    inbox: Inbox | None
    sender: Sender | None = None
    mailboxes: Mailboxes | None = None
    intake_runs: int = 0
    receiving: Lock = field(default_factory=Lock)
    _faults: str = ""
    _configured: tuple[object, ...] = ()

    def receive(self) -> None:
        """Receive what lies in the watched folder, and messages whose other parts did not come."""
        with self.receiving:
            if self.inbox is not None:
                self.inbox.receive(self.reader, self.app.store, self.app.originals)
            overdue = self.app.settings.operations.parts_seconds
            receive_overdue(self.app.store, self.app.originals, self.reader, INTAKE, overdue)
            self.intake_runs += 1

    def finish_receiving(self) -> None:
        """Wait until what is in hand is received: it needs the reader."""
        with self.receiving:
            pass

    def expire(self) -> None:
        """Take back reports whose robot did not renew its claim."""
        lapsed = recovery.expire(self.app.store, self.app.settings.robots.attempts)
        if lapsed:
            _log.warning("claims lapsed", count=len(lapsed))

    def configure(self) -> None:
        """Apply what rpa.toml switches on and off as it is edited (P9). A file with a fault changes nothing."""
        try:
            settings = self.reload()
        except DefinitionError as error:
            if str(error) != self._faults:
                self._faults = str(error)
                _log.error("rpa.toml is not valid; the previous settings stay in force", error=error)
            return
        self._faults = ""
        switches, told = (settings.form_switches, settings.target_switches), settings.message_switches
        if (switches, told) != self._configured:
            switching.configure(self.app.store, *switches)
            messages.configure(self.app.store, told)
            self._configured = switches, told

    def send(self) -> None:
        """Send what waits in the outbox."""
        if self.sender is not None:
            self.sender.round()

    def sign(self) -> None:
        """Sign the last entry of the trail, outside the database. Nothing is signed over one that is forged, or
        while the database is away."""
        try:
            signing.sign(self.app)
        except (signing.NotSigned, *DATABASE_ERRORS) as error:
            _log.error("the trail is not signed", error=error)

    def reconcile(self) -> None:
        """Have robots look up recent records once more: each has to be in its target exactly once."""
        settings = self.app.settings
        since = utc_now() - timedelta(days=settings.operations.reconcile_days)
        horizons = {target: horizon(settings, target) for target in settings.targets}
        number = reconciling.start(self.app.store, since, horizons)
        _log.info("records are looked up once more", count=number)

    def idle(self) -> bool:
        """Whether nothing waits for a robot in a target that is on, and nothing lies in the watched folder or in a
        mailbox, each of which was looked through."""
        if self.mailboxes and not self.mailboxes.are_idle:
            return False
        waiting = self.app.store.reports_open() + self.app.store.updates_open()
        waiting += len(self.reader.incomplete)
        return waiting == 0 and (self.inbox is None or self.inbox.waiting == 0)


def schedule(periodic: PeriodicJobs) -> AsyncIOScheduler:
    """A scheduler with every job; a job that is still running is not started again beside itself."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    late: set[str] = set()  # jobs that were to run while they still ran
    scheduler.add_listener(partial(_still_running, late), EVENT_JOB_MAX_INSTANCES)
    operations = periodic.app.settings.operations
    every = {
        periodic.receive: operations.receive_seconds,
        periodic.expire: operations.expire_seconds,
        periodic.configure: operations.follow_seconds,
        periodic.sign: operations.sign_seconds,
        periodic.send: periodic.app.settings.notify.round_seconds,
    }
    for job, seconds in every.items():
        scheduler.add_job(_guarded(job, late), "interval", seconds=seconds, id=job.__name__)
    nightly, hour = periodic.reconcile, operations.reconcile_hour
    scheduler.add_job(_guarded(nightly, late), "cron", hour=hour, id=nightly.__name__)
    return scheduler


def _still_running(late: set[str], event: JobSubmissionEvent) -> None:
    if event.job_id not in late:
        _log.warning("a periodic job takes longer than its interval", kind=event.job_id)
    late.add(event.job_id)


def _guarded(job: Callable[[], None], late: set[str]) -> Callable[[], object]:
    """The job, off the event loop. A failure is logged, and the job runs again next time. Being `late` is logged
    once for each time."""

    async def run() -> None:
        late.discard(job.__name__)
        try:
            await asyncio.to_thread(job)
        except Exception:  # noqa: BLE001 - one that fails must not end the others
            _log.exception("a periodic job failed", kind=job.__name__)

    return run
