"""Reports drawn at random over the whole crime form: valid ones, in every shape in which they may arrive.

`reports()` is what most tests want. `arrivals()` gives each report twice: as the form means it, and as it arrived
(texts for identifiers, other spellings of keys, blanks, numbers as text, ...), so that a test can say that the
second is understood as the first.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from rpa.forms.coercion import coerce
from rpa.forms.schema import Node
from tests.worlds import all_forms

FORMS = Path(__file__).parents[1] / "forms"
LINE = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
PROSE = st.one_of(LINE, st.just("\n"))


@lru_cache
def crime_form() -> Any:
    """The crime form's first version."""
    return all_forms()["ocr"].versions[1]


def reports() -> SearchStrategy[dict[str, Any]]:
    """Valid crime reports, as they may arrive."""
    return arrivals().map(lambda pair: pair[1])


@st.composite
def arrivals(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """(a valid crime report as the form means it, the same report as it arrived)."""
    version = crime_form()
    meant = draw(_part(version.node, most=12))
    meant |= {
        "category": "OCR",
        "submissionId": str(draw(st.uuids())),
        "submitTime": "2026-03-14T16:00:00+00:00",
    }
    meant.pop("formVersion", None)
    for _ in range(20):
        errors = list(version.validator.iter_errors(meant))
        if not errors:
            break
        for error in errors:
            _complete(draw, version.node, meant, error)
    assert not errors, errors
    return meant, draw(_arrived(version.node, meant))


def _complete(draw: DrawFn, root: Node, meant: dict[str, Any], error: Any) -> None:
    """Answer what a branch of the form cannot do without."""
    node, place = root, meant
    for part in error.absolute_path:
        node, place = node.step(str(part)), place[part]
    if error.validator == "anyOf":
        names = [draw(st.sampled_from(error.validator_value))["required"][0]]
    else:
        assert error.validator == "required", error
        names = error.validator_value
    for name in names:
        if name not in place:
            place[name] = draw(_value(node.properties[name]))


# ---- as the form means it


def _value(node: Node) -> SearchStrategy[Any]:
    if node.type == "object":
        return _part(node)
    if node.type == "array" and node.items is not None:
        return st.lists(_value(node.items), min_size=1, max_size=3)
    return _answer(node)


@st.composite
def _part(draw: DrawFn, node: Node, most: int = 7) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(list(node.properties)), unique=True, min_size=1, max_size=most))
    part = {key: draw(_value(child)) for key, child in node.properties.items() if key in keys}
    if draw(st.integers(0, 19)) == 0:
        part[draw(st.sampled_from(["petName", "newQuestion7", "a/b~c"]))] = draw(
            _text(Node("", "any", max_length=300))
        )
    return part


