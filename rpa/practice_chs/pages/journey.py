"""The record journey: screens in order, review, save."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpa.practice_chs.connection import NeverAnswered, NoAnswer, UntidyReply
from rpa.practice_chs.faults import FaultName
from rpa.practice_chs.forms import Filled, MalformedFormError, read_form
from rpa.practice_chs.habits import page_habits, posted_back, review_differently
from rpa.practice_chs.ledger import Ledger, NewPerson
from rpa.practice_chs.record import Part, make_parts
from rpa.practice_chs.register import NEW_PERSON, described_address, seeded_people
from rpa.practice_chs.rules import Problem, Value, problems
from rpa.practice_chs.screens import Screen, roles
from rpa.practice_chs.sessions import Draft, Session
from rpa.practice_chs.site import (
    SavedTemplate,
    Site,
    posted_form,
    redirect,
    render,
    signed_in,
    site_of,
    to_sign_in,
)

NOT_FROM_RECORD = "This page can only be reached from the record"
TEMPLATES_AT_MOST = 10


class Visit(NamedTuple):
    """One request inside the journey."""

    request: Request
    session: Session
    site: Site
    screen: Screen


def _visit(request: Request, session: Session) -> Visit:
    site = site_of(request)
    screen = site.screen(request.path_params["slug"])
    if screen is None:
        raise HTTPException(404)
    return Visit(request, session, site, screen)


async def _meet_faults(visit: Visit) -> Response | None:
    """Let the queued faults of journey pages happen; the answer to give instead, if any.

    Raises:
        HTTPException: 500, when that is the fault.

    """
    faults, account = visit.site.faults, visit.session.account
    if slow := faults.fire(FaultName.SLOW_PAGE, account, visit.screen):
        await asyncio.sleep(slow.seconds)
    if faults.fire(FaultName.HANG, account, visit.screen, "request"):
        return NeverAnswered()
    if faults.fire(FaultName.SESSION_EXPIRED, account, visit.screen):
        return _signed_out(visit)
    if faults.fire(FaultName.SERVER_ERROR, account, visit.screen):
        raise HTTPException(500)
    return None


def _signed_out(visit: Visit) -> Response:
    visit.site.sessions.close(visit.session.key)
    return to_sign_in(visit.request)


def _opened_draft(visit: Visit) -> Draft:
    """The draft a page is opened for; the first screen, come to by its address, starts one.

    Raises:
        HTTPException: 409, for any other screen not reached from the record.

    """
    ticket = visit.request.query_params.get("k")
    draft = visit.session.draft_of(ticket) if ticket is not None else None
    if draft is None and ticket is None and visit.screen is visit.site.screens[0]:
        draft = visit.session.new_draft()
        _fill_from_template(visit, draft)
    return _of_screen(visit, draft)


def _of_screen(visit: Visit, draft: Draft | None) -> Draft:
    """The draft, if there is one and it has the screen.

    Raises:
        HTTPException: 409, when it has not.

    """
    if draft is None or visit.screen not in visit.site.screens_of(draft):
        raise HTTPException(409, NOT_FROM_RECORD)
    return draft


def _fill_from_template(visit: Visit, draft: Draft) -> None:
    number = visit.request.query_params.get("template", "")
    templates = visit.site.templates.get(visit.session.account, [])
    if number.isascii() and number.isdigit() and int(number[:4]) < len(templates):
        template = templates[int(number[:4])]
        draft.values.update(template.values)
        draft.rows.update({name: list(rows) for name, rows in template.rows.items()})


def _show(visit: Visit, draft: Draft, filled: Filled | None, found: Sequence[Problem]) -> Response:
    """The screen with what the draft holds, or with what was typed and what is wrong with it."""
    site, account = visit.site, visit.session.account
    screens = site.screens_of(draft)
    place = screens.index(visit.screen)
    is_review = visit.screen is screens[-1]
    if is_review:
        review_differently(site, account, draft.values)
    return render(
        "review.html" if is_review else "screen.html",
        visit.session,
        habits=page_habits(site.faults, account, visit.screen),
        screen=visit.screen,
        screens=screens,
        previous=screens[place - 1] if place else None,
        draft=draft,
        ticket=draft.issue_ticket(),
        values=filled.values if filled else draft.values,
        rows={**draft.rows, **filled.rows} if filled else draft.rows,
        problems=found,
        errors={problem.name: problem.inline for problem in found},
        banner=draft.values.get(roles().source_reference, ""),
        parts=make_parts(screens, draft.values, draft.rows),
    )


@signed_in
async def show_screen(request: Request, session: Session) -> Response:
    """A screen, reached by a link or redirect of its own record."""
    visit = _visit(request, session)
    instead = await _meet_faults(visit)
    return instead or _show(visit, _opened_draft(visit), None, ())


@signed_in
async def post_screen(request: Request, session: Session) -> Response:
    """Take a screen in: on to the next one, or back with what is wrong."""
    visit = _visit(request, session)
    form = await posted_form(request, session)
    instead = await _meet_faults(visit)
    if instead:
        return instead
    draft = _of_screen(visit, posted_draft(session, form))
    screens = visit.site.screens_of(draft)
    if visit.screen is screens[-1]:
        return await _finish(visit, draft, form)
    filled = await _read(visit, form)
    if chosen := form.get("__CHSEVENT"):
        return _show(
            visit,
            draft,
            posted_back(visit.site.faults, session.account, visit.screen, filled, str(chosen)),
            (),
        )
    found = _refused(visit) or problems(visit.screen, filled.values, {**draft.rows, **filled.rows})
    if found:
        return _show(visit, draft, filled, found)
    draft.values.update(filled.values)
    draft.rows.update(filled.rows)
    following = screens[screens.index(visit.screen) + 1]
    return redirect(f"/record/{following.slug}?k={draft.issue_ticket()}")


def posted_draft(session: Session, form: FormData) -> Draft:
    """The draft a form belongs to.

    Raises:
        HTTPException: 409, when the session holds no such draft.

    """
    draft = session.drafts.get(str(form.get("__CHSDRAFT")))
    if draft is None:
        raise HTTPException(409, NOT_FROM_RECORD)
    return draft


async def _read(visit: Visit, form: FormData) -> Filled:
    people = await run_in_threadpool(visit.site.ledger.people)

    def describe(find: str, code: str) -> str:
        if find == "address":
            return described_address(code) or ""
        known = (*seeded_people(), *people)
        return next((person.described for person in known if person.reference == code), "")

    try:
        return read_form(visit.screen, form, describe)
    except MalformedFormError as error:
        raise HTTPException(400) from error


def _refused(visit: Visit) -> list[Problem]:
    """The problem of a queued refusal of one control's value, if there is one for this screen."""
    fault = visit.site.faults.fire(FaultName.REFUSED_VALUE, visit.session.account, visit.screen)
    if fault is None:
        return []
    control = fault.control_on(visit.screen)
    if control is None:
        return []
    message = f"{control.key.replace(' / ', ': ')} was not accepted"
    return [Problem(control.name, control.anchor, message)]


