"""What a start does when a file of the trail is not as it should be: it goes on, or refuses and says why."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions import signing
from orchestrator.actions.signing import NotSigned, sign
from orchestrator.app import App, open_app
from orchestrator.intake.recovery import recover
from orchestrator.intake.restored import follow_restored
from orchestrator.reading import Reader
from orchestrator.settings import load_settings
from rpa.documents.files import read_file
from rpa.errors import DefinitionError
from tests import acts
from tests.acts import receive_as_channel
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.test_seals import FORGED, forge
from tests.system_world import System, make_system
from tests.worlds import SAMPLES, all_forms

WRONG = 2
TORN = b'{"at":"2026-01-05T00:00'
PARTS_OF_A_LINE = (TORN, b"\x00\xff", b'{"seq": "x"}\n', b"[]\n", TORN + b"\n" + TORN)


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation that has received a report, with no target to reach."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    app = system.app
    receive_as_channel(read_file(SAMPLES / "08-bank-card.json"), all_forms(), app.store, app.originals)
    return system


@pytest.mark.parametrize("tail", PARTS_OF_A_LINE)
def test_a_torn_checkpoint_stops_neither_start_nor_signing(system: System, tail: bytes) -> None:
    """Whatever stands at the end of the file, the start goes on, and the next checkpoint is signed and counts."""
    app = system.app
    sign(app)
    path = app.settings.checkpoints_file
    with path.open("ab") as file:
        file.write(tail)
    assert lacking(app) is None
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    sign(app)
    head, last = app.store.head(), last_signed(app)
    assert head is not None
    assert last is not None
    assert last.seq == head.seq


def test_a_torn_checkpoint_is_told_by_verify(system: System) -> None:
    """`rpa audit verify` says that a line breaks off, and that nothing else is wrong."""
    sign(system.app)
    with system.app.settings.checkpoints_file.open("ab") as file:
        file.write(TORN)
    said = system.rpa("audit", "verify")
    assert "1 checkpoint line incomplete" in said
    assert "1 checkpoint, 0 findings" in said


def test_an_older_database_is_seen_behind_a_torn_line(system: System) -> None:
    """A torn last line does not hide the checkpoint before it, which the database is older than."""
    app = system.app
    database = system.folder / "var" / "rpa.db"
    before = {path: path.read_bytes() for path in database.parent.glob("rpa.db*")}
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    sign(app)
    with app.settings.checkpoints_file.open("ab") as file:
        file.write(TORN)
    for path in database.parent.glob("rpa.db*"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
    assert lacking(open_app(load_settings(system.config))) is not None


@pytest.fixture
def restored(system: System) -> System:
    """An installation whose database was replaced by a copy from before the last entry that was signed."""
    app = system.app
    database = system.folder / "var" / "rpa.db"
    before = {path: path.read_bytes() for path in database.parent.glob("rpa.db*")}
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    sign(app)
    for path in database.parent.glob("rpa.db*"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
    return system


def reopened(system: System) -> App:
    """The same on the database that is there now."""
    return open_app(load_settings(system.config))


def lacking(app: App) -> checkpoint.Checkpoint | None:
    """What the database lacks of what was signed."""
    return signing.lacking(app, checkpoint.load(app.settings.checkpoints_file))


def last_signed(app: App) -> checkpoint.Checkpoint | None:
    """The last genuine checkpoint."""
    return checkpoint.last(app.settings.checkpoints_file, signing_key(app.settings.keys_dir).public_key())


def marked(app: App) -> list[bool]:
    """Whether each report is to be looked for first."""
    return [each.find_first for each in app.store.reports()]


@pytest.mark.parametrize("entries", [0, 1, 5])
def test_whatever_is_written_before_a_start_hides_no_restored_copy(restored: System, entries: int) -> None:
    """Entries that catch up with the checkpoint, in number, do not make the copy look whole; nothing is signed or
    exported before a start has marked the reports. That is done once."""
    app = reopened(restored)
    for _ in range(entries):
        acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    with pytest.raises(NotSigned, match="a copy was restored"):
        sign(app)
    restored.rpa("audit", "export", restored.folder / "trail.jsonl", code=1)
    follow_restored(app, Reader(all_forms()))
    assert (marked(app), lacking(app)) == ([True], None)
    sign(app)
    follow_restored(app, Reader(all_forms()))
    assert [row["action"] for row in app.store.entries()].count("to be looked for first") == 1


def test_nothing_is_signed_over_what_somebody_wrote_into_a_copy(restored: System) -> None:
    """Each entry of a restored copy has to bear the seal, one with a number that was signed before included."""
    app = reopened(restored)
    number = forge(app.store, *FORGED[2])
    follow_restored(app, Reader(all_forms()))
    with pytest.raises(NotSigned, match=f"entry {number} of the trail does not bear the seal"):
        sign(app)


def test_what_cannot_be_received_again_is_tried_at_each_start(restored: System) -> None:
    """An arrival whose original cannot be read at the first start after a restore is received at a later one."""
    app = reopened(restored)
    late = read_file(SAMPLES / "07-phone-snatch.json")
    app.originals.acknowledge(app.originals.keep(late))  # as it was before the copy was restored
    original = restored.folder / "var" / "originals" / "bytes" / late.sha256[:2] / late.sha256
    aside = original.rename(restored.folder / "aside")
    reader = Reader(all_forms())
    for _ in range(2):
        follow_restored(app, reader)
        assert recover(reader, app.store, app.originals) == []
    aside.rename(original)
    assert len(recover(reader, app.store, app.originals)) == 1


def test_a_second_copy_is_followed_too(restored: System) -> None:
    """A copy from before the reports were marked is one that was restored, however much was signed since."""
    app = reopened(restored)
    database = restored.folder / "var" / "rpa.db"
    before = {path: path.read_bytes() for path in database.parent.glob("rpa.db*")}
    follow_restored(app, Reader(all_forms()))
    sign(app)
    for path in database.parent.glob("rpa.db*"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
    assert lacking(reopened(restored)) is not None


def test_a_line_that_nobody_signed_marks_nothing(system: System) -> None:
    """A checkpoint with a high number that does not bear the key's signature is no sign of a restored copy."""
    app = system.app
    sign(app)
    unsigned_line(app, seq=10_000)
    assert lacking(app) is None


