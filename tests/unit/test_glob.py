"""Globs over addresses, as JavaScript reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.browser.glob import as_javascript

ADDRESS = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"))


@pytest.mark.parametrize(
    ("glob", "expression"),
    [
        ("/sign-in", r"^\/sign-in$"),
        ("/sign-in*", r"^\/sign-in.*$"),
        ("*/records/*/edit", r"^.*\/records\/.*\/edit$"),
        ("/a**b***c", r"^\/a.*b.*c$"),
        ("/x.php?id=[1]", r"^\/x\.php\?id=\[1\]$"),
        ("*", "^.*$"),
        ("", "^$"),
    ],
)
def test_a_glob_is_an_expression_that_javascript_knows(glob: str, expression: str) -> None:
    """Only `*` means more than itself, however often it stands there."""
    assert as_javascript(glob) == expression


@given(ADDRESS, ADDRESS, ADDRESS)
def test_a_glob_matches_what_is_between(before: str, between: str, after: str) -> None:
    """Whatever the characters, `a*b` matches what begins with a and ends with b, and a text without `*` only
    itself."""
    assert re.fullmatch(as_javascript(f"{before}*{after}"), before + between + after)
    assert re.fullmatch(as_javascript(before), before)
    assert not re.fullmatch(as_javascript(before), f"{before}x")


@pytest.mark.parametrize("glob", ["a*b*c", "**", "/x[!a]*", "(?i)*", "\\", "a/b{2}"])
def test_the_browser_takes_it(glob: str) -> None:
    """Nothing in it is syntax that only Python has."""
    assert not re.search(r"\\[AZ]|\(\?|[*+?}]\+", as_javascript(glob))
