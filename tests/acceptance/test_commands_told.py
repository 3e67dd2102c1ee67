"""What commands say of themselves, and of what keeps them from working."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from tests.system_world import run

FIRST = ["init", "check", "run", "demo"]
DAILY = ["reports", "report", "targets", "forms", "drift", "again", "release", "reconcile", "ingest"]
REST = ["audit", "db", "worker", "practice-chs"]


def test_help_begins_with_what_is_done_first(tmp_path: Path) -> None:
    """`rpa --help` lists what a newcomer needs first, then the daily commands, then the rest."""
    listed = re.findall(r"^\W*([a-z-]+)  +[A-Z]", run(tmp_path, "--help").stdout, re.MULTILINE)
    assert listed == FIRST + DAILY + REST


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """A practice CHS whose port another program has says so, and what helps, and ends with 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "practice-chs", "--port", str(port))
    assert (done.returncode, done.stderr) == (2, f"Port {port} is in use. Choose another with --port\n")