def test_a_line_that_nobody_signed_hides_no_forged_entry(system: System) -> None:
    """A checkpoint of a forged entry that does not bear the key's signature vouches for nothing."""
    app = system.app
    sign(app)
    number = forge(app.store, *FORGED[2])
    unsigned_line(app, seq=number, digest=app.store.entry_digest(number))
    for _ in range(2):
        with pytest.raises(NotSigned, match=f"entry {number} of the trail"):
            sign(app)
        acts.record(app.store, actor="tester", action="viewed", subject="CR-1")


def unsigned_line(app: App, **fields: object) -> None:
    """A checkpoint like the last one, of another entry, without a signature of its own."""
    path = app.settings.checkpoints_file
    last = last_signed(app)
    assert last is not None
    with path.open("a", encoding="ascii") as file:
        file.write(json.dumps({**asdict(last), **fields}, sort_keys=True, separators=(",", ":")) + "\n")


def test_signing_reads_the_end_of_the_checkpoints(system: System) -> None:
    """A year of checkpoints is not read again for each signature. `rpa audit verify` reads all of them."""
    app = system.app
    sign(app)
    path = app.settings.checkpoints_file
    year = 20_000  # lines; with 525 600 this test would only be slower
    path.write_bytes(path.read_bytes() * year)
    with path.open("r+b") as file:
        file.write(b"[")  # garbles the first line
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    before = psutil.Process().io_counters().read_chars
    sign(app)
    assert psutil.Process().io_counters().read_chars - before < path.stat().st_size / 10
    assert len(checkpoint.load(path)) == year + 1
    said = system.rpa("audit", "verify", code=1)
    assert "checkpoint 1 cannot be read" in said
    assert f"{year + 1} checkpoints, 1 finding" in said


@pytest.mark.parametrize("name", ["digest.key", "signing.key"])
def test_a_missing_key_is_refused_and_never_made_anew(system: System, name: str) -> None:
    """With entries on the trail, a start ends with 2, names the key's file and says where it comes from."""
    key = system.folder / "var" / "keys" / name
    kept = key.read_bytes()
    key.unlink()
    system.rpa("run", code=WRONG)
    assert not key.exists()
    with pytest.raises(DefinitionError) as refused:
        open_app(load_settings(system.config))
    (fault,) = refused.value.faults
    assert fault.file.endswith(name)
    assert "safe copy" in fault.remedy
    key.write_bytes(kept)
    assert open_app(load_settings(system.config)).store.head() is not None


def test_both_keys_are_made_before_the_first_entry(tmp_path: Path) -> None:
    """Both keys are there as soon as anything can be written on the trail, for their owner only."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    open_app(load_settings(system.config))
    keys = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var" / "keys").iterdir()}
    assert keys == {"signing.key": 0o600, "signing.pub": 0o600, "digest.key": 0o600}
