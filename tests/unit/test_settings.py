"""Settings: where they come from, what counts for more, and how their faults are told."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from orchestrator.credentials import load_accounts
from orchestrator.intake.watched_folder import file_limits
from orchestrator.jobs.context import browser_limits
from orchestrator.settings import (
    PREFIX,
    OperationsSettings,
    Settings,
    load_settings,
)
from orchestrator.settings.first_files import default_toml, practice_accounts
from rpa.browser.limits import Limits
from rpa.documents.files import FileLimits
from rpa.errors import DefinitionError, Fault
from tests.worlds import ROOT

SMALL = """\
data_dir = "data"
[targets.chs]
profile = "chs"
url = "http://127.0.0.1:8010/"
[forms.ocr]
target = "chs"
"""
OTHER_SITE = SMALL.replace("[forms", 'other_sites = ["https://s3cret@x"]\n[forms')


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's that runs the tests."""
    for variable in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(variable)


def write(folder: Path, text: str) -> Path:
    """An rpa.toml with that text."""
    path = folder / "rpa.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[Fault]:
    """What is wrong with a file of settings."""
    with pytest.raises(DefinitionError) as raised:
        load_settings(path)
    return list(raised.value.faults)


def test_the_default_file_works(tmp_path: Path) -> None:
    """The file `rpa init` writes is complete: the practice CHS, the crime form, accounts and all."""
    settings = load_settings(write(tmp_path, default_toml()))
    assert settings.targets["chs"].url == "http://127.0.0.1:8010"
    assert settings.targets["chs"].accounts == tmp_path / "secrets/chs.toml"
    assert settings.form_switches == {"ocr": (True, "chs")}
    assert settings.target_switches == {"chs": True}
    assert (settings.forms_dir / "ocr" / "form.toml").is_file()
    assert (settings.mappings_dir / "chs" / "screens.toml").is_file()


def test_the_default_file_says_the_defaults(tmp_path: Path) -> None:
    """What the written file sets is what holds without it, so that it can be trusted as documentation."""
    written = load_settings(write(tmp_path, default_toml()))
    smallest = load_settings(write(tmp_path, SMALL.replace('data_dir = "data"', "")))
    same = written.model_copy(
        update={"targets": {"chs": written.targets["chs"].model_copy(update={"accounts": None})}}
    )
    assert same.model_dump() == smallest.model_dump()


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Wherever the command is started, relative paths mean the folder of rpa.toml."""
    settings = load_settings(write(tmp_path, SMALL))
    assert settings.data_dir == tmp_path / "data"
    assert settings.database.url == f"sqlite:///{tmp_path}/var/rpa.db"
    assert settings.intake.folder.path == tmp_path / "var/inbox"
    assert settings.originals_dir == tmp_path / "data/originals"
    assert settings.checkpoints_file == tmp_path / "data/checkpoints.jsonl"
    assert settings.keys_dir == tmp_path / "data/keys"


def test_absolute_paths_and_other_databases_stay_as_they_are(tmp_path: Path) -> None:
    """Only what is relative is anchored."""
    extra = '[database]\nurl = "postgresql://rpa@db.example.com/rpa"\n[browser]\nexecutable = "chromium"\n'
    settings = load_settings(write(tmp_path, 'forms_dir = "/srv/forms"\n' + SMALL + extra))
    assert settings.forms_dir == Path("/srv/forms")
    assert settings.database.url == "postgresql://rpa@db.example.com/rpa"
    assert settings.browser.executable == Path("chromium")


def test_the_environment_counts_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keywords before the environment, the environment before the file, the file before the defaults."""
    monkeypatch.setenv("RPA_TARGETS__CHS__URL", "https://chs.example.com")
    monkeypatch.setenv("RPA_ROBOTS__NUMBER", "9")
    monkeypatch.setenv("RPA_DATABASE__URL", "sqlite:///other.db")
    settings = load_settings(write(tmp_path, SMALL), robots={"number": 2})
    assert settings.targets["chs"].url == "https://chs.example.com"
    assert settings.targets["chs"].profile == "chs"
    assert settings.robots.number == 2
    assert settings.database.url == f"sqlite:///{tmp_path}/other.db"
    assert settings.robots.attempts == 4


def test_without_a_file_there_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is needed: everything may come from the environment."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.data_dir == tmp_path / "var"
    assert settings.forms == {}


