"""The documents are true: what they show runs, what they name is there, and what there is they name.

In a Markdown file a block fenced as `console` is run, in order, in one fresh folder, and must print what it shows
(`...` stands for anything). A block fenced as `sh` needs something that is not there in a test, such as a running
target: its commands are only held against what the programs accept.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import EnumType
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from orchestrator import states
from orchestrator.cli.main import COMMANDS, cli
from orchestrator.settings import Settings
from orchestrator.states import Reason, State
from rpa.practice_chs.faults import FaultName
from rpa.practice_chs.layout import Variant
from rpa.practice_chs.pages.practice import ROUTES
from tests.worlds import ROOT

COMMAND_LINE = ROOT / "docs" / "command-line.md"
OPERATIONS = ROOT / "docs" / "operations.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
LISTED = ("mermaid", "toml", "json", "ini", "", "console", "sh")
FOREIGN = {"curl", "echo", "git", "cd"}
FOLDERS = ("forms", "mappings", "rpa", "orchestrator", "audit", "tests", "benchmarks", "docs", "tools")


@cache
def documents() -> tuple[Path, ...]:
    """Every document of the checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(
        path for name in sorted(set(filter(None, listed.split("\0")))) if (path := ROOT / name).is_file()
    )


def blocks(text: str, language: str) -> Iterator[str]:
    """The fenced blocks in one language."""
    return (found[2] for found in FENCE.finditer(text) if found[1] == language)


def prose(text: str) -> str:
    """A document without its fenced blocks."""
    return FENCE.sub("", text)


def shown(text: str) -> Iterator[str]:
    """Every command line that a document shows, whole."""
    for block in blocks(text, "console"):
        yield from (line[2:] for line in block.splitlines() if line.startswith("$ "))
    for block in blocks(text, "sh"):
        yield from filter(None, (line.strip() for line in block.splitlines()))


def mentioned(text: str) -> Iterator[str]:
    """Every command that a document speaks of within a sentence, as far as it names it."""
    yield from re.findall(r"`((?:rpa|make) [^`\n]+)`", prose(text).replace("\\|", "|"))


# What is wrong with one command line, or with one document: nothing, or a few words.


