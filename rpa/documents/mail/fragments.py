"""Fragments of one message (message/partial, RFC 2046 5.2.2), put together again."""

from __future__ import annotations

from collections.abc import Sequence

from rpa.documents.mail import mime


def joined(messages: Sequence[bytes]) -> Sequence[bytes]:
    """The message that these are the fragments of, in their order; the messages themselves where they are whole.
    Raises `Unreadable`."""
    entities = [mime.entity(content, 0, len(content)) for content in messages]
    if any(each.media_type != "message/partial" for each in entities):
        return messages
    return [b"".join(each.body for each in entities)]
