"""A saved record read back from pages of several makings: what it shows is compared as a person would read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from rpa.plan import ControlValue, PagePlan, Plan, Value
from rpa.targets.profile import Control, Grid, Kind, Profile, Screen
from rpa.targets.record import Reading, read_record
from rpa.targets.updating import read_before
from tests.integration.pages import Open
from tests.worlds import meanwhile

pytestmark = pytest.mark.asyncio(loop_scope="session")


def profile(controls: dict[str, Any], **record: Any) -> Profile:
    """A profile of one screen, whose record is the page under /page."""
    return Profile.model_validate(
        {
            "title": "Example",
            "session": {"steps": [], "done": {"heading": "Home"}, "ended": {"css": "#sign-in"}},
            "journey": {
                "steps": [],
                "errors": ".errors",
                "save": "Save",
                "saved": {"heading": "Saved"},
                "reference": r"R\d",
            },
            "find": {"steps": [], "found": {"css": "td"}, "none": {"text": "Nothing"}},
            "record": {"steps": [{"go": "/page"}], "heading": "Record {reference}", **record},
            "screen": [{"name": "Screen", "controls": controls}],
        }
    )


async def reading(show: Open, body: str, given: Profile, **values: Value) -> Reading:
    """What a record says of planned values."""
    tab = await show(f"<h1>Record R1</h1>{body}")
    entries = tuple(ControlValue(name, value) for name, value in values.items())
    plan = Plan("CR-1", "form", "target", (PagePlan("Screen", entries),), ())
    return await read_record(tab, given, plan, {}, "R1")


class Shown(NamedTuple):
    """A record's page that shows the planned value of the control `It`."""

    body: str
    control: dict[str, Any]
    value: Value
    record: Mapping[str, Any] = MappingProxyType({})


LINES = {"kind": "lines"}
LABELS = {"caption": "label"}
CAPTIONED = {"kind": "text", "label": "Summary"}
STORY = "I came home at seven.\n\nThe door was open and the box that I keep in the bedroom was gone."
SAME = {
    "line breaks as elements": Shown("<dt>It</dt><dd>One<br>two<br>\nthree</dd>", LINES, "One\ntwo\nthree"),
    "lines as items of a list": Shown(
        "<dt>It</dt><dd><ul><li>One</li><li>two</li></ul></dd>", LINES, "One\ntwo"
    ),
    "paragraphs": Shown("<dt>It</dt><dd><p>One</p>\n <p>two</p></dd>", LINES, "One\n\ntwo"),
    "text as it was sent": Shown(
        "<dt>It</dt><dd style='white-space:pre-wrap'>One\n  two</dd>", LINES, "One\n two"
    ),
    "text wrapped at a width": Shown(
        "<dt>It</dt><dd><pre>I came home at seven.\n\nThe door was open and the box\n"
        "that I keep in the bedroom was gone.</pre></dd>",
        LINES,
        STORY,
    ),
    "a form for editing": Shown(
        "<label>It <input value='Example'></label>", {"kind": "text"}, "Example", LABELS
    ),
    "a list for editing": Shown(
        "<label for=s>It</label><p><select id=s><option>A<option selected>B</select></p>",
        {"kind": "select"},
        "B",
        LABELS,
    ),
    "a tick for editing": Shown(
        "<label>It <input type=checkbox checked></label>", {"kind": "checkbox"}, True, LABELS
    ),
    "ticks for editing": Shown(
        "<dt>It</dt><dd><ul><li><label><input type=checkbox checked>A</label>"
        "<li><label><input type=checkbox>C</label><li><label><input type=checkbox checked>B</label></ul></dd>",
        {"kind": "checkboxes"},
        ("A", "B"),
    ),
    "a list in another order": Shown(
        "<dt>It</dt><dd><ul><li>B<li>A</ul></dd>", {"kind": "select_many"}, ("A", "B")
    ),
    "a list on one line": Shown("<dt>It</dt><dd>B, A</dd>", {"kind": "tokens"}, ("A", "B")),
    "a day in words": Shown("<dt>It</dt><dd>4 July 2026</dd>", {"kind": "date"}, "2026-07-04"),
    "a moment in the record's own form": Shown(
        "<dt>It</dt><dd>2026-07-04 07:05:00</dd>",
        {"kind": "datetime", "shown": "%Y-%m-%d %H:%M:%S"},
        "2026-07-04T07:05",
    ),
    "a number in groups": Shown("<dt>It</dt><dd>1,234.50</dd>", {"kind": "text"}, "1234.5"),
    "a place of its own": Shown(
        "<dl></dl><dt>-</dt><dd>-</dd><p id=it>Example</p>", {"kind": "text", "shown_in": "#it"}, "Example"
    ),
    "its caption on the page": Shown("<dt>Summary</dt><dd>Example</dd>", CAPTIONED, "Example"),
    "its name, where the page calls it otherwise": Shown("<dt>It</dt><dd>Example</dd>", CAPTIONED, "Example"),
    "a component": Shown(
        "<dt>It</dt><dd><x-v></x-v></dd><script>customElements.define('x-v', class extends HTMLElement {"
        "connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = '<b>Exam</b>ple'; } });</script>",
        {"kind": "text"},
        "Example",
    ),
}


