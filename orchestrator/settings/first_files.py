"""What `rpa init` writes: settings that work with the practice CHS as they are, and its accounts."""

from __future__ import annotations

from pathlib import Path

PRACTICE_PORT = 8010
PRACTICE_ACCOUNTS = 20
_HERE = Path(__file__).parent


def default_toml() -> str:
    """The commented `rpa.toml` that `rpa init` writes: it works with the practice CHS as it is."""
    return (_HERE / "default.toml").read_text(encoding="utf-8")


def practice_accounts() -> str:
    """The accounts file for the practice CHS, twenty robots. Fit for practice only: everybody knows them."""
    names = [f"robot{number:02}" for number in range(1, PRACTICE_ACCOUNTS + 1)]
    accounts = (f'[[account]]\nname = "{name}"\npassword = "practice-{name}"\n' for name in names)
    return (
        "# The accounts of the practice CHS. A real target's are secrets: readable by the service only.\n\n"
        + ("\n".join(accounts))
    )
