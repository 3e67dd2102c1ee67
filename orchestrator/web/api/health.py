"""How the service stands, for whoever watches it: what works and what does not, and nothing about why."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

import structlog

from orchestrator.app import App
from orchestrator.reading import Reader
from orchestrator.web.api.bodies import MEGABYTE
from orchestrator.web.api.documents import Check, Checks, Readiness

_log = structlog.get_logger(__name__)

KEPT_SECONDS = 2  # for so long one look is the answer to everybody who asks: asking often costs nothing


class Health:
    """Looks at the database, the disk and the reader, once for all who ask at a time."""

    def __init__(self, app: App, reader: Reader) -> None:
        self._app, self._reader = app, reader
        self._seen: Readiness | None = None
        self._at = 0.0
        self._failed: set[str] = set()
        self._one = asyncio.Lock()

    async def ready(self) -> Readiness:
        """Whether a report would be received now."""
        async with self._one:
            if self._seen is None or monotonic() - self._at > KEPT_SECONDS:
                self._seen = await asyncio.to_thread(self._look)
                self._at = monotonic()
            return self._seen

    def _look(self) -> Readiness:
        least, folder = self._app.settings.api.least_free_megabytes, self._app.settings.data_dir
        checks = Checks(
            database=self._check("database", lambda: self._app.store.api_client("", "") is None),
            disk=self._check("disk", lambda: has_room(folder, least)),
            reader=self._check("reader", self._reader.alive),
        )
        return Readiness(status="not ready" if self._failed else "ready", checks=checks)

    def _check(self, name: str, works: Callable[[], bool]) -> Check:
        """Whether a part works. That it fails, and that it works again, is logged once."""
        error: Exception | None = None
        try:
            fine = works()
        except Exception as raised:  # noqa: BLE001 - whatever is wrong, that is the answer
            fine, error = False, raised
        if not fine and name not in self._failed:
            _log.error("the API cannot receive reports", kind=name, error=error)
            self._failed.add(name)
        elif fine and name in self._failed:
            _log.info("the API can receive reports again", kind=name)
            self._failed.remove(name)
        return Check.OK if fine else Check.FAILED


def has_room(folder: Path, least_megabytes: int) -> bool:
    """Whether a file can be written there, and there is room for more. Raises OSError where none can."""
    probe = folder / f".ready-{secrets.token_hex(8)}"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, b"ready")
        finally:
            os.close(descriptor)
    finally:
        with suppress(FileNotFoundError):
            probe.unlink()
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize >= least_megabytes * MEGABYTE
