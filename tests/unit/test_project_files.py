"""What a maintained project has beside its code is there and true: the newcomer's table, templates, metadata."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TASKS = {
    "a channel",
    "a page of the console",
    "an error",
    "a control kind",
    "a form",
    "a setting",
    "a report state, or a reason",
    "a metric",
    "a message to the public",
    "a command",
}
NOT_BUILT = re.compile(r"\*not built yet: [^*]*\*")
PATH = re.compile(r"`([\w./-]+/[\w./-]*)`")


def newcomers_table() -> dict[str, str]:
    """Each task of the table in CONTRIBUTING.md, with the rest of its row."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("\n| to add |")[1].split("\n\n")[0]
    rows = (
        line.strip("| ").split(" | ", 1) for line in section.splitlines()[2:] if not line.startswith("| **")
    )
    return dict(rows)


def test_a_newcomer_finds_the_files_for_each_task() -> None:
    """The table has the ten tasks; each names files that exist, or says that its room is not built yet."""
    table = newcomers_table()
    assert set(table) >= TASKS
    for task, row in table.items():
        paths = PATH.findall(row)
        assert bool(paths) != bool(NOT_BUILT.search(row)), task
        assert [path for path in paths if not (ROOT / path).exists()] == []


def test_a_room_that_is_built_has_its_row() -> None:
    """A row says "not built yet" only as long as the room is not there."""
    rows = [row for row in newcomers_table().values() if NOT_BUILT.search(row)]
    named = [name for row in rows for name in re.findall(r"\borchestrator/(?:web/console|notify)/", row)]
    assert [name for name in named if (ROOT / name).exists()] == []


def of_yaml(name: str) -> Any:
    """What a YAML file of the checkout holds."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_every_python_that_we_name_is_tried() -> None:
    """The Pythons of the metadata are those of the CI, which runs `.ci/run` with both databases there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)]
    job = of_yaml(".github/workflows/ci.yml")["jobs"]["run"]
    assert job["strategy"]["matrix"]["python"] == named
    steps = [step.get("run", "") for step in job["steps"]]
    assert ".ci/run" in steps
    assert any(" postgresql " in step for step in steps)
    assert project["requires-python"] == f">={named[0]}"


def test_every_package_says_that_it_is_typed() -> None:
    """Whoever imports a package of ours has its types checked."""
    assert [
        room for room in ("rpa", "orchestrator", "audit") if not (ROOT / room / "py.typed").is_file()
    ] == []


def test_every_issue_form_asks_something() -> None:
    """Each issue form has a name, a description, and a question that has to be answered."""
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    for form in (of_yaml(str(each.relative_to(ROOT))) for each in forms if each.stem != "config"):
        assert form["name"]
        assert form["description"]
        assert any(each.get("validations", {}).get("required") for each in form["body"])
    assert len(forms) == 4


def test_a_commit_is_checked_as_lint_checks_it() -> None:
    """The hooks run exactly the commands of `make lint`, from .venv, and fetch nothing."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert lint is not None
    repositories = of_yaml(".pre-commit-config.yaml")["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    hooks = [each["entry"].replace(".venv/bin/", "@$(BIN)/") for each in repositories[0]["hooks"]]
    assert [line.strip().removesuffix(" .") for line in lint[1].splitlines()] == hooks


def test_nothing_slow_is_imported_by_the_way() -> None:
    """rfc3987_syntax, which jsonschema imports where it finds it, takes longer than all else at a start."""
    assert find_spec("rfc3987_syntax") is None


def test_set_up_says_where_the_command_is() -> None:
    """Whoever goes on with `rpa init` has read where `rpa` is: at the end of set-up, and in the document."""
    where = ". .venv/bin/activate"
    last = (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("say ")
    assert where in last
    before, init, _ = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("rpa init")
    assert init
    assert where in before
