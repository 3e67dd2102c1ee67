"""Email addresses that something may be sent to: exactly one, in its plain form, and a person's."""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_NOBODY = re.compile(r"(?:mailer-daemon|postmaster|abuse|no-?reply|do-?not-?reply)", re.IGNORECASE)


def is_plain_address(text: str) -> bool:
    """Whether this is exactly one email address, in the plain form of RFC 5321: a dot-string of ASCII characters,
    and a host name with a dot.

    No display name, quotes, comment, list, address literal, line break or route through another host (`%`, `!`).
    """
    return _ADDRESS.fullmatch(text) is not None


def is_persons_address(text: str) -> bool:
    """Whether this is such an address, and not one that programs send from, such as `no-reply@`: what is sent to
    these comes back."""
    return is_plain_address(text) and not _NOBODY.fullmatch(text.partition("@")[0])
