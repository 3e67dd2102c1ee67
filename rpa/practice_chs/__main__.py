"""`python -m rpa.practice_chs --port N --data DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from errno import EADDRINUSE
from pathlib import Path
from typing import NoReturn

from .server import serve

HIGHEST_PORT = 65535


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m rpa.practice_chs", description="Run the practice CHS.")
    parser.add_argument("--port", type=_port, default=8010, help="where to listen; 0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="the directory of its ledger")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    chosen = parser.parse_args()
    try:
        chosen.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _refuse(f"{chosen.data}: {os.strerror(error.errno or 0)}. Choose another directory with --data")
    try:
        serve(chosen.port, chosen.data, host=chosen.host)
    except OSError as error:
        if error.errno != EADDRINUSE:
            raise
        _refuse(f"Port {chosen.port} is in use. Choose another with --port")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {HIGHEST_PORT}")
    return port


def _refuse(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
