"""Placeholders: the facts in braces that texts of a definition may name, such as `{source_reference}`."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from rpa.source_lines import KeyPath


def brace_faults(
    place: KeyPath, text: str | None, known: frozenset[str]
) -> Iterator[tuple[KeyPath, str, str]]:
    """Braces that stand for no fact, or for nothing at all."""
    try:
        named = [
            name for _, name, spec, how in Formatter().parse(text or "") if name is not None or spec or how
        ]
        unknown = [name for name in named if name not in known]
    except ValueError:
        yield place, "a brace without its pair", _known(known)
        return
    for name in unknown:
        yield place, f"{{{name}}} is not known here", _known(known)


def _known(facts: frozenset[str]) -> str:
    """The remedy."""
    if not facts:
        return "No fact is known here; a brace of the page's own is written twice"
    return f"Known here: {', '.join(sorted(facts))}; a brace of the page's own is written twice"
