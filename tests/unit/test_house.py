"""The house rules that a program can check: each over every file of the checkout, and each shown to bite."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 350  # lines of a module: it must fit in the head
ROOMS = ("rpa", "orchestrator", "audit")
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc", "tools"}

# Written so that no pattern is found in its own source.
HOST = re.compile(
    r"pypi[.](?:org|python)|pythonhosted[.]|npmjs[.]|crates[.]io|proxy[.]golang|ghcr[.]io", re.IGNORECASE
)
MACHINE = re.compile(r"(?<![\w.*{}])/(?:work|root|home/\w+|Users/\w+)/")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
MADE_BY = re.compile(
    r"\b(?:chat[g]pt|claud[e]|anthropi[c]|open[a]i|copilo[t]|ll[m]s?|ai[ ]assistants?)\b", re.IGNORECASE
)
SKIPPED = {"skip", "skipif", "xfail", "importorskip"}

Rule = Callable[[str], list[str]]


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Every file of the checkout with one of those endings (none: every file), ignored ones aside."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    paths = (ROOT / name for name in sorted(filter(None, listed)))
    return tuple(path for path in paths if path.is_file() and (not endings or path.suffix in endings))


def text_files() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its text."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def broken(paths: Iterator[tuple[Path, str]], rule: Rule) -> list[str]:
    """What breaks a rule, by file."""
    return [f"{path.relative_to(ROOT)}: {fault}" for path, text in paths for fault in rule(text)]


def sources(*endings: str) -> Iterator[tuple[Path, str]]:
    """Every source file with its text."""
    return ((path, path.read_text(encoding="utf-8")) for path in files(*endings))


def modules_of_tests() -> Iterator[tuple[Path, str]]:
    """Every module of tests with its text."""
    return ((path, text) for path, text in sources(".py") if path.name.startswith("test_"))


# The rules: each takes a text and names what is wrong in it.


def too_long(text: str) -> list[str]:
    """Longer than a module may be."""
    lines = len(text.splitlines())
    return [f"{lines} lines"] if lines > LONGEST else []


def found_by(pattern: re.Pattern[str]) -> Rule:
    """Every line in which a pattern is found."""

    def rule(text: str) -> list[str]:
        lines = enumerate(text.splitlines(), start=1)
        return [f"line {number}: {found[0]}" for number, line in lines if (found := pattern.search(line))]

    return rule


def unpinned(text: str) -> list[str]:
    """A requirement without an exact version or a hash, or a line that says where to fetch from."""
    entries = re.sub(r"\\\n", " ", text).splitlines()
    lines = [line for line in entries if line.strip() and not line.startswith("#")]
    exact = re.compile(
        r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==\S+( ;[^:]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
    )
    return [line.split(" ")[0] for line in lines if not exact.fullmatch(line) or "://" in line]


def untold(text: str) -> list[str]:
    """A test that does not say in a sentence what it shows."""
    tests = (node for node in _functions(text) if node.name.startswith("test_"))
    return [node.name for node in tests if not (ast.get_docstring(node) or "").rstrip().endswith((".", "?"))]


def skipping(text: str) -> list[str]:
    """A test that may not run, or that a fault is expected of."""
    nodes = ast.walk(ast.parse(text))
    named = (node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_pytest(node.value))
    return [name for name in named if name in SKIPPED]


def mocking(text: str) -> list[str]:
    """An import that stands in for a real part."""
    modules = (
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(each.name for each in node.names)]
    )
    return [name for name in modules if {"mock", "pytest_mock"} & set(name.split("."))]


def patching(text: str) -> list[str]:
    """A test that puts something else in the place of a part of ours. Environment variables may be set."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    named = (
        func.attr for func in calls if isinstance(func, ast.Attribute) and _is(func.value, "monkeypatch")
    )
    return [name for name in named if name in {"setattr", "delattr", "setitem"}]


