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
        self._one = asyncio.Lock()

    async def ready(self) -> Readiness:
        """Whether a report would be received now."""
        async with self._one:
            if self._seen is None or monotonic() - self._at > KEPT_SECONDS:
                before, self._seen = self._seen, await asyncio.to_thread(self._look)
                self._at = monotonic()
                if before is not None and before.status != self._seen.status:
                    _log.warning("the API has changed", state=self._seen.status)
            return self._seen

    def _look(self) -> Readiness:
        api = self._app.settings.api
        folder = self._app.settings.data_dir
        checks = Checks(
            database=_check(lambda: self._app.store.api_client("", "") is None),
            disk=_check(lambda: has_room(folder, api.least_free_megabytes)),
            reader=_check(self._reader.alive),
        )
        fine = {checks.database, checks.disk, checks.reader} == {Check.OK}
        return Readiness(status="ready" if fine else "not ready", checks=checks)


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


def _check(works: Callable[[], bool]) -> Check:
    try:
        return Check.OK if works() else Check.FAILED
    except Exception as error:  # noqa: BLE001 - whatever is wrong, that is the answer
        _log.warning("the API is not ready", error=error)
        return Check.FAILED
