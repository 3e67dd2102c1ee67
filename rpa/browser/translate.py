"""What fails in the browser is translated here, once, and nothing takes longer than it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Error as _PlaywrightError
from playwright.async_api import TimeoutError as _PlaywrightTimeout

from rpa.errors import TargetError


@asynccontextmanager
async def translate_errors(doing: str, seconds: float) -> AsyncIterator[None]:
    """Let the block take `seconds` at most, and translate what it raises into `TargetError`.

    The cause is dropped on purpose: its message may quote an answer (P8).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, _PlaywrightTimeout):
        raise TargetError(f"the page did not respond in time: {doing}") from None
    except _PlaywrightError as error:
        raise TargetError(f"the browser failed: {doing} ({type(error).__name__})") from None
