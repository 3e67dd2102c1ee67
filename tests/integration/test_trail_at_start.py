"""What a start does when a file of the trail is not as it should be: it goes on, or refuses and says why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, update

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions import signing
from orchestrator.actions.signing import NotSigned, sign
from orchestrator.app import App, open_app
from orchestrator.intake.recovery import recover
from orchestrator.intake.restored import follow_restored
from orchestrator.reading import Reader
from orchestrator.settings import load_settings
from orchestrator.store.tables import entries
from orchestrator.store.trail import FIND_FIRST
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
    app, before = system.app, copied(system)
    signed_view(app)
    with app.settings.checkpoints_file.open("ab") as file:
        file.write(TORN)
    put_back(system, before)
    assert lacking(reopened(system)) is not None


@pytest.fixture
def restored(system: System) -> System:
    """An installation whose database was replaced by a copy from before the last entry that was signed."""
    before = copied(system)
    signed_view(system.app)
    put_back(system, before)
    return system


def signed_view(app: App) -> None:
    """An entry, and a checkpoint of it."""
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    sign(app)


def copied(system: System) -> Mapping[Path, bytes]:
    """The files of the database as they are."""
    return {path: path.read_bytes() for path in (system.folder / "var").glob("rpa.db*")}


def put_back(system: System, before: Mapping[Path, bytes]) -> None:
    """Those files in place of the ones that are there."""
    for path in (system.folder / "var").glob("rpa.db*"):
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


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


@pytest.mark.parametrize("number", [0, 1, 5])
def test_whatever_is_written_before_a_start_hides_no_restored_copy(restored: System, number: int) -> None:
    """Entries that catch up with the checkpoint, in number, do not make the copy look whole; nothing is signed or
    exported before a start has marked the reports. That is done once."""
    app = reopened(restored)
    for _ in range(number):
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
    app, before = reopened(restored), copied(restored)
    follow_restored(app, Reader(all_forms()))
    sign(app)
    put_back(restored, before)
    assert lacking(reopened(restored)) is not None


@pytest.mark.parametrize("place", ["negative", "last"])
@pytest.mark.parametrize("sealed", [False, True], ids=["unsealed", "with the seal of another entry"])
def test_nobody_without_the_key_says_that_a_copy_was_followed(
    restored: System, place: str, sealed: bool
) -> None:
    """What somebody writes into a copy keeps no report from being marked, and is never signed over: neither under
    the next number, nor under one that no entry has."""
    app = reopened(restored)
    last = last_signed(app)
    assert last is not None
    details = {"checkpoints": 10**9, "followed": last.signature}
    number = forge(app.store, "rpa", FIND_FIRST, details, subject="reports")
    said = {"seq": -1} if place == "negative" else {}
    with app.store._engine.begin() as connection:
        if sealed:
            own = connection.execute(select(entries.c.digest, entries.c.seal).where(entries.c.seq == 1)).one()
            said |= own._asdict()
        if said:
            connection.execute(update(entries).where(entries.c.seq == number).values(**said))
    with pytest.raises(NotSigned, match="a copy was restored"):
        sign(app)
    follow_restored(app, Reader(all_forms()))
    assert (marked(app), lacking(app)) == ([True], None)


def test_nothing_is_signed_over_an_entry_that_is_numbered_below_the_first(system: System) -> None:
    """No entry of ours has such a number: it is named, and is signed over with no seal at all."""
    app = system.app
    sign(app)
    number = forge(app.store, *FORGED[2])
    with app.store._engine.begin() as connection:
        seal = select(entries.c.seal).where(entries.c.seq == 1).scalar_subquery()
        digest = select(entries.c.digest).where(entries.c.seq == 1).scalar_subquery()
        this = update(entries).where(entries.c.seq == number)
        connection.execute(this.values(seq=-1, seal=seal, digest=digest))
    acts.record(app.store, actor="tester", action="viewed", subject="CR-1")
    with pytest.raises(NotSigned, match="entry -1 of the trail"):
        sign(app)


@pytest.mark.parametrize("kept", ["first line", "nothing"])
def test_a_copy_is_followed_although_the_checkpoints_are_fewer_than_they_were(
    system: System, kept: str
) -> None:
    """A restored copy is recognised by the checkpoints that are there, whatever stood in the file when an earlier
    one was followed: it may have come back from another machine, or may have been begun anew."""
    app = system.app
    sign(app)
    path = app.settings.checkpoints_file
    older, before = path.read_bytes() if kept == "first line" else b"", copied(system)
    for _ in range(6):
        signed_view(app)
    put_back(system, before)
    app = reopened(system)
    follow_restored(app, Reader(all_forms()))
    sign(app)
    path.write_bytes(older)
    app = reopened(system)
    assert lacking(app) is None
    signed_view(app)
    before = copied(system)
    signed_view(app)
    put_back(system, before)
    app = reopened(system)
    assert lacking(app) is not None
    follow_restored(app, Reader(all_forms()))
    assert lacking(app) is None


def test_checkpoints_that_come_back_twice_do_not_hide_a_copy(restored: System) -> None:
    """Lines that were followed already count once; those that were signed since count, wherever they stand."""
    app = reopened(restored)
    path = app.settings.checkpoints_file
    followed = path.read_bytes()
    follow_restored(app, Reader(all_forms()))
    before = copied(restored)
    path.write_bytes(followed * 2)
    assert lacking(app) is None
    signed_view(reopened(restored))
    path.write_bytes(path.read_bytes() + followed)
    put_back(restored, before)
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
