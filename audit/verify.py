"""Verification of the trail from its files alone: entries, checkpoints and the public key.

Nothing here trusts a row: a chain under suspicion may hold anything. Nothing stops at the first finding
either, since the point is to say which entries can still be relied on.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeGuard

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoint import Checkpoint, is_genuine, parse
from audit.entry import GENESIS, Entry, digest
from audit.keys import key_id

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_FIELDS = frozenset(field.name for field in fields(Entry))
_HIGHEST = 2**53 - 1  # beyond it canonical JSON has no numbers


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong: which step of `verify` found it, at which entry, and what it is."""

    seq: int
    step: int
    message: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.message} (step {self.step})"


@dataclass(frozen=True, slots=True)
class _Checked:
    """An entry with the digest it ought to have (empty when it cannot be worked out)."""

    entry: Entry
    computed: str

    @property
    def unaltered(self) -> bool:
        return self.entry.digest == self.computed


def verify(
    rows: Iterable[Mapping[str, object]],
    checkpoints: Iterable[Mapping[str, object]],
    key: Ed25519PublicKey,
) -> list[Finding]:
    """Everything wrong with a chain, by entry; an empty list when nothing is.

    `rows` are the entries as they are stored, in order; `checkpoints` the lines of the checkpoint file.

    1. Each checkpoint can be read, and names this key.
    2. Each checkpoint bears the key's signature.
    3. Each row can be read as an entry.
    4. Each entry has the digest of what it says: otherwise it was altered.
    5. Each entry was linked to the one before it: otherwise that one was replaced.
    6. The entries are numbered 1, 2, 3 and so on, each once, in order: otherwise some were removed,
       inserted or moved.
    7. Where there is a checkpoint the chain still holds what was signed: otherwise it was rewritten, or its
       end was cut off.
    """
    findings: list[Finding] = []
    genuine = _genuine(checkpoints, key, findings)  # 1, 2
    readable = _readable(rows, findings)  # 3
    unaltered = _unaltered(readable, findings)  # 4
    linked = _linked(unaltered, findings)  # 5
    numbers, digests = _walk(linked, {checkpoint.seq for checkpoint in genuine})
    _ordered(numbers, findings)  # 6
    _as_signed(genuine, numbers, digests, findings)  # 7
    return sorted(findings)


def _genuine(
    documents: Iterable[Mapping[str, object]], key: Ed25519PublicKey, findings: list[Finding]
) -> list[Checkpoint]:
    genuine = []
    for line, document in enumerate(documents, start=1):
        checkpoint = parse(document)
        if checkpoint is None:
            findings.append(Finding(0, 1, f"checkpoint {line} cannot be read"))
        elif checkpoint.key_id != key_id(key):
            findings.append(Finding(checkpoint.seq, 1, f"checkpoint {line} names another key"))
        elif not is_genuine(checkpoint, key):
            message = f"checkpoint {line} does not bear the key's signature"
            findings.append(Finding(checkpoint.seq, 2, message))
        else:
            genuine.append(checkpoint)
    return sorted(genuine, key=lambda checkpoint: checkpoint.seq)


def _readable(rows: Iterable[Mapping[str, object]], findings: list[Finding]) -> Iterator[Entry]:
    """A row that is not an entry counts as the one expected there, so that it is not reported missing as well."""
    expected = 1
    for row in rows:
        fault = _fault(row)
        if fault:
            findings.append(Finding(expected, 3, f"it cannot be read: {fault}"))
            seq = row.get("seq")
            entry = Entry(seq if _is_number(seq) else expected, "", "", "", "", "", "", "")
        else:
            entry = Entry(**row)  # type: ignore[arg-type]  # _fault has looked at every field
        expected = entry.seq + 1
        yield entry


def _fault(row: Mapping[str, object]) -> str:
    """What keeps a row from being an entry, in a few words; empty when nothing does."""
    if row.keys() != _FIELDS:
        return "it does not have the fields of an entry"
    if not _is_number(row["seq"]):
        return "its number is not valid"
    if any(not isinstance(row[name], str) for name in _FIELDS - {"seq"}):
        return "a field is not text"
    if not all(_DIGEST.match(str(row[name])) for name in ("previous", "digest")):
        return "a digest is not valid"
    return ""


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int and 1 <= value <= _HIGHEST


def _unaltered(entries: Iterable[Entry], findings: list[Finding]) -> Iterator[_Checked]:
    for entry in entries:
        seen = _Checked(entry, _computed(entry))
        if not seen.unaltered and _DIGEST.match(
            entry.digest
        ):  # a row that cannot be read has its finding already
            findings.append(Finding(entry.seq, 4, "it was altered: its digest does not match its content"))
        yield seen


