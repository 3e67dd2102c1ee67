"""The commands for those who publish the software: the site of documents, the SBOM, the release notes.

Each runs by its recipe in the Makefile, into a folder of the test's own. Set-up is left to whoever runs the tests.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import ROOT
from tools.release_notes import versions


def make(target: str, folder: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile, without set-up, with this Python's tools; what it builds is in `folder`."""
    tools = f"BIN={Path(sys.executable).parent}"
    command = ["make", "--silent", "--old-file=setup", target, tools, f"BUILD={folder}", *variables]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents as a site, built in strict mode."""
    folder = tmp_path_factory.mktemp("build")
    built = make("docs", folder)
    assert built.returncode == 0, built.stderr
    return folder / "docs"


def test_the_site_has_every_document(site: Path) -> None:
    """The strict build has no warning, and each document is a page that the start page's navigation reaches."""
    start = (site / "README.html").read_text(encoding="utf-8")
    for name in ("docs/operations", "docs/glossary", "docs/adr/README", "CONTRIBUTING", "forms/README"):
        assert (site / f"{name}.html").is_file()
        assert f'href="{name}.html"' in start
    assert "README.html" in (site / "index.html").read_text(encoding="utf-8")


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """Style, scripts, fonts and pictures of every page come with the site."""
    loads = re.compile(
        r"""<(?:link|script|img|iframe)\b[^>]*(?:src|href)="(?:https?:)?//|url\(["']?(?:https?:)?//"""
    )
    files = [each for each in site.rglob("*") if each.suffix in {".html", ".css"}]
    assert len(files) > 30
    assert [each.name for each in files if loads.search(each.read_text(encoding="utf-8"))] == []


def test_a_link_to_nothing_stops_the_site(tmp_path: Path) -> None:
    """A link to a document or a heading that is not there is an error."""
    (tmp_path / "README.md").write_text("# A\n\n[b](nowhere.md) [c](#nowhere)\n", encoding="utf-8")
    command = ["-m", "sphinx", "-q", "-W", "--keep-going", "-c", str(ROOT / "docs" / "site"), ".", "out"]
    built = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert built.returncode == 1
    assert "nowhere.md" in built.stderr or "'nowhere'" in built.stderr
    assert built.stderr.count("myst.xref_missing") == 2


def test_the_sbom_lists_what_the_lock_pins(tmp_path: Path) -> None:
    """The SBOM is CycloneDX and has every pinned version, each with its hashes."""
    made = make("sbom", tmp_path)
    assert made.returncode == 0, made.stderr
    sbom = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    assert sbom["bomFormat"] == "CycloneDX"
    assert sbom["metadata"]["component"]["name"] == "crime-report-rpa"
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)", lock, re.MULTILINE))
    assert {(each["name"], each["version"]) for each in sbom["components"]} == pinned
    assert all(each["externalReferences"][0]["hashes"] for each in sbom["components"])


def test_the_release_notes_are_the_changelogs() -> None:
    """What is printed is what stands under the version's heading; an unknown version is refused."""
    version, notes = next(iter(versions((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")).items()))
    printed = make("release-notes", ROOT / "build", f"VERSION={version}")
    assert (printed.returncode, printed.stdout) == (0, f"{notes}\n")
    refused = make("release-notes", ROOT / "build", "VERSION=9.9.9")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"no notes for 9.9.9. It has: {version}" in refused.stderr


def test_a_section_ends_where_the_next_begins() -> None:
    """Headings may have brackets and a date, as Keep a Changelog writes them."""
    text = "# Changelog\n\n## [Unreleased]\n\nnew\n\n## [1.1.0] - 2026-02-01\n\n### Added\n- b\n\n## 1.0.0\n\na\n"
    assert versions(text) == {"Unreleased": "new", "1.1.0": "### Added\n- b", "1.0.0": "a"}
