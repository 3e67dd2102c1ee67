"""The store on a real SQLite database: arrivals, moves, switches, drift, and the trail of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from orchestrator.actions import drift
from orchestrator.states import TRANSITIONS, JobKind, JobState, Reason, State, allowed
from orchestrator.store import NotMoved, check, open_engine, upgrade
from orchestrator.store.breakers import ClaimableTargets
from orchestrator.store.claims import next_due
from orchestrator.store.routing import due_at
from orchestrator.store.tables import jobs, metadata, reports
from rpa.errors import DefinitionError
from rpa.report import ProblemKind
from tests import acts
from tests.integration.store_world import START, World, problem, report, submission


def test_what_was_understood_comes_back_whole(world: World) -> None:
    """A report read from the store is the report that was received, to the last note."""
    original = report(problems=problem(ProblemKind.INVALID))
    receipt = acts.receive(world.store, original, submission())
    stored = world.store.report(receipt.reference)
    assert stored is not None
    assert stored.understood() == original
    assert (stored.sha256, stored.source, stored.source_name) == (submission().sha256, "folder", "1.json")
    assert stored.answer_count == 1
    assert world.store.report("CR-NOWHERE") is None


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({}, State.READY, Reason.VALID),
        ({"problems": problem(ProblemKind.INVALID)}, State.ATTENTION, Reason.INVALID),
        (
            {"form": None, "problems": problem(ProblemKind.UNREADABLE)},
            State.ATTENTION,
            Reason.UNREADABLE,
        ),
        ({"problems": problem(ProblemKind.CHANGED)}, State.HELD, Reason.FORM_CHANGED),
        (
            {"problems": problem(ProblemKind.CHANGED) + problem(ProblemKind.INVALID)},
            State.ATTENTION,
            Reason.INVALID,
        ),
        ({"form": None, "problems": problem(ProblemKind.CHANGED)}, State.HELD, Reason.FORM_UNKNOWN),
        ({"form": "rti"}, State.HELD, Reason.FORM_OFF),
    ],
)
def test_a_report_is_sorted(world: World, changes: dict[str, object], state: State, reason: Reason) -> None:
    """A new report goes to the robots, an administrator or an operator, by its problems and its form's switch."""
    receipt = world.receive(**changes)
    assert (receipt.new, receipt.state, receipt.reason) == (True, state, reason)
    assert world.state(receipt.reference) == (state, reason)


def test_the_same_submission_again_is_the_same_report(world: World) -> None:
    """However often a submission is delivered there is one report, and every delivery is on record (P2)."""
    first = world.receive()
    again = world.receive()
    other = acts.receive(world.store, report(), submission(content=b"other key order"))
    renamed = acts.receive(
        world.store, report(identity="x", submission_id=None), replace(submission(), name="2.json")
    )
    assert [first.new, again.new, other.new, renamed.new] == [True, False, False, False]
    assert {receipt.reference for receipt in (first, again, other, renamed)} == {report().reference}
    same = [delivery.same_bytes for delivery in world.store.deliveries(first.reference)]
    assert same == [True, True, False, True]
    assert world.actions()[-5:] == [
        "received",
        "moved",
        "delivered again",
        "delivery differs",
        "delivered again",
    ]
    assert world.store.delivered(submission().sha256, "folder", "1.json")
    assert not world.store.delivered(submission().sha256, "folder", "9.json")


@given(st.text(alphabet=st.characters(codec=None)), st.text(alphabet=st.characters(codec=None)))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_stored(world: World, identity: str, name: str) -> None:
    """Half characters and NUL in an identity or a file name neither stop a report nor make two of it (P1, P2)."""
    odd = f"{identity}\ud800\0"
    content = replace(submission(content=odd.encode(errors="surrogatepass")), name=name)
    first = acts.receive(world.store, report(identity=odd, submission_id=odd, form_title=name), content)
    again = acts.receive(world.store, report(identity=odd, submission_id=odd, form_title=name), content)
    assert (first.reference, again.new) == (again.reference, False)
    assert world.store.delivered(content.sha256, "folder", name)
    assert drift.note_change(world.store, "ocr", "question-new", odd) in (True, False)
    world.assert_trail_holds()


