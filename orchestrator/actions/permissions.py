"""Who may do what, as data: a new act is a line in `Act`, and a place in `MAY` for the roles that may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from orchestrator.store import trail
from rpa.errors import OperatingError


class Act(StrEnum):
    """What can be done to reports, forms, targets and the trail. The words appear in messages."""

    RECEIVE = "receive a submission"
    REPROCESS = "reprocess a report"
    RELEASE = "release a report"
    CORRECT = "correct a report"
    VIEW = "view a report"
    DECIDE = "decide on a report"
    KEY_BY_HAND = "record a report as keyed by hand"
    DISMISS = "dismiss a report"
    ERASE = "erase a report"
    EXPORT = "export the audit trail"
    RECONCILE = "reconcile records"
    SWITCH_FORM = "switch a form on or off"
    SWITCH_TARGET = "switch a target on or off"
    RETRY_TARGET = "retry a paused target"
    ADD_CLIENT = "add an API client"
    REVOKE_CLIENT = "revoke an API client"
    SETTLE_MESSAGE = "settle a message"
    WORK = "work on jobs"


class Role(StrEnum):
    """What an actor is to the system."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    OS_USER = "operating-system user"  # whoever may run `rpa` here has its files and keys
    ROBOT = "robot"
    SYSTEM = "system"  # channels, settings, periodic jobs


_OPERATOR = frozenset(
    {Act.RECEIVE, Act.VIEW, Act.REPROCESS, Act.CORRECT, Act.DECIDE, Act.KEY_BY_HAND, Act.DISMISS}
)
_SUPERVISOR = _OPERATOR | {Act.RELEASE, Act.RECONCILE}
_ADMINISTRATOR = frozenset(
    {
        Act.RECEIVE,
        Act.VIEW,
        Act.REPROCESS,
        Act.RELEASE,
        Act.DISMISS,
        Act.ERASE,
        Act.RECONCILE,
        Act.SWITCH_FORM,
        Act.SWITCH_TARGET,
        Act.RETRY_TARGET,
        Act.ADD_CLIENT,
        Act.REVOKE_CLIENT,
        Act.SETTLE_MESSAGE,
    }
)
_AUDITOR = frozenset({Act.VIEW, Act.EXPORT})
MAY: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.OPERATOR: _OPERATOR,
        Role.SUPERVISOR: _SUPERVISOR,
        Role.ADMINISTRATOR: _ADMINISTRATOR,
        Role.AUDITOR: _AUDITOR,
        Role.OS_USER: _SUPERVISOR | _ADMINISTRATOR | _AUDITOR,
        Role.ROBOT: frozenset({Act.WORK}),
        Role.SYSTEM: frozenset({Act.RECEIVE, Act.REPROCESS}),
    }
)
"""Role -> the acts that it may do. What is not named is not allowed."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` is what the trail says."""

    name: str
    role: Role


INTAKE = Actor("intake", Role.SYSTEM)
SETTINGS = Actor("settings", Role.SYSTEM)
SYSTEM = Actor(trail.SYSTEM, Role.SYSTEM)


class NotAllowed(OperatingError):  # noqa: N818 - says what is the case
    """The actor's role does not include the act."""


def may(actor: Actor, act: Act) -> bool:
    """Whether the actor's role includes the act."""
    return act in MAY[actor.role]


def require(actor: Actor, act: Act) -> None:
    """Go on only if the actor may. Raises `NotAllowed`, which says who, which act, and which roles may."""
    if not may(actor, act):
        roles = ", ".join(role for role in Role if act in MAY[role])
        raise NotAllowed(f"{actor.name} ({actor.role}) may not {act}; these roles may: {roles}")
