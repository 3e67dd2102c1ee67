"""What is true of the plan of every crime report, whatever its answers, for either target (P4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rpa.plan import ControlValue, Disposed, Disposition, Place, Plan, plan_from_json, plan_to_json
from rpa.planning.narrative import measure
from rpa.report import Answer
from rpa.targets.profile import CHOICES, Control, Grid, Kind
from tests.strategies import reports
from tests.worlds import MAPPINGS, ROOT, Case, case, definitions

CHS = definitions(MAPPINGS / "chs")
TICKETS = definitions(ROOT / "tests" / "second_target" / "mappings" / "tickets")
TARGETS = {"chs": CHS, "tickets": TICKETS}
MANY = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a whole report takes minutes
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
CONTINUED = re.compile(r"(?:\[[^\n]*\]\n)?[^\n]* \(continued\): ")


def control_at(profile: Any, place: Place) -> Control:
    """The control of a place."""
    screen = profile.by_name[place.screen]
    found: Control = (screen.grids[place.grid].columns if place.grid else screen.controls)[place.control]
    return found


def grids_of(case: Case, plan: Plan) -> Iterator[tuple[Grid, Sequence[Any]]]:
    """Every planned grid with its rows."""
    for page in plan.pages:
        for name, rows in page.rows.items():
            yield case.definitions.profile.by_name[page.screen].grids[name], rows


def parts_of(one: Case, plan: Plan) -> dict[Place, str]:
    """The parts of the narrative by their places, in order, without their titles."""
    rule = one.definitions.mapping.mapping.narrative
    texts = {place: str(entry.value) for place, entry in plan.placed() if place.control == rule.control}
    assert len(texts) < 2 or rule.grid
    return {place: text.partition("\n")[2] for place, text in texts.items()}


def bare(text: str) -> str:
    """A text without its white space."""
    return re.sub(r"\s+", "", text)


def assert_words_are_the_answers(control: Control, entry: ControlValue, answers: Sequence[Answer]) -> None:
    """A keyed text says what its answers say, and nothing else."""
    if not answers or control.kind in CHOICES or not isinstance(entry.value, str):
        return
    if control.kind in (Kind.DATE, Kind.TIME):
        assert len(answers) == 1
        assert str(answers[0].value).startswith(entry.value) or "T" in str(answers[0].value)
        return
    rest = entry.value
    said = [f"{each.question}: {each.text}" for each in answers if f"{each.question}: " in rest]
    for words in sorted(said or [each.text for each in answers], key=len, reverse=True):
        assert words in rest
        rest = rest.replace(words, "", 1)
    assert re.fullmatch(r"[\s,]*", rest)


def assert_fits(one: Case, place: Place, entry: ControlValue) -> None:
    """A planned value is one that its control can hold."""
    control = control_at(one.definitions.profile, place)
    if isinstance(entry.value, str):
        assert control.max is None or measure(entry.value) <= control.max, place
        assert control.kind is not Kind.TEXT or "\n" not in entry.value
    offered = one.definitions.profile.options(control)
    if offered is not None:
        chosen = entry.value if isinstance(entry.value, tuple) else (entry.value,)
        assert set(chosen) <= set(offered), place


def assert_carried(answer: Answer, end: Disposition, parts: Mapping[Place, str]) -> None:
    """An answer's text stands whole in the parts that its disposition names: joined, white space aside."""
    rows = [place.row for place in end.where]
    assert rows == list(range(rows[0], rows[-1] + 1))
    first, *others = (parts[place] for place in end.where)
    joined = first + "".join(CONTINUED.sub("", part, count=1) for part in others)
    assert bare(answer.question) in bare(first)
    assert bare(answer.text) in bare(joined)


def assert_accounted(one: Case, plan: Plan) -> None:
    """Every answer has exactly one end, and every end is true."""
    answers = {answer.pointer: answer for answer in one.report.answers}
    assert [end.pointer for end in plan.dispositions] == list(answers)
    used: dict[str, list[Place]] = {}
    for place, entry in plan.placed():
        assert_fits(one, place, entry)
        mine = [answers[pointer] for pointer in entry.pointers]
        assert_words_are_the_answers(control_at(one.definitions.profile, place), entry, mine)
        for pointer in entry.pointers:
            used.setdefault(pointer, []).append(place)
    parts = parts_of(one, plan)
    for end in plan.dispositions:
        assert end.question == answers[end.pointer].question
        match end.kind:
            case Disposed.KEYED:
                assert list(end.where) == used[end.pointer]
            case Disposed.NARRATIVE:
                assert end.reason
                assert end.pointer not in used
                assert_carried(answers[end.pointer], end, parts)
            case Disposed.LEFT_OUT:
                assert end.reason
                assert end.pointer not in used
    for grid, rows in grids_of(one, plan):
        assert grid.max_rows is None or len(rows) <= grid.max_rows or plan.missing


@pytest.mark.parametrize("target", TARGETS)
@MANY
@given(content=reports())
def test_every_answer_is_accounted_for(target: str, content: dict[str, Any]) -> None:
    """Each answer ends exactly once: keyed as it says, or whole in the narrative, or left out for a reason; and
    nothing that is planned exceeds what its control takes."""
    one = case(content, TARGETS[target])
    assert_accounted(one, one.plan())


EVERYTHING = sorted(
    {(screen.name, name) for screen in CHS.profile.screens for name in screen.controls}
    | {
        (screen.name, f"{grid} / {name}")
        for screen in CHS.profile.screens
        for grid, given in screen.grids.items()
        for name in given.columns
        if screen.name not in {"Log", "Attachments"}
    }
)


@MANY
@given(content=reports(), uncertain=st.sets(st.sampled_from(EVERYTHING), max_size=12))
def test_nothing_is_lost_without_a_control(content: dict[str, Any], uncertain: set[tuple[str, str]]) -> None:
    """Whichever controls are not certain, every answer of a report is still accounted for, and none of them is
    keyed."""
    one = case(content, CHS)
    plan = one.plan(uncertain)
    assert_accounted(one, plan)
    for place, _ in plan.placed():
        column = f"{place.grid} / {place.control}" if place.grid else place.control
        assert (place.screen, column) not in uncertain


@MANY
@given(content=reports())
def test_a_plan_is_the_same_every_time(content: dict[str, Any]) -> None:
    """The same report gives the same plan, and the store gives back the plan that it was given."""
    plan = case(content, CHS).plan()
    assert case(json.loads(json.dumps(content)), CHS).plan() == plan
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan
