"""The controls of a form in a page of HTML -> the answers in them."""

from __future__ import annotations

from typing import Any

from rpa.documents.pdf.characters import clean
from rpa.documents.written import Block, Field

NAMES = frozenset({"input", "select", "textarea", "button", "option", "optgroup"})
_NO_ANSWER = frozenset({"hidden", "submit", "button", "reset", "image", "password", "file"})
_TICKED = ("checkbox", "radio")


def labels_of(page: Any) -> dict[str, str]:
    """The labels of controls that are there, by the id of each."""
    there = {control.get("id") for control in page.iter("input", "select", "textarea")}
    return {label.get("for"): _text(label) for label in page.iter("label") if label.get("for") in there}


def is_label(element: Any, labels: dict[str, str]) -> bool:
    """Whether an element is the label of a control, which it stands with, and nothing by itself."""
    return element.tag == "label" and element.get("for") in labels


def read(control: Any, labels: dict[str, str]) -> Block | Field | None:
    """What a control holds: an answer under its label; None where it asks nothing, or was not chosen."""
    label = labels.get(control.get("id") or "", "") or clean(control.get("aria-label") or "")
    kind = (control.get("type") or "text").lower() if control.tag == "input" else control.tag
    if kind in _NO_ANSWER or kind in ("option", "optgroup"):
        return None
    if kind in _TICKED:
        return _ticked(control, kind, label or clean(control.tail or ""))
    value = _value(control, kind)
    if label:
        return Field(label, value)
    return Block(value) if value else None


def _ticked(control: Any, kind: str, label: str) -> Block | Field | None:
    """Of options to choose from only the chosen one is an answer, to what stands before them."""
    is_ticked = "checked" in control.attrib
    if kind == "checkbox" and label:
        return Field(label, "Yes" if is_ticked else "No")
    chosen = label or clean(control.get("value") or "")
    return Block(chosen) if is_ticked and chosen else None


def _value(control: Any, kind: str) -> str:
    if kind == "select":
        chosen = [option for option in control.iter("option") if "selected" in option.attrib]
        return "\n".join(filter(None, map(_text, chosen)))
    return clean("".join(control.itertext())) if kind == "textarea" else clean(control.get("value") or "")


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
