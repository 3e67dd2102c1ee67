"""Definitions of the ticket desk, the second target, with one control more than it has."""

from __future__ import annotations

from typing import Any

from tests.worlds import ROOT, Definitions, definitions

FOLDER = ROOT / "tests" / "second_target" / "mappings" / "tickets"
TICKETS = definitions(FOLDER)
SCREEN = "New ticket"


def with_control(
    name: str, control: dict[str, Any], source: dict[str, Any] | None, **rest: Any
) -> Definitions:
    """The ticket desk with one control more, and where its value comes from."""
    profile = TICKETS.profile.model_dump(by_alias=True)
    profile["screen"][0]["controls"][name] = control
    loaded = TICKETS.mapping.model_dump(by_alias=True)
    loaded["mapping"] |= rest
    if source is not None:
        loaded["mapping"]["screen"][SCREEN][name] = source
    made = (type(TICKETS.profile).model_validate(profile), type(TICKETS.mapping).model_validate(loaded))
    return Definitions("tickets", *made)
