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
from rpa.documents.json_document import is_json
from rpa.documents.kinds import OLE, Kind, kind_of
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
PARTS_MISSING = (
    "The report came in several messages, and not all of them arrived. Ask the sender for the others."
)
COVERING = "The message says more than that a report is attached. Open the message to read it."
COVERING_WORDS = 25
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


def may_be_copy(media: Media) -> bool:
    """Whether a file may be a copy of the report that it came with, such as its PDF."""
    if media.content.startswith(OLE):
        return False  # whose kind only its insides tell, and no document that is read is one
    return len(media.content) <= MOST_OF_COPY and kind_of(media.content, media.name) in WRITTEN


def unpack(arrived: Sequence[Submission], forms: Mapping[str, Form]) -> Contents:
    """The submissions in what arrived: one thing, or all messages of a series.

    Bytes that cannot be read are a submission too, with one problem.
    """
    first = arrived[0]
    if is_json(first.content) or not is_message(first.content, first.name):
        return Contents((_with_files(Unpacked(first, read(first, forms)), forms),))
    try:
        messages = _opened([each.content for each in arrived])
    except Unreadable as error:
        return Contents(tuple(Unpacked(each, unreadable(each, str(error))) for each in arrived))
    found = _Opened(arrived, messages, forms).submissions()
    series = messages[0].series if len(arrived) == 1 else None
    missing = (PARTS_MISSING,) if series or len(messages) < max(_of(each) for each in messages) else ()
    told = (*missing, *dict.fromkeys(said for each in messages for said in each.unopened))
    return Contents(tuple(_told(each, told) for each in found), series)


def _opened(contents: Sequence[bytes]) -> list[Message]:
    """The messages; the one that they are the fragments of, where none is missing. Raises `Unreadable`."""
    messages = [read_message(each) for each in contents]
    numbers = [each.series.number if each.series else 0 for each in messages]
    whole = numbers == list(range(1, len(contents) + 1)) and len(contents) == max(map(_of, messages))
    return [read_message(each) for each in joined(contents)] if whole and len(contents) > 1 else messages


def _of(message: Message) -> int:
    return message.series.of if message.series else 0


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
        """Those attached, and bodies, that a form recognises or that have an id of their own, each once. Else what
        is most likely meant as a report, for a person; else the message."""
        files = self._files()
        read_as = {file: report for file in files if (report := self._report(file))}
        known = {file: read_as[file] for file in sorted(read_as, key=_certainty) if _is_known(read_as[file])}
        bodies = [body for body in self._bodies() if (report := self._report(body)) and _is_known(report)]
        known |= {body: report for body in bodies if (report := self._report(body))}
        if known:
            return self._each(files, known, covered=not bodies)
        if read_as:
            return self._each(files, read_as, covered=True)
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
        """The bodies, the richest first: the last of alternatives is. All are UTF-8, whatever a page says. Where
        several messages are one report, their texts together are one too."""
        stem = PurePath(self.arrived[0].name).stem
        if len(self.messages) > 1:
            texts = [self._text(message) for message in self.messages]
            yield Media(f"{stem}.txt", BOM_UTF8 + b"\n".join(texts))
        for message in self.messages if len(self.messages) == 1 else ():
            for number, part in enumerate(reversed(message.bodies)):
                ending = ".html" if part.media_type == "text/html" else ".txt"
                yield Media(f"{stem}{f'-{number}' if number else ''}{ending}", BOM_UTF8 + part.content)

    def _text(self, message: Message) -> bytes:
        return b"\n".join(part.content for part in message.bodies if part.media_type == "text/plain")

    def _each(
        self, files: Sequence[Media], known: Mapping[Media, Report], *, covered: bool
    ) -> list[Unpacked]:
        """Each report once, with its copies and the files that came with it. Where there are several reports, a
        file is with the one in whose message it was, or with the only one that names it. `covered`: the bodies
        are no reports."""
        chosen: dict[Media, list[Media]] = {}
        said: list[str] = []
        for file, report in known.items():
            copies = {each: _is_copy(report, known[each]) for each in chosen}
            of = next((each for each in chosen if copies[each]), None)
            if of is None and None in copies.values():
                of = next(each for each in chosen if copies[each] is None)
                said.append(ANOTHER)
            chosen.setdefault(of or file, []).extend([file] if of else [])
        others = [each for each in files if each not in known and not is_json(each.content)]
        said += [ANOTHER] if len(others) + len(set(files) & known.keys()) < len(files) else []
        shared = self._shared(others, {file: known[file] for file in chosen})
        stray = [each for each in others if not any(each in some for some in shared.values())]
        said += [WHOSE.format(count=len(stray))] if stray else []
        said += [COVERING] if covered and self._says_more() else []
        found = (self._submission(file, shared[file], copies) for file, copies in chosen.items())
        return [_told(each, dict.fromkeys(said)) for each in found]

    def _shared(self, files: Sequence[Media], chosen: Mapping[Media, Report]) -> dict[Media, list[Media]]:
        if len(chosen) == 1:
            return {file: list(files) for file in chosen}
        places = {
            part.content: part.path.rpartition(".")[0] for each in self.messages for part in each.attachments
        }
        within = {file: [at for at in chosen if _same_place(places, file, at)] for file in files}
        named = {file: [at for at in chosen if file in _named_in(chosen[at], files)] for file in files}
        theirs = {file: within[file] if len(within[file]) == 1 else named[file] for file in files}
        return {at: [file for file in files if theirs[file] == [at]] for at in chosen}

    def _says_more(self) -> bool:
        """Whether a body has more to say than that a report is attached."""
        texts = (part for each in self.messages for part in each.bodies if part.media_type == "text/plain")
        return any(len(part.content.split()) > COVERING_WORDS for part in texts)

    def _submission(self, file: Media, media: Iterable[Media], copies: Iterable[Media] = ()) -> Unpacked:
        source = self.arrived[0].source
        messages = tuple(Media(each.name, each.content) for each in self.arrived)
        submission = Submission(file.content, source, file.name, tuple(media), tuple(copies), messages)
        return _with_files(Unpacked(submission, read(submission, self.forms)), self.forms)


def _is_known(report: Report) -> bool:
    return bool(report.form or report.submission_id)


def _same_place(places: Mapping[bytes, str], file: Media, report: Media) -> bool:
    """Whether a file was in the same message as a report, and that is one within another."""
    where = places.get(report.content)
    return bool(where) and places.get(file.content) == where


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
