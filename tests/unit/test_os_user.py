"""Who acts, as the trail has it: whom the kernel knows, not whom the environment names."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli.os_user import os_user
from tests.worlds import ROOT

NOBODY = pwd.getpwnam("nobody")
OURS = "0 0 4294967295\n"  # the machine's own user namespace
THEIRS = f"0 {NOBODY.pw_uid} 1\n"  # one that nobody has made, to be root there
NO_LOGIN = "4294967295"


@pytest.mark.parametrize(
    ("login", "uid_map", "number", "sudo", "name"),
    [
        (str(NOBODY.pw_uid), OURS, 0, "chief", "nobody"),  # became root, by sudo or su
        (NO_LOGIN, OURS, 0, "kim", "kim"),  # root by sudo, where the kernel keeps no logins
        (NO_LOGIN, OURS, 0, None, "root"),
        (NO_LOGIN, OURS, NOBODY.pw_uid, "chief", "nobody"),
        (NO_LOGIN, THEIRS, 0, "chief", "nobody"),
        (NO_LOGIN, OURS, 3_999_999, "chief", "3999999"),
        (None, OURS, NOBODY.pw_uid, None, "nobody"),
        (None, None, NOBODY.pw_uid, None, "nobody"),
    ],
)
def test_who_it_is(
    login: str | None, uid_map: str | None, number: int, sudo: str | None, name: str, tmp_path: Path
) -> None:
    """The user who logged in; else root's `SUDO_USER`, on the machine itself only; else the process's own user."""
    for file, text in (("loginuid", login), ("uid_map", uid_map)):
        if text is not None:
            (tmp_path / file).write_text(text, encoding="ascii")
    environ = {"USER": "chief", "LOGNAME": "chief"} | ({"SUDO_USER": sudo} if sudo else {})
    assert os_user(number, tmp_path, environ) == name


def test_the_environment_names_nobody() -> None:
    """A command takes its name from this process, whatever USER says."""
    asked = "from orchestrator.cli.context import actor; print(actor().name)"
    environ = {**os.environ, "USER": "chief", "LOGNAME": "chief"}
    environ.pop("SUDO_USER", None)
    done = subprocess.run(
        [sys.executable, "-c", asked], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"user:{os_user(os.getuid(), environ={})}"
