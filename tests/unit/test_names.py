"""The rule by which a name means what a page calls something, as a comparison and as a pattern."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from rpa.browser.names import beginning, calling, folded

NAMES = st.text(min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)


@given(NAMES)
def test_a_name_means_itself_in_any_case(name: str) -> None:
    """A name's pattern fits the name, whatever characters are in it, in capitals, and with spare white space."""
    for text in (name, name.upper(), name.casefold(), name.title()):
        if folded(text) == folded(name):
            assert re.search(calling(name), text), text
            assert re.search(beginning(name), f"{text} and more"), text
    assert calling(f"  {name}\n") == calling(name)


@example("a.b", "axb")
@example("\u0131d", "Id")
@given(NAMES, NAMES)
def test_a_pattern_fits_nothing_else(name: str, text: str) -> None:
    """What a pattern fits is what is the same when compared: there is one rule."""
    if re.search(calling(name), text):
        assert folded(text) == folded(name)
    if re.search(beginning(name), text):
        assert folded(text).startswith(f"{folded(name)} ")
    assert not re.search(calling(name), f"{name} and more")
    assert not re.search(beginning(name), name)
