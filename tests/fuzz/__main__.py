"""`python -m tests.fuzz --inputs N --seed S [--parser NAME]...`: try parsers on documents that nobody wrote.

What fails is kept in `tests/fuzz/kept/<parser>/`, and read again by the unit tests. Ends with 1 if anything did.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

from tests.fuzz.mutations import mutated, tokens_of
from tests.fuzz.parsers import PARSERS
from tests.fuzz.trial import Failure, failures

KEPT = Path(__file__).parent / "kept"
_STEP = 500  # inputs between two lines of progress


def main() -> int:
    """Try every parser that is asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--inputs", type=int, default=10_000, help="for each parser")
    asked.add_argument("--seed", default="1")
    asked.add_argument("--parser", action="append", choices=sorted(PARSERS), help="all unless given")
    asked.add_argument("--json", action="store_true", help="one JSON object at the end")
    options = asked.parse_args()
    results = {name: tried(name, options.inputs, options.seed) for name in options.parser or PARSERS}
    if options.json:
        print(json.dumps({"seed": options.seed, "parsers": results}))
    return 1 if any(result["failures"] for result in results.values()) else 0


def tried(name: str, inputs: int, seed: str) -> dict[str, object]:
    """Try one parser; what came of it."""
    parser = PARSERS[name]
    samples = parser.samples()
    tokens = tokens_of(samples)

    def made(number: int) -> bytes:
        return mutated(samples, tokens, f"{seed}:{name}:{number}")

    failed: list[str] = []
    before = time.monotonic()
    for start in range(0, inputs, _STEP):
        for found in failures(parser.read, made, range(start, min(start + _STEP, inputs))):
            if isinstance(found, Failure):
                failed.append(f"{keep(name, made(found.number)).name}: input {found.number} {found.how}")
                print(f"{name}: {failed[-1]}", file=sys.stderr)
        done = min(start + _STEP, inputs)
        print(f"{name}: {done:,} of {inputs:,}, {len(failed)} failed", file=sys.stderr, flush=True)
    return {"inputs": inputs, "failures": failed, "seconds": round(time.monotonic() - before, 1)}


def keep(name: str, content: bytes) -> Path:
    """Keep an input that failed."""
    path = KEPT / name / f"{hashlib.sha256(content).hexdigest()[:16]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    sys.exit(main())
