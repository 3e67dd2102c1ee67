"""What tests of the whole way share: definitions, samples, a browser, a report ready to be keyed, its keeper.

Everything is a plain function or value, so that any test, benchmark or demonstration can use it; the fixtures
around them stand in `tests/integration/conftest.py`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from rpa.browser import clock
from rpa.browser.launch import Browser
from rpa.documents.files import read_file
from rpa.forms import Form, load_forms, understand
from rpa.plan import Plan, Recorded, Unavailable
from rpa.planning import plan
from rpa.planning.mapping import LoadedMapping, load_mapping
from rpa.reading import read
from rpa.report import Report, Submission
from rpa.robot import Account, FilledRecord, Robot, Target
from rpa.targets.profile import Profile, load_profile
from rpa.targets.record import Reading, chosen_in

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "forms"
MAPPINGS = ROOT / "mappings"
SAMPLES = FORMS / "ocr" / "samples"


@cache
def all_forms() -> Mapping[str, Form]:
    """The forms that the project ships."""
    return load_forms(FORMS)


@dataclass(frozen=True)
class Definitions:
    """One target's profile and its mapping of one form."""

    name: str
    profile: Profile = field(repr=False)
    mapping: LoadedMapping = field(repr=False)

    def target(self, url: str, timeout_seconds: float = 15) -> Target:
        """The target at an address."""
        return Target(self.name, self.profile, url, timeout_seconds)


@cache
def definitions(folder: Path = MAPPINGS / "chs", form: str = "ocr") -> Definitions:
    """The definitions in a folder such as mappings/chs."""
    return Definitions(folder.name, load_profile(folder), load_mapping(folder, form))


@dataclass(frozen=True)
class Case:
    """One report ready to be keyed, with the files that came with it by name."""

    report: Report
    definitions: Definitions
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def plan(self, unavailable: Unavailable = frozenset()) -> Plan:
        """The plan without the controls that are not certain."""
        given = self.definitions
        return plan(
            self.report,
            given.mapping,
            given.profile,
            given.name,
            media=self.files.keys(),
            unavailable=unavailable,
        )

    def on(self, other: Definitions) -> Case:
        """The same report for another target."""
        return replace(self, definitions=other)


def document(name: str) -> dict[str, Any]:
    """A sample's document, to be changed."""
    found: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return found


def sample(name: str, given: Definitions | None = None) -> Case:
    """A sample ready to be keyed."""
    submission = read_file(SAMPLES / name)
    files = {each.name: each.content for each in submission.media}
    return Case(read(submission, all_forms()), given or definitions(), files)


def case(content: Mapping[str, Any], given: Definitions | None = None) -> Case:
    """A document of one's own ready to be keyed."""
    submission = Submission(json.dumps(content).encode(), "folder", "document.json")
    return Case(understand(content, all_forms(), submission=submission), given or definitions())


@dataclass
class Keeper:
    """Keeps a report while a robot works, and remembers what it was told in which order.

    `seconds`: how long the report stays ours once save is about to be pressed.
    """

    seconds: float = 60
    told: list[str] = field(default_factory=list)
    keyed: FilledRecord | None = None

    async def before_save(self, keyed: FilledRecord) -> float:
        """Save is about to be pressed."""
        self.keyed = keyed
        self.told.append("submitting")
        return clock.now() + self.seconds

    async def after_save(self, reference: str) -> None:
        """The target gave a reference."""
        self.told.append(reference)


def meanwhile(before: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """What a record showed before, which is only told while the event loop goes on: not in its own thread."""
    loop = asyncio.get_running_loop()

    class Told(tuple[Recorded, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[Recorded]:
            went_on = threading.Event()
            loop.call_soon_threadsafe(went_on.set)
            assert went_on.wait(10), "the event loop waits until all is compared"
            return super().__iter__()

    return Told(before)


@dataclass(frozen=True)
class Done:
    """A report keyed, saved and read back."""

    keyed: FilledRecord
    reference: str
    reading: Reading
    picture: bytes = field(repr=False)


def robot(browser: Browser, target: Target, account: str = "robot01", password: str = "") -> Robot:
    """A robot with an account of the practice CHS, or with the one given."""
    return Robot(browser, target, Account(account, password or f"practice-{account}"))


async def key(robot: Robot, case: Case, keeper: Keeper | None = None) -> Done:
    """Key a report, save it and read it back."""
    keyed, reference = await robot.key(case.plan, keeper or Keeper(), case.files)
    chosen = chosen_in(keyed.held, case.definitions.profile)
    reading, picture = await robot.read(keyed.plan, chosen, reference)
    return Done(keyed, reference, reading, picture)
