"""Selectors as `rpa check` proves them, beside what the browser takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from rpa.browser.values import Region
from rpa.errors import RpaError
from rpa.targets.profile import Selector
from tests.integration.pages import Open

TAKEN = [
    "body",
    "#content table tbody tr",
    "dt, th[scope=row]",
    "form[name=TicketCreate]",
    '[data-x="a b" i]',
    ":not(.a, .b > c)",
    ":is(h1, h2) span",
    ":where()",
    "div:has(> img):not(:has(.b))",
    ":has(+ .a, .b)",
    "li:nth-child(odd of .x)",
    "td:nth-of-type(n + 3)",
    ":dir(rtl)",
    ":lang(en)",
    ":modal",
    ":popover-open",
    ":state(open)",
    ":-webkit-autofill",
    ":is(:unheard-of, a)",
    ":scope > a",
    "*|a",
    "#row\\:1",
    "#\\31 23",
    ".--state_open",
    ".日本",
    "a /* remark */ b",
    "a\nb",
    "a[href",
]
REFUSED = [
    "#inc[",
    "..a",
    "a,",
    ",a",
    "> a",
    "a > > b",
    "#1",
    "a:",
    "a)",
    "input >> b",
    "//a",
    "xpath=//a",
    "a!b",
]


def is_selector(css: str) -> bool:
    """Whether a profile may hold it."""
    try:
        TypeAdapter(Selector).validate_python(css)
    except ValidationError:
        return False
    return True


@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_browser_takes_is_taken(show: Open) -> None:
    """No selector is refused that chooses elements in the browser, and what the browser refuses is."""
    tab = await show("<h1>Here</h1>")
    for css in TAKEN:
        await tab.survey(Region(css))
        assert is_selector(css), css
    for css in REFUSED:
        with pytest.raises(RpaError):
            await tab.survey(Region(css))
        assert not is_selector(css), css


@given(st.text(alphabet="ab#.:[]()=\"'\\*>+~,|@{}!-1 \n", max_size=12))
def test_any_text_is_a_selector_or_a_fault(css: str) -> None:
    """Whatever stands in a profile, it is taken or told as a fault."""
    is_selector(css)
