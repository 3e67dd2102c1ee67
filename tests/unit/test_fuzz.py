"""Every parser is tried on documents that nobody wrote, a few here and many by `make fuzz`; what failed once is
read again."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress

from rpa.documents.size import Unreadable
from tests.fuzz.mutations import mutated, tokens_of
from tests.fuzz.parsers import PARSERS
from tests.worlds import ROOT

KEPT = sorted((ROOT / "tests" / "fuzz" / "kept").glob("*/*.bin"))
_FAILING = """
from tests.fuzz.trial import failures
import os, signal, time
def read(content):
    if content == b"3": raise KeyError("x")
    if content == b"4": os.kill(os.getpid(), signal.SIGSEGV)
    if content == b"5": bytearray(900_000_000)
    if content == b"6":
        while True: pass
print([found for found in failures(read, lambda number: b"%d" % number, range(8))])
"""


def test_what_failed_once() -> None:
    """A document that a parser failed on is read, or is unreadable."""
    for kept in KEPT:
        with suppress(Unreadable):
            PARSERS[kept.parent.name].read(kept.read_bytes())


def test_a_few_of_each() -> None:
    """No parser fails on any of a few documents changed at random."""
    command = [sys.executable, "-m", "tests.fuzz", "--inputs", "60", "--seed", "unit", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["parsers"]) == set(PARSERS)


def test_failures_are_found() -> None:
    """An exception, a crash, too much memory and too much time are each told, and the inputs behind them tried."""
    done = subprocess.run(
        [sys.executable, "-c", _FAILING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for said in (
        "number=3, how='raised KeyError at",
        "number=4, how='ended the process with SIGSEGV'",
        "number=5, how='raised MemoryError at",
        "number=6, how='took more than 5 seconds'",
    ):
        assert said in done.stdout
    assert done.stdout.strip().endswith("8]")


def test_inputs_are_the_same_everywhere() -> None:
    """The same seed and number make the same bytes, so that a failure can be looked at."""
    samples = [b"First name: Amira\n" * 9, b"Surname: Example\n"]
    tokens = tokens_of(samples)
    once, again = ([mutated(samples, tokens, f"1:text:{number}") for number in range(50)] for _ in range(2))
    assert once == again
    assert len(set(once)) > 40
