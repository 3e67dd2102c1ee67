"""`python -m tests.targets`: key reports into real systems and say what came of every control.

Exit code 0: nothing wrong, and at least 95 % keyed. 1: not so. 2: a system is not here; tools/targets.sh gets it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from rpa.browser.launch import launch
from rpa.errors import RpaError
from tests.targets.systems import SYSTEMS
from tests.targets.trial import End, Outcome, System, try_target

LEAST_KEYED = 0.95


async def _try_all(systems: Sequence[System]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    async with launch() as browser:
        for system in systems:
            try:
                outcomes += await try_target(browser, system)
            except RpaError as error:
                reason = f"{type(error).__name__}: {error}"
                outcomes.append(Outcome(system.target, "least", "the form", End.ABSTAINED, reason))
    return outcomes


def passed(outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing is wrong, and enough is keyed."""
    keyed = sum(each.end is End.KEYED for each in outcomes)
    return all(each.end is not End.WRONG for each in outcomes) and keyed >= LEAST_KEYED * len(outcomes) > 0


def _show(outcomes: Sequence[Outcome]) -> None:
    table = Table("target", "tried", "keyed and confirmed", "verified", "abstained", "wrong")
    for target in [*dict.fromkeys(each.target for each in outcomes), "all"]:
        mine = [each for each in outcomes if target in (each.target, "all")]
        ends = {end: sum(each.end is end for each in mine) for end in End}
        verified = sum(each.verified for each in mine)
        row = [len(mine), ends[End.KEYED], verified, ends[End.ABSTAINED], ends[End.WRONG]]
        table.add_row(target, *map(str, row))
    console = Console(width=160, highlight=False)
    console.print(table)
    for each in outcomes:
        if not each.verified:
            told = f"{each.end}: {each.target} / {each.control} ({each.sample}): {each.reason}"
            console.print(told, markup=False, soft_wrap=True)
    keyed = sum(each.end is End.KEYED for each in outcomes)
    console.print(f"{keyed} of {len(outcomes)} keyed and confirmed ({keyed / max(len(outcomes), 1):.1%})")


def main() -> int:
    """Start what is asked for, try it, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.targets", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("targets", nargs="*", help="these targets only, such as jquery-ui")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        systems: list[System] = []
        for name, running in SYSTEMS.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{name}-")))
            systems += stack.enter_context(cast("AbstractContextManager[list[System]]", running(folder)))
        wanted = [each for each in systems if not chosen.targets or each.target in chosen.targets]
        outcomes = asyncio.run(_try_all(wanted))
    if chosen.json:
        for each in outcomes:
            print(json.dumps(asdict(each)))
    else:
        _show(outcomes)
    return 0 if passed(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