@pytest.mark.parametrize(
    ("text", "line", "place", "message"),
    [
        (SMALL + "colour = 1\n", 7, "forms.ocr.colour", "there is no such key"),
        ("colour = 1\n" + SMALL, 1, "colour", "there is no such key"),
        (SMALL.replace('profile = "chs"\n', ""), 2, "targets.chs.profile", "it is missing"),
        (SMALL.replace("http://127.0.0.1:8010/", "8010"), 4, "targets.chs.url", "not a web address"),
        (SMALL.replace("127", "u:s3cret@127"), 4, "targets.chs.url", "belong in the file of accounts"),
        (SMALL.replace("8010/", "8010/?key=s3cret"), 4, "targets.chs.url", "without a query"),
        (SMALL.replace("8010/", "8010/#s3cret"), 4, "targets.chs.url", "without a query"),
        (
            SMALL.replace("[forms", 'other_sites = ["https://s3cret@x"]\n[forms'),
            5,
            "targets.chs.other_sites.0",
            "file",
        ),
        (
            SMALL + "[operations]\nreceive_seconds = 1e-300\n",
            8,
            "operations.receive_seconds",
            "equal to 0.01",
        ),
        (SMALL + "[api]\nport = 70000\n", 8, "api.port", "less than or equal to 65535"),
        (SMALL + '[api]\nhost = "here"\n', 8, "api.host", "not an address to listen on"),
        (SMALL + '[robots]\n\nnumber = "many"\n', 9, "robots.number", "a whole number is needed"),
        (SMALL + "[robots]\nlease_seconds = nan\n", 8, "robots.lease_seconds", "must be"),
        (SMALL + '[database]\nurl = "mysql://x"\n', 8, "database.url", "SQLite or PostgreSQL"),
        (SMALL + '[database]\nurl = "rpa.db"\n', 8, "database.url", "not a database URL"),
        (
            SMALL + '[database]\nurl = "postgresql://h:s3cret/y"\n',
            8,
            "database.url",
            "not a database URL",
        ),
        (
            SMALL + '[database]\nurl = "postgresql+psycopg2://h/y"\n',
            8,
            "database.url",
            "SQLite or PostgreSQL",
        ),
        (SMALL + '[database]\nurl = "sqlite://"\n', 8, "database.url", "Name a file: sqlite:///PATH"),
        (SMALL + '[database]\nurl = "sqlite:///:memory:"\n', 8, "database.url", "in memory keeps nothing"),
        (
            SMALL + '[database]\nurl = "sqlite:///file:a?mode=memory&uri=true"\n',
            8,
            "database.url",
            "in memory",
        ),
        (SMALL.replace('target = "chs"', 'target = "cad"'), 6, "forms.ocr.target", "no [targets.cad]"),
        (SMALL.replace("[forms.ocr]", "[forms.OCR]"), 5, "forms.OCR", "match pattern"),
        (
            SMALL.replace('profile = "chs"', 'profile = "mappings/chs"'),
            3,
            "targets.chs.profile",
            "not a path",
        ),
        (
            SMALL.replace("[forms", 'other_sites = "https://x"\n[forms'),
            5,
            "targets.chs.other_sites",
            "a list",
        ),
        (
            SMALL.replace("[forms", 'other_sites = ["https://x/login"]\n[forms'),
            5,
            "targets.chs.other_sites.0",
            "without a path",
        ),
        (SMALL + "[robots]\njob_seconds = 60\n", 8, "robots.job_seconds", "targets.chs.save_seconds"),
        (SMALL.replace("[forms", 'key = "robot.key"\n[forms'), 5, "targets.chs.key", "belong together"),
        ("targets = 3\n", 1, "targets", "a table is needed"),
        ('data_dir = "x\n', 1, "file", "not TOML"),
    ],
)
def test_each_fault_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, place: str, message: str
) -> None:
    """A wrong setting is told with file, line, key, what is wrong and what to do."""
    path = write(tmp_path, text)
    found = faults(path)
    told = [(fault.file, fault.line, fault.place) for fault in found]
    assert (str(path), line, place) in told
    assert any(message in fault.message for fault in found)
    assert all(fault.remedy for fault in found)
    assert not any("s3cret" in str(fault) for fault in found)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Three mistakes are three faults, not one at a time."""
    path = write(tmp_path, SMALL + "[api]\nport = -1\nhots = 1\n[robots]\nnumber = 0\n")
    assert [fault.place for fault in faults(path)] == ["robots.number", "api.port", "api.hots"]


def test_a_wrong_variable_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in the environment is not blamed on the file, and a misspelt variable is not passed over."""
    monkeypatch.setenv("RPA_API__PORT", "high")
    monkeypatch.setenv("RPA_DATABSE__URL", "sqlite:///x.db")
    found = faults(write(tmp_path, SMALL))
    assert [(fault.file, fault.place) for fault in found] == [
        ("environment", "RPA_DATABSE__URL"),
        ("environment", "RPA_API__PORT"),
    ]