def test_read_again_keeps_its_time_limit(world: World) -> None:
    """A report read again later is due when it was due before: waiting for an administrator costs it nothing."""
    reference = world.receive(submitted_at=None, problems=problem(ProblemKind.CHANGED)).reference
    world.clock.turn(3600)
    acts.reread(world.store, reference, State.HELD, report(submitted_at=None), "admin1")
    stored = world.store.report(reference)
    assert stored is not None
    assert stored.due_at == START + timedelta(hours=1)


def test_the_trail_holds_no_content(world: World) -> None:
    """Nothing the public wrote, no file name and no bare hash of it, stands in the trail (P7, P8)."""
    world.receive()
    world.finish(world.claimed())
    text = "\n".join(str(row) for row in world.store.entries())
    for content in ("EXAMPLE", "1.json", submission().sha256, "surname"):
        assert content not in text
    assert "digests" in text
    world.assert_trail_holds()


def test_content_altered_behind_the_trails_back_is_found(world: World) -> None:
    """Answers or an outcome changed in the database differ from their digests; so does what is emptied there."""
    first, second = world.receive(1).reference, world.receive(2).reference
    world.finish(world.claimed())
    world.receive(3, problems=problem(ProblemKind.CHANGED))
    acts.reread(world.store, report(3).reference, State.HELD, report(3, data={"b": 2}, answers=()), "admin1")
    assert list(world.store.altered()) == []
    with world.engine.begin() as connection:
        connection.execute(
            update(jobs)
            .where(jobs.c.reference == first, jobs.c.kind == JobKind.READ_BACK)
            .values(mismatches=[1])
        )
        connection.execute(update(reports).where(reports.c.reference == second).values(data={"a": 1}))
        connection.execute(update(jobs).where(jobs.c.kind == JobKind.KEY).values(plan=None))
        waiting = update(jobs).where(jobs.c.reference == second)
        connection.execute(waiting.values(record={}))
    assert set(world.store.altered()) == {
        (first, "mismatches"),
        (first, "plan"),
        (second, "data"),
        (second, "record"),
    }


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A database that is not there, or is none, is a wrong setting with a remedy, not a trace."""
    path = tmp_path / "rpa.db"
    path.write_bytes(b"this is no database" * 1000)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(DefinitionError, match="cannot be opened"):
        check(engine)
    engine.dispose()


def test_due_is_counted_from_submission(world: World) -> None:
    """A report is due its time limit after submission, or after arrival when that came first or is not known."""
    assert due_at(report(submitted_at=START - timedelta(minutes=30)), START) == START + timedelta(minutes=30)
    assert due_at(report(submitted_at=None), START) == START + timedelta(hours=1)
    assert due_at(report(submitted_at=START + timedelta(days=9)), START) == START + timedelta(hours=1)
    for days in (
        8,
        300_000,
    ):  # what says that it is from the year 1 is ahead of others for a week, not for ever
        old = report(submitted_at=START - timedelta(days=days))
        assert due_at(old, START) == START - timedelta(days=7) + timedelta(hours=1)


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=14)))) | st.datetimes())
def test_any_time_of_submission_can_be_due(moment: datetime) -> None:
    """Whatever time the form carries, the due time can be worked out and is never after the limit."""
    assert due_at(report(submitted_at=moment), START) <= START + timedelta(hours=1)


def test_only_the_tables_transitions_are_made(world: World) -> None:
    """A move outside the table is refused before the database is touched."""
    reference = world.receive().reference
    before = world.actions()
    for frm in State:
        for to in State:
            if not allowed(frm, to):
                with pytest.raises(ValueError, match="does not go"):
                    acts.move(world.store, reference, frm, to, actor="x", reason=Reason.VALID)
    assert world.actions() == before


@pytest.mark.parametrize("frm", [frm for frm in State if frm is not State.READY])
def test_a_report_moves_only_from_where_it_is(world: World, frm: State) -> None:
    """A move from a state the report is not in changes nothing and writes nothing."""
    reference = world.receive().reference
    before = world.actions()
    for to in State:
        if (frm, to) in TRANSITIONS:
            with pytest.raises(NotMoved):
                acts.move(world.store, reference, frm, to, actor="x", reason=Reason.VALID)
    assert world.state(reference) == (State.READY, Reason.VALID)
    assert world.actions() == before


def test_a_move_writes_only_what_moves_may_write(world: World) -> None:
    """A column that belongs to the store itself cannot be written with a move."""
    world.receive()
    claim = world.claimed()
    with pytest.raises(ValueError, match="claim_token"):
        acts.move(
            world.store,
            claim.reference,
            State.KEYING,
            State.READY,
            actor="x",
            reason=Reason.STOPPED,
            claim_token=99,  # type: ignore[call-arg]
        )


def test_an_unknown_report_is_not_moved(world: World) -> None:
    """A move of a report that is not there says so."""
    with pytest.raises(NotMoved, match="no such report"):
        acts.move(world.store, "CR-X", State.READY, State.HELD, actor="x", reason=Reason.FORM_OFF)


def test_a_report_goes_all_the_way(world: World) -> None:
    """From received to decided, with the times of each step and one entry in the trail for each move."""
    reference = world.receive().reference
    world.clock.turn(10)
    claim = world.claimed()
    world.clock.turn(10)
    world.finish(claim)
    acts.move(world.store, reference, State.REVIEW, State.DECIDED, actor="operator1", reason=Reason.CRIME)
    stored = world.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.attempts) == (State.DECIDED, 1)
    kinds = [(each.kind, each.state, each.lease_until) for each in stored.jobs]
    assert kinds == [(JobKind.KEY, JobState.DONE, None), (JobKind.READ_BACK, JobState.DONE, None)]
    assert stored.pressed_at == stored.keyed_at == stored.verified_at == START + timedelta(seconds=20)
    assert (stored.target, stored.target_reference, stored.robot) == ("chs", "CHS-2026-0000001", "robot1")
    assert stored.plan == {"steps": []}
    assert stored.mismatches == []
    assert world.actions() == ["switched", "switched", "received", *["moved"] * 6]
    world.assert_trail_holds()


def test_claims_walk_their_own_index(world: World) -> None:
    """Finding the next report does not look at those that are done, however many there are."""
    everywhere = ClaimableTargets(frozenset({"chs"}), frozenset({"chs"}))
    query = next_due(START, everywhere).compile(world.engine, compile_kwargs={"render_postcompile": True})
    with world.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query}", tuple(query.params[name] for name in query.positiontup)
        ).all()
    steps = [row[-1] for row in plan]
    assert "SCAN jobs USING INDEX ix_jobs_claimable" in steps
    assert not any("TEMP B-TREE" in step for step in steps)


def test_the_migrations_make_the_tables(world: World) -> None:
    """The migrations, run one after the other, give exactly the tables the program works with."""
    with world.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert upgrade(world.engine) == "0013"


@pytest.mark.parametrize(("revision", "remedy"), [(None, "rpa db upgrade"), ("9999", "a later one")])
def test_a_database_of_another_shape_is_refused(world: World, revision: str | None, remedy: str) -> None:
    """A store whose tables are behind, or ahead, is not opened, and the message says what to do."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    with pytest.raises(DefinitionError, match=remedy):
        check(world.engine)


def test_durable_before_it_is_acknowledged(world: World) -> None:
    """SQLite writes ahead and waits for the disk at every commit (P1)."""
    with world.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_times_are_kept_in_utc(world: World) -> None:
    """A time with any offset comes back as the same instant in UTC; one without is refused."""
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    receipt = world.receive(submitted_at=summer)
    stored = world.store.report(receipt.reference)
    assert stored is not None
    assert stored.submitted_at == summer
    assert stored.submitted_at is not None
    assert stored.submitted_at.tzinfo is UTC
    world.clock.now = datetime(2026, 1, 5)  # noqa: DTZ001 - the point of the test
    with pytest.raises(Exception, match="offset"):
        world.receive(2)


def test_a_second_engine_finds_what_the_first_left(world: World) -> None:
    """Everything is in the file: another opening of it goes on where the first stopped."""
    world.receive()
    engine = open_engine(world.url)
    check(engine)
    again = World(world.folder, world.clock)
    claim = again.claimed()
    assert claim.kind is JobKind.KEY
    engine.dispose()
    again.engine.dispose()
