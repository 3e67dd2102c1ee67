"""Erasing where somebody has put something else into the database or the folder of originals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.actions import arrivals
from orchestrator.actions.permissions import INTAKE
from orchestrator.intake.recovery import recover
from orchestrator.originals import OriginalAltered, Originals
from orchestrator.reading import Reader
from rpa.report import Submission
from tests import acts
from tests.integration.store_world import World, report
from tests.integration.test_erasing import SENT, WORDS, Place

DIES = """
import os, signal, sys
from pathlib import Path
from orchestrator.originals import Originals
from rpa.report import Submission

def dies(event, arguments):
    if event == "os.rename" or event == "os.link":
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(dies)
Originals(Path(sys.argv[1])).keep(Submission(b"Zebedee Quillfeather", "folder", "cut.json"))
"""


@pytest.fixture
def place(world: World) -> Place:
    """A report that is done with."""
    place = Place(world)
    place.decide()
    return place


def test_the_original_of_another_report_is_never_removed(place: Place) -> None:
    """Two digests exchanged in the database: erasing one report is refused, and the other's original stays."""
    other = Submission(b"of somebody else", "folder", "2.json")
    place.originals.acknowledge(place.originals.keep(other))
    theirs = acts.receive(place.store, report(2), other).reference
    with place.world.engine.begin() as connection:
        for digest, reference in ((other.sha256, place.reference), (SENT.sha256, theirs)):
            row = f"sha256 = '{digest}' WHERE reference = '{reference}'"
            connection.exec_driver_sql(f"UPDATE deliveries SET {row}")  # noqa: S608 - our own words
    with pytest.raises(OriginalAltered, match=r"by the trail never arrived for it. Nothing is removed"):
        place.erase()
    assert place.originals.read(other.sha256) == other.content
    assert len(place.holding(WORDS)) == 3


def _killed_while_keeping(folder: Path) -> None:
    """A process that keeps a submission dies before the file has its name."""
    done = subprocess.run([sys.executable, "-c", DIES, folder], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(folder.rglob(".*.part"))) == 1


def test_what_a_killed_process_was_writing_is_gone_after_an_erasure(place: Place) -> None:
    """The half-written file of a process that died holds nothing of what was erased."""
    _killed_while_keeping(place.world.folder)
    place.erase()
    assert place.holding(WORDS) == []


def test_what_a_killed_process_was_writing_is_gone_after_a_start(tmp_path: Path, world: World) -> None:
    """A start removes it too: nobody will ever name it."""
    _killed_while_keeping(tmp_path)
    recover(Reader({}), world.store, Originals(tmp_path))
    assert list(tmp_path.rglob(".*.part")) == []


@pytest.mark.parametrize("folder", ["pending", "arrivals/aa"])
@pytest.mark.parametrize("kind", ["pipe", "junk"])
def test_what_is_no_arrival_stops_no_erasure(place: Place, folder: str, kind: str) -> None:
    """A pipe or a file of another name among the arrivals is not waited for, and names no file."""
    path = place.world.folder / "originals" / folder / "x.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path) if kind == "pipe" else path.write_bytes(b"{}")
    place.erase()
    assert place.holding(b"Quillfeather") == []


def test_a_pipe_with_an_arrivals_name_is_told_and_not_waited_for(place: Place) -> None:
    """It may stand for any file: the erasure is refused, with its name; a start goes on and receives the rest."""
    name = f"{'0' * 64}-{'0' * 16}.json"
    os.mkfifo(place.world.folder / "originals" / "pending" / name)
    with pytest.raises(OriginalAltered, match=name):
        place.erase()
    left = replace(SENT, content=b"left by a crash", name="3.json", media=())
    place.originals.keep(left)
    assert len(recover(Reader({}), place.store, place.originals)) == 1


@pytest.mark.parametrize("kind", ["pipe", "link to a device"])
def test_an_original_that_is_no_file_is_told(place: Place, kind: str) -> None:
    """A pipe is not waited for, a link not followed, in the place of an original."""
    path = place.world.folder / "originals" / "bytes" / SENT.sha256[:2] / SENT.sha256
    path.unlink()
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    with pytest.raises(OriginalAltered, match=rf"original {SENT.sha256[:12]} cannot be read"):
        place.originals.find(SENT.sha256, SENT.source, SENT.name)
    with pytest.raises(OriginalAltered, match="cannot be read"):
        arrivals.receive(place.store, place.originals, Reader({}), INTAKE, SENT)
