"""Look-ups on pages made for the purpose: one result is chosen when it is certain, and never else (P5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from rpa.browser.launch import Browser
from rpa.browser.values import Region
from rpa.errors import TargetChanged, TargetError
from rpa.plan import ControlValue
from rpa.targets.form_region import FormRegion
from rpa.targets.looking_up import look_up
from rpa.targets.profile import Control, Kind
from tests.integration.pages import Pages, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTROL = Control(
    kind=Kind.LOOK_UP,
    open="Find person",
    dialog="Find person",
    search={"Last name": "Surname", "Born": "Date of birth"},
    press="Search",
    none="Nobody found",
    more="More were found",
    match=("Surname", "Date of birth"),
    formats={"Date of birth": "%d/%m/%Y"},
    choose="Choose",
    otherwise="Create new person",
)
PAGE = """
<div>Person record</div><div><output></output> <button onclick="open_()">Find person</button></div><script>
const FOUND = %s;
function settle(text) {
  document.querySelector("[role=dialog]").remove();
  document.querySelector("output").textContent = text;
}
function open_() {
  const dialog = document.createElement("div");
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-label", "Find person");
  dialog.innerHTML = `<label>Last name <input></label><label>Born <input></label><button>Search</button><p></p>
    <table><thead><tr></tr></thead><tbody></tbody></table><button>Create new person</button>`;
  document.body.append(dialog);
  const [search, create] = dialog.querySelectorAll("button");
  create.onclick = () => settle("New person");
  search.onclick = () => setTimeout(() => {
    dialog.querySelector("p").textContent = FOUND.said;
    const heads = [...FOUND.heads, ""].map((head) => `<th>${head}</th>`);
    dialog.querySelector("thead tr").innerHTML = heads.join("");
    for (const cells of FOUND.rows) {
      const row = dialog.querySelector("tbody").insertRow();
      for (const cell of cells) row.insertCell().textContent = cell;
      const button = document.createElement("button");
      button.textContent = "Choose";
      button.onclick = () => settle(cells.join(" "));
      row.insertCell().append(button);
    }
  }, 50);
}
</script>"""
HEADS = ["Surname", "Date of birth", "Town"]
ALEX, SAM = ["EXAMPLE", "01/02/1980", "Exampleton"], ["EXAMPLE", "02/02/1980", "Sampleford"]
PARTS = {"Surname": "Example", "Date of birth": "1980-02-01"}


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """The server of this module's pages."""
    with serving() as pages:
        yield pages


async def looked_up(
    browser: Browser, pages: Pages, found: Mapping[str, object], parts: Mapping[str, str]
) -> str:
    """What a look-up of `parts` shows as chosen on a page that answers `found`."""
    tab = await browser.open_tab(pages.base, 3)
    try:
        await tab.go(pages.show(PAGE % json.dumps(found)))
        form_region = FormRegion(tab, Region(), "Screen", {"Person record": CONTROL}, {})
        return await look_up(form_region, ControlValue("Person record", dict(parts)))
    finally:
        await tab.close()


CASES = {
    "the only one": ([ALEX], "", PARTS, "EXAMPLE 01/02/1980 Exampleton"),
    "one among others": ([SAM, ALEX], "", PARTS, "EXAMPLE 01/02/1980 Exampleton"),
    "two the same": ([ALEX, ALEX], "", PARTS, "New person"),
    "only others": ([SAM], "", PARTS, "New person"),
    "nobody": ([], "Nobody found", PARTS, "New person"),
    "not all are shown": ([ALEX], "More were found than are shown", PARTS, "New person"),
    "a part is not known": ([ALEX], "", {"Surname": "Example"}, "New person"),
}


@pytest.mark.parametrize("which", CASES)
async def test_only_a_certain_result_is_chosen(which: str, browser: Browser, pages: Pages) -> None:
    """One result that equals every part, of all there are, is chosen; for anything less a new one is made."""
    rows, said, parts, outcome = CASES[which]
    found = {"rows": rows, "said": said, "heads": HEADS}
    assert await looked_up(browser, pages, found, parts) == outcome


async def test_results_without_a_column_are_a_change(browser: Browser, pages: Pages) -> None:
    """Results that lack a column to be compared are a change of the target, and nobody is chosen by the rest."""
    found = {"rows": [["EXAMPLE", "Exampleton"]], "said": "", "heads": ["Surname", "Town"]}
    with pytest.raises(TargetChanged, match="its results lack a column") as raised:
        await looked_up(browser, pages, found, PARTS)
    assert raised.value.control == "Person record"


async def test_results_that_never_come_are_the_targets_error(browser: Browser, pages: Pages) -> None:
    """A search that answers neither with results nor with the words for none is not taken for none."""
    with pytest.raises(TargetError, match="waiting for results"):
        await looked_up(browser, pages, {"rows": [], "said": "Please wait", "heads": HEADS}, PARTS)
