"""What is written to a terminal is seen there as it is, and steers nothing."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from orchestrator.render.terminal import Terminal, write
from rpa.visible import visible

STEER = ("\x1b]", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028")
HOSTILE = "\x1b]0;title\x07 \x9b2J \u202edrow\u2066 \u200bx\u2028 \ud800"


def test_what_steers_a_terminal_is_shown() -> None:
    """Escape sequences, marks of direction and what cannot be seen are escaped; words stay as they are."""
    words = "Zoë O'Neill\n\t10 %\u00a0of £5 🚲"
    assert visible(words) == words
    assert visible("a\x1b[2Jb\u202ec") == "a\\u001b[2Jb\\u202ec"


@given(st.text(st.characters(exclude_categories=["Zs"])))
def test_nothing_unseen_is_left(text: str) -> None:
    """Whatever a text holds, all that is written can be seen, and JSON stays the same JSON."""
    assert visible(text).replace("\n", "").replace("\t", "").isprintable()
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text


def test_lines_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines and what rich draws go the same way; rich's own colours still come through."""
    write(HOSTILE)
    drawn = io.StringIO()
    table = Table(HOSTILE)
    table.add_row(Text(HOSTILE, style="bold"))
    Terminal(file=drawn, force_terminal=True, width=200).print(table, HOSTILE)
    for written in (capsys.readouterr().out, drawn.getvalue()):
        assert [each for each in STEER if each in written] == []
    assert "\x1b[1m" in drawn.getvalue()
