"""Plans that were stored when a disposition named its places as text: they load, and every place is found."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rpa.plan import (
    Disposed,
    Held,
    Place,
    plan_from_json,
    plan_to_json,
    update_from_json,
    update_to_json,
    whole_in_update,
)

FOLDER = Path(__file__).parent / "stored_plans"
STORED = sorted(path.stem for path in FOLDER.glob("*.json"))


def stored(name: str) -> Any:
    """A plan as the store kept it."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STORED)
def test_an_earlier_plan_loads_with_its_places(name: str) -> None:
    """Each answer of a plan with text in `where` names the controls that hold it, keyed or in the narrative."""
    plan = plan_from_json(stored(name))
    entries = dict(plan.placed())
    assert Counter(end.kind for end in plan.dispositions) == Counter(
        end["kind"] for end in stored(name)["dispositions"]
    )
    for end in plan.dispositions:
        assert bool(end.where) == (end.kind is not Disposed.LEFT_OUT)
        for place in end.where:
            if end.kind is Disposed.NARRATIVE:
                text = str(entries[place].value)
                assert re.sub(r"\s", "", end.question) in re.sub(r"\s", "", text)
            else:
                assert end.pointer in entries[place].pointers


def test_an_earlier_plan_is_stored_anew_with_places() -> None:
    """A plan read from its earlier form is written in the form of today, and reads the same."""
    plan = plan_from_json(stored("narrative_in_a_grid"))
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_places_of_an_earlier_narrative_are_told_by_its_parts() -> None:
    """`Log / part 1` is the row whose text is headed part 1; a narrative in one control is that control."""
    found = [plan_from_json(stored(f"narrative_in_a_{name}")) for name in ("grid", "control")]
    places = [{end.where for end in plan.dispositions if end.kind is Disposed.NARRATIVE} for plan in found]
    assert places == [{(Place("Log", "Entry", "Log entries", 0),)}, {(Place("New ticket", "Story"),)}]


def test_an_update_is_stored_as_it_was_and_read_again() -> None:
    """What a record holds once it is updated is kept under the names that databases have, and reads the same; an
    earlier plan in it loads with its places."""
    earlier = stored("narrative_in_a_grid")
    whole, remains = plan_from_json(earlier), (Held(Place("Person", "Surname"), "", "Example"),)
    kept = json.loads(json.dumps(update_to_json(whole, remains)))
    assert kept.keys() == {"plan", "remains"}
    assert update_from_json(kept) == (whole, remains)
    assert whole_in_update(kept) == json.loads(json.dumps(plan_to_json(whole)))
    assert update_from_json({**kept, "plan": earlier}) == (whole, remains)
