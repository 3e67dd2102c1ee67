"""What must have come of the samples: checked against the target's own ledger and the trail, not our word."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from audit.checkpoint import load as load_checkpoints
from audit.keys import signing_key
from audit.verify import verify
from orchestrator.app import App
from orchestrator.definitions import Definitions
from orchestrator.settings import Settings
from orchestrator.states import State
from orchestrator.store import Stored
from rpa.documents.files import read_file
from rpa.plan import Held, Plan, Value, held_from_json, plan_from_json
from rpa.targets.profile import Control, Kind, Profile
from rpa.unpacking import unpack

EXPECTED = "expected.toml"  # beside the samples of a form: what must come of each


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold, in a sentence, and what was found otherwise."""

    sentence: str
    failures: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether it held."""
        return not self.failures


@dataclass(frozen=True)
class Sample:
    """A sample file of a form, the reference that its report must have, and the state that it must end in."""

    form: str
    path: Path
    reference: str
    state: str

    @property
    def name(self) -> str:
        """Its name among the samples of all forms."""
        return f"{self.form}-{self.path.name}"


def samples(settings: Settings, definitions: Definitions) -> list[Sample]:
    """The samples of every form that the settings name, with what each form's `expected.toml` says of them."""
    folders = {form: settings.forms_dir / form / "samples" for form in settings.forms}
    return [
        Sample(form, folder / name, _reference(folder / name, definitions), expected["state"])
        for form, folder in folders.items()
        if (folder / EXPECTED).is_file()
        for name, expected in tomllib.loads((folder / EXPECTED).read_text(encoding="utf-8")).items()
    ]


def _reference(path: Path, definitions: Definitions) -> str:
    return unpack([read_file(path)], definitions.forms).unpacked[0].report.reference


def examine(
    app: App,
    definitions: Definitions,
    known: Sequence[Sample],
    ledger: Sequence[Mapping[str, Any]],
) -> list[Expectation]:
    """Every expectation of the demonstration, each with what was found otherwise."""
    stored = {each.reference: each for each in _all(app)}
    valid = {sample.reference for sample in known if sample.state == State.REVIEW}
    return [
        Expectation("Every sample ended in the state it must.", tuple(_states(known, stored))),
        Expectation("A submission delivered twice is one report.", tuple(_reports(known, stored))),
        Expectation(
            "The ledger of the practice CHS holds exactly one record for each valid submission.",
            tuple(_records(valid, ledger)),
        ),
        Expectation(
            "Every value in the ledger equals the plan.", tuple(_values(stored, ledger, definitions))
        ),
        Expectation("Every record was read back, control by control.", tuple(_read_back(valid, stored))),
        Expectation("Every answer of every report is accounted for.", tuple(_accounted(valid, stored))),
        Expectation("The audit trail verifies, and one altered byte in a copy is found.", tuple(_trail(app))),
    ]


def _all(app: App) -> Iterator[Stored]:
    for summary in app.store.reports():
        found = app.store.report(summary.reference)
        if found is not None:
            yield found


def _states(known: Sequence[Sample], stored: Mapping[str, Stored]) -> Iterator[str]:
    for sample in known:
        found = stored.get(sample.reference)
        state = str(found.state) if found else "not there"
        if state != sample.state:
            yield f"{sample.name}: {state}, expected {sample.state}"


def _reports(known: Sequence[Sample], stored: Mapping[str, Stored]) -> Iterator[str]:
    distinct = {sample.reference for sample in known}
    if set(stored) != distinct:
        yield f"{len(stored)} reports for {len(distinct)} distinct submissions in {len(known)} files"


def _records(valid: set[str], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    times = Counter(record["source_reference"] for record in ledger)
    for reference in valid | set(times):
        wanted = 1 if reference in valid else 0
        if times[reference] != wanted:
            yield f"{reference}: {times[reference]} records, expected {wanted}"


def _values(
    stored: Mapping[str, Stored], ledger: Sequence[Mapping[str, Any]], definitions: Definitions
) -> Iterator[str]:
    for record in ledger:
        report = stored.get(record["source_reference"])
        if report is None or report.plan is None:
            yield f"{record['source_reference']}: a record without a plan"
            continue
        plan, held = plan_from_json(report.plan), held_from_json(report.keyed)
        profile = definitions.targets[plan.target].profile
        yield from (f"{plan.reference}: {where}" for where in differences(plan, held, record, profile))


def differences(
    plan: Plan, held: Sequence[Held], record: Mapping[str, Any], profile: Profile
) -> Iterator[str]:
    """Places where a record of the ledger is not what the plan says, a row too many included."""
    chosen = {each.place: each.found for each in held}
    for place, entry in plan.placed():
        screen = profile.by_name[place.screen]
        control = (screen.grids[place.grid].columns if place.grid else screen.controls)[place.control]
        value = chosen[place] if control.kind is Kind.LOOK_UP else entry.value
        cells = _row(record, place.grid, place.row) if place.grid else record["fields"].get(place.screen, {})
        if cells.get(control.shown_as or place.control) != _written(control, value):
            yield str(place)
    planned = {grid: len(rows) for page in plan.pages for grid, rows in page.rows.items()}
    for grid, rows in record["rows"].items():
        if len(rows) != planned.get(grid, 0):
            yield f"{grid}: {len(rows)} rows"


def _row(record: Mapping[str, Any], grid: str, number: int) -> Mapping[str, Any]:
    rows = record["rows"].get(grid, [])
    return rows[number] if number < len(rows) else {}


def _written(control: Control, value: Value | None) -> object:
    if control.kind is Kind.DATE:
        return date.fromisoformat(str(value)).strftime("%d/%m/%Y")
    return list(value) if isinstance(value, tuple) else value


def _read_back(valid: set[str], stored: Mapping[str, Stored]) -> Iterator[str]:
    for reference in valid & stored.keys():
        report = stored[reference]
        if not report.record or len(report.record) != len(report.keyed or ()):
            yield f"{reference}: {len(report.record or ())} of {len(report.keyed or ())} controls read"
        if report.mismatches:
            yield f"{reference}: {len(report.mismatches)} controls differ"


def _accounted(valid: set[str], stored: Mapping[str, Stored]) -> Iterator[str]:
    for reference in valid & stored.keys():
        report = stored[reference]
        ends = Counter(each.pointer for each in plan_from_json(report.plan).dispositions)
        asked = Counter(answer.pointer for answer in report.answers)
        if ends != asked:
            yield f"{reference}: {ends.total()} dispositions for {asked.total()} answers"


def _trail(app: App) -> Iterator[str]:
    """The trail as it is, and a copy of it with one byte of one entry changed."""
    key = signing_key(app.settings.keys_dir).public_key()
    checkpoints = load_checkpoints(app.settings.checkpoints_file)
    rows = [dict(row) for row in app.store.entries()]
    yield from (str(finding) for finding in verify(rows, checkpoints, key))
    middle = rows[len(rows) // 2]
    middle["action"] = chr(ord(str(middle["action"])[0]) ^ 1) + str(middle["action"])[1:]
    if middle["seq"] not in {finding.seq for finding in verify(rows, checkpoints, key)}:
        yield f"an altered byte in entry {middle['seq']} was not found"
