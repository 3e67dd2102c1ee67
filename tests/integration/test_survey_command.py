"""The command that shows a page as a robot sees it, for whoever writes a profile."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

from tests.integration.practice_chs_visitor import RunningChs
from tests.worlds import MAPPINGS, ROOT, SAMPLES, definitions

PASSWORD = "practice-robot09"


def survey(practice: RunningChs, *arguments: str, secret: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    """Run the command on the practice CHS."""
    command = [sys.executable, "-m", "rpa.survey", str(MAPPINGS / "chs"), practice.base, *arguments]
    environment = {**os.environ, "RPA_SURVEY_PASSWORD": secret}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False
    )


def test_screen_is_printed_as_lines_of_a_profile(practice: RunningChs) -> None:
    """A screen in the middle of the journey comes out as TOML that is the profile's, and no record is made."""
    sample = str(SAMPLES / "07-phone-snatch.json")
    done = survey(practice, "--account", "robot09", "--to", "Incident", "--report", sample)
    assert done.returncode == 0, done.stderr
    found = tomllib.loads(done.stdout)
    wanted = definitions().profile.by_name["Incident"].controls
    assert set(wanted) - set(found) == {"Description"}  # a counter stands between it and its caption
    assert '"0 of 4000" = { kind = "rich_text" }  # or Description' in done.stdout
    assert found["Method"] == {"kind": "lines", "max": 300}
    assert found["Category"]["options"] == list(wanted["Category"].options or ())
    assert practice.records() == []


def test_page_without_signing_in(practice: RunningChs) -> None:
    """A page can be looked at by its address, the page to sign in on first of all."""
    done = survey(practice, "--at", "/sign-in")
    assert list(tomllib.loads(done.stdout)) == ["User name", "Password"]


def test_what_goes_wrong_is_said_in_one_line(practice: RunningChs) -> None:
    """What goes wrong is one plain line and exit code 1, without the password."""
    done = survey(practice, "--account", "robot09", "--seconds", "2", secret="not-the-password")
    assert (done.returncode, done.stdout) == (1, "")
    assert "sign-in" in done.stderr
    assert "not-the-password" not in done.stderr
    assert done.stderr.count("\n") == 1
