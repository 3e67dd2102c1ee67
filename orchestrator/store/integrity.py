"""What the reports hold, and where they are, against what the trail says of them.

Entries of earlier versions say less: what no entry says of a column is no finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, String, select, type_coerce

from orchestrator.store import api_clients, breakers, drift, heartbeats, outbox
from orchestrator.store.erase import EMPTIED, ERASED
from orchestrator.store.jobs import EVIDENCE
from orchestrator.store.moves import CONTENT, OF_REPORT
from orchestrator.store.recorded_columns import EMPTY_AT_FIRST, JOB_COLUMNS, as_json, as_recorded
from orchestrator.store.recorded_columns import OF_JOB as COLUMNS_OF_JOB
from orchestrator.store.recorded_columns import OF_REPORT as COLUMNS_OF_REPORT
from orchestrator.store.tables import deliveries, entries, jobs, reports
from orchestrator.store.trail import content_digests, parsed
from orchestrator.store.unreadable import UNREADABLE

_TELLING = ("moved", "answered late")  # the entries that say where a report is, or under which reference
_ARRIVALS = ("received", "delivered again", "delivery differs")
_DELIVERY = "delivery"
_OF_REPORT = tuple(reports.c[name] for name in sorted({*OF_REPORT, *EMPTIED, *COLUMNS_OF_REPORT}))
_TIMES = (reports.c.received_at, reports.c.submitted_at, reports.c.keyed_at)  # that can be read, no more
_EVIDENCE = tuple(jobs.c[name] for name in sorted(EVIDENCE))
_OF_DELIVERY = (deliveries.c.sha256, deliveries.c.source, deliveries.c.same_bytes)


@dataclass(slots=True)
class _Recorded:
    """What the trail says of a report.

    `digests`: of each job (None: of the report) the latest of each column, since the report was erased where it
    was. `jobs`: each as it last was, empty where only its number is. `messages`: where each
    last was, by kind. `arrivals`: the digest of each delivery,
    None in an entry that has none.
    """

    erased: bool = False
    digests: dict[int | None, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    arrivals: list[Any] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the entries tell of every job: those of earlier versions do not."""
        return bool(self.arrivals) and self.arrivals[0] is not None

    def take_in(self, action: str, said: Mapping[str, Any]) -> None:
        """The next entry about the report."""
        number = said.get("job")
        job = number if isinstance(number, int) else None
        found = _mapping(said.get("digests"))
        if action == ERASED:
            self.erased = True
            kept = {
                name: each for name, each in self.digests.get(None, {}).items() if name in COLUMNS_OF_REPORT
            }
            self.digests = {None: kept}
        self.messages.update(_mapping(said.get("messages")))
        if action.startswith(f"{outbox.MESSAGE} "):
            self.messages[str(said.get("kind"))] = action.removeprefix(f"{outbox.MESSAGE} ")
        if action in _ARRIVALS:
            self.arrivals.append(found.get(_DELIVERY))
        of_report = {name: digest for name, digest in found.items() if name not in EVIDENCE}
        self.digests.setdefault(None, {}).update(of_report if job is not None else found)
        self.digests.setdefault(job, {}).update(found)
        if job is not None:
            self.jobs.setdefault(job, {})
        for each, columns in _mapping(said.get("jobs")).items():
            if each.isdecimal():
                self.jobs.setdefault(int(each), {}).update(_mapping(columns))


