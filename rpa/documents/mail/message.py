"""Messages: MIME, Outlook's .msg and TNEF (winmail.dat) -> one shape, with the messages in them opened too.

A message inside a message gives its bodies and attachments to the whole, each with a path. What is encrypted is
not opened, and what cannot be opened stays an attachment; a sentence says so. Signatures are not verified: what
a trusted server found out is in `authentication`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from rpa.documents.mail import mime
from rpa.documents.mail.address import address_of, addresses_of
from rpa.documents.mail.authentication import Authentication, authentication_of
from rpa.documents.mail.opening import FOREIGN, Opening, add_entity, add_foreign, has_header, is_message
from rpa.documents.mail.parts import Message, Part, named
from rpa.documents.mail.series import Series, series_of, series_of_fragment
from rpa.documents.mail.text import decoded_words
from rpa.documents.size import Unreadable

__all__ = ["MOST_BYTES", "Authentication", "Message", "Part", "Series", "is_message", "read", "read_header"]

MOST_BYTES = 100 * 1024 * 1024


def read(content: bytes, trusted_servers: Sequence[str] = ()) -> Message:
    """The message in these bytes, whatever kind it is.

    `trusted_servers`: the names of servers whose Authentication-Results count. Raises `Unreadable` with a plain
    sentence, and no other error, for what is not a message, or is larger than a message may be.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The message is larger than {MOST_BYTES // 1024 // 1024} MB.")
    opening = Opening()
    if content.startswith(FOREIGN):
        found = add_foreign(content, opening, "", 1)
    else:
        top = _top(content)
        add_entity(top, opening, "", 1)
        found = _of_header(top, trusted_servers)
    return replace(
        found,
        bodies=tuple(opening.bodies),
        attachments=tuple(named(opening.attachments)),
        unopened=tuple(dict.fromkeys(opening.unopened)),
        series=found.series or series_of(found.sender, found.subject),
    )


def read_header(content: bytes, trusted_servers: Sequence[str] = ()) -> Message:
    """Who a MIME message is from, and what a trusted server says of that. No other field is read, and no body.

    Raises `Unreadable`.
    """
    top = _top(content)
    sender = _sender(top)
    return Message(sender=sender, authentication=_authentication(top, trusted_servers, sender))


def _top(content: bytes) -> mime.Entity:
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
    if not has_header(content):
        raise Unreadable("The file is not a message: it has no header of one.")
    return mime.entity(content, 0, len(content))


def _of_header(top: mime.Entity, trusted: Sequence[str]) -> Message:
    header = top.header
    sender = _sender(top)
    subject = decoded_words(mime.value(header, "Subject"))
    return Message(
        subject=subject,
        sender=sender,
        recipients=addresses_of([str(each) for name in ("To", "Cc") for each in header.get_all(name, [])]),
        message_id=mime.value(header, "Message-ID").strip().strip("<>"),
        sent_at=_moment(mime.value(header, "Date")),
        series=_fragment(top, sender) or series_of(sender, subject),
        authentication=_authentication(top, trusted, sender),
    )


def _sender(top: mime.Entity) -> str:
    return address_of([str(each) for each in top.header.get_all("From", [])])


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if 1990 <= moment.year <= 2200 else None


def _fragment(top: mime.Entity, sender: str) -> Series | None:
    if top.media_type != "message/partial":
        return None
    identifier, number, of = (mime.parameter(top.header, name) for name in ("id", "number", "total"))
    return series_of_fragment(sender, identifier, number, of)


def _authentication(top: mime.Entity, trusted: Sequence[str], sender: str) -> Authentication | None:
    return authentication_of(((name, str(value)) for name, value in top.header.items()), trusted, sender)
