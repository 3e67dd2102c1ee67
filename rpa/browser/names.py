"""The rule by which a name means what a page calls something: case and spare white space do not matter.

This is its only place. The page script, which looks while a page changes, tests the patterns made here. Marks such
as the star of a required control are no part of a name, and the page script takes them away (`js/names.js`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rpa.browser.values import Confirmed, Region, Wanted

_MEANS_MORE = re.compile(r"[\\^$.|?+*()\[\]{}/]")


def folded(text: str) -> str:
    """A name as it is compared: two texts give the same name if this is the same for both."""
    return " ".join(text.split()).casefold()


def spelt(text: str) -> str:
    """A text whose letters that stand for several (the German sharp s, the ligature fi) are these, as `folded` has
    them. Patterns fit texts that are spelt so; the page script does it in its own way (`js/names.js`)."""
    return "".join(folds if len(folds := letter.casefold()) > 1 else letter for letter in text)


def literal(text: str) -> str:
    """The regular expression, for Python and JavaScript, of a text itself."""
    return _MEANS_MORE.sub(r"\\\g<0>", text)


def calling(name: str) -> str:
    """The regular expression of the texts, `spelt`, that give a name."""
    return f"^{_in_any_case(name)}$"


def beginning(name: str) -> str:
    """The regular expression of the texts that begin with the words of a name, and go on."""
    return f"^{_in_any_case(name)} "


def pressing(name: str) -> Sequence[str]:
    """What a button of that name may be called, best first: exactly so, or so and more."""
    return calling(name), beginning(name)


def _in_any_case(name: str) -> str:
    return "".join(map(_spellings, spelt(" ".join(name.split()))))


def _spellings(letter: str) -> str:
    cases = (letter, letter.lower(), letter.upper(), letter.title(), letter.casefold())
    same = dict.fromkeys(literal(each) for each in cases if each.casefold() == letter.casefold())
    return f"(?:{'|'.join(same)})" if len(same) > 1 else literal(letter)


def where(region: Region) -> Region:
    """A region as the page script looks for it: the captions of its dialog and its table are patterns."""
    dialog, grid = (each and calling(each) for each in (region.dialog, region.grid))
    return replace(region, dialog=dialog, grid=grid)


def awaited(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Controls as the page script waits for them: their captions are patterns."""
    return [
        replace(each, label=calling(each.label), within=each.within and calling(each.within))
        for each in wanted
    ]


def compared(confirmed: Confirmed) -> Confirmed:
    """What was confirmed as the page script compares it: its regions have patterns."""
    return replace(
        confirmed, tables=tuple(replace(each, region=where(each.region)) for each in confirmed.tables)
    )
