"""`python -m rpa.practice_chs --port N --data DIR`."""

from __future__ import annotations

import argparse
import sys
from errno import EADDRINUSE
from pathlib import Path

from .server import serve


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m rpa.practice_chs", description="Run the practice CHS.")
    parser.add_argument("--port", type=int, default=8010, help="where to listen; 0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="the directory of its ledger")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    chosen = parser.parse_args()
    try:
        serve(chosen.port, chosen.data, host=chosen.host)
    except OSError as error:
        if error.errno != EADDRINUSE:
            raise
        print(f"Port {chosen.port} is in use. Choose another with --port", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
