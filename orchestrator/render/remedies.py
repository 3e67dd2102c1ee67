"""What a person can do about a target that lets nobody in: the option to correct, and its file."""

from __future__ import annotations

from orchestrator.render.tables import near
from orchestrator.settings import Settings
from orchestrator.states import Reason


def remedy(settings: Settings, target: str, reason: Reason, account: str = "") -> str:
    """One sentence without its full stop. Empty where a setting cannot be the cause."""
    accounts = settings.targets[target].accounts
    if reason is Reason.SIGN_IN_REFUSED and accounts is not None:
        again = f"rpa targets retry {target} --account {account}"
        place = f"{near(accounts)} ([targets.{target}] accounts)"
        return f"Correct it in {place} and start rpa again; or, if it was right, {again}"
    if reason is Reason.TARGET_AWAY:
        file = f" in {near(settings.file)}" if settings.file else ""
        return f"If the address is wrong, correct [targets.{target}] url{file}"
    return ""
