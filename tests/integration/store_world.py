"""What the store's tests share: reports to receive, a clock to turn, and a store on a real database."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.verify import verify
from orchestrator.actions import switching
from orchestrator.states import Reason, State
from orchestrator.store import Claim, Receipt, Store, open_engine, upgrade
from rpa.report import Answer, Note, Problem, Report, Submission
from tests import acts

KEY = b"k" * 32
LEASE_SECONDS = 120.0
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that stands still until it is turned."""

    now: datetime = START

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def turn(self, seconds: float) -> None:
        """Go on by that many seconds."""
        self.now += timedelta(seconds=seconds)


def report(number: int = 1, **changes: Any) -> Report:
    """An understood report, valid unless told otherwise."""
    columns: dict[str, Any] = {
        "identity": f"00000000-0000-4000-8000-{number:012}",
        "submission_id": f"00000000-0000-4000-8000-{number:012}",
        "form": "ocr",
        "form_version": 1,
        "form_title": "Report a crime",
        "submitted_at": START - timedelta(minutes=30) + timedelta(seconds=number),
        "minutes_to_key": 60,
        "data": {"personReporting": {"surname": "EXAMPLE"}},
        "answers": (Answer("/personReporting/surname", ("Person",), "Surname", "EXAMPLE", "EXAMPLE"),),
        "notes": (Note("trimmed", "/personReporting/surname", '" EXAMPLE"', '"EXAMPLE"'),),
    }
    return Report(**{**columns, **changes})


def submission(number: int = 1, content: bytes | None = None) -> Submission:
    """The bytes of a report."""
    return Submission(content or b"report %d" % number, "folder", f"{number}.json")


def problem(kind: Any) -> tuple[Problem, ...]:
    """One problem of a kind."""
    return (Problem(kind, "/x", "Question", "It breaks a rule."),)


@cache
def _upgraded() -> bytes:
    """An SQLite database with every table and nothing in it: made once."""
    with tempfile.TemporaryDirectory(prefix="rpa-upgraded-") as folder:
        engine = open_engine(f"sqlite:///{folder}/rpa.db")
        upgrade(engine)
        engine.dispose()
        return Path(folder, "rpa.db").read_bytes()


@dataclass
class World:
    """A store with the crime form switched on."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    url: str = ""  # of a database with every table, in place of an SQLite one in the folder

    def __post_init__(self) -> None:
        file = self.folder / "rpa.db"
        self.engine = open_engine(self.url or f"sqlite:///{file}")
        if not (self.url or file.exists()):
            file.write_bytes(_upgraded())
        self.url = self.url or f"sqlite:///{file}"
        self.store = Store(self.engine, self.clock, KEY)
        switching.configure(self.store, {"ocr": (True, "chs")}, {"chs": True})

    def receive(self, number: int = 1, **changes: Any) -> Receipt:
        """Take in a report."""
        return acts.receive(self.store, report(number, **changes), submission(number))

    def claim(self, robot: str = "robot1", targets: tuple[str, ...] = ("chs",)) -> Claim | None:
        """Claim the next report."""
        return acts.claim(
            self.store, robot, {target: f"{target}-{robot}" for target in targets}, LEASE_SECONDS
        )

    def claimed(self, robot: str = "robot1") -> Claim:
        """Claim the next report, which must be there."""
        claim = self.claim(robot)
        assert claim is not None
        return claim

    def press(self, claim: Claim) -> None:
        """Up to the moment before save."""
        acts.move(
            self.store,
            claim.reference,
            State.KEYING,
            State.SUBMITTING,
            actor=claim.robot,
            reason=Reason.PAGE_CONFIRMED,
            token=claim.token,
            plan={"steps": []},
        )

    def finish(self, claim: Claim) -> None:
        """All the way from keying to review."""
        self.press(claim)
        mine = {"actor": claim.robot, "token": claim.token}
        here = claim.reference
        acts.move(
            self.store,
            here,
            State.SUBMITTING,
            State.SUBMITTED,
            reason=Reason.REFERENCE_SEEN,
            target_reference="CHS-2026-0000001",
            **mine,  # type: ignore[arg-type]
        )
        acts.move(
            self.store,
            here,
            State.SUBMITTED,
            State.REVIEW,
            reason=Reason.VERIFIED,
            mismatches=[],
            **mine,  # type: ignore[arg-type]
        )

    def state(self, reference: str) -> tuple[State, Reason]:
        """Where a report is, and why."""
        stored = self.store.report(reference)
        assert stored is not None
        return stored.state, stored.reason

    def actions(self) -> list[str]:
        """What the trail says was done, in order."""
        return [str(row["action"]) for row in self.store.entries()]

    def assert_trail_holds(self) -> None:
        """The chain verifies, and every report is as the trail says."""
        assert verify(self.store.entries(), [], Ed25519PrivateKey.generate().public_key()) == []
        assert list(self.store.altered()) == []
