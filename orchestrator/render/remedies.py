"""What a person can do about a target that lets nobody in: the option to correct, and its file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from orchestrator.settings import Settings
from orchestrator.states import Reason
from orchestrator.wording import near


def remedy(settings: Settings, target: str, reason: Reason, accounts: Sequence[str] = ()) -> str:
    """One sentence without its full stop. Empty where a setting cannot be the cause."""
    file = settings.targets[target].accounts
    if reason is Reason.SIGN_IN_REFUSED and file is not None:
        one = f" --account {shlex.quote(accounts[0])}" if len(accounts) == 1 else ""
        them, were = ("it", "it was") if one else ("them", "they were")
        place = f"{near(file)} ([targets.{target}] accounts)"
        again = f"rpa targets retry {target}{one}"
        return f"Correct {them} in {place} and start rpa again; or, if {were} right, {again}"
    if reason is Reason.TARGET_AWAY:
        there = f" in {near(settings.file)}" if settings.file else ""
        return f"If the address is wrong, correct [targets.{target}] url{there}"
    return ""
