"""What is known of a message once somebody has tried to send it. The words name no address and quote no server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """It was taken. `provider_id`: what the server or provider calls it."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly was not taken. `for_good`: another try would end so, too. `channel`: what is at fault is not
    the message, so that others would meet the same."""

    message: str
    for_good: bool = False
    channel: bool = False


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may have been taken."""

    message: str


Outcome = Sent | NotSent | InDoubt