@pytest.mark.parametrize("how", SAME)
async def test_record_says_what_was_keyed(how: str, show: Open) -> None:
    """However a record shows a value, it is read as a person would read it, and found the same."""
    case = SAME[how]
    found = await reading(show, case.body, profile({"It": case.control}, **case.record), It=case.value)
    assert (found.mismatches, found.verified) == ((), 1)


DIFFERENT = {
    "lines run together": Shown("<dt>It</dt><dd>One two</dd>", LINES, "One\ntwo"),
    "a word is gone": Shown("<dt>It</dt><dd>One\ntwo</dd>", LINES, "One\nand two"),
    "a list lacks one": Shown("<dt>It</dt><dd>A</dd>", {"kind": "tokens"}, ("A", "B")),
    "a list has one more": Shown("<dt>It</dt><dd>A, B, C</dd>", {"kind": "tokens"}, ("A", "B")),
    "day and month changed places": Shown("<dt>It</dt><dd>7 April 2026</dd>", {"kind": "date"}, "2026-07-04"),
    "a number lost its point": Shown("<dt>It</dt><dd>12345</dd>", {"kind": "text"}, "1234.5"),
    "a house number lost its dash": Shown("<dt>It</dt><dd>12</dd>", {"kind": "text"}, "1-2"),
    "two years were joined": Shown("<dt>It</dt><dd>19982003</dd>", {"kind": "text"}, "1998-2003"),
    "a code lost its noughts": Shown("<dt>It</dt><dd>7</dd>", {"kind": "text"}, "007"),
    "it stands there twice": Shown(
        "<dt>It</dt><dd>Example</dd><dt>It</dt><dd>Other</dd>", {"kind": "text"}, "Example"
    ),
    "it is not there": Shown("<dt>That</dt><dd>Example</dd>", {"kind": "text"}, "Example"),
}


@pytest.mark.parametrize("how", DIFFERENT)
async def test_record_says_something_else(how: str, show: Open) -> None:
    """What a person would read as something else is a difference."""
    case = DIFFERENT[how]
    found = await reading(show, case.body, profile({"It": case.control}, **case.record), It=case.value)
    assert [each.place.control for each in found.mismatches] == ["It"]


async def test_record_holds_what_nobody_planned(show: Open) -> None:
    """A control of the profile that the record shows filled and nobody planned is a difference; one that is empty,
    not ticked, at its default, or that the profile says cannot be read back, is none."""
    controls = {
        "Town": {"kind": "text"},
        "County": {"kind": "text"},
        "Vulnerable": {"kind": "checkbox"},
        "Priority": {"kind": "select", "default": "Normal"},
        "Nick": {"kind": "text"},
        "Secret": {"kind": "text", "read_back": False},
    }
    body = "".join(
        f"<dt>{name}</dt><dd>{text}</dd>"
        for name, text in {
            "Town": "Exampleton",
            "County": "\u2013",
            "Vulnerable": "No",
            "Priority": "Normal",
            "Nick": "Left over",
            "Secret": "***",
        }.items()
    )
    found = await reading(
        show, body, profile(controls, empty=["\u2013"]), Town="Exampleton", Secret="Example"
    )
    assert [(each.place.control, each.expected, each.found) for each in found.mismatches] == [
        ("Nick", "", "Left over")
    ]
    assert found.verified == 1


