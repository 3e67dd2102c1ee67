"""A sender as a process of its own, which a test can end at any moment: `python -m tests.sending_once
RPA_TOML`."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator.app import open_app
from orchestrator.notify import Sender
from orchestrator.settings import load_settings
from tests.worlds import all_forms

if __name__ == "__main__":
    Sender(open_app(load_settings(Path(sys.argv[1]))), all_forms(), lambda: False).round()
