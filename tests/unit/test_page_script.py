"""The page script is made of its modules: all of them, in one scope."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from deno import find_deno_bin

from rpa.browser import functions
from rpa.browser.functions import Function
from rpa.browser.script import FOLDER, MODULES, page_script
from rpa.errors import TargetError

DECLARED = re.compile(r"^(?:export )?(?:const|let|class) (\w+)", re.MULTILINE)


def test_every_module_is_in_the_script() -> None:
    """The script has every module of the folder, and no word of a module's `import` or `export`."""
    assert sorted(MODULES) == sorted(path.stem for path in FOLDER.glob("*.js"))
    assert not re.search(r"^(import|export)\b", page_script(), re.MULTILINE)


def test_no_name_is_declared_twice() -> None:
    """The modules share one scope, so that a name declared in two of them would end the script."""
    declared = Counter(DECLARED.findall(page_script()))
    assert [name for name, times in declared.items() if times > 1] == []


def test_both_sides_list_the_same_functions() -> None:
    """What Python can call is what the page script offers."""
    called = {each.name for each in vars(functions).values() if isinstance(each, Function)}
    listed = re.search(r"FUNCTIONS = \{([^}]*)\}", (FOLDER / "main.js").read_text(encoding="utf-8"))
    assert listed
    assert called == set(re.findall(r"\w+", listed[1]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '"text"',
        "[1]",
        '[{"kind": "text"}]',
        '[{"handle": {"document": "d", "survey": "1", "index": 0}}]',
    ],
)
def test_another_shape_is_an_error_that_quotes_nothing(text: str) -> None:
    """What is not of the shape that a function returns is the target's error, whose message holds none of it."""
    with pytest.raises(TargetError, match=r"^the page script returned something unexpected: reading$"):
        functions.LISTED.read(text, "reading")


def test_a_fault_of_type_is_found(tmp_path: Path) -> None:
    """The checker of `make lint` passes the modules, and names the place of a fault planted in one."""
    shutil.copytree(FOLDER, tmp_path / "js")
    assert checked(tmp_path / "js").returncode == 0
    handles = tmp_path / "js" / "handles.js"
    handles.write_text(
        handles.read_text(encoding="utf-8").replace("isConnected", "isConected"), encoding="utf-8"
    )
    faulty = checked(tmp_path / "js")
    assert faulty.returncode == 1
    assert "'\"isConected\"' is not assignable to parameter of type 'keyof Box'" in faulty.stderr
    assert "handles.js" in faulty.stderr


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the types of the page script's modules in a folder."""
    command = [find_deno_bin(), "check", "--quiet", *sorted(folder.glob("*.js"))]
    environment = {"DENO_DIR": str(folder.parent / "deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


# What a form or a document may lose to its fields: only `dom.js` reaches it.
HIDDEN = """
    matches closest querySelector querySelectorAll getAttribute hasAttribute getClientRects
    getBoundingClientRect checkVisibility ownerDocument isConnected contains localName nodeType
    nodeName children parentElement parentNode previousElementSibling nextElementSibling
    isContentEditable getRootNode scrollIntoView dispatchEvent elements getElementById
    ariaLabelledByElements defaultView readyState body forms documentElement focus blur click title"""


def test_only_one_module_reads_what_a_field_may_hide() -> None:
    """No other module asks an element or a document directly for what a field of a form may hide."""
    asks = re.compile(rf"\.({'|'.join(HIDDEN.split())})\b")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(FOLDER.glob("*.js"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if not re.match(r"\s*(//|/?\*)", line) and asks.search(line)
    ]
    assert found == []
