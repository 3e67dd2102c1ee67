"""The letters of a paragraph in a Word document, as its markup has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rpa.documents.runs import Run
from rpa.documents.size import Unreadable
from rpa.documents.ticks import EMPTY, TICKED

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DEEPEST = 100
_DAMAGED = "The document is damaged or incomplete. Ask the sender for it again."
_NESTED = frozenset(
    {
        f"{W}{name}"
        for name in (
            "ins",
            "moveTo",
            "hyperlink",
            "smartTag",
            "customXml",
            "fldSimple",
            "sdtContent",
            "dir",
            "bdo",
        )
    }
)
_LETTERS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_TICKED_SIGNS = {"F052", "F053", "F054", "F0FD", "F0FE", "F078"}
_EMPTY_SIGNS = {"F06F", "F0A8", "F071", "F072"}
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_INDENT = 360  # twentieths of a point: one step


def is_on(switch: Any) -> bool:
    """Whether a property that is on or off is there, and on."""
    return switch is not None and switch.get(f"{W}val") not in ("0", "false", "off", "none")


class Styles:
    """The paragraph styles of a document by their id: level of heading, and whether they are bold."""

    def __init__(self, root: Any) -> None:
        self._known: dict[str, tuple[int, bool]] = {}
        for style in root.iter(f"{W}style") if root is not None else ():
            name = style.find(f"{W}name")
            heading = _level(name.get(f"{W}val") or "" if name is not None else "", style)
            self._known[style.get(f"{W}styleId") or ""] = heading, is_on(style.find(f"{W}rPr/{W}b"))

    def of(self, paragraph: Any) -> tuple[int, bool, float]:
        """The level of heading of a paragraph, whether its style is bold, and the steps it is indented."""
        named, left = paragraph.find(f"{W}pPr/{W}pStyle"), paragraph.find(f"{W}pPr/{W}ind")
        heading, bold = self._known.get(named.get(f"{W}val") or "" if named is not None else "", (0, False))
        indent = (left.get(f"{W}left") or left.get(f"{W}start") or "0") if left is not None else "0"
        return heading, bold, int(indent) // _INDENT if indent.isdecimal() and len(indent) < 6 else 0


def _level(name: str, style: Any) -> int:
    if name.lower() == "title":
        return 1
    if found := _HEADING.match(name):
        return min(max(int(found[1]), 1), 6)
    outline = style.find(f"{W}pPr/{W}outlineLvl")
    level = outline.get(f"{W}val") or "" if outline is not None else ""
    return int(level) + 1 if level in ("0", "1", "2", "3", "4", "5") else 0


def runs_of(paragraph: Any, bold: bool = False) -> Iterator[Any]:
    """The runs of a paragraph in their order; "page" where Word ended a page, and the content of a text box."""
    yield from _inside(paragraph, bold, 0)


def _inside(element: Any, bold: bool, depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise Unreadable(_DAMAGED)
    for child in element:
        if child.tag == f"{W}r":
            yield from _run(child, bold)
        elif child.tag in _NESTED:
            yield from _inside(child, bold, depth + 1)
        elif child.tag == f"{W}sdt":
            yield from _control(child, bold, depth)


def _control(control: Any, bold: bool, depth: int) -> Iterator[Any]:
    box = control.find(f"{W}sdtPr/{_W14}checkbox/{_W14}checked")
    if box is not None:
        yield Run(TICKED if box.get(f"{_W14}val") in ("1", "true") else EMPTY, bold)
    elif not is_on(control.find(f"{W}sdtPr/{W}showingPlcHdr")):
        yield from _inside(control, bold, depth + 1)
        if (content := control.find(f"{W}sdtContent")) is not None:
            yield from _inside(content, bold, depth + 1)


def _run(run: Any, bold: bool) -> Iterator[Any]:
    properties = run.find(f"{W}rPr")
    if properties is not None:
        if is_on(properties.find(f"{W}vanish")):
            return
        weight = properties.find(f"{W}b")
        bold = bold if weight is None else is_on(weight)
    for child in run:
        yield from _piece(child, bold)


def _piece(child: Any, bold: bool) -> Iterator[Any]:
    if child.tag == f"{W}t":
        yield Run(child.text or "", bold)
    elif child.tag in _LETTERS:
        yield Run(_LETTERS[child.tag], bold)
    elif child.tag == f"{W}sym":
        yield Run(_sign(child.get(f"{W}char") or ""), bold)
    elif child.tag == f"{W}lastRenderedPageBreak":
        yield "page"
    elif child.tag == f"{W}fldChar":
        yield from _old_field(child, bold)
    elif child.tag in (f"{W}drawing", f"{W}pict", f"{_MC}AlternateContent"):
        yield from _text_boxes(child)


def _sign(code: str) -> str:
    if code.upper() in _TICKED_SIGNS:
        return TICKED
    return EMPTY if code.upper() in _EMPTY_SIGNS else ""


def _old_field(mark: Any, bold: bool) -> Iterator[Run]:
    """A box or a list of an old form; what was typed into a field is text like any other."""
    box, listed = mark.find(f"{W}ffData/{W}checkBox"), mark.find(f"{W}ffData/{W}ddList")
    if box is not None:
        checked = box.find(f"{W}checked")
        yield Run(TICKED if is_on(box.find(f"{W}default") if checked is None else checked) else EMPTY, bold)
    elif listed is not None:
        options = [option.get(f"{W}val") or "" for option in listed.findall(f"{W}listEntry")]
        chosen = listed.find(f"{W}result")
        number = (chosen.get(f"{W}val") or "" if chosen is not None else "") or "0"
        if number.isdecimal() and len(number) < 6 and int(number) < len(options):
            yield Run(options[int(number)], bold)


def _text_boxes(drawn: Any) -> Iterator[Any]:
    """The content of text boxes, once: the same is there twice, for programs of another age."""
    choice = drawn.find(f"{_MC}Choice") if drawn.tag == f"{_MC}AlternateContent" else drawn
    if choice is None:
        choice = drawn.find(f"{_MC}Fallback")
    if choice is not None:
        yield from (box for box in choice.iter(f"{W}txbxContent") if not _within_another(box, choice))


def _within_another(box: Any, drawn: Any) -> bool:
    for above in box.iterancestors():
        if above is drawn:
            return False
        if above.tag in (f"{W}txbxContent", f"{_MC}Fallback"):
            return True
    return False
