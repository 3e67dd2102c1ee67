"""The practice CHS: a believable stand-in for a police contact handling system.

Here lives a web application of its own, with pages, a ledger, faults and layouts to practise on. Here never lives:
anything of the robot, the mappings or the orchestrator. They meet it over HTTP only, and it imports none of them.
"""

from __future__ import annotations

from .server import serve

__all__ = ["serve"]
