"""Whose mail is taken from a mailbox."""

from __future__ import annotations

from orchestrator.settings import MailboxSettings
from rpa.documents.mail.message import read_header
from rpa.documents.size import Unreadable


def is_taken(settings: MailboxSettings, content: bytes) -> bool:
    """Whether a message is from a sender of the list, or there is no list.

    Anybody can write any address into a message. Where the settings name servers that verify senders
    (`trusted_authserv`), one of them has to say that the sender's domain sent it.
    """
    if not settings.senders:
        return True
    try:
        header = read_header(content, settings.trusted_authserv)
    except Unreadable:
        return False
    sender = header.sender.casefold()
    verified = header.authentication is not None and header.authentication.sender
    return _is_listed(sender, settings) and (verified or not settings.trusted_authserv)


def _is_listed(sender: str, settings: MailboxSettings) -> bool:
    listed = {each.casefold() for each in settings.senders}
    return bool(sender) and (sender in listed or sender.rpartition("@")[2] in listed)
