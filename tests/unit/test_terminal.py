"""What is written to a terminal is seen there as it is, and steers nothing."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from orchestrator.render.status import view
from orchestrator.render.terminal import Terminal, marked, visible_text, write
from orchestrator.settings import load_settings
from orchestrator.states import Reason
from orchestrator.status import Status
from orchestrator.store import Breaker, TargetSwitch, Worker
from rpa.visible import visible
from tests.integration.store_world import START

STEER = ("\x1b]", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028")
HOSTILE = "\x1b]0;title\x07 \x9b2J \u202edrow\u2066 \u200bx\u2028 \ud800"


def test_what_steers_a_terminal_is_shown() -> None:
    """Escape sequences, marks of direction and what cannot be seen are escaped; words stay as they are."""
    words = "Zoë O'Neill\n\t10 %\u00a0of £5 🚲"
    assert visible(words) == words
    assert visible("a\x1b[2Jb\u202ec") == "a\\u001b[2Jb\\u202ec"


def test_a_control_character_in_a_text_is_shown() -> None:
    """Two texts that differ by a character that steers look different, as a text of rich and as a plain one."""
    out = io.StringIO()
    terminal = Terminal(file=out, width=80)
    for differs in ("\x07", "\x08", "\x0b", "\x0c", "\r"):
        terminal.print(visible_text(f"AB{differs}CD"))
        terminal.print(f"AB{differs}CD")
    seen = out.getvalue().splitlines()
    assert seen[::2] == seen[1::2] == [r"AB\u0007CD", r"AB\bCD", r"AB\u000bCD", r"AB\fCD", r"AB\rCD"]


UNSEEN = (
    *(
        0xAD,
        0x34F,
        0x61C,
        0x115F,
        0x1160,
        0x17B4,
        0x180B,
        0x180F,
        0x200B,
        0x200F,
        0x202A,
        0x202E,
        0x2060,
        0x206F,
    ),
    *(
        0x3164,
        0xFE00,
        0xFE0F,
        0xFEFF,
        0xFFA0,
        0xFFF0,
        0xFFF9,
        0x1BCA0,
        0x1D173,
        0xE0000,
        0xE0041,
        0xE01EF,
        0xE0FFF,
    ),
    *(0x2800, 0x1D159),
)


@pytest.mark.parametrize("code", UNSEEN, ids=hex)
def test_what_is_drawn_as_nothing_is_shown(code: int) -> None:
    """A character that takes no room, or is blank, is an escape, alone and in a word."""
    assert visible(chr(code)) == json.dumps(chr(code))[1:-1]
    assert visible(f"a{chr(code)}b\n") == f"a{json.dumps(chr(code))[1:-1]}b\n"


@given(st.text(st.characters(exclude_categories=["Zs"])))
def test_nothing_unseen_is_left(text: str) -> None:
    """Whatever a text holds, all that is written can be seen, and JSON stays the same JSON."""
    assert visible(text).replace("\n", "").replace("\t", "").isprintable()
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text


def test_nothing_written_looks_like_a_line_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """A line break is an escape; what is longer than a line goes on to the right of the marks, with none."""
    write("a\nb\tc")
    assert capsys.readouterr().out == "a\\nb\\tc\n"
    drawn = io.StringIO()
    forged = "- Revision 2 by user:chief"
    Terminal(file=drawn, width=40).print(marked("-", f"ok\n{forged}", Text(f"\n{forged} {' ' * 30}{forged}")))
    first, *others = drawn.getvalue().splitlines()
    assert first.startswith("  - ok\\n- Revision 2")
    assert others
    assert all(line.startswith("    ") for line in others)


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


@pytest.mark.parametrize("words", ["seen [session] ended", "closed by [/x]", "[red]stop[/red] :smile:"])
def test_brackets_are_words(words: str) -> None:
    """What a target, the public or a person wrote in brackets is neither left out nor read as a style."""
    drawn = io.StringIO()
    table = Table(words, title=words)
    table.add_row(words)
    Terminal(file=drawn, width=200).print(table, words)
    assert drawn.getvalue().count(words) == 4


@pytest.mark.parametrize("words", ["seen [session] ended", "closed by [/x]"])
def test_status_shows_what_a_target_says(words: str) -> None:
    """`rpa status` shows the message of a paused target, and the names of hosts and robots, as they are."""
    paused = Breaker("chs", words, Reason.TARGET_AWAY, words, 1, START, None)
    worker = Worker(words, 1, 1, START, START, None)
    status = Status(
        at=START,
        counts=Counter(),
        late=0,
        updates=0,
        messages=Counter(),
        updates_off=0,
        busy=[],
        workers=[worker],
        silent_seconds=60,
        targets=[TargetSwitch("chs", configured=True, switched_on=True)],
        paused=[paused],
    )
    settings = load_settings(targets={"chs": {"profile": "chs", "url": "http://127.0.0.1:9"}})
    drawn = io.StringIO()
    Terminal(file=drawn, width=200).print(view(settings, status))
    assert drawn.getvalue().count(words) == 3