async def _finish(visit: Visit, draft: Draft, form: FormData) -> Response:
    """What the buttons of the review do."""
    match form.get("ctl11_cmd"):
        case "save":
            return await _save(visit, draft)
        case "template":
            templates = visit.site.templates.setdefault(visit.session.account, [])
            templates.append(SavedTemplate(dict(draft.values), dict(draft.rows)))
            del templates[:-TEMPLATES_AT_MOST]
            visit.session.notice = "The template was saved. No record was made."
        case "discard":
            visit.session.drafts.pop(draft.key)
            visit.session.notice = "The record was discarded."
        case _:
            raise HTTPException(400)
    return redirect("/home")


async def _save(visit: Visit, draft: Draft) -> Response:
    """Write the record, or its changes. Deliberately naive, as real systems are: the same draft posted twice is
    two records, or two amendments."""
    ledger, amends = visit.site.ledger, _number(draft)
    if amends:
        await run_in_threadpool(ledger.count_request, amends)
    screens = visit.site.screens_of(draft)
    found = [problem for screen in screens for problem in _review_problems(draft, screen)]
    if found:
        return _show(visit, draft, None, found)
    faults, account = visit.site.faults, visit.session.account
    if faults.fire(FaultName.SAVE_REFUSED_CONNECTION, account, visit.screen):
        return NoAnswer()
    if faults.fire(FaultName.SAVED_TO_SIGN_IN, account, visit.screen):
        return _signed_out(visit)
    if slow := faults.fire(FaultName.SLOW_SAVE, account, visit.screen):
        await asyncio.sleep(slow.seconds)
    parts = make_parts(screens, draft.values, draft.rows)
    if amends:
        person = await run_in_threadpool(_other_person, ledger, amends, draft)
        await run_in_threadpool(ledger.amend, amends, account, parts, draft.content, person=person)
        return await _answer_to_save(visit, f"/record/amended/{draft.amends}")
    delay = faults.fire(FaultName.INDEX_DELAY, account, visit.screen)
    reference = await run_in_threadpool(
        _commit, ledger, draft, account, parts, delay.seconds if delay else 0.0
    )
    return await _answer_to_save(visit, f"/record/saved/{reference}")


