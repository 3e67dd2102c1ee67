"""Looking for a report on result pages made for the purpose: never more certain than what they show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rpa.browser.values import Rest
from rpa.errors import DefinitionError
from rpa.targets.finding import (
    AT_REST,
    CannotTell,
    InTarget,
    NotInTarget,
    SearchResult,
    contains,
    find,
    references,
)
from rpa.targets.profile import Profile, load_profile
from tests.integration.pages import Open, Pages
from tests.unit.test_profile import LEAST

pytestmark = pytest.mark.asyncio(loop_scope="session")

OURS = "CR-T675PLR5U27N"
LIST = {"found": {"css": ".results"}, "none": {"text": "Nothing found"}, "more": {"text": "more results"}}
TABLE = {**LIST, "column": "External reference"}
HEADS = "<thead><tr><th>Record<th>External reference<th>Opened</tr></thead>"
QUICK = Rest(50, 500)  # for pages that are all there at once

Look = Callable[..., Awaitable[SearchResult]]


def profile(**find: Any) -> Profile:
    """A profile with this way of searching; the search page is the result page."""
    given = {"steps": [{"go": "/page"}], "found": {"css": "td"}, "none": {"text": "Nothing found"}, **find}
    return Profile.model_validate(
        {
            "title": "Lists",
            "session": {"steps": [], "done": {"path": "/home"}, "ended": {"path": "/login"}},
            "journey": {
                "steps": [],
                "errors": ".errors",
                "save": "Save",
                "saved": {"path": "/saved"},
                "reference": r"REC-\d{4}",
            },
            "find": given,
            "record": {"steps": [], "heading": "Record {reference}", "scope": "main"},
            "screen": [{"name": "Only"}],
        }
    )


@pytest.fixture
def look(show: Open, pages: Pages) -> Look:
    """Looks for our reference on a page that the test makes up."""

    async def looking(body: str, given: Profile, rest: Rest = QUICK) -> SearchResult:
        tab = await show("", seconds=2)
        pages.show(body)
        return await find(tab, given, OURS, rest)

    return looking


def table(*rows: tuple[str, str]) -> str:
    """A result page with a table: a record's own reference and what stands beside it, a row each."""
    lines = "".join(f"<tr><td><a href=#>{own}</a><td>{ours}<td>REC-9999 days ago</tr>" for own, ours in rows)
    return f"<main class=results><table>{HEADS}<tbody>{lines}</tbody></table></main>"


TABLES: dict[str, tuple[str, SearchResult]] = {
    "one": (table(("REC-0001", OURS)), InTarget(("REC-0001",))),
    "two": (table(("REC-0001", OURS), ("REC-0002", OURS)), InTarget(("REC-0001", "REC-0002"))),
    "joined with other text": (table(("REC-0001", f"Online: {OURS} (web)")), InTarget(("REC-0001",))),
    "nothing, in words": ("<main class=results>Nothing found</main>", NotInTarget()),
    "an empty table's own words": (
        f"<main class=results><table>{HEADS}<tbody><tr><td colspan=3>Nothing found</table></main>",
        NotInTarget(),
    ),
    "a part of another reference": (
        table(("REC-0001", f"{OURS}7")),
        CannotTell("row 1 of the search results does not show our reference"),
    ),
    "no column of that name": (
        table(("REC-0001", OURS)).replace("External reference", "Online reference"),
        CannotTell("the results have no column 'External reference' (see [find] column)"),
    ),
    "without our reference": (
        table(("REC-0001", "")),
        CannotTell("row 1 of the search results does not show our reference"),
    ),
    "cut short": (
        table(("REC-0001", "CR-T675PL…")),
        CannotTell("row 1 of the search results does not show our reference"),
    ),
    "one with, one without": (
        table(("REC-0001", OURS), ("REC-0002", "CR-OTHER")),
        CannotTell("row 2 of the search results does not show our reference"),
    ),
    "a row without a reference of its own": (
        f"<main class=results><table>{HEADS}<tbody><tr><td>…<td>{OURS}<td>today</table></main>",
        CannotTell("row 1 of the search results shows 0 references of its own"),
    ),
    "a longer reference of its own": (
        f"<main class=results><table>{HEADS}<tbody><tr><td>REC-00012<td>{OURS}<td>today</table></main>",
        CannotTell("row 1 of the search results shows 0 references of its own"),
    ),
    "words for nothing beside a row": (
        table(("REC-0001", OURS)) + "<p>Nothing found</p>",
        CannotTell("the search says that there is nothing, and shows a row"),
    ),
    "more than shown": (
        table(("REC-0001", OURS)) + "<p>12 more results</p>",
        CannotTell("the search does not show all its results"),
    ),
    "no row at all": (
        f"<main class=results><table>{HEADS}<tbody></tbody></table></main>",
        CannotTell("the search shows results, and no row can be read"),
    ),
    "the reference in another column": (
        f"<main class=results><table>{HEADS}<tbody><tr><td>REC-0001<td>-<td>{OURS}</table></main>",
        CannotTell("row 1 of the search results does not show our reference"),
    ),
}


@pytest.mark.parametrize("which", TABLES)
async def test_a_table_of_results(which: str, look: Look) -> None:
    """Every row has to carry our reference, whole, in its column, beside one of the target's own."""
    body, answer = TABLES[which]
    assert await look(body, profile(**TABLE)) == answer


async def test_a_column_of_plain_numbers(look: Look) -> None:
    """Where the target's references are plain numbers, the column named tells them from other numbers."""
    body = f"<main class=results><table>{HEADS}<tbody><tr><td>12<td>{OURS}<td>40</table></main>"
    given = profile(**TABLE, reference_column="Record")
    given = given.model_copy(update={"journey": given.journey.model_copy(update={"reference": r"\d+"})})
    assert await look(body, given) == InTarget(("12",))
    without = given.model_copy(update={"find": given.find.model_copy(update={"reference_column": None})})
    assert await look(body, without) == CannotTell(
        "row 1 of the search results shows 2 references of its own"
    )


