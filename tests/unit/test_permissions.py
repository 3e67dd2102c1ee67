"""Who may do what: data, complete, and refused in plain words."""

from __future__ import annotations

import pytest

from orchestrator.actions.permissions import (
    INTAKE,
    MAY,
    SETTINGS,
    SYSTEM,
    Act,
    Actor,
    NotAllowed,
    Role,
    may,
    require,
)

PEOPLE = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR)
MACHINES = (Role.ROBOT, Role.SYSTEM)


def test_every_role_has_its_acts() -> None:
    """No role is forgotten, and every act is somebody's."""
    assert MAY.keys() == set(Role)
    assert frozenset().union(*MAY.values()) == set(Act)


def test_the_table_cannot_be_changed() -> None:
    """What a role may do is fixed while the program runs."""
    with pytest.raises(TypeError):
        MAY[Role.AUDITOR] = frozenset(Act)  # type: ignore[index]


def test_whoever_has_the_machine_may_do_what_people_may() -> None:
    """The operating-system user has every act of every person, and none of a machine's own."""
    assert MAY[Role.OS_USER] == frozenset().union(*(MAY[role] for role in PEOPLE))
    assert {Act.WORK}.isdisjoint(MAY[Role.OS_USER])


@pytest.mark.parametrize("role", MACHINES)
def test_a_machine_decides_nothing(role: Role) -> None:
    """No robot and no periodic job decides on a report, dismisses or erases one, or exports the trail."""
    acts = {Act.DECIDE, Act.KEY_BY_HAND, Act.CORRECT, Act.DISMISS, Act.ERASE, Act.EXPORT, Act.RELEASE}
    assert acts.isdisjoint(MAY[role])


def test_an_auditor_changes_nothing() -> None:
    """Whoever checks the work only views and exports."""
    assert MAY[Role.AUDITOR] == {Act.VIEW, Act.EXPORT}


@pytest.mark.parametrize("actor", [INTAKE, SETTINGS, SYSTEM])
def test_the_system_acts_under_its_own_names(actor: Actor) -> None:
    """What no person does is done as the system."""
    assert actor.role is Role.SYSTEM


def test_a_refusal_says_who_what_and_who_may() -> None:
    """The message names the actor, the act, and the roles that may."""
    clerk = Actor("user:sam", Role.OPERATOR)
    assert not may(clerk, Act.ERASE)
    with pytest.raises(NotAllowed) as refused:
        require(clerk, Act.ERASE)
    assert str(refused.value) == (
        "user:sam (operator) may not erase a report; these roles may: administrator, operating-system user"
    )
    require(Actor("user:kim", Role.ADMINISTRATOR), Act.ERASE)
