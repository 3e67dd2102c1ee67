"""What stops a report: only what would make the record wrong or unfindable (docs/adr/0016)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.next_state import after_reading
from orchestrator.states import State
from rpa.plan import Disposed, Place, Plan
from rpa.report import Problem, ProblemKind
from tests.imperfect_reports import BICYCLE, GO_ON, KNOWN, STOPPED, Imperfect
from tests.worlds import ROOT, Case, case, definitions

TARGETS = {
    "chs": definitions(),
    "tickets": definitions(ROOT / "tests" / "second_target" / "mappings" / "tickets"),
}


def ready(one: Case) -> bool:
    """Whether a report reaches the robots and nothing of its plan is missing."""
    to, _ = after_reading(one.report, form_on=True)
    return to is State.READY and not one.plan().missing


def narrative(plan: Plan) -> str:
    """Every text the plan writes, as one."""
    return "\n".join(entry.value for _, entry in plan.placed() if isinstance(entry.value, str))


def test_there_are_enough_of_them() -> None:
    """At least thirty ordinary reports are tried, and all but a few have a problem."""
    assert len(GO_ON) >= 30
    assert sum(bool(case(one.document()).report.problems) for one in GO_ON.values()) >= 40


@pytest.mark.parametrize("name", GO_ON)
@pytest.mark.parametrize("target", TARGETS)
def test_an_imperfect_report_is_keyed(name: str, target: str) -> None:
    """An ordinary report with something wrong in it goes to a robot, whose plan lacks nothing."""
    assert ready(case(GO_ON[name].document(), TARGETS[target]))


@pytest.mark.parametrize("name", GO_ON)
def test_every_answer_of_it_is_accounted_for(name: str) -> None:
    """Each answer has one end, and one with a problem is in the narrative as it was written, never in a control of
    its own."""
    one = case(GO_ON[name].document())
    plan = one.plan()
    assert [each.pointer for each in plan.dispositions] == [each.pointer for each in one.report.answers]
    texts = narrative(plan)
    for pointer in one.report.unfit:
        (end,) = [each for each in plan.dispositions if each.pointer == pointer]
        (answer,) = [each for each in one.report.answers if each.pointer == pointer]
        described = Place("Suspects", "Suspect description")
        assert end.kind in (Disposed.NARRATIVE, Disposed.LEFT_OUT) or end.where == (described,)
        assert end.kind is Disposed.LEFT_OUT or answer.text.split()[0] in texts


@pytest.mark.parametrize("name", GO_ON)
def test_its_problems_stand_in_the_record(name: str) -> None:
    """Whoever opens the record reads each problem under its question."""
    one = case(GO_ON[name].document())
    texts = narrative(one.plan())
    assert bool(one.report.problems) == ("To be checked with the person reporting" in texts)
    for problem in one.report.problems:
        assert problem.message in texts


@pytest.mark.parametrize("name", STOPPED)
def test_what_would_make_the_record_wrong_stops(name: str) -> None:
    """An impossible answer, one that decides what the rest means, and a required control without a value go to a
    person."""
    assert not ready(case(STOPPED[name].document()))


def test_the_part_that_is_right_is_keyed() -> None:
    """Of several choices those that are known are keyed, and the one that is not goes into the narrative."""
    one = case(GO_ON["a weapon that the list does not have"].document())
    plan = one.plan()
    (weapons,) = [entry for _, entry in plan.placed() if entry.control == "Weapons"]
    assert weapons.pointers == ("/incidentDetails/weaponTypeList/0",)
    assert "A flower pot" in narrative(plan)


def test_a_condition_copes_with_any_kind_of_answer() -> None:
    """Where a function of an expression does not take the answer, its control stays empty and nothing fails."""
    document = Imperfect(
        KNOWN, {"/personReporting/phoneNumber": ["1", {"a": 2}], "/stolenItem": [0, 1]}
    ).document()
    plan = case(document).plan()
    assert not plan.missing
    assert not [entry for _, entry in plan.placed() if entry.control in ("Mobile phone", "Home phone")]


def test_a_flood_of_problems_is_told_in_a_few_lines() -> None:
    """A narrative lists a limited number of problems, and says how many more there are."""
    one = case(Imperfect(BICYCLE, {"/stolenItem": ["x"] * 200}).document())
    assert len(one.report.problems) >= 200
    assert "Further problems" in narrative(one.plan())


@pytest.mark.parametrize("kind", ProblemKind)
def test_each_kind_of_problem_stops_or_does_not(kind: ProblemKind) -> None:
    """Which kinds stop a report is a list of three; a kind that is added later stops nothing by accident."""
    plain = case(GO_ON["an answer that nobody asked for"].document()).report
    one = replace(plain, problems=(Problem(kind, "/personReporting/surname", "Surname", "It is wrong."),))
    to, _ = after_reading(one, form_on=True)
    stopping = {ProblemKind.UNREADABLE, ProblemKind.INVALID, ProblemKind.CHANGED}
    assert (to is not State.READY) == (kind in stopping)
