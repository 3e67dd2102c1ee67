"""UK vehicle registration marks: current, prefix, suffix, dateless and Northern Irish. Written without spaces."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"[A-HJ-PR-Y]{2}[0-9]{2}[A-HJ-PR-Z]{3}"  # current, since 2001: AB12CDE
    r"|[A-HJ-NP-TV-Y][0-9]{1,3}[A-HJ-PR-Z]{3}"  # prefix, 1983 to 2001, and Q: A123BCD
    r"|[A-HJ-PR-Z]{3}[0-9]{1,3}[A-HJ-NPR-TV-Y]"  # suffix, 1963 to 1983: ABC123D
    r"|[A-PR-Z]{1,3}[0-9]{1,4}"  # dateless and Northern Irish, letters first: ABC123, AIA1234
    r"|[0-9]{1,4}[A-PR-Z]{1,3}"  # the same, digits first: 123ABC
    r"|[0-9]{3}[DX][0-9]{3}"  # diplomatic: 101D234
)


def is_mark(text: str) -> bool:
    """Whether a text, in capitals and without spaces, has the shape of a UK mark."""
    return _MARK.fullmatch(text) is not None
