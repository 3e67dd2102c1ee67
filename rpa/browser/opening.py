"""Open an address, and explain why it cannot be opened. Of the browser's error only the code is read, since its
message may quote anything (P8)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.async_api import Error as _PlaywrightError
from playwright.async_api import Page, Response

from rpa.browser.gate import Gate
from rpa.browser.traffic import Traffic
from rpa.browser.translate import translate_errors
from rpa.errors import TargetError

_DOING = "opening a page"
_UNKNOWN_AUTHORITY = "has a certificate of an authority that is not known here: see docs/operations.md"
_EXPIRED = "has a certificate that has expired, or is not valid yet"
_OTHER_NAME = "has a certificate for another name"
_HANGS_UP = "ends the connection without a response"
_BREAKS = "breaks the connection"
_MAYBE = "; it may demand a client certificate, or another one: see `certificate` in docs/operations.md"
_CLIENT = "demands a client certificate that it knows: see `certificate` and `key` in docs/operations.md"

_EXPLANATIONS: Mapping[str, str] = {
    "ERR_CERT_AUTHORITY_INVALID": _UNKNOWN_AUTHORITY,
    "ERR_CERT_DATE_INVALID": _EXPIRED,
    "ERR_CERT_COMMON_NAME_INVALID": _OTHER_NAME,
    "ERR_SSL_CLIENT_AUTH_CERT_NEEDED": _CLIENT,
    "ERR_BAD_SSL_CLIENT_AUTH_CERT": _CLIENT,
    "ERR_SSL_PROTOCOL_ERROR": "does not speak TLS: is its address https:// by mistake?",
    "ERR_EMPTY_RESPONSE": _HANGS_UP,
    "ERR_CONNECTION_CLOSED": _HANGS_UP,
    "ERR_SOCKET_NOT_CONNECTED": _HANGS_UP,
    "ERR_CONNECTION_RESET": _BREAKS,
    "ERR_TOO_MANY_REDIRECTS": "leads round in a circle",
}
"""What Chromium's codes mean for the host and port that was requested."""

_GATE = frozenset({"ERR_SOCKS_CONNECTION_FAILED", "ERR_SOCKS_CONNECTION_HOST_UNREACHABLE"})
"""The codes for what our own gate could not reach: it knows why."""

_SUBSTITUTE = "Playwright client-certificate error: "
_SUBSTITUTE_EXPLANATIONS: Mapping[str, str] = {
    "self-signed certificate": _UNKNOWN_AUTHORITY,
    "unable to verify the first certificate": _UNKNOWN_AUTHORITY,
    "unable to get local issuer certificate": _UNKNOWN_AUTHORITY,
    "certificate has expired": _EXPIRED,
    "does not match certificate": _OTHER_NAME,
    "alert": _CLIENT,
}
"""With a client certificate Playwright's driver speaks TLS. In place of a response that never came it returns a
page of its own, with status 503."""


async def open_address(page: Page, path: str, traffic: Traffic, gate: Gate, seconds: float) -> int:
    """Open an address of the target; a page that asks before it is left is left. Returns the status of the
    response, 0 where there is none. Raises `TargetError`, which says why the target gave no response."""
    async with translate_errors(_DOING, seconds):
        try:
            answer = await page.goto(path, wait_until="domcontentloaded")
        except _PlaywrightError as error:
            code = re.search(r"net::(ERR_[A-Z0-9_]+)", str(error))
            if code is None:
                raise
            raise TargetError(_explanation(code[1], traffic.requested_origin, gate)) from None
        if answer is not None and answer.status == 503:
            await _refuse_substitute(answer, traffic.requested_origin)
    return answer.status if answer is not None else 0


def _explanation(code: str, origin: str, gate: Gate) -> str:
    if code in _GATE and gate.failed:
        return gate.failed
    if code not in _EXPLANATIONS:
        return f"the browser failed: {_DOING} ({code})"
    scheme, _, place = origin.partition("://")
    words = _EXPLANATIONS[code]
    return f"{place} {words}{_MAYBE if words in (_HANGS_UP, _BREAKS) and scheme == 'https' else ''}"


async def _refuse_substitute(answer: Response, origin: str) -> None:
    text = await answer.text()
    if text.startswith(_SUBSTITUTE):
        words = (words for part, words in _SUBSTITUTE_EXPLANATIONS.items() if part in text)
        place = origin.partition("://")[2]
        raise TargetError(f"{place} {next(words, 'cannot be reached with its client certificate')}")
