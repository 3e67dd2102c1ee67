"""The body of a request, taken into memory within limits of size and time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from orchestrator.web.api.refusals import Code, Refused

MEGABYTE = 1024 * 1024
_PIECE = 64 * 1024  # bytes: a body that comes byte by byte is no more pieces than another

Pieces = deque[bytearray]
"""A body in the order in which it came. Whoever reads it takes the pieces away, so that it is there once."""


class Room:
    """How many bytes of all bodies may be in memory at once. Of one event loop."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Take room. Raises `Refused` where there is none."""
        if size > self._left:
            raise Refused(Code.BUSY)
        self._left -= size

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self._left += size


class Share:
    """What one body has taken of the room."""

    def __init__(self, room: Room, most: int) -> None:
        self._room, self._most, self._taken = room, most, 0

    def take(self, size: int) -> None:
        """Take room for more of the body. Raises `Refused` where it has become too large, or there is no room."""
        if self._taken + size > self._most:
            raise _too_large(self._most)
        self._room.take(size)
        self._taken += size

    def give_back(self) -> None:
        """The body is in memory no more."""
        self._room.give(self._taken)


@asynccontextmanager
async def received(request: Request, most: int, seconds: float, room: Room) -> AsyncIterator[Pieces]:
    """The body of a request, for a block that reads it. Raises `Refused` when it is larger than `most` bytes, does
    not arrive within `seconds`, or there is no room for it."""
    if int(request.headers.get("content-length", 0)) > most:
        raise _too_large(most)
    pieces, share = Pieces(), Share(room, most)
    try:
        try:
            async with asyncio.timeout(seconds):
                await _take_in(request, share, pieces)
        except TimeoutError as error:
            raise Refused(Code.TOO_SLOW) from error
        yield pieces
    finally:
        share.give_back()


async def _take_in(request: Request, share: Share, pieces: Pieces) -> None:
    async for chunk in request.stream():
        share.take(len(chunk))
        if pieces and len(pieces[-1]) < _PIECE:
            pieces[-1] += chunk
        elif chunk:
            pieces.append(bytearray(chunk))


def joined(pieces: Pieces) -> bytes:
    """The whole body; the pieces are gone."""
    whole = b"".join(pieces)
    pieces.clear()
    return whole


def _too_large(most: int) -> Refused:
    return Refused(Code.TOO_LARGE, f"The body is larger than {most // MEGABYTE} MB, and was not kept.")
