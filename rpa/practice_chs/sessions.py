"""Who is signed in: accounts, sessions and the drafts of each session, all in memory."""

from __future__ import annotations

import hmac
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .rules import Row, Value

ACCOUNTS = frozenset({f"robot{number:02d}" for number in range(1, 41)} | {"operator01"})
IDLE_SECONDS = 3600.0
SESSIONS_AT_MOST = 500
DRAFTS_AT_MOST = 40
TICKETS_AT_MOST = 60
WRONG_AT_MOST = 3


def right_password(account: str, password: str) -> bool:
    """Whether the account exists and this is its password."""
    expected = f"practice-{account}".encode()
    return hmac.compare_digest(expected, password.encode()) and account in ACCOUNTS


@dataclass(slots=True)
class Draft:
    """A record being keyed: values by control name, rows by grid name, and the ways in still unused.

    A screen is reached with a ticket that one redirect or page gave out; a ticket opens one page, once.
    `amends`: the reference of the saved record that it changes, if it is not a new one.
    """

    key: str
    amends: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    tickets: OrderedDict[str, None] = field(default_factory=OrderedDict)

    @property
    def content(self) -> dict[str, Any]:
        """What is keyed, as JSON values."""
        return {"values": self.values, "rows": self.rows}

    def take(self, content: Mapping[str, Any]) -> None:
        """Hold what `content` of another draft gave."""
        for name, value in content["values"].items():
            self.values[name] = tuple(value) if isinstance(value, list) else value
        self.rows.update(content["rows"])

    def issue_ticket(self) -> str:
        """A new way in; the oldest unused ones lapse."""
        ticket = f"{self.key}.{secrets.token_urlsafe(9)}"
        self.tickets[ticket] = None
        while len(self.tickets) > TICKETS_AT_MOST:
            self.tickets.popitem(last=False)
        return ticket

    def take_ticket(self, ticket: str) -> bool:
        """Use a ticket up; False when it was never given or is spent."""
        return self.tickets.pop(ticket, ...) is None


@dataclass(slots=True)
class Session:
    """One sign-in: its account, its form token, its drafts and the notice the next page shows."""

    key: str
    account: str
    form_token: str
    used_at: float
    drafts: OrderedDict[str, Draft] = field(default_factory=OrderedDict)
    notice: str = ""

    def new_draft(self, amends: str = "") -> Draft:
        """A fresh draft; the oldest goes when there are too many."""
        draft = Draft(secrets.token_urlsafe(12), amends)
        self.drafts[draft.key] = draft
        while len(self.drafts) > DRAFTS_AT_MOST:
            self.drafts.popitem(last=False)
        return draft

    def draft_of(self, ticket: str) -> Draft | None:
        """The draft a ticket opens, with the ticket used up; None when it opens nothing."""
        draft = self.drafts.get(ticket.rpartition(".")[0])
        return draft if draft is not None and draft.take_ticket(ticket) else None

    def take_notice(self) -> str:
        """The notice, once."""
        notice, self.notice = self.notice, ""
        return notice


class Sessions:
    """The sessions alive now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._alive: OrderedDict[str, Session] = OrderedDict()
        self._wrong: Counter[str] = Counter()
        self._locked: set[str] = set()

    def open(self, account: str) -> Session:
        """Sign an account in; the session idle longest goes when there are too many."""
        del self._wrong[account]
        session = Session(secrets.token_urlsafe(24), account, secrets.token_urlsafe(18), self._clock())
        self._alive[session.key] = session
        while len(self._alive) > SESSIONS_AT_MOST:
            self._alive.popitem(last=False)
        return session

    def find(self, key: str) -> Session | None:
        """The live session of a cookie; looking keeps it alive."""
        session = self._alive.get(key)
        if session is None or self._clock() - session.used_at > IDLE_SECONDS:
            self._alive.pop(key, None)
            return None
        session.used_at = self._clock()
        self._alive.move_to_end(key)
        return session

    def close(self, key: str) -> None:
        """End a session; its drafts go with it."""
        self._alive.pop(key, None)

    def is_locked(self, account: str) -> bool:
        """Whether the account is locked: it accepts no password, right or wrong."""
        return account in self._locked

    def count_wrong(self, account: str) -> bool:
        """One more wrong password for an account in a row; True when that is the one that locks it."""
        self._wrong[account] += 1
        if self._wrong[account] < WRONG_AT_MOST:
            return False
        self._locked.add(account)
        return True

    def unlock(self) -> None:
        """Unlock every account and forget the wrong passwords."""
        self._locked.clear()
        self._wrong.clear()

    def discard_drafts(self) -> None:
        """Throw away every draft of every session."""
        for session in self._alive.values():
            session.drafts.clear()
