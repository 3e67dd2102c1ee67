"""What a browser may take: time and memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, memory in megabytes.

    `response_seconds`: for a browser to respond to a simple question, before it is killed. `start_seconds`: for it
    to start, and to end. `script_megabytes`: of one page's scripts; the browser ends a page that needs more. After
    `session_megabytes` or `session_pages` a tab says that it should be replaced.
    """

    response_seconds: float = 10
    start_seconds: float = 60
    script_megabytes: int = 512
    session_megabytes: int = 256
    session_pages: int = 2_000