async def test_a_column_of_references_that_is_not_there(look: Look) -> None:
    """A column of the target's own references that is not in the table is named, with its place in the profile."""
    answer = await look(table(("REC-0001", OURS)), profile(**TABLE, reference_column="Number"))
    assert answer == CannotTell("the results have no column 'Number' (see [find] reference_column)")


async def test_the_words_of_a_page_of_results_are_not_told(look: Look) -> None:
    """However many headings a table has, and whatever stands in them, the message is ours: neither its size nor
    its words are the page's (P8)."""
    heads = "".join(f"<th>Seen with JANE EXAMPLE {number}" for number in range(2000))
    body = f"<main class=results><table><thead><tr>{heads}</thead><tr><td>{OURS}</table></main>"
    assert await look(body, profile(**TABLE)) == CannotTell(
        "the results have no column 'External reference' (see [find] column)"
    )


async def test_a_list_of_links(look: Look) -> None:
    """Results that are no table: each has our reference in its text and the target's in a link."""
    body = f"<div class=results><p><a href=#>REC-0001</a> Bicycle [{OURS}], see also REC-0002</div>"
    assert await look(body, profile(**LIST, row=".results p")) == InTarget(("REC-0001",))


OPENED = "<h1>Record REC-0001</h1><main><dl><dt>External reference<dd>%s</dl></main>"


async def test_a_search_that_opens_the_record_itself(look: Look) -> None:
    """A search that goes straight to the one record is believed where that shows both references."""
    given = profile(record={"heading": "Record REC-0001"})
    assert await look(OPENED % OURS, given) == InTarget(("REC-0001",))
    assert await look(OPENED % "CR-OTHER", given) == CannotTell(
        "the search opened a record that does not show our reference"
    )
    assert await look(OPENED % OURS, profile(record={"css": "main dl"})) == CannotTell(
        "the search opened a record that shows 0 references of its own"
    )


def later(first: str, then: str) -> str:
    """A page that shows `first`, and in its place `then` after a moment, as lists that a script fills do."""
    script = f"setTimeout(() => {{ document.querySelector('#list').innerHTML = `{then}`; }}, 300)"
    return f"<div id=list>{first}</div><script>{script}</script>"


TWO = table(("REC-0001", OURS), ("REC-0002", OURS))
FILLED_LATER = {
    "none, then one": (TABLES["nothing, in words"][0], TABLES["one"][0], InTarget(("REC-0001",))),
    "one, then two": (TABLES["one"][0], TWO, InTarget(("REC-0001", "REC-0002"))),
    "one, then none": (TABLES["one"][0], TABLES["nothing, in words"][0], NotInTarget()),
}


@pytest.mark.parametrize("which", FILLED_LATER)
async def test_a_list_that_is_filled_later(which: str, look: Look) -> None:
    """What a list shows is believed when it has come to rest, not when it is first seen."""
    first, then, answer = FILLED_LATER[which]
    assert await look(later(first, then), profile(**TABLE), AT_REST) == answer


FETCHED = """<div id=list>Nothing found</div><script>
const list = document.querySelector("#list");
fetch("/rows").then((answer) => answer.text()).then((rows) => { list.innerHTML = rows; });
</script>"""


async def test_a_list_whose_rows_are_long_in_coming(look: Look, pages: Pages) -> None:
    """A page that says that there is nothing while it still waits for the rows is waited for."""
    come = pages.held["/rows"] = threading.Event()
    pages.show(table(("REC-0001", OURS)), "/rows")
    looking = asyncio.create_task(look(FETCHED, profile(**TABLE)))
    await asyncio.sleep(1)  # longer than both looks at a page at rest
    come.set()
    assert await looking == InTarget(("REC-0001",))


async def test_a_list_whose_rows_never_come(look: Look, pages: Pages) -> None:
    """A page that waits for its rows for ever is no clear answer, whatever it says."""
    come = pages.held["/rows"] = threading.Event()
    answer = await look(FETCHED, profile(**TABLE))
    come.set()
    assert answer == CannotTell(
        "the search says that there is nothing, while its page still waits for the target"
    )


async def test_a_list_that_never_rests(look: Look) -> None:
    """A list that goes on growing is read twice all the same, and is no clear answer."""
    more = (
        table(("REC-0001", OURS))
        + """<script>setInterval(() => {
        const rows = document.querySelector("tbody"), added = rows.rows[0].cloneNode(true);
        added.querySelector("a").textContent = `REC-${1000 + rows.rows.length}`;
        rows.append(added);
    }, 20)</script>"""
    )
    assert await look(more, profile(**TABLE)) == CannotTell("the search results go on changing")


async def test_a_reference_stands_whole() -> None:
    """References are bounded by what is no letter and no digit; one that is a part of another is none."""
    given = profile()
    texts = ["Saved as REC-0001.", "REC-00012", "XREC-0003", "(REC-0004)", "REC-0001"]
    assert references(given, texts) == ("REC-0001", "REC-0004")
    assert contains(f"[{OURS}]", OURS)
    assert not contains(f"{OURS}X", OURS)


async def test_a_pattern_that_cannot_be_bounded_is_refused(tmp_path: Any) -> None:
    """A pattern of references that does not stand in a longer one is a fault of the profile."""
    text = LEAST.replace("reference = 'X\\d+'", "reference = '(?i)x\\d+'")
    assert text != LEAST
    (tmp_path / "screens.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match="not a regular expression"):
        load_profile(tmp_path)
