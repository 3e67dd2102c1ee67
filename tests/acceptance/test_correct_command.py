"""`rpa correct`: what it does, what it refuses, and how `rpa report` shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchestrator.states import Reason, State
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import OURSELVES, System, make_system, run
from tests.worlds import SAMPLES

NEEDS_A_PERSON = 1
INVALID = SAMPLES / "15-invalid.json"
BORN = "/personReporting/dateOfBirth"
NAME = "/personReporting/firstName"


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation with no target to reach."""
    return make_system(tmp_path, RunningChs("http://127.0.0.1:9"))


def received(system: System) -> str:
    """The reference of a report that an impossible date stops."""
    return str(system.rpa_json("ingest", INVALID, code=NEEDS_A_PERSON)[0]["reference"])


def test_a_report_is_corrected(system: System) -> None:
    """The report goes on, and shows what was corrected, by whom and why; the log and the trail have none of it."""
    reference = received(system)
    done = run(
        system.folder,
        *("correct", reference, "--set", f"{BORN}=1980-02-01", "--set", f"{NAME}=Quillfeather"),
        *("--because", "Zebedee rang"),
        config=system.config,
    )
    assert done.returncode == 0
    first, second, *problems = done.stdout.splitlines()
    assert first == f"{reference} is now at revision 1. Its state is ready."
    assert second == "These problems do not stop it:"
    assert problems[0].startswith("- Postcode (/personReporting/currentAddress/postcode): ")
    assert "Quillfeather" not in done.stderr
    (shown,) = system.rpa_json("report", reference)
    (revision,) = shown["revisions"]
    assert (shown["revision"], revision["number"], revision["actor"]) == (1, 1, OURSELVES)
    assert revision["because"] == "Zebedee rang"
    assert [(each["pointer"], each["value"]) for each in revision["changes"]] == [
        (BORN, "1980-02-01"),
        (NAME, "Quillfeather"),
    ]
    assert {each["pointer"] for each in shown["details"] if each["corrected"]} == {BORN, NAME}
    text = system.rpa("report", reference)
    assert f"by {OURSELVES}: Zebedee rang" in text
    assert f"Date of birth ({BORN}): 1980-02-01" in text
    assert text.count("corrected") == 2
    assert "Quillfeather" not in str(list(system.app.store.entries()))
    system.assert_proved()


def test_an_answer_is_removed(system: System) -> None:
    """Without the answer that stopped it the report goes on; one still stopped needs a person."""
    reference = received(system)
    told = system.rpa("correct", reference, "--remove", NAME, "--because", "x", code=NEEDS_A_PERSON)
    assert told.startswith(f"{reference} is now at revision 1. Its state is attention.\n")
    told = system.rpa("correct", reference, "--remove", BORN, "--because", "x", "--over", "1")
    assert told.startswith(f"{reference} is now at revision 2. Its state is ready.\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--set", "/no/such=1", "--because", "x"), "/no/such: neither the report nor its form has this"),
        (("--set", NAME, "--because", "x"), "--set is written /POINTER=VALUE"),
        (("--remove", NAME, "--because", "x", "--over", "3"), "it is at revision 0, not 3"),
    ],
)
def test_what_cannot_be_corrected_is_said(system: System, options: tuple[str, ...], says: str) -> None:
    """The report stays as it is, and the command ends with 1 and the reason."""
    reference = received(system)
    done = run(system.folder, "correct", reference, *options, config=system.config)
    assert (done.returncode, says in done.stderr) == (NEEDS_A_PERSON, True), done.stderr
    assert system.report(reference).revision == 0


