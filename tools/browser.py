"""Ensure that there is a Chromium: one already there, else Playwright's own, else the system's package."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys

from rpa.browser.launch import find_browser, launch
from rpa.errors import RpaError

DOWNLOAD_SECONDS = 600
CONNECT_MILLISECONDS = "10000"  # where Playwright's server is out of reach, find out soon


def main() -> int:
    """Find or install one; returns the exit code."""
    for way in (_already_there, _playwrights_own, _system_package):
        if way() and asyncio.run(_starts()):
            return 0
    sys.stderr.write(
        "set-up: there is no Chromium and none could be installed. Install one (Debian: chromium and "
        "chromium-headless-shell) or name one under [browser] executable in rpa.toml.\n"
    )
    return 1


def _already_there() -> bool:
    return True  # starting it shows whether it is


def _playwrights_own() -> bool:
    _say("downloading Playwright's Chromium")
    command = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"]
    environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": CONNECT_MILLISECONDS}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _system_package() -> bool:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    _say("installing the system's chromium-headless-shell")
    update = ["apt-get", "update", "-qq"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    quiet = {"stdout": subprocess.DEVNULL}
    subprocess.run(update, check=False, **quiet)
    return any(
        subprocess.run([*install, *packages], check=False, **quiet).returncode == 0
        for packages in (["chromium-headless-shell"], ["chromium"])
    )


async def _starts() -> bool:
    try:
        async with launch() as browser:
            _say(f"browser {browser.version} ({find_browser() or 'its own from Playwright'})")
    except RpaError:
        return False
    return True


def _say(text: str) -> None:
    sys.stdout.write(f"set-up: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
