"""Who runs a command, as the kernel knows it: the name goes into the trail (P7)."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_NOT_SET = 2**32 - 1  # of a login: none, as for a service or in most containers
_SELF = Path("/proc/self")


def os_user(number: int, process: Path = _SELF, environ: Mapping[str, str] = os.environ) -> str:
    """The name of the person behind a process that runs under this user number.

    1. The user who logged in, where the kernel keeps that (`loginuid`): `su` and `sudo` do not change it.
    2. Root's `SUDO_USER`, but only of the machine's own root: anybody is root in a user namespace of theirs.
    3. The process's user, as the machine knows it from outside such a namespace.

    Other variables of the environment count for nothing: everybody can set them.
    """
    login = _number(process / "loginuid")
    if login is not None and login != _NOT_SET:
        return _name(login)
    outside = _outside(number, process / "uid_map")
    return environ.get("SUDO_USER", _name(outside)) if outside == 0 else _name(outside)


def _outside(number: int, uid_map: Path) -> int:
    """The number in the parent of our user namespace. Lines of the file: first inside, first outside, how many."""
    with suppress(OSError, ValueError):
        for line in uid_map.read_text(encoding="ascii").splitlines():
            inside, outside, count = map(int, line.split())
            if inside <= number < inside + count:
                return outside + number - inside
    return number


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # another system, or a kernel without audit
        return None


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run under a number without a name
        return str(number)