def strayed(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each (reference, column) whose state or target reference is not what the trail last said of it.

    A report that the trail tells of and that is gone from the table is named under "report".
    """
    recorded: dict[str, dict[str, Any]] = {}
    query = select(entries.c.subject, entries.c.details).where(entries.c.action.in_(_TELLING))
    for subject, details in connection.execute(query.order_by(entries.c.seq)):
        recorded.setdefault(subject, {}).update(parsed(details))
    state = type_coerce(reports.c.state, String)  # whatever stands there now
    columns = (reports.c.reference, state, reports.c.target_reference)
    for row in connection.execute(select(*columns).execution_options(yield_per=1000)):
        last = recorded.pop(row.reference, {})
        if row.state != last.get("to"):
            yield row.reference, "state"
        if row.target_reference != last.get("target_reference"):
            yield row.reference, "target_reference"
    for reference in recorded:
        yield reference, "report"


def unreadable_rows(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each (which, what is wrong) of the circuit breakers, workers, changes and clients that cannot be read; the
    trail says nothing else of the first three."""
    unknown = [each for each in breakers.seen(connection) if not each.readable]
    names = [f"circuit breaker {' '.join(filter(None, (each.target, each.account)))}" for each in unknown]
    heartbeats.workers_known(connection, names.append)
    drift.seen(connection, None, names.append)
    api_clients.every(connection, names.append)
    return ((name, "its row cannot be read") for name in names)


def altered(connection: Connection, digest_key: bytes) -> Iterator[tuple[str, str]]:
    """Each (reference, place) that is not what the entries about the report say: a column of it, a job or a column
    of one, a delivery.

    Content that is not there any more is an alteration unless the trail says that the report was erased; so is
    content the trail never had, and any of a report that was erased. The trail itself is `audit.verify`'s
    matter, and comes first: this takes its word.
    """
    query = select(reports.c.reference).execution_options(yield_per=1000)
    for reference in connection.execute(query).scalars():
        try:
            found = dict.fromkeys(_of_report(connection, digest_key, reference))
        except UNREADABLE:
            found = {(reference, "a row of it cannot be read"): None}
        yield from found


def _of_report(connection: Connection, digest_key: bytes, reference: str) -> Iterator[tuple[str, str]]:
    this = select(reports.c.reference, *_OF_REPORT, *_TIMES).where(reports.c.reference == reference)
    row = connection.execute(this).one()
    theirs = connection.execute(
        select(*JOB_COLUMNS, *_EVIDENCE).where(jobs.c.reference == reference).order_by(jobs.c.id)
    ).all()
    held = [{name: job._mapping[name] for name in ("id", *EVIDENCE)} for job in theirs]  # noqa: SLF001
    recorded = _recorded(connection, reference)
    yield from _unrecorded(digest_key, row._asdict(), held, recorded.digests)
    yield from ((reference, name) for name in _columns(digest_key, row, recorded))
    if recorded.erased:
        emptied = [*EMPTIED, *sorted(EVIDENCE)]
        left = {name for each in (row._asdict(), *held) for name in each if each[name] is not None}
        yield from ((reference, name) for name in emptied if name in left)
    yield from ((reference, place) for place in _jobs(theirs, recorded))
    yield from ((reference, place) for place in _messages(connection, reference, recorded.messages))
    if not _are_delivered(connection, digest_key, reference, recorded.arrivals):
        yield reference, "deliveries"


def _columns(digest_key: bytes, row: Row[*tuple[Any, ...]], recorded: _Recorded) -> Iterator[str]:
    """Each column of a report, content aside, that is not what the trail last said of it."""
    said = recorded.digests.get(None, {})
    values = {name: as_json(row._mapping[name]) for name in COLUMNS_OF_REPORT}  # noqa: SLF001
    for name, digest in content_digests(digest_key, row.reference, values).items():
        never = recorded.whole and name in EMPTY_AT_FIRST - said.keys() and values[name] is not None
        if never or said.get(name, digest) != digest:
            yield name
    if (row.erased_at is not None) != recorded.erased:
        yield "erased_at"


def _jobs(rows: Sequence[Row[*tuple[Any, ...]]], recorded: _Recorded) -> Iterator[str]:
    """Each job, or column of one, that is not what the trail last said of it."""
    there = {row.id: as_recorded(row) for row in rows}
    for number in sorted(recorded.jobs.keys() - there.keys()):
        yield f"job {number}"
    for number, columns in there.items():
        said = recorded.jobs.get(number)
        if said is None and recorded.whole:
            yield f"job {number}"
        elif said:
            whole = "kind" in said  # from its opening on, and not by an earlier version
            known = [name for name in COLUMNS_OF_JOB if name in said or (whole and name in EMPTY_AT_FIRST)]
            differing = (name for name in known if columns[name] != said.get(name))
            yield from (f"job {number} {name}" for name in differing)


def _messages(connection: Connection, reference: str, recorded: Mapping[str, str]) -> Iterator[str]:
    """Each message that is not where the trail last said: one that was sent must not wait again."""
    rows = connection.execute(outbox.where_they_are(reference)).all()
    there = {row.kind: row.state for row in rows}
    for kind in sorted(recorded.keys() | there.keys()):
        if there.get(kind) != recorded.get(kind):
            yield f"message {kind}"


def as_delivered(sha256: str, source: str, *, same: bool) -> Mapping[str, Any]:
    """What an entry says of a delivery, by digest."""
    return {"sha256": sha256, "source": source, "same": same}


def _are_delivered(
    connection: Connection, digest_key: bytes, reference: str, arrivals: Sequence[Any]
) -> bool:
    """Whether a report's deliveries are those that the trail tells of, in that order."""
    query = select(*_OF_DELIVERY).where(deliveries.c.reference == reference).order_by(deliveries.c.id)
    rows = connection.execute(query).all()
    digests = (
        content_digests(
            digest_key, reference, {_DELIVERY: as_delivered(row.sha256, row.source, same=row.same_bytes)}
        )[_DELIVERY]
        for row in rows
    )
    alike = all(said in {None, digest} for said, digest in zip(arrivals, digests, strict=False))
    return alike and len(rows) == len(arrivals)


def _unrecorded(
    digest_key: bytes,
    report: Mapping[str, Any],
    held: Sequence[Mapping[str, Any]],
    recorded: Mapping[int | None, Mapping[str, Any]],
) -> Iterator[tuple[str, str]]:
    """What a report and its jobs hold, or hold no more, that the trail does not say."""
    reference, of_report = report["reference"], recorded.get(None, {})
    yield from _differing(digest_key, reference, report, of_report)
    for job in held:
        # What a version without jobs wrote is recorded of the report itself.
        known = {**of_report, **recorded.get(job["id"], {})}
        there = {name: value for name, value in job.items() if value is not None}
        gone = dict.fromkeys(EVIDENCE & recorded.get(job["id"], {}).keys() - there.keys())
        yield from _differing(digest_key, reference, there | gone, known)
    nowhere = {name for name in EVIDENCE & of_report.keys() if all(job[name] is None for job in held)}
    yield from _differing(digest_key, reference, dict.fromkeys(sorted(nowhere)), of_report)


def _differing(
    digest_key: bytes, reference: str, held: Mapping[str, Any], recorded: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What is not as recorded. A value that is not there is as good as one that never was."""
    content = {name: value for name, value in held.items() if name in CONTENT}
    for name, digest in content_digests(digest_key, reference, content).items():
        if recorded.get(name) != digest and (content[name] is not None or name in recorded):
            yield reference, name


def _recorded(connection: Connection, reference: str) -> _Recorded:
    """What the trail says of a report."""
    recorded = _Recorded()
    for action, said in _said(connection, reference):
        recorded.take_in(action, said)
    return recorded


def digests_recorded(connection: Connection, reference: str) -> Iterator[dict[str, Any]]:
    """What each entry of a report says of content and files, in order: name -> keyed digest, or list of them."""
    return (_mapping(said.get("digests")) for _, said in _said(connection, reference))


def _said(connection: Connection, reference: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was done with a report, and what its entries say, in order."""
    query = select(entries.c.action, entries.c.details).where(entries.c.subject == reference)
    for action, details in connection.execute(query.order_by(entries.c.seq)):
        yield action, parsed(details)


def _mapping(value: object) -> dict[str, Any]:
    """An object as it was read from JSON; empty for anything else, which only an altered entry has."""
    return value if isinstance(value, dict) else {}