def writing(text: str) -> list[str]:
    """A transaction that writes to the store."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return [func.attr for func in calls if isinstance(func, ast.Attribute) and func.attr == "writing"]


def undescribed(text: str) -> list[str]:
    """A package whose room card does not say what lives there."""
    return [] if len(ast.get_docstring(ast.parse(text)) or "") > 40 else ["no room card"]


def _functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_pytest(node: ast.expr) -> bool:
    return _is(node, "pytest") or (isinstance(node, ast.Attribute) and _is(node.value, "pytest"))


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


PLANTED = {
    "too long": (too_long, "x = 1\n" * 351),
    "a registry": (found_by(HOST), "--index-url https://" + "pypi." + "org/simple"),
    "a machine's path": (found_by(MACHINE), 'path = "' + "/work" + '/main/rpa.toml"'),
    "somebody's home": (found_by(MACHINE), "cd " + "/home" + "/sam/rpa"),
    "unfinished": (found_by(UNFINISHED), "# TO" + "DO: later"),
    "made by": (found_by(MADE_BY), "written by " + "Chat" + "GPT"),
    "no hash": (unpinned, "anyio==4.16.0\n"),
    "no exact version": (unpinned, "anyio>=4 \\\n    --hash=sha256:" + "0" * 64),
    "an index": (unpinned, "--index-url https://example.com/simple\n"),
    "from an address": (unpinned, "anyio @ https://example.com/anyio.whl --hash=sha256:" + "0" * 64),
    "no sentence": (untold, "def test_it():\n    pass\n"),
    "no sentence, awaited": (untold, "async def test_it():\n    pass\n"),
    "skipped": (skipping, "@pytest.mark.skip\ndef test_it(): ..."),
    "skipped on some machines": (skipping, "pytest.importorskip('numpy')"),
    "expected to fail": (skipping, "pytestmark = pytest.mark.xfail(strict=False)"),
    "a mock": (mocking, "from unittest import mock"),
    "a part of a mock": (mocking, "from unittest.mock import patch"),
    "a part replaced": (patching, "def test_it(monkeypatch): monkeypatch.setattr(x, 'y', 1)"),
    "writing past the actions": (writing, "with app.store.writing() as transaction: ..."),
    "no room card": (undescribed, '"""Things."""'),
}


@pytest.mark.parametrize(("rule", "text"), PLANTED.values(), ids=PLANTED)
def test_each_rule_bites(rule: Rule, text: str) -> None:
    """A planted offence is found, so that a rule that finds nothing is worth something."""
    assert rule(text)


def test_modules_fit_in_the_head() -> None:
    """No module, script or style sheet is longer than 350 lines."""
    assert not broken(sources(".py", ".js", ".css"), too_long)


def test_nothing_names_a_registry() -> None:
    """Packages come from wherever the machine's own package client is set to fetch them."""
    assert not broken(text_files(), found_by(HOST))


def test_nothing_names_a_machine() -> None:
    """No path in the checkout exists on one machine only."""
    assert not broken(text_files(), found_by(MACHINE))


def test_nothing_is_left_for_later() -> None:
    """What is to be done stands in the issues, not in the code."""
    assert not broken(sources(".py", ".js", ".css", ".toml", ".sh", ".html"), found_by(UNFINISHED))


def test_nothing_tells_of_its_making() -> None:
    """The checkout says what the software is, not what it was written with."""
    assert not broken(text_files(), found_by(MADE_BY))


def test_dependencies_are_locked() -> None:
    """Every requirement has an exact version and hashes, and none says where it is to be fetched."""
    lock = ROOT / "requirements.lock"
    assert not broken(iter([(lock, lock.read_text(encoding="utf-8"))]), unpinned)


def test_only_actions_write() -> None:
    """Nobody but an action begins a transaction that writes: who may, what moves, what the trail says."""
    actions = ROOT / "orchestrator" / "actions"
    ours = [(path, text) for path, text in sources(".py") if path.relative_to(ROOT).parts[0] in ROOMS]
    assert not broken(((path, text) for path, text in ours if path.parent != actions), writing)
    assert any(writing(text) for path, text in ours if path.parent == actions)


def test_the_documents_have_every_module_of_acts() -> None:
    """The architecture's table of actions names each of their modules, and no other."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("## Actions") : text.index("An act of a person takes")]
    modules = {path.stem for path in (ROOT / "orchestrator" / "actions").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == modules


def test_every_package_has_a_room_card() -> None:
    """Each package says what lives in it; each room also says what never does."""
    packages = [(path, text) for path, text in sources(".py") if path.name == "__init__.py"]
    assert not broken(iter(packages), undescribed)
    rooms = [(path, text) for path, text in packages if _is_room(path)]
    assert len(rooms) > len(ROOMS)
    assert not [str(path) for path, text in rooms if not re.search(r"(?i)\bnever\b|\bnothing\b", text)]


def _is_room(path: Path) -> bool:
    folder = path.parent.relative_to(ROOT).parts
    return folder[0] in ROOMS and len(folder) <= 2


def test_modules_are_named_for_what_they_are() -> None:
    """No module is called by a word that any code would fit."""
    stems = {path.stem for path in files(".py") if path.relative_to(ROOT).parts[0] in (*ROOMS, "tests")}
    assert not stems & VAGUE


def test_every_test_says_what_it_shows() -> None:
    """One sentence each."""
    assert not broken(modules_of_tests(), untold)


def test_every_test_runs_everywhere() -> None:
    """A test that may be skipped shows nothing."""
    assert not broken(sources(".py"), skipping)


def test_tests_meet_the_real_thing() -> None:
    """No mock, and nothing of ours replaced for a test."""
    assert not broken(sources(".py"), mocking)
    assert not broken(modules_of_tests(), patching)
