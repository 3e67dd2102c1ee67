"""Which found control the profile means: certain, or not at all (P5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.browser.names import folded
from rpa.browser.values import Found, Handle
from rpa.errors import Cause, TargetChanged
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind


def found(*captions: str, kind: str = "text", index: int = 0, **more: Any) -> Found:
    """A control as a survey finds it."""
    given = {
        "handle": Handle("document", 1, index),
        "within": (),
        "holds": "",
        "options": (),
        "shown": True,
        "enhanced": False,
        "writable": True,
    }
    return Found(**{"kind": kind, "captions": captions, **given, **more})


def matched(name: str, survey: list[Found], **control: Any) -> tuple[Found, ...]:
    """The match of a text control unless told otherwise."""
    return match("Screen", name, Control(**{"kind": Kind.TEXT, **control}), survey)


def test_exactly_one_is_certain() -> None:
    """The one control of the caption and kind is the one."""
    wanted = found("Surname", index=3)
    assert matched("Surname", [found("Forename"), wanted, found("Surname", kind="select")]) == (wanted,)


@pytest.mark.parametrize(
    "shown",
    [
        "surname",
        "SURNAME",
        "  Surname\u00a0",
    ],
)
def test_case_does_not_matter(shown: str) -> None:
    """Capitals and white space make no other caption. Marks have gone by then: see test_names.py."""
    assert matched("Surname", [found(shown)])


@pytest.mark.parametrize(
    ("survey", "why", "cause"),
    [
        ([], "no such control", Cause.GONE),
        ([found("Family name")], "no such control", Cause.GONE),
        ([found("Surname", kind="select")], "no such control", Cause.GONE),
        ([found("Surname", shown=False)], "no such control", Cause.GONE),
        ([found("Surname"), found("Surname")], "2 controls could be meant", Cause.SEVERAL),
        ([found("Surname"), found("Title", "Surname")], "2 controls could be meant", Cause.SEVERAL),
        ([found("Surname", writable=False)], "cannot be written", Cause.NOT_WRITABLE),
    ],
)
def test_anything_less_is_a_change(survey: list[Found], why: str, cause: Cause) -> None:
    """None, several, one of another kind, one not shown or not writable: a change, with its reason."""
    with pytest.raises(TargetChanged, match=why) as raised:
        matched("Surname", survey)
    assert (raised.value.screen, raised.value.control, raised.value.cause) == ("Screen", "Surname", cause)


def test_group_tells_one_from_another() -> None:
    """`Group / Caption` names the control inside the captioned group; alone, the caption is not certain."""
    home = found("Postcode", within=("Current address",), index=1)
    work = found("Postcode", within=("Business address",), index=2)
    assert matched("Current address / Postcode", [home, work]) == (home,)
    with pytest.raises(TargetChanged, match="2 controls"):
        matched("Postcode", [home, work])


def test_label_may_differ_from_the_name() -> None:
    """A control may be called by another name than its caption."""
    assert matched("Where", [found("Place of occurrence")], label="Place of occurrence")


def test_boxes_are_matched_inside_their_group() -> None:
    """The boxes of a date are those of its group, in the profile's order."""
    day, month, year = (found(name, within=("Born",)) for name in ("Day", "Month", "Year"))
    other = [found(name, within=("Reported",)) for name in ("Day", "Month", "Year")]
    boxes = {"Year": "%Y", "Month": "%m", "Day": "%d"}
    survey = [*other, day, month, year]
    assert matched("Born", survey, kind=Kind.DATE, boxes=boxes) == (year, month, day)
    with pytest.raises(TargetChanged, match="no such control"):
        matched("Born", survey[:-1], kind=Kind.DATE, boxes=boxes)


def test_ticks_are_all_of_their_group() -> None:
    """Several ticks under one caption are matched together."""
    ticks = [found(name, kind="checkbox", within=("Tags",)) for name in ("Red", "Blue")]
    survey = [found("High harm", kind="checkbox"), *ticks]
    assert matched("Tags", survey, kind=Kind.CHECKBOXES) == tuple(ticks)
    with pytest.raises(TargetChanged, match="no such control"):
        matched("Labels", survey, kind=Kind.CHECKBOXES)


def test_enhanced_list_is_keyed_though_hidden() -> None:
    """A native list that a script hides behind one of its own is the control; a hidden one without is not."""
    enhanced = found("Ethnicity", kind="select", shown=False, enhanced=True)
    assert matched("Ethnicity", [enhanced], kind=Kind.SELECT) == (enhanced,)


def test_outcome_of_a_look_up_need_not_be_writable() -> None:
    """What a look-up shows is found though nobody can write it."""
    shown = found("Person record", kind="output", writable=False)
    assert matched("Person record", [shown], kind=Kind.LOOK_UP) == (shown,)


CAPTIONS = st.sampled_from(["Surname", "Forename", "Street", "surname"])
FOUND = st.builds(
    found,
    CAPTIONS,
    CAPTIONS,
    kind=st.sampled_from(["text", "select"]),
    shown=st.booleans(),
    writable=st.booleans(),
    index=st.integers(0, 9),
)


@given(survey=st.lists(FOUND, max_size=5))
def test_match_is_unambiguous_or_none(survey: list[Found]) -> None:
    """Whatever a page shows, a match is the only shown text control that could be meant, and writable. Of the
    texts beside it, it has those that name it.
    """
    possible = [
        each
        for each in survey
        if each.kind == "text" and each.shown and "surname" in map(folded, each.captions)
    ]
    try:
        (one,) = matched("Surname", survey)
    except TargetChanged:
        assert len(possible) != 1 or not possible[0].writable
    else:
        assert [replace(each, captions=one.captions) for each in possible] == [one]
        assert one.writable
        assert set(map(folded, one.captions)) == {"surname"}


@pytest.mark.parametrize(
    ("caption", "meant"),
    [
        ("TOWN", "town"),
        (" Town\u00a0of\nbirth ", "town of birth"),
        ("Stra\u00dfe", "strasse"),
        ("Town *", "town *"),  # the page script takes marks away
    ],
)
def test_a_caption_is_compared_without_regard_to_case(caption: str, meant: str) -> None:
    """Case and spare white space say nothing of which control is meant."""
    assert folded(caption) == meant