async def test_a_name_that_is_another_controls_caption(show: Open) -> None:
    """A control whose caption the record does not show is not taken for another one that bears its name there."""
    controls = {"It": {"kind": "text", "label": "Summary"}, "Other": {"kind": "text", "label": "It"}}
    found = await reading(
        show, "<dt>It</dt><dd>Example</dd>", profile(controls), It="Example", Other="Example"
    )
    assert [(each.place.control, each.found) for each in found.held] == [("It", None), ("Other", "Example")]
    given = profile({"It": controls["It"]})
    elsewhere = Screen(name="Another", controls={"Other": Control(kind=Kind.TEXT, label="It")})
    given = given.model_copy(update={"screens": (*given.screens, elsewhere)})
    found = await reading(show, "<dt>It</dt><dd>Example</dd>", given, It="Example")
    assert [(each.place.control, each.found) for each in found.mismatches] == [
        ("It", None),
        ("Other", "Example"),
    ]


async def test_columns_by_their_captions(show: Open) -> None:
    """A table's column stands under its caption on the page, or else under its name."""
    table = (
        "<table><caption>Things</caption><thead><tr><th>%s</thead><tr><td>Lamp</table><dt>-</dt><dd>-</dd>"
    )
    given = profile({})
    column = Control(kind=Kind.TEXT, label="Description")
    screen = given.screens[0].model_copy(
        update={"grids": {"Things": Grid(row="inline", columns={"What": column})}}
    )
    given = given.model_copy(update={"screens": (screen,)})
    rows = {"Things": ((ControlValue("What", "Lamp"),),)}
    plan = Plan("CR-1", "form", "target", (PagePlan("Screen", (), rows),), ())
    for heading in ("Description", "What"):
        tab = await show(f"<h1>Record R1</h1>{table % heading}")
        assert (await read_record(tab, given, plan, {}, "R1")).verified == 1


UPDATED = {
    "beside those that were there": ("<tr><td>Lamp<td>Red", "<tr><td>Lamp<td>Red<tr><td>Vase<td>Blue", []),
    "before them": ("<tr><td>Lamp<td>Red", "<tr><td>Vase<td>Blue<tr><td>Lamp<td>Red", []),
    "like one that was there": ("<tr><td>Vase<td>Blue", "<tr><td>Vase<td>Blue" * 2, []),
    "one more than planned": (
        "<tr><td>Lamp<td>Red",
        "<tr><td>Lamp<td>Red" + "<tr><td>Vase<td>Blue" * 2,
        [("rows", "1", "2")],
    ),
    "one that was there is changed": (
        "<tr><td>Lamp<td>Red",
        "<tr><td>Vase<td>Blue<tr><td>Lamp<td>Green",
        [("rows", "1", "2, and 1 changed or gone")],
    ),
    "not there": (
        "<tr><td>Vase<td>Blue",
        "<tr><td>Vase<td>Blue",
        [("What", "Vase", None), ("Colour", "Blue", None)],
    ),
}


@pytest.mark.parametrize("how", UPDATED)
async def test_rows_of_an_update(how: str, show: Open) -> None:
    """The planned rows are those that the record did not have, wherever they stand; what else became of its
    table is a difference. However much there is to compare, the event loop goes on."""
    before, after, wanted = UPDATED[how]
    columns = {"What": Control(kind=Kind.TEXT), "Colour": Control(kind=Kind.TEXT)}
    screen = Screen(name="Screen", grids={"Things": Grid(row="inline", columns=columns)})
    given = profile({}).model_copy(update={"screens": (screen,)})
    rows = {"Things": ((ControlValue("What", "Vase"), ControlValue("Colour", "Blue")),)}
    plan = Plan("CR-1", "form", "target", (PagePlan("Screen", (), rows),), ())
    head = "<table><caption>Things</caption><thead><tr><th>What<th>Colour</thead>"
    tail = "</table><dt>-</dt><dd>-</dd>"
    had = await read_before(await show(f"<h1>Record R1</h1>{head}{before}{tail}"), given, "CR-1", "R1")
    tab = await show(f"<h1>Record R1</h1>{head}{after}{tail}")
    found = await read_record(tab, given, plan, {}, "R1", meanwhile(had.recorded()))
    assert [(each.place.control, each.expected, each.found) for each in found.mismatches] == wanted