def test_a_record_that_is_to_be_updated_is_shown(system: System) -> None:
    """A saved report that is corrected says that its record is to be updated; so do the status and the JSON."""
    store = system.app.store
    reference = str(system.rpa_json("ingest", SAMPLES / "08-bank-card.json")[0]["reference"])
    claim = acts.claim(store, "robot-01", {"chs": "robot01"}, 600)
    assert claim is not None
    mine: dict[str, Any] = {"actor": "robot-01", "token": claim.token}
    saved = {**mine, "reason": Reason.REFERENCE_SEEN, "target_reference": "CHS-1"}
    acts.move(store, reference, State.KEYING, State.SUBMITTING, reason=Reason.PAGE_CONFIRMED, **mine)
    acts.move(store, reference, State.SUBMITTING, State.SUBMITTED, **saved)
    acts.move(store, reference, State.SUBMITTED, State.REVIEW, reason=Reason.VERIFIED, **mine)
    said = system.rpa("correct", reference, "--set", f"{NAME}=Robin", "--because", "x")
    assert said == f"{reference} is now at revision 1. Its state is review. A robot will update its record.\n"
    assert "to the last revision: waits for a robot" in system.rpa("report", reference)
    (shown,) = system.rpa_json("report", reference)
    assert shown["updates"] == [
        {"state": "waiting", "revision": None, "attempts": 0, "keyed": 0, "remains": []}
    ]
    assert system.rpa_json("status")[0]["updates"] == 1
    assert re.search("1 +record to update +waits for a robot *\n", system.rpa("status"))
    system.rpa("targets", "disable", "chs")
    (off,) = system.rpa_json("status")
    assert (off["updates"], off["updates_off"]) == (1, 1)
    assert re.search(
        r"1 +record to update +waits for a robot; 1 until form and target are on", system.rpa("status")
    )
    system.rpa("targets", "enable", "chs")
    done = run(
        system.folder,
        *("correct", reference, "--set", f"{BORN}=2026-02-31"),
        *("--because", "x"),
        config=system.config,
    )
    assert (done.returncode, f"{BORN}: corrected so, it stops the report" in done.stderr) == (1, True)


def test_what_still_stops_a_corrected_report_is_told(system: System) -> None:
    """A correction that helps nothing says what is still wrong, where, and where a person goes on."""
    reference = received(system)
    said = system.rpa(
        *("correct", reference, "--set", f"{NAME}=Quillfeather", "--because", "Spelt out"),
        code=NEEDS_A_PERSON,
    )
    first, second, *rest = said.splitlines()
    assert first == f"{reference} is now at revision 1. Its state is attention."
    assert second == f"It still needs a person (invalid). `rpa report {reference}` says what you can do."
    assert [line for line in rest if line.startswith(f"- Date of birth ({BORN}): ")]
    assert system.rpa("reprocess", reference, code=NEEDS_A_PERSON).splitlines()[1:] == [second, *rest]


def test_a_correction_names_the_option_that_is_missing(system: System) -> None:
    """Without a change, or with an empty reason, the command says which option to give."""
    reference = received(system)
    none = run(system.folder, "correct", reference, "--because", "Rang", config=system.config)
    assert (none.returncode, none.stderr) == (1, "Say what to correct, with --set, --remove or --from\n")
    blank = run(system.folder, "correct", reference, "--remove", BORN, "--because", " ", config=system.config)
    assert blank.returncode == 2
    assert "--because" in blank.stderr
    assert "it is empty" in blank.stderr


def test_answers_are_read_from_a_file(system: System) -> None:
    """So that no answer stands in the list of processes. What is no such file is told, and changes nothing."""
    reference = received(system)
    file = system.folder / "answers.json"
    because = ("--because", "They rang")
    for wrong in ("[]", "{", '{"/personReporting/firstName": {}}'):
        file.write_text(wrong, encoding="utf-8")
        done = run(system.folder, "correct", reference, "--from", file, *because, config=system.config)
        assert (done.returncode, done.stderr.count("\n")) == (NEEDS_A_PERSON, 1), done.stderr
    file.write_text(json.dumps({BORN: "1980-02-01", NAME: "Robin", "/userAgent": None}), encoding="utf-8")
    system.rpa("correct", reference, "--from", file, *because)
    assert system.state(reference) == "ready with-problems"
    (revision,) = system.report(reference).revisions
    assert {each.change.pointer for each in revision.changes} == {BORN, NAME, "/userAgent"}
