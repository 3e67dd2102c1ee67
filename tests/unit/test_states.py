"""The transition table: complete, connected, and with ends that are ends."""

from __future__ import annotations

from itertools import product

import pytest

from orchestrator.states import (
    FINAL,
    JOB_OF,
    TRANSITIONS,
    WAITING_FOR_PERSON,
    WAITING_FOR_ROBOT,
    State,
    allowed,
)


def reachable(start: State) -> set[State]:
    """Every state that can be come to from this one."""
    found, open_ends = {start}, [start]
    while open_ends:
        here = open_ends.pop()
        following = {to for frm, to in TRANSITIONS if frm is here} - found
        found |= following
        open_ends.extend(following)
    return found


def test_every_state_can_be_reached() -> None:
    """Whatever state there is, a received report can come to it."""
    assert reachable(State.RECEIVED) == set(State)


@pytest.mark.parametrize("state", State)
def test_every_state_leads_to_an_end(state: State) -> None:
    """No report can be caught for ever: from every state there is a way to a final one."""
    assert reachable(state) & FINAL


BACK = {State.ATTENTION}


def test_final_states_are_final() -> None:
    """Exactly the final states have no way out but to a person, when a second record shows itself."""
    assert {state for state in State if {to for frm, to in TRANSITIONS if frm is state} == BACK} == FINAL


def test_only_the_table_is_allowed() -> None:
    """`allowed` says what the table says, for every pair of states."""
    pairs = {(frm, to) for frm, to in product(State, State) if allowed(frm, to)}
    assert pairs == set(TRANSITIONS)


def test_every_transition_has_its_sentence() -> None:
    """Each transition says in one sentence when it happens."""
    assert all(text.endswith(".") and text[0].isupper() for text in TRANSITIONS.values())
    assert len(set(TRANSITIONS.values())) == len(TRANSITIONS)


def test_every_state_waits_for_somebody_or_is_final() -> None:
    """A report waits for a robot, waits for a person, or is done: one of the three, always."""
    groups = [WAITING_FOR_ROBOT, WAITING_FOR_PERSON, FINAL]
    assert sorted(state for group in groups for state in group) == sorted(State)


BACK_WITHOUT_A_PERSON = {(State.SUBMITTING, State.READY), (State.UNCERTAIN, State.READY)}
"""Nothing left this machine; and: answered by the sign-in page, and not there after the horizon."""


def test_save_is_never_pressed_twice_without_a_person() -> None:
    """From `submitting` on, a report comes back to keying by way of attention, or where it is certain that nothing
    was saved (P2)."""
    after_save, open_ends = {State.SUBMITTING}, [State.SUBMITTING]
    while open_ends:
        here = open_ends.pop()
        for way in TRANSITIONS.keys() - BACK_WITHOUT_A_PERSON:
            if way[0] is here and way[1] is not State.ATTENTION and way[1] not in after_save:
                after_save.add(way[1])
                open_ends.append(way[1])
    assert State.KEYING not in after_save


def test_a_report_that_waits_for_a_robot_has_a_job_with_one() -> None:
    """Every state in which a robot comes next has its kind of job; only a received report is not sorted yet."""
    assert WAITING_FOR_ROBOT - JOB_OF.keys() == {State.RECEIVED}
