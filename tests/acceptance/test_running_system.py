"""`rpa run` as a process, on a real practice CHS: what is keyed, shown, and switched meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpa.plan import plan_from_json
from tests.integration.practice_chs_visitor import RunningChs, running
from tests.system_world import System, make_system, references, until, worker_of
from tests.worlds import SAMPLES

NEEDS_A_PERSON = 1
WITH_FILES = "18-with-media.json"
VALID = ("08-bank-card.json", "12-male-suspect.json", "01-bicycle-theft.json", WITH_FILES)
TWICE = "16-bicycle-theft-again.json"
INVALID = "15-invalid.json"


@pytest.fixture(scope="module")
def chs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChs]:
    """A practice CHS for this module."""
    with running(tmp_path_factory.mktemp("chs")) as chs:
        yield chs


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, chs: RunningChs) -> System:
    """An installation that has run until it was idle: four valid reports, one of them with files and another
    delivered twice, and an invalid one. To be read only."""
    system = make_system(tmp_path_factory.mktemp("keyed"), chs, robots=2, lease=60)
    system.deliver(*VALID, TWICE, INVALID)
    with system.started("run", "--until-idle") as process:
        assert process.wait(240) == NEEDS_A_PERSON, system.log()
    return system


def test_one_record_for_each_distinct_valid_report(keyed: System) -> None:
    """The target's ledger holds one record for each distinct valid report, none for the invalid one, and the
    inbox is empty."""
    assert keyed.records().items() >= dict.fromkeys(references(*VALID), 1).items()
    assert set(keyed.records()) & set(references(INVALID)) == set()
    assert not list(keyed.inbox.glob("*.json"))
    assert len(keyed.rpa_json("reports")) == len(VALID) + 1


def test_every_control_was_verified(keyed: System) -> None:
    """Each keyed report says how many controls were keyed and that the record holds as many."""
    lines = keyed.rpa_json("reports", "--state", "review")
    assert {line["reference"] for line in lines} == set(references(*VALID))
    for line in lines:
        assert line["target_reference"].startswith("CHS-")
        assert line["keyed"] == line["verified"] > 30
        assert line["mismatches"] == 0
        assert sum(line["dispositions"].values()) == line["answers"]


def test_a_report_beside_its_record(keyed: System) -> None:
    """`rpa report` shows what the public wrote, what was keyed where, and what the record holds, with a mark."""
    (reference,) = references("08-bank-card.json")
    person = json.loads((SAMPLES / "08-bank-card.json").read_text(encoding="utf-8"))["personReporting"]
    lines = keyed.rpa("report", reference).splitlines()
    row = next(line for line in lines if line.startswith("Surname"))
    assert row.split()[1:4] == [person["surname"], person["surname"], person["surname"]]
    assert row.rstrip().endswith("✓")
    assert any("Person reporting / Surname" in line for line in lines)
    assert any(line.startswith("Left out of the record") for line in lines)
    assert any("in the narrative" in line and "keyed" in line for line in lines)


def test_a_report_beside_its_record_for_a_program(keyed: System) -> None:
    """`rpa report --json` gives every answer with its end, and every control with what was keyed and is held."""
    (reference,) = references("12-male-suspect.json")
    (line,) = keyed.rpa_json("report", reference)
    plan = plan_from_json(keyed.report(reference).plan)
    assert [each["pointer"] for each in line["details"]] == [each.pointer for each in plan.dispositions]
    controls = [control for each in line["details"] for control in each["controls"]]
    assert controls
    assert all(control["same"] for control in controls)
    left_out = [each for each in line["details"] if each["disposition"] == "left_out"]
    assert left_out
    assert all(each["reason"] for each in left_out)


def test_why_an_answer_is_where_it_is(keyed: System) -> None:
    """`rpa report` gives for each answer its places, and the reason for one that has no control of its own: in the
    narrative, attached or left out. A program is told the same."""
    reference, *_ = references(WITH_FILES)
    (line,) = keyed.rpa_json("report", reference)
    shown = " ".join(keyed.rpa("report", reference).split())
    ends = {each["pointer"]: each for each in line["details"]}
    for each in ends.values():
        assert bool(each["where"]) == (each["disposition"] != "left_out")
        assert each["where"] == [control["place"] for control in each["controls"]]
        assert bool(each["reason"]) == (each["disposition"] != "keyed")
    file = ends["/evidence/yourMediaUploadsDm/0/mediaUpload"]
    assert (file["where"], file["reason"]) == (
        ["Attachments / Attachments 1 / File"],
        "it names a file that came with the report",
    )
    assert ends["/categorySubcode"]["where"] == ["Log / Log entries 1 / Entry"]
    assert "In the narrative: the target has no" in shown
    assert "Attached: it names a file that came" in shown
    assert {each["reason"] for each in ends.values() if each["disposition"] == "left_out"} <= {
        reason for reason in (each["reason"] for each in ends.values()) if reason and reason in shown
    }


def test_pictures_are_kept(keyed: System) -> None:
    """The review page before save and the record after stand with each keyed report."""
    for reference in references(*VALID):
        folder = keyed.folder / "var" / "pictures" / reference
        assert {path.name for path in folder.iterdir()} == {"review.png", "record.png"}


def test_the_trail_is_signed_and_verifies(keyed: System) -> None:
    """At its end the run has signed the trail, and the trail tells of every move."""
    assert (keyed.folder / "var" / "checkpoints.jsonl").read_text(encoding="utf-8").count("\n") >= 1
    keyed.assert_proved()
    (reference,) = references("08-bank-card.json")
    assert keyed.moves(reference) == ["ready", "keying", "submitting", "submitted", "review"]


def test_no_answer_is_in_the_log(keyed: System) -> None:
    """Nothing that the public wrote is in the log of a whole run (P8)."""
    log = (keyed.folder / "log.jsonl").read_text(encoding="utf-8")
    assert "record verified" in log
    for reference in references(*VALID, INVALID):
        stored = keyed.report(reference)
        about = [answer.text for answer in stored.answers if answer.pointer.startswith("/personReporting")]
        assert about
        assert not [text for text in about if len(text) > 6 and text in log]


def test_switches_while_it_runs(tmp_path: Path, chs: RunningChs) -> None:
    """Turned off means off within seconds, whether by hand, by form or by target in rpa.toml: the report in hand
    is finished, those that come are held, and turned on again they are keyed (P9)."""
    chs.practice("POST", "reset")
    system = make_system(tmp_path, chs, lease=60)
    hand, by_hand, by_form, by_target = names = (
        "09-identifiable-item.json",
        "07-phone-snatch.json",
        "14-new-question.json",
        "17-irregular-values.json",
    )
    in_hand, *others = references(*names)
    form = ("enabled = true                       # false: its", "enabled = false # its")
    target = ("enabled = true                       # false: nothing", "enabled = false # nothing")
    with system.started("run") as process:
        worker_of(process)
        chs.queue("slow-page", screen="Incident", seconds=3)
        system.deliver(hand)
        until(lambda: system.app.store.report(in_hand))
        system.until_state(in_hand, "keying")
        system.rpa("forms", "disable", "ocr")
        system.deliver(by_hand)
        until(lambda: system.app.store.report(others[0]))
        system.until_state(in_hand, "review verified")
        assert system.state(others[0]) == "held form-off"
        system.rpa("forms", "enable", "ocr")
        system.until_state(others[0], "review verified")
        for (old, new), name, reference in zip((form, target), (by_form, by_target), others[1:], strict=True):
            system.set(old, new)
            until(lambda: not system.app.store.switches()[0].on, 10)
            system.deliver(name)
            until(lambda reference=reference: system.app.store.report(reference))  # type: ignore[misc]
            assert system.state(reference) == "held form-off"
            system.set(new, old)
            system.until_state(reference, "review verified")
    assert system.records() == dict.fromkeys([in_hand, *others], 1)
    assert {row["action"] for row in system.app.store.entries()} >= {"switched"}
