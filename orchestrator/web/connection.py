"""One connection: it may not be kept open for nothing, and who has proved what at its other end is known."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from orchestrator.web.tls import names

LINGER_SECONDS = 5.0  # for the rest of a request that was answered before it had arrived whole
CERTIFICATE_NAMES = "certificate_names"


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1.1, with limits that it does not have, each counted as a whole: whoever sends a byte now and
    then gains nothing.

    The head of a request has to arrive within `head_seconds`. What still arrives of a request that is answered
    already is thrown away for a few seconds: to close at once could lose the answer on its way.
    """

    head_seconds = 60.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Tell the application which names the certificate at the other end has, and wait for a request."""
        super().connection_made(transport)
        shown = transport.get_extra_info("ssl_object")
        self.app_state = {CERTIFICATE_NAMES: names(shown.getpeercert() if shown else None)}
        self._wait(self.head_seconds)

    def data_received(self, data: bytes) -> None:
        """Wait for the head of the next request from its first byte on."""
        if self._waiting is None and self._is_between_requests():
            self._wait(self.head_seconds)
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Give the rest of a request that was answered early some time, and no more."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is before and self.conn.their_state is h11.SEND_BODY:
            self._wait(LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _is_between_requests(self) -> bool:
        return self.cycle is None or (self.cycle.response_complete and self.conn.their_state is h11.IDLE)

    def _wait(self, seconds: float) -> None:
        self._wait_no_more()
        self._waiting = self.loop.call_later(seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
