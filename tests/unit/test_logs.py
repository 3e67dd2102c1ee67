"""Logs: what may be said is said, in JSON or for people, and nothing else ever is (P8)."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.monitoring.logs import ALLOWED, WITHHELD, configure, redact
from orchestrator.states import State
from rpa.errors import Cause, ReportError, TargetChanged

SECRET = "EXAMPLE-07700900123"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging as it was, after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    """Logs in JSON, caught."""
    stream = io.StringIO()
    configure(stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The events logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_is_on_the_list_is_said(stream: io.StringIO) -> None:
    """An event with its reference, state and numbers is one JSON object with time, level and logger."""
    structlog.get_logger("orchestrator.jobs.worker").info(
        "report keyed", reference="CR-1", state=State.REVIEW, seconds=1.5, new=True
    )
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "report keyed",
        "level": "info",
        "logger": "orchestrator.jobs.worker",
        "reference": "CR-1",
        "state": "review",
        "seconds": 1.5,
        "new": True,
    }


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.lists(st.text())))
def test_what_is_not_on_the_list_is_withheld(values: dict[str, object]) -> None:
    """Whatever else is handed to a log, its value does not come out of it."""
    told = redact(None, "info", dict(values))
    for key, value in told.items():
        if key not in ALLOWED:
            assert value == WITHHELD


@pytest.mark.parametrize("value", [{"surname": SECRET}, [SECRET], SECRET.encode(), object(), (SECRET,)])
def test_only_plain_values_are_said(stream: io.StringIO, value: object) -> None:
    """Under an allowed key a structure could carry anything: it is withheld too."""
    structlog.get_logger("rpa").info("x", reference=value)
    assert lines(stream)[0]["reference"] == WITHHELD
    assert SECRET not in stream.getvalue()


def test_a_long_value_is_cut(stream: io.StringIO) -> None:
    """A value too long to be a code or a name is not said in full."""
    structlog.get_logger("rpa").info("x", control="y" * 5000)
    assert len(lines(stream)[0]["control"]) < 400


def test_an_error_is_told_without_its_message(stream: io.StringIO) -> None:
    """A foreign error's message may repeat an answer: kind and place are told, message and variables are not."""

    def fail(answer: str) -> None:
        raise ValueError(f"no such value: {answer}")

    try:
        fail(SECRET)
    except ValueError as error:
        structlog.get_logger("rpa").exception("keying failed", error=error)
    (line,) = lines(stream)
    assert SECRET not in stream.getvalue()
    assert line["error"] == "ValueError"
    kind, *frames = line["exception"].splitlines()
    assert kind == "ValueError"
    assert "test_logs.py:" in frames[-1]
    assert frames[-1].endswith("in fail")


def test_our_errors_say_what_they_say(stream: io.StringIO) -> None:
    """Our own errors name places and rules, never answers: they are told in full, and so is what caused them."""
    try:
        try:
            {}[SECRET]
        except KeyError as cause:
            raise TargetChanged("Person reporting", "Surname", "not on the page", Cause.GONE) from cause
    except TargetChanged:
        structlog.get_logger("rpa").exception("keying failed")
    told = lines(stream)[0]["exception"]
    assert told.startswith("TargetChanged: Person reporting / Surname: not on the page\n")
    assert "caused by\nKeyError\n" in told
    assert SECRET not in told


def test_errors_in_a_group_are_all_told(stream: io.StringIO) -> None:
    """Each of several robots' errors is told by its kind."""
    group = ExceptionGroup(SECRET, [ReportError("refused"), ValueError(SECRET)])
    structlog.get_logger("rpa").error("robots failed", exc_info=group)
    told = lines(stream)[0]["exception"]
    assert "ReportError: refused" in told
    assert "ValueError" in told
    assert SECRET not in told


def test_a_file_error_does_not_name_the_file(stream: io.StringIO) -> None:
    """A file may be named after a person."""
    error = FileNotFoundError(2, "No such file or directory", f"{SECRET}.json")
    structlog.get_logger("rpa").warning("x", error=error)
    assert lines(stream)[0]["error"] == "No such file or directory"


def test_libraries_log_the_same_way_without_their_values(stream: io.StringIO) -> None:
    """What a library logs comes out as its sentence, before any value is put in."""
    logging.getLogger("uvicorn.error").warning("Invalid request from %s", SECRET)
    logging.getLogger("sqlalchemy.engine.Engine").warning("[raw sql] %r", (SECRET,))
    assert [line["event"] for line in lines(stream)] == ["Invalid request from %s", "[raw sql] %r"]
    assert SECRET not in stream.getvalue()


def test_a_librarys_error_is_told_without_its_message(stream: io.StringIO) -> None:
    """An exception logged by a library is told like one of our own."""
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("apscheduler.executors.default").exception('Job "%s" raised an exception', "x")
    (line,) = lines(stream)
    assert line["exception"].splitlines()[0] == "ValueError"
    assert SECRET not in stream.getvalue()


def test_an_error_that_nobody_waited_for_is_told_without_its_message(stream: io.StringIO) -> None:
    """The event loop puts whatever an error says into its own sentence: only the first line of that is shown."""

    async def fail() -> None:
        raise ValueError(SECRET)

    async def forget() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(forget())
    assert SECRET not in stream.getvalue()
    (line,) = lines(stream)
    assert line["event"] == "Task exception was never retrieved"
    assert line["exception"].startswith("ValueError")


def test_a_logger_we_do_not_know_is_withheld(stream: io.StringIO) -> None:
    """A library we never looked at may put anything into its sentences."""
    logging.getLogger("somebody.elses").error(f"cannot read {SECRET}")
    logging.getLogger("somebody.elses").error("x", extra={"reference": SECRET})
    assert [line["event"] for line in lines(stream)] == [WITHHELD, WITHHELD]
    assert SECRET not in stream.getvalue()


def test_a_bound_context_is_redacted_too(stream: io.StringIO) -> None:
    """What is bound once and said with every event goes through the same list."""
    with structlog.contextvars.bound_contextvars(robot="robot1", password=SECRET):
        structlog.get_logger("rpa").info("signed in")
    (line,) = lines(stream)
    assert (line["robot"], line["password"]) == ("robot1", WITHHELD)


def test_a_terminal_gets_lines_for_people() -> None:
    """On a terminal the same events are for people; elsewhere, or when asked for, JSON."""
    terminal = Terminal()
    configure(stream=terminal)
    structlog.get_logger("rpa").info("report keyed", reference="CR-1", surname=SECRET)
    said = terminal.getvalue()
    assert "report keyed" in said
    assert "CR-1" in said
    assert SECRET not in said
    asked = Terminal()
    configure(stream=asked, json=True)
    structlog.get_logger("rpa").info("report keyed")
    assert lines(asked)[0]["event"] == "report keyed"


def test_a_level_is_kept(stream: io.StringIO) -> None:
    """What is below the level is not said; the small talk of libraries never is."""
    structlog.get_logger("rpa").debug("x")
    logging.getLogger("apscheduler.scheduler").info("Added job")
    logging.getLogger("apscheduler.scheduler").warning("Execution of job %s skipped", "x")
    assert lines(stream) == []
