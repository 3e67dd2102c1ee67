"""The rule by which a name means what a page calls something, as a comparison and as a pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rpa.browser.names import beginning, calling, folded, spelt

NAMES = st.text(min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)


@example("STRASSE")
@example("Stra\u00dfe")
@example("\ufb01nal")
@given(NAMES)
def test_a_name_means_itself_in_any_case(name: str) -> None:
    """A name's pattern fits the name, whatever characters are in it, in capitals, and with spare white space."""
    for text in (name, name.upper(), name.casefold(), name.title()):
        if folded(text) == folded(name):
            assert re.search(calling(name), spelt(text)), text
            assert re.search(beginning(name), spelt(f"{text} and more")), text
    assert calling(f"  {name}\n") == calling(name)


@pytest.mark.parametrize("name", ["Stra\u00dfe", "STRASSE", "strasse", "Stra\u1e9ee"])
@pytest.mark.parametrize("text", ["Stra\u00dfe", "STRASSE", "strasse", "STRA\u1e9eE"])
def test_letters_that_stand_for_several(name: str, text: str) -> None:
    """A letter that is two in capitals gives the same name as the two, whichever way round."""
    assert re.search(calling(name), spelt(text))


@example("a.b", "axb")
@example("\u0131d", "Id")
@given(NAMES, NAMES)
def test_a_pattern_fits_nothing_else(name: str, text: str) -> None:
    """What a pattern fits is what is the same when compared: there is one rule."""
    if re.search(calling(name), spelt(text)):
        assert folded(text) == folded(name)
    if re.search(beginning(name), spelt(text)):
        assert folded(text).startswith(f"{folded(name)} ")
    assert not re.search(calling(name), f"{name} and more")
    assert not re.search(beginning(name), name)
