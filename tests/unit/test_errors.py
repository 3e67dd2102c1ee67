"""The error tree is whole: every error of ours belongs to one family, and the family decides what happens."""

from __future__ import annotations

import ast
import builtins

import pytest

from orchestrator.cli.context import NEEDS_A_PERSON, UNEXPECTED, WRONG_SETTING
from orchestrator.cli.main import exit_code
from orchestrator.next_state import after_failure
from orchestrator.states import State
from rpa.errors import (
    DefinitionError,
    Fault,
    OperatingError,
    ReportError,
    RpaError,
    SubmissionUncertain,
    TargetError,
)
from tests.unit.test_house import ROOMS, ROOT

BUILT_IN = {
    name
    for name, each in vars(builtins).items()
    if isinstance(each, type) and issubclass(each, BaseException)
}

FAMILIES: dict[type[RpaError], set[str]] = {
    ReportError: {"ReportError", "NotReceived", "Scan", "Unreadable", "WrongCorrection"},
    TargetError: {
        "TargetError",
        "TargetAway",
        "SignInRefused",
        "NotServed",
        "BrowserGone",
        "NotSent",
        "NotRecorded",
        "PageReplaced",
        "SurveyOutdated",
        "SessionEnded",
        "TargetChanged",
    },
    SubmissionUncertain: {"SubmissionUncertain"},
    DefinitionError: {"DefinitionError"},
    OperatingError: {
        "OperatingError",
        "AlreadyRunning",
        "Incomplete",
        "NotAllowed",
        "NotExported",
        "ClaimLost",
        "NotifyAway",
        "DatabaseAway",
        "NoSuchClient",
        "MailNotGiven",
        "MailNotMoved",
        "MailboxAway",
        "NoSuchReport",
        "NotAdded",
        "NotMoved",
        "NotSigned",
        "OriginalAltered",
        "RowUnreadable",
    },
}
"""Family -> every error of it, itself included."""
OUTSIDE = {
    "orchestrator.web.api.refusals.Refused": "becomes the response of the API that says so",
    "orchestrator.reading.host.HostGone": "leaves a submission where it is, as every OSError does",
    "orchestrator.reading.wire.Gone": "ends one exchange between a reader and its process",
    "orchestrator.reading.reader._TooMuch": "becomes the report that says so",
    "orchestrator.reading.reader._Killed": "becomes another try, or the report that says so",
    "orchestrator.media_links.NotFetched": "becomes a sentence about the file, and never leaves the module",
    "rpa.planning.wording.NotKeyed": "a decision of the planner, which never leaves it",
    "rpa.browser.gate.GateClosedError": "ends one connection inside the gate, as any ConnectionError does",
    "rpa.practice_chs.app.TooLargeError": "the practice CHS imports nothing of ours",
    "rpa.practice_chs.faults.BadRequestError": "the practice CHS imports nothing of ours",
    "rpa.practice_chs.forms.MalformedFormError": "the practice CHS imports nothing of ours",
}
"""Exceptions of ours that are in no family, and why."""


def classes() -> dict[str, tuple[str, list[str]]]:
    """Every class that a module of ours defines: name -> (module, names of its bases)."""
    found = {}
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name] = (module, [ast.unparse(base).rpartition(".")[2] for base in node.bases])
    return found


def ancestors(name: str, known: dict[str, tuple[str, list[str]]]) -> set[str]:
    """A class and all that it is derived from, by name."""
    return {name}.union(*(ancestors(base, known) for base in known.get(name, ("", []))[1]))


def test_every_error_is_of_one_family() -> None:
    """Every error that a module of ours defines is of exactly the family that the table says, or outside for a
    reason."""
    known = classes()
    of: dict[str, set[str]] = {family.__name__: set() for family in FAMILIES}
    outside = set()
    for name, (module, _) in known.items():
        above = ancestors(name, known)
        if name != "RpaError" and above & BUILT_IN:
            families = above & of.keys()
            assert len(families) <= 1, name
            if families:
                of[families.pop()].add(name)
            else:
                outside.add(f"{module}.{name}")
    assert of == {family.__name__: names for family, names in FAMILIES.items()}
    assert outside == OUTSIDE.keys()


def test_the_documents_have_every_error() -> None:
    """The table of the architecture names every family and every error of it."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("## Errors") :]
    assert [name for names in FAMILIES.values() for name in names if f"`{name}`" not in table] == []


WRONG = Fault("a.toml", 1, "x", "wrong", "Correct it.")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReportError("refused"), NEEDS_A_PERSON),
        (TargetError("slow"), NEEDS_A_PERSON),
        (SubmissionUncertain("no response"), NEEDS_A_PERSON),
        (DefinitionError(WRONG), WRONG_SETTING),
        (OperatingError("the database is away"), NEEDS_A_PERSON),
        (ValueError("unexpected"), UNEXPECTED),
    ],
)
def test_a_family_has_an_exit_code(error: Exception, code: int) -> None:
    """A command that ends with an error of a family has that family's exit code; of no family, that of the
    unexpected."""
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ReportError("refused"), State.ATTENTION),
        (TargetError("slow"), State.READY),
        (SubmissionUncertain("no response"), State.UNCERTAIN),
        (DefinitionError(WRONG), State.ATTENTION),
        (OperatingError("the disk is full"), State.READY),
    ],
)
def test_a_family_decides_where_a_report_goes(error: Exception, state: State) -> None:
    """Before save, a report goes to a person for its own data and for a wrong definition, is tried again after any
    other trouble, and is looked for when it may have been saved."""
    assert after_failure(error, 1, 3, pressed=False).to is state
