"""What the reports hold, and where they are, against what the trail says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, String, select, type_coerce

from orchestrator.store.erase import EMPTIED, ERASED
from orchestrator.store.jobs import EVIDENCE
from orchestrator.store.moves import CONTENT, OF_REPORT
from orchestrator.store.tables import entries, jobs, reports
from orchestrator.store.trail import content_digests, parsed

_TELLING = ("moved", "answered late")  # the entries that say where a report is, or under which reference
_OF_REPORT = tuple(reports.c[name] for name in sorted(OF_REPORT))
_EMPTIED = tuple(reports.c[name] for name in EMPTIED if name not in OF_REPORT)
_EVIDENCE = tuple(jobs.c[name] for name in sorted(EVIDENCE))
_Recorded = dict[int | None, dict[str, str]]
"""Of each job (None: of the report) the latest digest of each column, as the trail has it."""


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


def altered(connection: Connection, digest_key: bytes) -> Iterator[tuple[str, str]]:
    """Each (reference, column) whose content is not what its last entry in the trail was digested from.

    Content that is not there any more is an alteration unless the trail says that the report was erased; so is
    content the trail never had, and any of a report that was erased. The trail itself is `audit.verify`'s
    matter, and comes first: this takes its word.
    """
    query = select(reports.c.reference, *_OF_REPORT, *_EMPTIED).execution_options(yield_per=100)
    for row in connection.execute(query):
        evidence = select(jobs.c.id, *_EVIDENCE).where(jobs.c.reference == row.reference)
        held = [job._asdict() for job in connection.execute(evidence)]
        recorded, erased = _recorded(connection, row.reference)
        found = [*_unrecorded(digest_key, row._asdict(), held, recorded)]
        if erased:
            emptied = [*EMPTIED, *sorted(EVIDENCE)]
            left = {name for each in (row._asdict(), *held) for name in each if each[name] is not None}
            found += [(row.reference, name) for name in emptied if name in left]
        yield from dict.fromkeys(found)


def _unrecorded(
    digest_key: bytes, report: Mapping[str, Any], held: Sequence[Mapping[str, Any]], recorded: _Recorded
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
    digest_key: bytes, reference: str, held: Mapping[str, Any], recorded: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What is not as recorded. A value that is not there is as good as one that never was."""
    content = {name: value for name, value in held.items() if name in CONTENT}
    for name, digest in content_digests(digest_key, reference, content).items():
        if recorded.get(name) != digest and (content[name] is not None or name in recorded):
            yield reference, name


def _recorded(connection: Connection, reference: str) -> tuple[_Recorded, bool]:
    """What the trail says of a report's content, since it was erased where it was; and whether it was."""
    recorded: _Recorded = {}
    erased = False
    for action, job, digests in _digests(connection, reference):
        if action == ERASED:
            recorded.clear()
            erased = True
        of_report = {name: digest for name, digest in digests.items() if name not in EVIDENCE}
        recorded.setdefault(None, {}).update(of_report if job is not None else digests)
        recorded.setdefault(job, {}).update(digests)
    return recorded, erased


def digests_recorded(connection: Connection, reference: str) -> Iterator[dict[str, Any]]:
    """What each entry of a report says of content and files, in order: name -> keyed digest, or list of them."""
    return (digests for _, _, digests in _digests(connection, reference))


def _digests(connection: Connection, reference: str) -> Iterator[tuple[str, int | None, dict[str, Any]]]:
    """The same with what was done, and the job that an entry is about."""
    query = select(entries.c.action, entries.c.details).where(entries.c.subject == reference)
    for action, details in connection.execute(query.order_by(entries.c.seq)):
        said = parsed(details)
        found, job = said.get("digests", {}), said.get("job")
        recorded = found if isinstance(found, dict) else {}
        yield action, job if isinstance(job, int) else None, recorded