def command_fault(line: str) -> str:
    """What the program named in a command line would not accept."""
    words = shlex.split(line.replace("`", ""), comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if ";" in line:
        return next(filter(None, map(command_fault, line.split(";"))), "")
    if not words or words[0] in FOREIGN:
        return ""
    if words[0] == "rpa":
        return _rpa_fault(words[1:], whole=True)
    if words[0] == "make":
        return next(
            (f"make has no {word}" for word in words[1:] if "=" not in word and word not in targets()), ""
        )
    if words[:2] == ["python", "-m"]:
        return "" if (ROOT / words[2].replace(".", "/")).exists() else f"there is no module {words[2]}"
    if words[0] == "python":
        return "" if (ROOT / words[1]).is_file() else f"there is no {words[1]}"
    return f"{words[0]} is not a program that a reader has"


def mention_fault(line: str) -> str:
    """The same for a command named in a sentence: what it names must be there, and nothing need be complete."""
    words = re.sub(r"[\[\]]", "", line).split()
    return _rpa_fault(words[1:], whole=False) if words[0] == "rpa" else command_fault(" ".join(words))


def _rpa_fault(words: list[str], *, whole: bool) -> str:
    """Walk down the commands; then every option must be known and, in a whole line, no argument be missing."""
    command: Any = typer.main.get_command(cli)
    while hasattr(command, "commands"):
        known = {option for each in command.params for option in each.opts}
        while len(words) > 1 and words[0] in known:
            words = words[2:]
        if not words or (words[0].isupper() and not whole):
            return ""  # the family as a whole is meant
        if (found := _commands(command).get(words[0])) is None:
            return f"no command or option {words[0]}"
        command, words = found, words[1:]
    try:
        parsed, rest, _ = command.make_parser(command.context_class(command)).parse_args(args=words)
    except Exception as error:  # noqa: BLE001 - of whichever class the library has for it
        return str(error)
    missing = [each.name for each in command.params if each.required and not parsed.get(each.name)]
    return f"too much: {rest}" if rest else f"needs {missing}" if missing and whole else ""


def _commands(group: Any) -> dict[str, Any]:
    """The commands of a group, by name."""
    here = group.context_class(group)
    return {name: group.get_command(here, name) for name in group.list_commands(here)}


@cache
def targets() -> frozenset[str]:
    """What make can make."""
    found = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(found)


def link_faults(path: Path, text: str) -> list[str]:
    """Links and pictures that lead nowhere, headings included."""
    return [link for link in LINK.findall(prose(text)) if not _leads_somewhere(path, link)]


def _leads_somewhere(path: Path, link: str) -> bool:
    if re.match(r"https?://|mailto:", link):
        return True
    name, _, heading = link.partition("#")
    file = (path.parent / name).resolve() if name else path
    if not file.exists() or not file.is_relative_to(ROOT):
        return False
    return not heading or heading in headings(file.read_text(encoding="utf-8"))


def headings(text: str) -> set[str]:
    """The anchors of a document's headings, as the usual viewers make them."""
    found = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def path_faults(text: str) -> list[str]:
    """Paths of this checkout that a document names and that are not there."""
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`", prose(text))
    return [name for name in named if not (ROOT / name).exists()]


def variable_faults(text: str) -> list[str]:
    """Environment variables that set nothing."""
    named = re.findall(r"\bRPA_([A-Z_]+)\b", text)
    return [name for name in named if name.split("__")[0].lower() not in Settings.model_fields]


def language_faults(text: str) -> list[str]:
    """Fenced blocks that nothing here would look at."""
    return [found[1] for found in FENCE.finditer(text) if found[1] not in LISTED]


PLANTED: dict[str, tuple[Callable[[], object], object]] = {
    "no such command": (lambda: command_fault("rpa frobnicate"), ""),
    "no such sub-command": (lambda: command_fault("rpa forms frobnicate"), ""),
    "no such option": (lambda: command_fault("rpa reports --frobnicate"), ""),
    "no such option before the command": (lambda: command_fault("rpa --frobnicate x reports"), ""),
    "an argument missing": (lambda: command_fault("rpa report"), ""),
    "an argument too many": (lambda: command_fault("rpa report CR-1 CR-2"), ""),
    "no such command in a sentence": (lambda: mention_fault("rpa forms frobnicate"), ""),
    "no such option in a sentence": (lambda: mention_fault("rpa reports [--frobnicate]"), ""),
    "behind another command": (lambda: command_fault("echo 1; rpa reports --frobnicate"), ""),
    "no such make target": (lambda: command_fault("make frobnication"), ""),
    "no such module": (lambda: command_fault("python -m frobnicate verify"), ""),
    "no such script": (lambda: command_fault("python tools/frobnicate.py"), ""),
    "a program nobody has": (lambda: command_fault("frobnicate --now"), ""),
    "a link to nothing": (lambda: link_faults(ROOT / "README.md", "[x](docs/nothing.md)"), []),
    "a picture of nothing": (lambda: link_faults(ROOT / "README.md", "![x](docs/pictures/nothing.png)"), []),
    "a heading of nothing": (lambda: link_faults(ROOT / "README.md", "[x](docs/operations.md#nothing)"), []),
    "a path to nothing": (lambda: path_faults("see `rpa/nothing.py`"), []),
    "a variable of nothing": (lambda: variable_faults("set RPA_NOTHING__AT_ALL"), []),
    "a block of nothing": (lambda: language_faults("```fortran\nx\n```\n"), []),
}


@pytest.mark.parametrize(("finding", "nothing"), PLANTED.values(), ids=PLANTED)
def test_each_check_bites(finding: Callable[[], object], nothing: object) -> None:
    """A planted fault is found, so that a check that finds nothing is worth something."""
    assert finding() != nothing


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_what_is_there(path: Path) -> None:
    """Commands, options, links, headings, pictures, paths and variables all lead somewhere."""
    text = path.read_text(encoding="utf-8")
    assert [(line, fault) for line in shown(text) if (fault := command_fault(line))] == []
    assert [(line, fault) for line in mentioned(text) if (fault := mention_fault(line))] == []
    assert link_faults(path, text) == []
    assert path_faults(text) == []
    assert variable_faults(text) == []
    assert language_faults(text) == []


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fresh folder in which everything was run that the page on the command line shows."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "forms").symlink_to(ROOT / "forms")
    steps = list(walk(COMMAND_LINE.read_text(encoding="utf-8")))
    assert len(steps) > 10
    for command, expected in steps:
        printed = run(folder, command)
        assert matches(printed, expected), f"{command} printed\n{printed}"
    return folder


def test_what_is_shown_runs(walked: Path) -> None:
    """The walk through the command line, command by command in a fresh folder, prints what the page shows."""
    assert (walked / "trail.jsonl").is_file()


def walk(text: str) -> Iterator[tuple[str, str]]:
    """Each command of the console blocks, with what it is said to print."""
    for block in blocks(text, "console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            yield command, expected.strip("\n")


def run(folder: Path, command: str) -> str:
    """What a command prints; its lines without the blanks at their ends."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("RPA_", "COLUMNS"))}
    environment = {**bare, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stderr}"
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def matches(printed: str, expected: str) -> bool:
    """Whether it printed what is shown; `...` stands for anything."""
    return fnmatchcase(printed, re.sub(r"([\[\]*?])", r"[\1]", expected).replace("...", "*"))


def test_something_else_than_shown_is_noticed() -> None:
    """A page that shows another output than there is would not pass."""
    assert matches("16 entries, 1 checkpoints", "... entries, 1 checkpoints")
    assert not matches("16 entries, 1 checkpoints", "... entries, 0 checkpoints")
    assert not matches("a\nb", "a")
    assert not matches("[1] ready", "1 ready")


def _named(path: Path) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8")))


def test_every_command_and_option_is_described() -> None:
    """Whoever reads the page knows every command, and every option of it that is not hidden."""
    text = COMMAND_LINE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `rpa ([^`]+)` \|", text, re.MULTILINE)
    for name, command in _leaves(typer.main.get_command(cli)):
        if name in COMMANDS and COMMANDS[name].hidden:
            continue
        row = next((row for row in rows if row.startswith(name)), None)
        assert row is not None, name
        options = {
            option for each in command.params if not getattr(each, "hidden", False) for option in each.opts
        }
        assert all(option in row for option in options if option.startswith("--") and option != "--help"), (
            name
        )


def _leaves(command: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in _commands(command).items():
        if hasattr(each, "commands"):
            yield from _leaves(each, f"{above}{name} ")
        elif not each.hidden:
            yield f"{above}{name}", each


def test_every_name_of_a_report_in_json_is_described(walked: Path) -> None:
    """The names other programs rely on are exactly those the page lists."""
    section = COMMAND_LINE.read_text(encoding="utf-8").split("## A report in JSON")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    given = json.loads(run(walked, "rpa reports --json").splitlines()[0])
    assert told == set(given)
    (whole,) = map(json.loads, run(walked, f"rpa report {given['reference']} --json").splitlines())
    assert whole.keys() - given.keys() <= set(re.findall(r"`(\w+)`", section))


def test_every_state_and_reason_is_described() -> None:
    """Whoever operates it finds what each state and each reason means."""
    named = _named(OPERATIONS)
    assert {str(state) for state in State} <= named
    assert {str(reason) for reason in Reason} <= named


def test_every_promise_and_state_is_in_the_glossary() -> None:
    """Whoever meets a promise, or a code of a report's or a job's way, finds its meaning in the glossary."""
    defined = re.findall(r"^\| [*`]{1,2}(\w+)", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"P{number}" for number in range(1, 10)} <= set(defined)
    kinds = [each for each in vars(states).values() if isinstance(each, EnumType) and each is not Reason]
    assert {str(code) for kind in kinds for code in kind} <= _named(GLOSSARY)


def test_all_of_the_practice_chs_is_described() -> None:
    """Every endpoint, fault and layout stands on the page."""
    named = _named(COMMAND_LINE)
    endpoints = {
        f"{method} {route.path}" for route in ROUTES for method in set(route.methods or ()) - {"HEAD"}
    }
    assert endpoints <= named
    assert {str(each) for each in (*FaultName, *Variant)} <= named


def test_every_document_is_found_from_the_readme() -> None:
    """Link by link, a reader who starts at the README comes to every document."""
    found: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in found or path.suffix != ".md" or not path.is_file():
            continue
        found.add(path)
        links = LINK.findall(prose(path.read_text(encoding="utf-8")))
        waiting += [(path.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link]
    assert [str(path.relative_to(ROOT)) for path in documents() if path not in found] == []