def _answer(node: Node) -> SearchStrategy[Any]:
    if node.codes is not None:
        return st.sampled_from(list(node.codes.options))
    if node.type == "boolean":
        return st.booleans()
    if node.type == "integer":
        return st.integers(0, 5000)
    if node.type == "number":
        return st.integers(0, 10**6).map(lambda pence: pence // 100 if pence % 100 == 0 else pence / 100)
    return _FORMATTED[node.format] if node.format else _text(node)


@st.composite
def _text(draw: DrawFn, node: Node) -> str:
    most = node.max_length or 100
    text = draw(st.text(PROSE if most >= 300 else LINE, min_size=1, max_size=min(most, 40)))
    if most >= 1000 and draw(st.booleans()):
        text = (text + " ") * (draw(st.integers(1, most)) // (len(text) + 1))
    changes = [text, *(changed for _, changed in coerce(node, text))]
    return str(changes[-1]) or "x"


def _chosen(letters: str, least: int, most: int | None = None) -> SearchStrategy[str]:
    return st.text(st.sampled_from(letters), min_size=least, max_size=most or least)


def _joined(*parts: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


_UP, _DIGITS = "ABCDEFGHJKLMNPRSTUVWXY", string.digits
_INWARD = _joined(st.just(" "), _chosen(_DIGITS, 1), _chosen("ABDEFGHJLNPQRSTUWXYZ", 2))
_FORMATTED: Mapping[str, SearchStrategy[str]] = {
    "date": st.dates().map(lambda day: day.isoformat()),
    "time": st.times().map(lambda time: time.strftime("%H:%M")),
    "date-time": st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "+00:00"),
    "month": st.dates().map(lambda day: f"{day.year:04}-{day.month:02}"),
    "year": st.integers(1900, 2026).map(str),
    "postcode": _joined(_chosen("ABCDEFGH", 1, 2), _chosen(_DIGITS, 1), _chosen(_DIGITS, 0, 1), _INWARD),
    "vrm": st.one_of(
        _joined(_chosen("ABCDEFGHJKLM", 2), _chosen(_DIGITS, 2), _chosen(_UP, 3)),
        _joined(_chosen("ABCDEFGH", 1), _chosen(_DIGITS, 1, 3), _chosen(_UP, 3)),
        _joined(_chosen(_UP, 3), _chosen(_DIGITS, 1, 3), _chosen("ABCDEFGH", 1)),
        _joined(_chosen(_UP, 1, 3), _chosen(_DIGITS, 1, 4)),
        _joined(st.just("AIZ"), _chosen(_DIGITS, 1, 4)),
    ),
    "e164": st.one_of(
        _joined(st.just("+447700900"), _chosen(_DIGITS, 3)),
        _joined(st.just("+442079460"), _chosen(_DIGITS, 3)),
    ),
    "email": _joined(_chosen(string.ascii_lowercase + ".-", 1, 12), st.just("@example.com")),
    "uprn": st.integers(1, 10**12 - 1).map(str),
    "imei": _chosen(_DIGITS, 15),
}


# ---- as it arrived


@st.composite
def _arrived(draw: DrawFn, node: Node, meant: Any) -> Any:
    if isinstance(meant, dict):
        return draw(_arrived_part(node, meant))
    if isinstance(meant, list):
        items = [draw(_arrived(node.items or node, one)) for one in meant]
        return items[0] if len(items) == 1 and draw(st.integers(0, 3)) == 0 else items
    return draw(st.sampled_from([meant, *_spellings(node, meant)]))


@st.composite
def _arrived_part(draw: DrawFn, node: Node, meant: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for key in draw(st.permutations(list(meant))):
        aliases = [spelling for spelling, name in node.spellings.items() if name == key]
        name = draw(st.sampled_from(aliases)) if aliases and draw(st.integers(0, 9)) == 0 else key
        part[name] = draw(_arrived(node.properties.get(key, Node("", "any")), meant[key]))
    for key in draw(st.lists(st.sampled_from(list(node.properties) or ["none"]), unique=True, max_size=4)):
        if key not in meant:
            part[key] = draw(st.sampled_from(["", None, [], {}, "  "]))
    return part


def _spellings(node: Node, meant: Any) -> list[Any]:
    """Other ways in which an answer arrives."""
    if node.codes is not None:
        title = node.codes.options[meant]
        return [text for text in (title, title.upper(), f" {title} ") if node.codes.identify(text) == meant]
    if isinstance(meant, bool):
        return [str(meant), "true" if meant else "false", "Yes" if meant else "no"]
    if isinstance(meant, int | float):
        return [str(meant)]
    other = _WRITTEN.get(node.format or "", lambda text: [f" {text}\t"])
    return other(meant)


_WRITTEN: Mapping[str, Any] = {
    "date": lambda text: [f"{text[8:]}/{text[5:7]}/{text[:4]}", f"{text}T00:00:00"],
    "time": lambda text: [f"{text}:00"],
    "date-time": lambda text: [text],
    "postcode": lambda text: [text.lower(), text.replace(" ", "")],
    "vrm": lambda text: [text.lower(), f"{text[:2]} {text[2:]}"],
    "e164": lambda text: ["0" + text[3:], int(text[1:]), f"({text[:3]}) {text[3:7]} {text[7:]}"],
    "uprn": lambda text: [text.zfill(12), int(text)],
}
