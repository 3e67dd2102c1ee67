"""Verification: passes what is whole, finds whatever was done to it, and says where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from audit import checkpoint, export
from audit.chain import content_digest, link
from audit.entry import GENESIS, Entry, digest
from audit.keys import digest_key, public_key, signing_key
from audit.verify import verify
from orchestrator import trail_files

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()

Row = dict[str, Any]


def chain(length: int) -> list[Entry]:
    """A chain of that many entries."""
    entries: list[Entry] = []
    for number in range(length):
        entries.append(
            link(
                entries[-1] if entries else None,
                at=START + timedelta(seconds=number),
                actor=f"robot{number % 3}",
                action="moved",
                subject=f"CR-{number // 4}",
                details={"from": "ready", "to": "keying", "attempts": number},
            )
        )
    return entries


def rows(entries: list[Entry]) -> list[Row]:
    """The entries as rows."""
    return [asdict(entry) for entry in entries]


def signed(entries: list[Entry], *seqs: int) -> list[Mapping[str, object]]:
    """Checkpoints of the entries with these numbers."""
    return [asdict(checkpoint.sign(entries[seq - 1], KEY, START + timedelta(days=1))) for seq in seqs]


def found(changed: list[Row], checkpoints: list[Mapping[str, object]]) -> set[int]:
    """The numbers of the entries that verification has something to say about."""
    return {finding.seq for finding in verify(changed, checkpoints, KEY.public_key())}


def relinked(entries: list[Entry], start: int) -> list[Entry]:
    """The chain with everything from that place on made anew, so that it holds together again."""
    result = entries[:start]
    for entry in entries[start:]:
        before = result[-1] if result else None
        bare = replace(
            entry, seq=before.seq + 1 if before else 1, previous=before.digest if before else GENESIS
        )
        result.append(replace(bare, digest=digest(bare)))
    return result


LENGTH = 12
ENTRIES = chain(LENGTH)
WHOLE = signed(ENTRIES, 5, LENGTH)  # the last one covers the whole chain
PLACES = st.integers(min_value=0, max_value=LENGTH - 1)


@given(st.integers(min_value=0, max_value=30))
def test_a_whole_chain_passes(length: int) -> None:
    """A chain nobody touched has no findings, with checkpoints anywhere in it or none."""
    entries = chain(length)
    assert verify(rows(entries), [], KEY.public_key()) == []
    assert verify(rows(entries), signed(entries, *range(1, length + 1, 3)), KEY.public_key()) == []


@given(PLACES, st.sampled_from(sorted(asdict(ENTRIES[0]))), st.data())
def test_any_altered_field_is_found(place: int, name: str, data: st.DataObject) -> None:
    """One character changed in any field of any entry is found, and that entry is named."""
    changed = rows(ENTRIES)
    value = changed[place][name]
    if name == "seq":
        new: object = data.draw(st.integers(min_value=-5, max_value=2**70).filter(lambda seq: seq != value))
    else:
        index = data.draw(st.integers(min_value=0, max_value=len(value) - 1))
        letter = data.draw(st.characters().filter(lambda character: character != value[index]))
        new = value[:index] + letter + value[index + 1 :]
    changed[place][name] = new
    assert place + 1 in found(changed, WHOLE)
    assert place + 1 in found(changed, []) or place == LENGTH - 1


@given(
    PLACES,
    st.sampled_from(sorted(asdict(ENTRIES[0]))),
    st.one_of(st.none(), st.binary(), st.floats(), st.lists(st.integers()), st.just("\ud800")),
)
def test_a_broken_row_is_found(place: int, name: str, value: object) -> None:
    """A field of the wrong kind, as bytes gone bad leave it, never stops verification, and its row is named."""
    changed = rows(ENTRIES)
    changed[place][name] = value
    assert found(changed, WHOLE) == {place + 1}


def test_an_altered_entry_is_the_only_one_named() -> None:
    """Altering what an entry says names that entry and no other."""
    changed = rows(ENTRIES)
    changed[6]["details"] = changed[6]["details"].replace("ready", "held!")
    assert [finding.seq for finding in verify(changed, WHOLE, KEY.public_key())] == [7]


@given(PLACES)
def test_a_removed_entry_is_found(place: int) -> None:
    """An entry taken out of the beginning, the middle or the end is named as missing, and no other."""
    changed = rows(ENTRIES)
    del changed[place]
    findings = verify(changed, WHOLE, KEY.public_key())
    assert {finding.seq for finding in findings} == {place + 1}
    assert any(each in finding.message for finding in findings for each in ("missing", "ends before it"))


@given(st.integers(min_value=0, max_value=LENGTH - 1))
def test_an_end_cut_off_before_a_checkpoint_is_found(length: int) -> None:
    """A chain that ends before its last checkpoint is told where it was cut."""
    findings = verify(rows(ENTRIES[:length]), WHOLE, KEY.public_key())
    assert findings[-1].seq == length + 1
    assert [f.step for f in findings] == [7]  # one, however many checkpoints are ahead
    assert f"goes on to entry {max(each['seq'] for each in WHOLE)}" in findings[-1].message  # type: ignore[type-var]


@given(st.lists(PLACES, min_size=2, max_size=2, unique=True))
def test_moved_entries_are_found(places: list[int]) -> None:
    """Two entries that changed places are found, at least one of them is named, and nothing outside their span."""
    changed = rows(ENTRIES)
    first, second = places
    changed[first], changed[second] = changed[second], changed[first]
    named = found(changed, WHOLE)
    assert named & {first + 1, second + 1}
    assert min(places) + 1 <= min(named) <= max(named) <= max(places) + 1


@given(PLACES, PLACES)
def test_an_entry_put_in_again_is_found(place: int, copied: int) -> None:
    """A copy of an entry, anywhere in the chain, is named."""
    changed = rows(ENTRIES)
    changed.insert(place, dict(changed[copied]))
    assert copied + 1 in found(changed, WHOLE)


@given(PLACES)
def test_a_made_up_entry_with_a_number_in_use_is_found(place: int) -> None:
    """A made-up entry that links on properly but takes the number of another is named."""
    before = ENTRIES[place - 1] if place else None
    made_up = link(before, at=START, actor="x", action="moved", subject="CR-0", details={})
    changed = [*rows(ENTRIES[:place]), asdict(made_up), *rows(ENTRIES[place:])]
    assert place + 1 in found(changed, [])


@given(PLACES)
def test_a_chain_made_anew_after_an_insertion_is_found(place: int) -> None:
    """An entry inserted with everything after it made anew holds together, and the checkpoint still finds it."""
    before = ENTRIES[place - 1] if place else None
    made_up = link(before, at=START, actor="x", action="moved", subject="CR-0", details={})
    forged = relinked([*ENTRIES[:place], made_up, *ENTRIES[place:]], place)
    assert verify(rows(forged), [], KEY.public_key()) == []
    findings = verify(rows(forged), WHOLE, KEY.public_key())
    assert findings[0].seq == (5 if place < 5 else LENGTH)
    assert "not what a checkpoint" in findings[0].message


@given(PLACES)
def test_a_chain_made_anew_after_an_alteration_is_found(place: int) -> None:
    """A rewritten past is found by the first checkpoint after it, which says from where on it is not true."""
    forged = relinked([*ENTRIES[:place], replace(ENTRIES[place], actor="x"), *ENTRIES[place + 1 :]], place)
    findings = verify(rows(forged), WHOLE, KEY.public_key())
    assert findings[0].seq == (5 if place < 5 else LENGTH)


@given(PLACES.filter(lambda place: place < LENGTH - 1))
def test_an_entry_replaced_with_a_fitting_digest_is_found(place: int) -> None:
    """An entry rewritten together with its own digest is named by the link of the next one."""
    changed = rows(ENTRIES)
    forged = replace(ENTRIES[place], actor="x")
    changed[place] = asdict(replace(forged, digest=digest(forged)))
    assert found(changed, []) == {place + 1}


@given(st.lists(PLACES, min_size=2, max_size=5, unique=True))
def test_every_finding_is_told(places: list[int]) -> None:
    """Verification does not stop at the first altered entry: each of several is named."""
    changed = rows(ENTRIES)
    for place in places:
        changed[place]["actor"] += "!"
    assert found(changed, []) == {place + 1 for place in places}


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda line: {**line, "seq": 4}, 2),
        (lambda line: {**line, "digest": "0" * 64}, 2),
        (lambda line: {**line, "signature": "00" * 64}, 2),
        (lambda line: {**line, "signature": "no hexadecimal"}, 2),
        (lambda line: {**line, "key_id": "0" * 16}, 1),
        (lambda line: {**line, "seq": "5"}, 1),
        (lambda line: {**line, "more": 1}, 1),
        (lambda _line: {}, 1),
    ],
)
def test_a_checkpoint_nobody_signed_is_found(change: Callable[[Any], Any], step: int) -> None:
    """A checkpoint that was altered, or that another key signed, does not pass for one."""
    findings = verify(rows(ENTRIES), [change(line) for line in WHOLE[:1]], KEY.public_key())
    assert [finding.step for finding in findings] == [step]


def test_another_key_does_not_verify() -> None:
    """Checkpoints signed by one key are not taken for another's."""
    findings = verify(rows(ENTRIES), WHOLE, Ed25519PrivateKey.generate().public_key())
    assert [finding.step for finding in findings] == [1, 1]


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_a_file_of_anything_is_read(tmp_path_factory: pytest.TempPathFactory, content: list[bytes]) -> None:
    """Any bytes at all in an export are findings, never a crash."""
    path = tmp_path_factory.mktemp("export") / "entries.jsonl"
    path.write_bytes(b"\n".join(content))
    lines = sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
    assume(lines)
    assert len(verify(export.load(path), [], KEY.public_key())) >= lines


