"""What a system really received, against what was planned; `received/<target>.toml` says how it writes values."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Received = Mapping[str, list[str]]
"""Every value of every field of one record, as the system holds it."""


@dataclass(frozen=True)
class Oracle:
    """How one system writes what is planned.

    `fields`: control -> the fields behind it. `written`: control -> planned value -> what its fields hold.
    `joined`: control -> what stands between its values, where one field holds several. `markup`: controls whose
    text is held as HTML. `plain`: controls that are not what is tried, and not counted.
    """

    fields: Mapping[str, list[str]]
    written: Mapping[str, Mapping[str, Any]]
    joined: Mapping[str, str]
    markup: frozenset[str]
    plain: frozenset[str]

    def names(self, control: str) -> list[str]:
        """The fields behind a control."""
        return self.fields.get(control, [control])

    def holds(self, control: str, planned: Iterable[object], received: Received) -> bool:
        """Whether the fields of a control hold exactly the planned values, in whatever order."""
        posted = [text for name in self.names(control) for text in received.get(name, []) if text]
        between = self.joined.get(control)
        held = [part for text in posted for part in (text.split(between) if between else [text])]
        wanted = [text for value in planned for text in self._written(control, value) if text]
        if control in self.markup:
            return _lines("\n".join(held)) == _lines("\n".join(map(html.escape, wanted)))
        return sorted(map(_tidy, held)) == sorted(map(_tidy, wanted))

    def _written(self, control: str, value: object) -> list[str]:
        text = ("No", "Yes")[value] if isinstance(value, bool) else str(value)
        written = self.written.get(control, {}).get(text, text)
        return written if isinstance(written, list) else [written]


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _lines(markup: str) -> list[str]:
    """The lines of text in markup, without blank ones: editors write those each in their own way."""
    broken = re.sub(r"<br[^>]*>|</(p|div|li|h\d)>", "\n", markup)
    text = html.unescape(re.sub(r"<[^>]+>", "", broken)).replace("\xa0", " ")
    return [squeezed for line in text.split("\n") if (squeezed := " ".join(line.split()))]


def load_oracle(target: str) -> Oracle:
    """The oracle of a target."""
    told = tomllib.loads((HERE / "received" / f"{target}.toml").read_text(encoding="utf-8"))
    fields = {
        name: [given] if isinstance(given, str) else given for name, given in told.get("fields", {}).items()
    }
    written = told.get("written", {}) | told.get("options", {})
    joined = told.get("joined", {})
    return Oracle(
        fields, written, joined, frozenset(told.get("markup", ())), frozenset(told.get("plain", ()))
    )
