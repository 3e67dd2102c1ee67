"""Unpacking: what arrived -> the submissions in it, each with its report.

Most arrivals are one submission. A message holds those that are attached to it, or one that is its body; a
document may hold files. What holds no report at all is itself a report that a person looks at: nothing is
lost (P1).
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from rpa.documents.formats import WRITTEN
from rpa.documents.kinds import Kind, kind_of
from rpa.documents.links import Link
from rpa.documents.mail.fragments import joined
from rpa.documents.mail.message import Message, Series, is_message
from rpa.documents.mail.message import read as read_message
from rpa.documents.size import Unreadable
from rpa.forms import Form, unreadable
from rpa.reading import files_within, links_within, read, read_if_report
from rpa.report import Media, Problem, ProblemKind, Report, Submission

MOST_OF_COPY = 20 * 1024 * 1024  # bytes
LEAST_IN_COMMON = 5  # answers that two copies of one report must both have
SAME_SHARE = 0.8  # of these, at least so many are the same: those of two reports differ in most
ANOTHER = "The message has a document that may be another report. Open the message to see whether it is."
WHOSE = (
    "The message had several reports, and {count} files that none of them names. See in it whose they are."
)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A submission, and the report in it. `links`: to files that it names by their address."""

    submission: Submission
    report: Report
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """All that is in what arrived, and which part of a series it says that it is."""

    unpacked: tuple[Unpacked, ...]
    series: Series | None = None