@dataclass
class Files:
    """An export, its checkpoints and its public key on disk."""

    entries: Path
    checkpoints: Path
    key: Path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A whole chain exported, with a checkpoint at its end."""
    trail_files.make_keys(tmp_path / "keys")
    key = signing_key(tmp_path / "keys")
    trail_files.export(rows(ENTRIES), tmp_path / "entries.jsonl")
    trail_files.append_checkpoint(tmp_path / "checkpoints.jsonl", checkpoint.sign(ENTRIES[3], key, START))
    trail_files.append_checkpoint(tmp_path / "checkpoints.jsonl", checkpoint.sign(ENTRIES[-1], key, START))
    return Files(
        tmp_path / "entries.jsonl", tmp_path / "checkpoints.jsonl", tmp_path / "keys" / "signing.pub"
    )


def test_an_export_verifies_from_its_files(files: Files) -> None:
    """What was written and read back is the same chain, and passes."""
    assert list(export.load(files.entries)) == rows(ENTRIES)
    found = verify(export.load(files.entries), checkpoint.load(files.checkpoints), public_key(files.key))
    assert found == []


def test_an_export_never_replaces_another(files: Files) -> None:
    """A second export to the same file is refused, and the first stays as it was."""
    before = files.entries.read_bytes()
    with pytest.raises(FileExistsError), trail_files.new_export(files.entries):
        trail_files.export([], files.entries)
    assert files.entries.read_bytes() == before


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    """A key is the same at every opening, and nobody but its owner may read it."""
    trail_files.make_keys(tmp_path / "keys")
    first, digest = signing_key(tmp_path / "keys"), digest_key(tmp_path / "keys")
    trail_files.make_keys(tmp_path / "keys")
    assert first.private_bytes_raw() == signing_key(tmp_path / "keys").private_bytes_raw()
    assert digest == digest_key(tmp_path / "keys")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {"signing.key": 0o600, "signing.pub": 0o600, "digest.key": 0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_reading_a_key_never_makes_one(tmp_path: Path) -> None:
    """A key that is not there is an error that names it, not a new key."""
    assert [path.name for path in trail_files.missing_keys(tmp_path)] == ["signing.key", "digest.key"]
    for read in (signing_key, digest_key):
        with pytest.raises(FileNotFoundError):
            read(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_content_digests_need_the_key() -> None:
    """The same content under another key has another digest, so that nobody finds it by trying."""
    assert content_digest(b"a" * 32, b"Example") == content_digest(b"a" * 32, b"Example")
    assert content_digest(b"a" * 32, b"Example") != content_digest(b"b" * 32, b"Example")


def test_a_naive_time_is_refused() -> None:
    """An entry without an offset from UTC could mean any time: it is not written."""
    with pytest.raises(ValueError, match="offset"):
        link(None, at=START.replace(tzinfo=None), actor="a", action="b", subject="c", details={})