def _number(draft: Draft) -> int:
    """The number of the record that a draft amends; 0 for a new one."""
    return int(draft.amends.rpartition("-")[2] or 0)


def _other_person(ledger: Ledger, number: int, draft: Draft) -> NewPerson | None:
    """The person to add to the register, when the record did not say so before."""
    name, before = roles().person_record, ledger.filled(number) or {"values": {}}
    return None if before["values"].get(name) == draft.values.get(name) else _new_person(draft.values)


async def _answer_to_save(visit: Visit, path: str) -> Response:
    """The way on from a record that is saved, as the queued faults have it."""
    faults, account = visit.site.faults, visit.session.account
    if late := faults.fire(FaultName.LATE_RESPONSE, account, visit.screen):
        await asyncio.sleep(late.seconds)
    if faults.fire(FaultName.REPLY_LOST, account, visit.screen):
        return NoAnswer()
    if untidy := faults.fire(FaultName.UNTIDY_REPLY, account, visit.screen):
        return UntidyReply(path, untidy.variant)
    return redirect(path)


def _review_problems(draft: Draft, screen: Screen) -> list[Problem]:
    """What is wrong with one screen of the draft, each linked to that screen."""
    return [
        Problem(problem.name, f"review_{screen.slug}", f"{screen.title}: {problem.message}")
        for problem in problems(screen, draft.values, draft.rows)
    ]


def _commit(ledger: Ledger, draft: Draft, account: str, parts: Sequence[Part], hidden_for: float) -> str:
    source_reference = str(draft.values.get(roles().source_reference, ""))
    person = _new_person(draft.values)
    return ledger.save(source_reference, account, parts, draft.content, person=person, hidden_for=hidden_for)


def _new_person(values: dict[str, Value]) -> NewPerson | None:
    """The person to add to the register, when the record says that the person reporting is new."""
    names = roles()
    if values.get(names.person_record) != NEW_PERSON:
        return None

    def text(name: str) -> str:
        return str(values.get(name, ""))

    return NewPerson(
        surname=text(names.surname).upper(),
        forename=text(names.forename),
        date_of_birth=text(names.date_of_birth),
        address=", ".join(filter(None, map(text, names.address))),
    )


ROUTES = [
    Route("/record/{slug}", show_screen, methods=["GET"]),
    Route("/record/{slug}", post_screen, methods=["POST"]),
]