def _computed(entry: Entry) -> str:
    try:
        return digest(entry)
    except ValueError:  # not Unicode text, which only altered bytes can hold
        return ""


def _linked(entries: Iterable[_Checked], findings: list[Finding]) -> Iterator[_Checked]:
    """Compare neighbours only: across a gap there is nothing to compare, and the gap is found by its number.

    Which of the two is wrong? The later one if it was altered, and then it is named already; otherwise its
    word stands for what came before it.
    """
    before: _Checked | None = None
    for seen in entries:
        first = seen.entry.seq == 1 and before is None
        if first and seen.unaltered and seen.entry.previous != GENESIS:
            findings.append(Finding(1, 5, "it follows another entry, which is not there"))
        if before and seen.unaltered and _follows(seen, before) and not _linked_to(seen, before):
            findings.append(
                Finding(before.entry.seq, 5, f"it is not the entry that entry {seen.entry.seq} was linked to")
            )
        before = seen
        yield seen


def _follows(seen: _Checked, before: _Checked) -> bool:
    return seen.entry.seq == before.entry.seq + 1


def _linked_to(seen: _Checked, before: _Checked) -> bool:
    """To what the entry before says its digest is, or to what it is: altering one does not break the link."""
    return seen.entry.previous in (before.entry.digest, before.computed)


def _walk(entries: Iterable[_Checked], wanted: set[int]) -> tuple[array[int], dict[int, set[str]]]:
    """Read the chain to its end; keep its numbers, and the digests where there is a checkpoint.

    The number of an altered entry counts only where it is the next one: otherwise it may be what was altered.
    """
    numbers: array[int] = array("q")
    digests: dict[int, set[str]] = {}
    last = 0
    for seen in entries:
        entry = seen.entry
        if seen.unaltered or entry.seq == last + 1:
            numbers.append(entry.seq)
            last = entry.seq
        if entry.seq in wanted:
            digests.setdefault(entry.seq, set()).add(entry.digest)
    return numbers, digests


def _ordered(numbers: Sequence[int], findings: list[Finding]) -> None:
    if all(number == place for place, number in enumerate(numbers, start=1)):
        return
    found = sorted(set(numbers))
    for low, high in zip([0, *found], found, strict=False):
        if high - low > 1:
            findings.append(Finding(low + 1, 6, f"{_range(low + 1, high - 1)} missing"))
    seen: set[int] = set()
    for place, number in enumerate(numbers):
        if number in seen:
            findings.append(Finding(number, 6, f"it is there more than once (again in row {place + 1})"))
        seen.add(number)
    findings.extend(
        Finding(numbers[place], 6, f"it is out of order (in row {place + 1})")
        for place in _out_of_order(numbers)
    )


def _out_of_order(numbers: Sequence[int]) -> list[int]:
    """The fewest places that have to be moved for the rest to be in order (repeats stay where they are)."""
    tails: list[int] = []  # the place of the lowest number that ends an ordered run of each length
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_right(tails, number, key=numbers.__getitem__)
        before.append(tails[length - 1] if length else -1)
        tails[length : length + 1] = [place]
    kept: set[int] = set()
    place = tails[-1] if tails else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return [place for place in range(len(numbers)) if place not in kept]


def _as_signed(
    genuine: Sequence[Checkpoint],
    numbers: Sequence[int],
    digests: Mapping[int, set[str]],
    findings: list[Finding],
) -> None:
    last, good = max(numbers, default=0), 0
    if genuine and genuine[-1].seq > last:
        findings.append(Finding(last + 1, 7, _ends_early(genuine[-1])))
    for checkpoint in genuine:
        seq, signed = checkpoint.seq, f"a checkpoint of {checkpoint.at}"
        if seq > last:
            break
        if digests.get(seq) != {checkpoint.digest}:
            findings.append(Finding(seq, 7, f"{_range(good + 1, seq)} not what {signed} includes"))
        else:
            good = seq


def _ends_early(checkpoint: Checkpoint) -> str:
    """An export that is older than a checkpoint looks like one whose end was cut off: only a checkpoint of its own
    end tells them apart."""
    return (
        f"the trail ends before it, and a checkpoint of {checkpoint.at} goes on to entry {checkpoint.seq}. Its end"
        " was cut off, or this is an export from before that checkpoint: verify an export with the checkpoints"
        " written beside it"
    )


def _range(low: int, high: int) -> str:
    """Entries in a finding about the first or the last of them."""
    return "it is" if low == high else f"entries {low} to {high} are"
