"""Commands by which people decide, erase and switch targets: what they say, and what is on record afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.states import Reason, State
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import OURSELVES, System, make_system, run
from tests.worlds import SAMPLES

NEEDS_A_PERSON, USAGE = 1, 2
INVALID, VALID = SAMPLES / "15-invalid.json", SAMPLES / "08-bank-card.json"


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation with no target to reach."""
    return make_system(tmp_path, RunningChs("http://127.0.0.1:9"))


def received(system: System, sample: Path, code: int = 0) -> str:
    """The reference of a sample, received."""
    return str(system.rpa_json("ingest", sample, code=code)[0]["reference"])


def reviewed(system: System) -> str:
    """A report that a robot has saved and read back."""
    reference, store = received(system, VALID), system.app.store
    claim = acts.claim(store, "robot-01", {"chs": "robot01"}, 600)
    assert claim is not None
    for frm, to, reason in (
        (State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED),
        (State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN),
        (State.SUBMITTED, State.REVIEW, Reason.VERIFIED),
    ):
        acts.move(store, reference, frm, to, actor="robot-01", reason=reason, token=claim.token)
    return reference


def last(system: System) -> tuple[object, object]:
    """Who did what last."""
    row = list(system.app.store.entries())[-1]
    return row["actor"], row["action"]


def test_a_report_is_dismissed_and_erased(system: System) -> None:
    """Dismissed, a report shows why; erased, nothing of it is left but that; the trail verifies all the while."""
    reference = received(system, INVALID, NEEDS_A_PERSON)
    said = system.rpa("dismiss", reference, "--because", "Sent as a test by the web team")
    assert said == f"{reference} is rejected.\n"
    assert "Sent as a test by the web team" in system.rpa("report", reference)
    assert "0 findings" in system.rpa("audit", "verify")
    assert system.rpa("erase", reference, "--because", "Nobody needs it") == f"{reference} is erased.\n"
    assert last(system) == (OURSELVES, "erased")
    (shown,) = system.rpa_json("report", reference)
    assert (shown["state"], shown["rationale"], shown["details"]) == ("rejected", "Nobody needs it", [])
    assert shown["erased_at"] is not None
    assert "Erased" in system.rpa("report", reference)
    assert not list((system.folder / "var" / "originals" / "bytes").rglob("[0-9a-f]" * 64))
    assert "0 findings" in system.rpa("audit", "verify")


def test_a_report_in_review_is_decided(system: System) -> None:
    """The outcome is the report's reason, under the name of whoever decided."""
    reference = reviewed(system)
    said = system.rpa("decide", reference, "--as", "not-a-crime", "--because", "A lost item, found since")
    assert said == f"{reference} is decided.\n"
    assert last(system) == (OURSELVES, "moved")
    assert system.state(reference) == "decided not-a-crime"


def test_a_report_keyed_by_hand(system: System) -> None:
    """The target's reference is the report's from then on, and no other report's unless somebody confirms it."""
    reference = received(system, INVALID, NEEDS_A_PERSON)
    system.rpa("keyed-by-hand", reference, "--reference", "CHS-2026-0000042")
    (shown,) = system.rpa_json("report", reference)
    assert (shown["state"], shown["target_reference"]) == ("keyed_by_hand", "CHS-2026-0000042")
    path = system.folder / "other.json"
    document = json.loads(INVALID.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "submissionId": "another"}), encoding="utf-8")
    other = received(system, path, NEEDS_A_PERSON)
    again = ("keyed-by-hand", other, "--reference", "CHS-2026-0000042")
    system.rpa(*again, code=NEEDS_A_PERSON)
    system.rpa(*again, "--replace")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("decide", "--as", "crime", "--because", "x"), "its state is ready, not review"),
        (("keyed-by-hand", "--reference", "CHS-2026-0000042"), "its state is ready, not attention"),
        (("dismiss", "--because", "x"), "only a report that is held or needs attention can be dismissed"),
        (("erase", "--because", "x"), "only a report whose work has ended can be erased"),
    ],
    ids=["decide", "keyed-by-hand", "dismiss", "erase"],
)
def test_what_cannot_be_done_is_said(system: System, command: tuple[str, ...], says: str) -> None:
    """A report elsewhere on its way stays there, and the command ends with 1 and the reason."""
    reference = received(system, VALID)
    name, *options = command
    done = run(system.folder, name, reference, *options, config=system.config)
    assert (done.returncode, says in done.stderr) == (NEEDS_A_PERSON, True)
    assert system.state(reference).startswith("ready")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("dismiss", "--because"),
        ("decide", "--because"),
        ("erase", "--because"),
        ("keyed-by-hand", "--reference"),
    ],
)
def test_an_empty_option_is_named(system: System, name: str, option: str) -> None:
    """Whoever gives a rationale or a reference of spaces is told which option it was."""
    options = ("--as", "crime", option, " ") if name == "decide" else (option, " ")
    done = run(system.folder, name, "CR-1", *options, config=system.config)
    assert done.returncode == USAGE
    assert f"'{option}': it is empty" in done.stderr


def test_a_report_without_a_form_is_not_released(system: System) -> None:
    """No robot could key it: it stays held, and what can be done is said."""
    path = system.folder / "unknown.json"
    path.write_text('{"shoe size": 43}', encoding="utf-8")
    reference = received(system, path, NEEDS_A_PERSON)
    done = run(system.folder, "release", reference, config=system.config)
    assert (done.returncode, "no form recognises it. Dismiss it" in done.stderr) == (NEEDS_A_PERSON, True)
    assert system.state(reference) == "held form-unknown"


def test_why_is_asked_for(system: System) -> None:
    """Without a rationale the command itself is wrong."""
    assert run(system.folder, "dismiss", "CR-X", config=system.config).returncode == USAGE


def test_a_target_switched_off_and_on(system: System) -> None:
    """Off, what waits for the target is held and the lists say why; on, it goes on; no other target is known."""
    reference = received(system, VALID)
    assert system.rpa("targets", "disable", "chs") == "chs is off.\n"
    assert system.state(reference) == "held form-off"
    (target,) = system.rpa_json("targets", "list")
    assert (target["on"], target["why"]) == (False, "switched off by hand")
    (form,) = system.rpa_json("forms", "list")
    assert (form["on"], form["why"]) == (False, "target chs is switched off")
    assert not system.rpa_json("status")[0]["targets"][0]["on"]
    system.rpa("forms", "enable", "ocr", code=NEEDS_A_PERSON)
    assert system.rpa("targets", "enable", "chs") == "chs is on.\n"
    assert system.state(reference) == "ready switched-on"
    system.rpa("targets", "disable", "nosuch", code=NEEDS_A_PERSON)


def test_a_target_that_rpa_toml_turns_off(system: System) -> None:
    """`enabled = false` counts for more than the switch, and is named."""
    system.set("enabled = true                       # false: nothing", "enabled = false  # nothing")
    system.rpa("targets", "enable", "chs", code=NEEDS_A_PERSON)
    (target,) = system.rpa_json("targets", "list")
    assert (target["on"], target["why"]) == (False, "enabled = false in rpa.toml")


def test_what_is_received_by_hand_is_under_that_name(system: System) -> None:
    """The trail says who received a submission at the command line."""
    received(system, VALID)
    rows = [row for row in system.app.store.entries() if row["action"] == "received"]
    assert [row["actor"] for row in rows] == [OURSELVES]
