"""Answers in the target's words: the value that one control is to hold, if it can hold all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from rpa.plan import Value
from rpa.planning.mapping import LoadedMapping, Source
from rpa.planning.narrative import measure
from rpa.report import Answer
from rpa.targets.profile import CHOICES, MANY, Control, Kind, Profile


class NotKeyed(Exception):  # noqa: N818 - a decision, not an error
    """Why a value is not keyed: a sentence for the disposition."""


def worded(
    loaded: LoadedMapping, profile: Profile, source: Source, control: Control, answers: Sequence[Answer]
) -> Value:
    """The value that `answers` make for `control`. Raises `NotKeyed` if they make none, or one that is too
    long."""
    return _fit(profile, control, _read(loaded, profile, source, control, answers))


def _read(
    loaded: LoadedMapping, profile: Profile, source: Source, control: Control, answers: Sequence[Answer]
) -> Value:
    if control.kind is Kind.CHECKBOX:
        if len(answers) == 1 and isinstance(answers[0].value, bool):
            return answers[0].value
        raise NotKeyed("not a yes or no")
    if source.as_ == "datetime":
        return _moment(profile, answers)
    texts = [_text(loaded, profile, source, answer) for answer in answers]
    if control.kind in MANY:
        return tuple(dict.fromkeys(texts))
    separator = "\n" if source.as_ == "questions" else source.join
    return separator.join(texts)


def _text(loaded: LoadedMapping, profile: Profile, source: Source, answer: Answer) -> str:
    table = loaded.table(source)
    if table is not None:
        code = str(answer.value)
        if code in table.abstain:
            raise NotKeyed(table.abstain[code])
        if code not in table.option and not table.own_text:
            raise NotKeyed("the code list has no option for it")
        return table.option.get(code, answer.text)
    if source.as_ == "questions":
        return f"{answer.question}: {answer.text}"
    if source.as_ == "text":
        return answer.text
    return _clock(profile, source.as_, answer)


def _moment(profile: Profile, answers: Sequence[Answer]) -> str:
    """The ISO day and HH:MM of one instant, or of a date and a time that were asked separately."""
    if len(answers) == 1 and "T" in str(answers[0].value):
        return f"{_clock(profile, 'date', answers[0])}T{_clock(profile, 'time', answers[0])}"
    days = [answer for answer in answers if "-" in str(answer.value) and "T" not in str(answer.value)]
    times = [answer for answer in answers if ":" in str(answer.value) and "T" not in str(answer.value)]
    if len(answers) != 2 or not days or not times:
        raise NotKeyed("not a date and a time")
    return f"{_clock(profile, 'date', days[0])}T{_clock(profile, 'time', times[0])}"


def _clock(profile: Profile, wanted: str, answer: Answer) -> str:
    """The ISO date or HH:MM of a date, time or instant, in the target's time zone."""
    text = str(answer.value)
    try:
        if wanted == "time" and "T" not in text:
            return datetime.strptime(text[:5], "%H:%M").replace(tzinfo=UTC).strftime("%H:%M")
        if "T" not in text:
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotKeyed(f"not a {wanted}") from error
    local = instant.astimezone(profile.zone) if instant.tzinfo else instant
    return local.date().isoformat() if wanted == "date" else local.strftime("%H:%M")


def _fit(profile: Profile, control: Control, value: Value) -> Value:
    """`value`, if the control can hold all of it. Raises `NotKeyed` otherwise."""
    if isinstance(value, str):
        if control.kind is Kind.TEXT and "\n" in value:
            raise NotKeyed("its control takes one line")
        if control.max is not None and measure(value) > control.max:
            raise NotKeyed(f"its control takes {control.max} characters")
    offered = profile.options(control) if control.kind in CHOICES else None
    if offered is not None:
        chosen = value if isinstance(value, tuple) else (value,)
        if any(each not in offered for each in chosen):
            raise NotKeyed("the target offers no such option")
    return value
