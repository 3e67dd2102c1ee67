"""Print what the changelog says of one version: `python tools/release_notes.py 0.1.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
HEADING = re.compile(r"^## \[?([^\]\s]+)\]?.*$", re.MULTILINE)


def versions(changelog: str) -> dict[str, str]:
    """Each version of a changelog in the format of Keep a Changelog, with its notes, latest first."""
    found = list(HEADING.finditer(changelog))
    ends = [each.start() for each in found[1:]] + [len(changelog)]
    notes = (changelog[each.end() : end].strip() for each, end in zip(found, ends, strict=True))
    return dict(zip((each[1] for each in found), notes, strict=True))


def main(arguments: list[str]) -> int:
    """Print the notes of the version named, or of what is not released yet; returns 2 if there are none."""
    known = versions(CHANGELOG.read_text(encoding="utf-8"))
    version = arguments[0] if arguments else "Unreleased"
    if not known.get(version):
        sys.stderr.write(f"CHANGELOG.md has no notes for {version}. It has: {', '.join(known)}\n")
        return 2
    sys.stdout.write(f"{known[version]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
