"""`python -m audit verify FILE --checkpoints FILE --key FILE`: verify the trail from its files alone.

Exit code 0: nothing is wrong. 1: something is, and each line says what. 2: a file cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from audit import export, lines
from audit.keys import public_key
from audit.verify import verify


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        signed = list(lines.finished(options.checkpoints)) if options.checkpoints else []
        torn = lines.torn(options.checkpoints) if options.checkpoints else 0
        counted = _Counted(export.load(options.file))
        findings = verify(counted, signed, public_key(options.key))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    if torn:
        incomplete = _counted(torn, "checkpoint line", "checkpoint lines")
        sys.stdout.write(f"{incomplete} incomplete: never finished, and ignored\n")
    totals = (
        _counted(counted.number, "entry", "entries"),
        _counted(len(signed), "checkpoint", "checkpoints"),
        _counted(len(findings), "finding", "findings"),
    )
    sys.stdout.write(", ".join(totals) + "\n")
    return 1 if findings else 0


class _Counted:
    """Rows, and how many of them went by."""

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        for row in self._rows:
            self.number += 1
            yield row


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description="Verify an exported audit trail.")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("verify", help="find every altered, removed, moved or inserted entry")
    command.add_argument("file", type=Path, help="the exported entries, one JSON object a line")
    command.add_argument("--checkpoints", type=Path, help="the file of signed checkpoints")
    command.add_argument("--key", type=Path, required=True, help="the public key, a PEM file (signing.pub)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
