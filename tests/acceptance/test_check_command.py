"""`rpa check` as a process: what it proves, and how it says so."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.acceptance.test_command_line import DONE, NOWHERE, WRONG
from tests.system_world import System, make_system, run
from tests.worlds import MAPPINGS


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation as `rpa init` makes it, with no target to reach."""
    return make_system(tmp_path, NOWHERE)


def test_check_finds_no_fault(tmp_path: Path) -> None:
    """`rpa check` proves the definitions that come with the project, with or without settings."""
    done = run(tmp_path, "check")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (DONE, "No faults found.")
    assert "No rpa.toml here: only the definitions are validated.\n" in done.stdout


@pytest.mark.parametrize("name", ["nope.toml", "rpa.toml"])
def test_check_reads_the_file_that_is_named(tmp_path: Path, name: str) -> None:
    """A settings file that somebody names is never passed over: where it is not, that is a fault."""
    done = run(tmp_path, "check", config=Path(name))
    assert (done.returncode, done.stdout) == (WRONG, "")
    assert f"{name}:1: file: there is no such file." in done.stderr


def test_check_names_a_planted_fault(system: System) -> None:
    """A control misspelt in a mapping ends `rpa check` with 2 and is named by file, line and place; the system
    refuses to start with it."""
    shutil.copytree(MAPPINGS, system.folder / "mappings")
    system.set('# mappings_dir = "mappings"', 'mappings_dir = "mappings"')
    mapping = system.folder / "mappings" / "chs" / "ocr.toml"
    text = mapping.read_text(encoding="utf-8")
    planted = re.sub(r'^"Surname"', '"Sirname"', text, count=1, flags=re.MULTILINE)
    assert planted != text
    mapping.write_text(planted, encoding="utf-8")
    line = planted[: planted.index('"Sirname"')].count("\n") + 1
    said = system.rpa("check", code=WRONG)
    assert f"ocr.toml:{line}:" in said
    first, *_, last = said.splitlines()
    assert first.startswith("note: ")  # no fault, and not to be taken for one
    assert last == "1 fault"
    assert "Sirname" in said
    (fault, *_) = system.rpa_json("check", code=WRONG)
    assert fault["line"] == line
    assert "Sirname" in run(system.folder, "run", config=system.config).stderr


def test_check_proves_what_the_settings_name(system: System) -> None:
    """Where there is an rpa.toml, `rpa check` finds what would keep `rpa run` from starting, on its line."""
    system.set("[forms.ocr]", "[forms.orc]")
    line = system.config.read_text(encoding="utf-8").splitlines().index("[forms.orc]") + 1
    assert f"rpa.toml:{line}: forms.orc: there is no form of this name" in system.rpa("check", code=WRONG)


def test_check_reads_the_accounts(system: System) -> None:
    """An accounts file that is missing, or has fewer accounts than there are robots, would keep `rpa run` from
    starting: it is named, with the option that names it."""
    accounts = system.folder / "secrets" / "chs.toml"
    option = "[targets.chs] accounts"
    system.set("number = 1 ", "number = 21 ")
    said = system.rpa("check", code=WRONG)
    assert (
        f"chs.toml:1: account: 20 accounts for 21 robots. Add accounts to this file, which {option}" in said
    )
    accounts.unlink()
    remedy = f"there is no such file. Add it, or correct {option}"
    assert f"chs.toml:1: file: {remedy}" in system.rpa("check", code=WRONG)


@pytest.mark.parametrize("named", ["/usr/bin/nochrome", "nochrome", "rpa.toml"])
def test_check_looks_for_the_browser(system: System, named: str) -> None:
    """A browser that the settings name has to be a program; a bare name is looked up on the PATH."""
    system.set('# executable = "/usr/bin/chromium"', f'executable = "{named}"')
    assert re.search(
        r"rpa.toml:[0-9]+: browser.executable: there is no program", system.rpa("check", code=WRONG)
    )
    system.set(f'executable = "{named}"', 'executable = "sh"')
    system.rpa("check")
