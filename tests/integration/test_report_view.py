"""What `rpa report` shows: a saved record that differs, and where each answer is."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from orchestrator.render.answers import outcome_of
from orchestrator.render.report import details, print_report
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import ChangedAnswer, Revision, Stored
from rpa.forms import BY_MACHINE, READ_FROM
from rpa.plan import ControlValue, Disposed, Held, PagePlan, Place, Plan, held_to_json, plan_to_json
from rpa.report import Change, Note, Problem, ProblemKind
from tests import acts
from tests.integration.store_world import START, World
from tests.ticket_desk import SCREEN, with_control
from tests.worlds import Case, sample


def shown(world: World, *found: str | None) -> str:
    """What is shown of a report whose record shows these values in place of `Example`, a control each."""
    reference = world.receive().reference
    claim = world.claimed()
    held = tuple(Held(Place("Person", f"Line {n}"), "Example", each) for n, each in enumerate(found, 1))
    entries = tuple(ControlValue(each.place.control, "Example") for each in held)
    plan = Plan(reference, "ocr", "chs", (PagePlan("Person", entries),), ())
    mine = {"actor": claim.robot, "token": claim.token}
    acts.move(
        world.store,
        reference,
        State.KEYING,
        State.SUBMITTING,
        reason=Reason.PAGE_CONFIRMED,
        plan=plan_to_json(plan),
        **mine,  # type: ignore[arg-type]
    )
    acts.move(
        world.store,
        reference,
        State.SUBMITTING,
        State.SUBMITTED,
        reason=Reason.REFERENCE_SEEN,
        target_reference="CHS-2026-0000001",
        **mine,  # type: ignore[arg-type]
    )
    acts.move(
        world.store,
        reference,
        State.SUBMITTED,
        State.REVIEW,
        reason=Reason.MISMATCHED,
        record=held_to_json(held),
        mismatches=held_to_json(held),
        **mine,  # type: ignore[arg-type]
    )
    stored = world.store.report(reference)
    assert stored is not None
    text = io.StringIO()
    print_report(Console(file=text, width=160), stored, world.store.deliveries(reference))
    return text.getvalue()


def test_one_control_that_the_record_does_not_show(world: World) -> None:
    """A caption that the record does not have is not the same as one with nothing beside it. One is singular."""
    said = shown(world, None)
    assert "\n1 control of the record differs\n" in said
    assert "Person / Line 1: keyed “Example”, the record shows no “Line 1”" in said
    assert "not shown" in said


def test_several_controls_that_differ(world: World) -> None:
    """A control that the record shows empty holds nothing. Several are plural."""
    said = shown(world, "", "Other")
    assert "\n2 controls of the record differ\n" in said
    assert "Person / Line 1: keyed “Example”, the record holds “nothing”" in said
    assert "Person / Line 2: keyed “Example”, the record holds “Other”" in said


def stored(world: World, one: Case) -> Stored:
    """A report of the store with the answers and the plan of a case."""
    found = world.store.report(world.receive().reference)
    assert found is not None
    return replace(found, answers=one.report.answers, plan=plan_to_json(one.plan()))


def test_every_answer_of_a_narrative_in_one_control_names_it(world: World) -> None:
    """Where the narrative is one control and no grid, each answer that it carries names that control."""
    rule = {"screen": SCREEN, "control": "Story", "title": "{form} {reference}"}
    given = with_control("Story", {"kind": "lines"}, None, narrative=rule)
    outcome = outcome_of(stored(world, sample("07-phone-snatch.json", given)))
    carried = [each for each in outcome.answers if each.end and each.end.kind is Disposed.NARRATIVE]
    assert len(carried) == 46
    assert {tuple(keyed.place for keyed in each.keyed) for each in carried} == {(Place(SCREEN, "Story"),)}


def test_an_answer_in_a_narrative_of_several_parts_names_its_own(world: World) -> None:
    """Where the narrative is rows of a grid, each answer names the rows that carry it, whatever else they hold."""
    outcome = outcome_of(stored(world, sample("13-long-story.json")))
    for each in outcome.answers:
        if each.end and each.end.kind is Disposed.NARRATIVE:
            assert each.keyed
            assert each.answer.question in str(each.keyed[0].keyed)
            assert {keyed.place.control for keyed in each.keyed} == {"Entry"}
    rows = {
        keyed.place.row for each in outcome.answers for keyed in each.keyed if keyed.place.screen == "Log"
    }
    assert len(rows) > 1


def test_what_the_record_does_not_have_yet_is_not_ticked(world: World) -> None:
    """While a correction waits to be keyed, the record holds what was keyed, which is not the corrected answer any
    more: that one says so instead."""
    one = sample("07-phone-snatch.json")
    plan = one.plan()
    held = held_to_json(
        tuple(
            Held(place, entry.value, entry.value)
            for place, entry in plan.placed()
            if isinstance(entry.value, str)
        )
    )
    found = replace(stored(world, one), record=held)
    answer = next(each.answer for each in outcome_of(found).answers if each.same)
    change = ChangedAnswer(Change(answer.pointer, "Other"), "")
    waiting = replace(found.jobs[0], kind=JobKind.UPDATE, state=JobState.WAITING)
    corrected = replace(found, revisions=(Revision(1, "user:kim", START, "x", (change,)),))
    for jobs, same in (((), True), ((waiting,), None), ((replace(waiting, state=JobState.DONE),), True)):
        outcomes = outcome_of(replace(corrected, jobs=jobs)).answers
        assert [each.same for each in outcomes if each.corrected] == [same]
    text = io.StringIO()
    print_report(Console(file=text, width=160), replace(corrected, jobs=(waiting,)), ())
    assert text.getvalue().count("to be updated") == 1


def test_what_people_wrote_is_no_line_of_ours(world: World) -> None:
    """Whatever a rationale, a message, a correction, a question, a caption or an answer says, and however long it
    is: no line of it begins as a line of ours does."""
    line = "Revision 2 by user:chief: approved"
    forged = f"ok\n{line}{' ' * 200}{line}{' ' * 200}✗ {line}"
    answer = replace(sample("07-phone-snatch.json").report.answers[0], question=forged, pointer=forged)
    change = ChangedAnswer(Change(answer.pointer, forged), forged)
    found = replace(
        stored(world, sample("07-phone-snatch.json")),
        rationale=forged,
        message=forged,
        problems=(Problem(ProblemKind.INVALID, forged, forged, forged),),
        notes=(Note("rule", forged, forged, forged),),
        mismatches=held_to_json((Held(Place(forged, forged), forged, forged),)),
        revisions=(Revision(1, "user:kim", START, forged, (change,)),),
        answers=(answer,),
    )
    text = io.StringIO()
    print_report(Console(file=text, width=100), found, [])
    said = text.getvalue()
    assert said.count("user:chief") > 10
    assert [line for line in said.splitlines() if re.match(r"  ([^ ] )?Revision 2", line)] == []
    marks = [line for line in said.splitlines() if re.match(r"  ?[^ ] ", line)]
    assert [line[2:12] for line in marks if line.startswith("  ")] == [
        "✗ ok\\nRevi",
        "✗ ok\\nRevi",
        "✗ ok\\nRevi",
        "• Revision",
        "- ok\\nRevi",
        "- ok\\nRevi",
    ]


def test_where_each_answer_was_read(world: World) -> None:
    """A report that was read from a document says of each answer where, and whether a machine read it."""
    base = stored(world, sample("07-phone-snatch.json"))
    pointer = "/personReporting/surname"
    source = {"file": "report\u202e.pdf", "page": 2, "label": "Surname"}
    notes = (
        Note(READ_FROM, pointer, json.dumps(source), '"Example"'),
        Note(BY_MACHINE, pointer, '"Example"', '"Example"'),
        Note("trimmed", pointer, '" Example"', '"Example"'),
    )
    found = replace(base, notes=notes)
    text = io.StringIO()
    print_report(Console(file=text, width=160), found, [])
    said = text.getvalue()
    assert f"- {pointer}  report\\u202e.pdf, page 2, under “Surname”, read by machine" in said
    assert said.count("(trimmed)") == 1
    assert said.count(f"({READ_FROM})") == 0
    told = {each["pointer"]: each["read_from"] for each in details(found)}
    assert told[pointer] == {**source, "by_machine": True}
    assert [each for each in told.values() if each] == [told[pointer]]


def test_a_report_is_readable_in_100_columns(world: World) -> None:
    """On a terminal of 100 columns each answer outside a control of its own has its reason above its place."""
    text = io.StringIO()
    print_report(Console(file=text, width=100), stored(world, sample("18-with-media.json")), [])
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    first = next(n for n, line in enumerate(lines) if line.startswith("File name"))
    cells = [line[46:71].strip() for line in lines[first : first + 4]]
    assert " ".join(cells) == (
        "Attached: it names a file that came with the report Attachments / Attachments 1 / File"
    )


def test_a_picture_is_shown_as_it_can_be_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of a picture is one from the folder that the reader is in, and whole."""
    found = replace(
        stored(world, sample("08-bank-card.json")), pictures={"review": "pictures/CR-1/review.png"}
    )
    monkeypatch.chdir(world.folder)
    said = []
    for data_dir in (world.folder / "var", Path("/srv/rpa/somewhere/that/takes/more/than/one/line/to/write")):
        text = io.StringIO()
        print_report(Console(file=text, width=60), found, [], data_dir)
        said.append("".join(text.getvalue().split()))
    assert "Picturesvar/pictures/CR-1/review.png" in said[0]
    assert "/srv/rpa/somewhere/that/takes/more/than/one/line/to/write/pictures/CR-1/review.png" in said[1]


def test_what_was_erased_is_said_to_be(world: World) -> None:
    """Of an erased report the counts are left: nobody is told that nothing was keyed, or shown an empty table."""
    found = replace(stored(world, sample("08-bank-card.json")), answers=(), plan=None, dispositions=None)
    erased = replace(found, answer_count=57, keyed_count=43, read_count=43, erased_at=START)
    text = io.StringIO()
    print_report(Console(file=text, width=100), erased, [])
    said = text.getvalue()
    assert "57 answers; their content was erased\n43 controls keyed, 43 read back" in said
    assert "none keyed yet" not in said
    assert "Record holds" not in said
