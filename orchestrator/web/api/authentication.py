"""Who asks: two headers, a certificate where one is demanded, and how often anybody may try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address

import structlog
from starlette.requests import Request

from orchestrator.settings import ApiSettings
from orchestrator.store import DATABASE_ERRORS, KnownClient
from orchestrator.web.api.rates import Buckets
from orchestrator.web.api.refusals import Code, Refused
from orchestrator.web.connection import CERTIFICATE_NAMES

_log = structlog.get_logger(__name__)

LONGEST = 100  # characters of an id or a secret
OF_AN_ADDRESS = 10  # times as many failures as of one id from it
_NETWORK = 64  # bits of an IPv6 address that are one sender's

Prove = Callable[[str, str], Awaitable[KnownClient | None]]
"""The client with an id and a secret; raises what the database raises."""


class Gate:
    """Lets clients in. Of one event loop.

    A wrong secret counts against its id *at its address*, so that a client with an old secret keeps out no other
    behind the same address, and against the address, which may try ten times as often.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._requests = Buckets(settings.requests_per_minute)
        self._failures = Buckets(settings.failures_per_minute)
        self._failures_of_address = Buckets(settings.failures_per_minute * OF_AN_ADDRESS)

    async def client(self, request: Request, prove: Prove) -> KnownClient:
        """The client that asks. Raises `Refused`."""
        address = sender(request)
        client_id, secret = (
            _only(request, header) for header in (self._settings.id_header, self._settings.secret_header)
        )
        wait = max(self._failures.wait((address, client_id)), self._failures_of_address.wait(address))
        if wait:
            raise Refused(Code.TOO_MANY_REQUESTS, wait=wait)
        try:
            client = await prove(client_id, secret) if client_id and secret else None
        except DATABASE_ERRORS as error:
            raise Refused(Code.DATABASE_AWAY) from error
        if client is None or not self._has_its_certificate(client, request):
            self._failures.take((address, client_id))
            self._failures_of_address.take(address)
            _log.warning("a client of the API was not identified", address=address)
            raise Refused(Code.NOT_IDENTIFIED, header=self._settings.secret_header)
        if wait := self._requests.wait(client.id):
            raise Refused(Code.TOO_MANY_REQUESTS, wait=wait)
        self._requests.take(client.id)
        return client

    def _has_its_certificate(self, client: KnownClient, request: Request) -> bool:
        """Whether the certificate that was shown is this client's, where the settings say which is."""
        bound = self._settings.client_names.get(client.name)
        shown = request.scope.get("state", {}).get(CERTIFICATE_NAMES, ())
        return bound is None or bound in shown


def sender(request: Request) -> str:
    """The address that a request comes from, or the network of it; empty where it is none."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _NETWORK << _NETWORK))


def _only(request: Request, header: str) -> str:
    """A header's value; empty where it is not there, there twice, or longer than any of ours."""
    values = request.headers.getlist(header)
    return values[0] if len(values) == 1 and len(values[0]) <= LONGEST else ""
