"""The programs that may send reports to the Standard API: added and revoked."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.store import KnownClient, Store, api_clients
from rpa.errors import OperatingError

SECRET_BYTES = 32  # of chance
_ID_BYTES = 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")


class NotAdded(OperatingError):  # noqa: N818 - says what did not happen
    """No client was added: its name is not one, or another has it."""


class NoSuchClient(OperatingError):  # noqa: N818 - says what is the case
    """No client has this name or id, or it is revoked already."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """What a new client identifies itself with. The secret is shown once and kept nowhere."""

    client_id: str
    client_secret: str = field(repr=False)


def add(store: Store, actor: Actor, name: str) -> NewClient:
    """Add a client. Raises `NotAllowed`, `NotAdded`."""
    require(actor, Act.ADD_CLIENT)
    if not _NAME.fullmatch(name):
        raise NotAdded("a client's name has 1 to 60 letters, digits, spaces, dots, dashes and underscores")
    new = NewClient(f"rpa-{secrets.token_hex(_ID_BYTES)}", secrets.token_urlsafe(SECRET_BYTES))
    with store.writing() as transaction:
        if not api_clients.add(transaction, new.client_id, name, new.client_secret, actor.name):
            raise NotAdded("another client has this name: choose another, or revoke that one first")
    return new


def revoke(store: Store, actor: Actor, client: str) -> KnownClient:
    """Revoke a client by its name or id: its next request is refused. Raises `NotAllowed`, `NoSuchClient`."""
    require(actor, Act.REVOKE_CLIENT)
    with store.writing() as transaction:
        found = api_clients.revoke(transaction, client, actor.name)
    if found is None:
        raise NoSuchClient("no client has this name or id, or it is revoked already")
    return found