def is_json(content: bytes) -> bool:
    """Whether it is read as JSON, as far as its first character tells."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def may_be_copy(media: Media) -> bool:
    """Whether a file may be a copy of the report that it came with, such as its PDF."""
    return len(media.content) <= MOST_OF_COPY and kind_of(media.content, media.name) in WRITTEN


def unpack(arrived: Sequence[Submission], forms: Mapping[str, Form]) -> Contents:
    """The submissions in what arrived: one thing, or all messages of a series.

    Bytes that cannot be read are a submission too, with one problem.
    """
    first = arrived[0]
    if not is_message(first.content, first.name):
        return Contents((_with_files(Unpacked(first, read(first, forms)), forms),))
    try:
        contents = [each.content for each in arrived]
        messages = [read_message(each) for each in (joined(contents) if len(arrived) > 1 else contents)]
    except Unreadable as error:
        return Contents(tuple(Unpacked(each, unreadable(each, str(error))) for each in arrived))
    found = _Opened(arrived, messages, forms).submissions()
    told = tuple(dict.fromkeys(said for each in messages for said in each.unopened))
    return Contents(
        tuple(_told(each, told) for each in found), messages[0].series if len(arrived) == 1 else None
    )


def _with_files(found: Unpacked, forms: Mapping[str, Form]) -> Unpacked:
    """With the files in the document itself, and those beside it told apart: copies, and what was attached."""
    submission = found.submission
    found = replace(found, links=links_within(submission))
    seen = {each.sha256 for each in submission.media}
    within = tuple(each for each in files_within(submission) if each.sha256 not in seen)
    beside = [
        (file, _as_report(file, submission.source, forms)) for file in submission.media if may_be_copy(file)
    ]
    copies = tuple(file for file, report in beside if report and _is_copy(report, found.report))
    if not (within or copies):
        return found
    media = tuple(each for each in submission.media if each not in copies)
    submission = replace(submission, media=(*media, *within), copies=(*submission.copies, *copies))
    return replace(found, submission=submission, report=read(submission, forms) if copies else found.report)


def _is_copy(report: Report, of: Report) -> bool | None:
    """Whether two reports are of one submission: by their ids, or else by what both say. None: nobody can tell, as
    they say too little of the same."""
    if report.submission_id and of.submission_id:
        return report.identity == of.identity
    if report.form != of.form:
        return False
    said = {answer.pointer: answer.value for answer in of.answers if answer.known}
    both = [answer.value == said[answer.pointer] for answer in report.answers if answer.pointer in said]
    return sum(both) >= SAME_SHARE * len(both) if len(both) >= LEAST_IN_COMMON else None


def _as_report(file: Media, source: str, forms: Mapping[str, Form]) -> Report | None:
    return read_if_report(Submission(file.content, source, file.name), forms)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The messages that arrived, opened."""

    arrived: Sequence[Submission]
    messages: Sequence[Message]
    forms: Mapping[str, Form]

    def submissions(self) -> list[Unpacked]:
        """Those attached that a form recognises, or that have an id of their own, each once. Else a body that is
        one; else what is most likely meant as a report, for a person; else the message."""
        files = self._files()
        read_as = {file: report for file in files if (report := self._report(file))}
        known = [file for file in read_as if read_as[file].form or read_as[file].submission_id]
        if known:
            return self._each(files, {file: read_as[file] for file in sorted(known, key=_certainty)})
        if body := next(filter(self._is_report, self._bodies()), None):
            return [self._submission(body, files)]
        if read_as:
            return self._each(files, read_as)
        likely = [file for file in files if _is_document(file)]
        if len(likely) == 1:
            return [self._submission(likely[0], [file for file in files if file not in likely])]
        return [Unpacked(each, read(each, self.forms)) for each in self.arrived]

    def _files(self) -> list[Media]:
        """What is attached, each content once."""
        parts = [part for message in self.messages for part in message.attachments]
        by_content = {part.content: Media(part.name, part.content) for part in reversed(parts)}
        return list(dict.fromkeys(by_content[part.content] for part in parts))

    def _report(self, file: Media) -> Report | None:
        return _as_report(file, self.arrived[0].source, self.forms)

    def _bodies(self) -> Iterator[Media]:
        """The bodies, the richest first: the last of alternatives is. All are UTF-8, whatever a page says."""
        stem = PurePath(self.arrived[0].name).stem
        for message in self.messages:
            for part in reversed(message.bodies):
                is_page = part.media_type == "text/html"
                yield Media(f"{stem}{'.html' if is_page else '.txt'}", BOM_UTF8 + part.content)

    def _is_report(self, body: Media) -> bool:
        report = self._report(body)
        return report is not None and report.form is not None

    def _each(self, files: Sequence[Media], known: Mapping[Media, Report]) -> list[Unpacked]:
        """Each report once, with its copies and the files that came with it. Where there are several reports, a
        file is with those that name it."""
        chosen: dict[Media, list[Media]] = {}
        unclear: list[Media] = []
        for file, report in known.items():
            copies = {each: _is_copy(report, known[each]) for each in chosen}
            of = next((each for each in chosen if copies[each]), None)
            if of is None and None in copies.values():
                of = next(each for each in chosen if copies[each] is None)
                unclear.append(file)
            chosen.setdefault(of or file, []).extend([file] if of else [])
        others = [each for each in files if each not in known]
        several = len(chosen) > 1
        named = {file: _named_in(known[file], others) if several else others for file in chosen}
        stray = [each for each in others if not any(each in some for some in named.values())]
        said = [*([WHOSE.format(count=len(stray))] if stray else []), *([ANOTHER] if unclear else [])]
        found = (self._submission(file, named[file], copies) for file, copies in chosen.items())
        return [_told(each, said) for each in found]

    def _submission(self, file: Media, media: Iterable[Media], copies: Iterable[Media] = ()) -> Unpacked:
        source = self.arrived[0].source
        messages = tuple(Media(each.name, each.content) for each in self.arrived)
        submission = Submission(file.content, source, file.name, tuple(media), tuple(copies), messages)
        return _with_files(Unpacked(submission, read(submission, self.forms)), self.forms)


def _certainty(file: Media) -> int:
    """JSON decides; of other formats the first does."""
    return 0 if is_json(file.content) else 1


def _is_document(file: Media) -> bool:
    kind = kind_of(file.content, file.name)
    return kind is Kind.JSON or kind in WRITTEN


def _named_in(report: Report, files: Iterable[Media]) -> list[Media]:
    said = {str(answer.value) for answer in report.answers}
    return [each for each in files if each.name in said]


def _told(found: Unpacked, sentences: Iterable[str]) -> Unpacked:
    """With what a person is to know about the message."""
    problems = (Problem(ProblemKind.MESSAGE, "", "The message", sentence) for sentence in sentences)
    return replace(found, report=replace(found.report, problems=(*found.report.problems, *problems)))
