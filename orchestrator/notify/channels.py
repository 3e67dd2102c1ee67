"""The channel that the settings choose. Its secrets are read from their files when it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.credentials import read_secret
from orchestrator.notify.letters import Letter
from orchestrator.notify.outcomes import Outcome
from orchestrator.settings import NotifySettings


@dataclass(frozen=True)
class Way:
    """One way to send. `name`: of the channel. `find`: the provider's id of the message that we call so, None
    where it has none; a mail server cannot be asked, and has no `find`."""

    name: str
    send: Callable[[Letter], Outcome]
    find: Callable[[str], str | None] | None = None


def way(notify: NotifySettings) -> Way | None:
    """The way that the settings choose, ready to be used; None without one. Raises `DefinitionError` where a
    secret cannot be read."""
    limits = notify.timeout_seconds, notify.message_seconds
    if notify.channel is None:
        return None
    if notify.by_govuk_notify is not None:
        from orchestrator.notify import govuk_notify  # its library is slow to import

        of_notify = notify.by_govuk_notify
        key = read_secret(of_notify.api_key_file)
        return Way(
            notify.channel,
            lambda letter: govuk_notify.send(of_notify, key, letter, *limits),
            lambda name: govuk_notify.find(of_notify, key, name, *limits),
        )
    if notify.by_smtp is None:
        return None
    from orchestrator.notify import smtp

    of_smtp = notify.by_smtp
    password = read_secret(of_smtp.password_file) if of_smtp.password_file else None
    return Way(notify.channel, lambda letter: smtp.send(of_smtp, password, letter, *limits))