@pytest.mark.parametrize("variable", ["RPA_DATABASE", "RPA_TARGETS", "RPA_INTAKE"])
def test_a_variable_that_is_a_whole_section_is_told(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A section is no one value. The variable is named, and what it says is not."""
    monkeypatch.setenv(variable, "postgresql://rpa:s3cret@db.example.com/rpa")
    (found,) = faults(write(tmp_path, SMALL))
    assert (found.file, found.place) == ("environment", variable)
    assert "s3cret" not in str(found)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    """Without an rpa.toml the way on is named."""
    assert "rpa init" in faults(tmp_path / "rpa.toml")[0].remedy


def test_bytes_that_are_no_text_are_a_fault(tmp_path: Path) -> None:
    """A file that is not UTF-8 is told, not a crash."""
    path = tmp_path / "rpa.toml"
    path.write_bytes(b"data_dir = '\xff'")
    assert "UTF-8" in faults(path)[0].message


def test_settings_are_frozen(tmp_path: Path) -> None:
    """Nobody changes a setting after start."""
    settings = load_settings(write(tmp_path, SMALL))
    with pytest.raises(ValueError, match="frozen"):
        settings.data_dir = Path("/elsewhere")  # type: ignore[misc]
    assert isinstance(settings, Settings)


def test_practice_accounts_can_be_read_and_are_never_shown(tmp_path: Path) -> None:
    """Twenty accounts, each with its password, which no representation of them shows (P8)."""
    path = tmp_path / "chs.toml"
    path.write_text(practice_accounts(), encoding="utf-8")
    accounts = load_accounts(path)
    assert [account.name for account in accounts] == [f"robot{number:02}" for number in range(1, 21)]
    assert accounts[6].password.get_secret_value() == "practice-robot07"
    assert "practice-" not in repr(accounts) + str(accounts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[[account]]\nname = "robot01"\n',
        '[[account]]\nname = "robot01"\npassword = 12345\n',
        '[[account]]\nname = "robot01"\npassword = "s3cret"\nextra = "s3cret"\n',
        '[[account]]\nname = "a"\npassword = "s3cret"\n[[account]]\nname = "a"\npassword = "s3cret"\n',
        '[[account]]\nname = "a"\npassword = "s3cret\n',
    ],
)
def test_a_wrong_accounts_file_shows_no_secret(tmp_path: Path, text: str) -> None:
    """A mistake in the accounts is told without a word of what stands there (P8)."""
    path = tmp_path / "chs.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load_accounts(path)
    assert raised.value.faults
    assert "s3cret" not in str(raised.value)
    assert "12345" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("name", OperationsSettings.model_fields)
def test_each_operational_setting_is_described(name: str) -> None:
    """What can be set under [operations] stands in the file that `rpa init` writes, with a comment near it, and in
    the guide, both with the default that holds."""
    default = f"{getattr(OperationsSettings(), name):g}"
    assert re.search(rf"^{name} = {re.escape(default)} *(#.*)?$", default_toml(), re.MULTILINE)
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {default} |" in guide


def test_the_limits_of_files_are_the_readers_own() -> None:
    """Without settings, as for a survey, files are read within the same limits as with the default settings."""
    assert file_limits(OperationsSettings()) == FileLimits()


def test_the_limits_of_a_browser_are_settings(tmp_path: Path) -> None:
    """What [operations] and [browser] say of memory and time is what a browser is started with."""
    memory = "script_megabytes = 64\nsession_megabytes = 32\nsession_pages = 7\nbrowser_start_seconds = 9\n"
    path = write(tmp_path, f"{SMALL}[operations]\n{memory}[browser]\nresponse_seconds = 3\n")
    assert browser_limits(load_settings(path)) == Limits(3, 9, 64, 32, 7)


def test_a_name_of_an_account_fits_the_store(tmp_path: Path) -> None:
    """A name that the store could not keep is refused at the start, not at each claim."""
    path = tmp_path / "chs.toml"
    for length in (64, 65):
        path.write_text(f'[[account]]\nname = "{"n" * length}"\npassword = "x"\n', encoding="utf-8")
        if length == 64:
            assert load_accounts(path)
        else:
            with pytest.raises(DefinitionError, match="at most 64 characters"):
                load_accounts(path)


def test_a_setting_that_was_renamed_is_read_from_an_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the last release goes on, and so does the variable; each under the new name too."""
    for name in ("answer_seconds", "response_seconds"):
        path = write(tmp_path, SMALL + f"[browser]\n{name} = 7\n")
        assert load_settings(path).browser.response_seconds == 7
        monkeypatch.setenv(f"{PREFIX}BROWSER__{name.upper()}", "8")
        assert load_settings(write(tmp_path, SMALL)).browser.response_seconds == 8
        monkeypatch.delenv(f"{PREFIX}BROWSER__{name.upper()}")
