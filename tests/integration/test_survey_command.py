"""The command that shows a page as a robot sees it, for people who write a profile."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests import commands
from tests.integration.practice_chs_visitor import RunningChs
from tests.worlds import MAPPINGS, ROOT, SAMPLES, definitions

PASSWORD = "practice-robot09"


def survey(
    practice: RunningChs, *arguments: str, secret: str = PASSWORD, folder: Path = MAPPINGS / "chs"
) -> subprocess.CompletedProcess[str]:
    """Run the command on the practice CHS."""
    environment = {**os.environ, "SURVEY_PASSWORD": secret}
    return commands.run(ROOT, "rpa.survey", folder, practice.base, *arguments, env=environment)


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


def test_an_address_that_is_not_there(practice: RunningChs) -> None:
    """The target's error page for an unknown address is not taken for the requested page."""
    done = survey(practice, "--at", "/no-such-page")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "/no-such-page returns status 404, so this is not the requested page\n"


def test_a_profile_whose_steps_cannot_be_done(practice: RunningChs, tmp_path: Path) -> None:
    """A step that uses a fact that is not known there is reported as `rpa check` reports it, with its exit code.
    Other faults of an unfinished profile do not stop the survey."""
    profile = (MAPPINGS / "chs" / "screens.toml").read_text(encoding="utf-8")
    unfinished = profile.replace('options = "titles"', 'options = "not-there-yet"')
    assert unfinished != profile
    wrong = unfinished.replace('with = "source_reference"', 'with = "account"')
    assert wrong != unfinished
    (tmp_path / "screens.toml").write_text(wrong, encoding="utf-8")
    done = survey(practice, "--at", "/sign-in", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "screens.toml:" in done.stderr
    assert "'account' is not known here" in done.stderr
    assert done.stderr.count("\n") == 1
    (tmp_path / "screens.toml").write_text(unfinished, encoding="utf-8")
    assert survey(practice, "--at", "/sign-in", folder=tmp_path).returncode == 0


def test_a_folder_that_is_not_there(practice: RunningChs, tmp_path: Path) -> None:
    """The remedy is that of a profile, not that of settings."""
    done = survey(practice, folder=tmp_path / "desk")
    assert done.returncode == 2
    assert f"{tmp_path}/desk/screens.toml:1: file: there is no such file" in done.stderr
    assert "rpa init" not in done.stderr


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    """Where nobody can be asked for the password, it is said how to give it; before that, a wrong folder."""
    environment = {name: value for name, value in os.environ.items() if name != "SURVEY_PASSWORD"}

    def told(folder: Path) -> tuple[int, str]:
        words = ["-m", "rpa.survey", str(folder), "http://127.0.0.1:9", "--account", "robot09"]
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,  # without a terminal
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    no_terminal = "There is no terminal to ask for the password at. Give it in the variable SURVEY_PASSWORD\n"
    assert told(MAPPINGS / "chs") == (2, no_terminal)
    code, said = told(tmp_path / "desk")
    assert (code, said.count("\n")) == (2, 1)
    assert "desk/screens.toml:1: file: there is no such file" in said
