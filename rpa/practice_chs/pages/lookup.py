"""Data that the pages' scripts fetch: people, addresses, countries, opening codes.

What is searched for travels in a posted body, never in an address.
"""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rpa.practice_chs.register import SHOWN_AT_MOST, matching_addresses, matching_people, seeded_people
from rpa.practice_chs.rules import tidy_date
from rpa.practice_chs.screens import opening_codes, read_list, standard_screens
from rpa.practice_chs.sessions import Session
from rpa.practice_chs.site import check_token, signed_in_data, site_of


def _refusal(words: str) -> Response:
    return JSONResponse({"error": words}, status_code=400)


async def _asked(request: Request, session: Session) -> dict[str, str]:
    """The JSON object of texts that a script posts; anything else reads as nothing asked."""
    check_token(session, request.headers.get("x-chs-token"))
    try:
        raw: Any = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raw = {}
    asked = raw if isinstance(raw, dict) else {}
    return {key: value.strip() for key, value in asked.items() if isinstance(value, str)}


@signed_in_data
async def people(request: Request, session: Session) -> Response:
    """People by surname, forename and date of birth, any of which may be left out but not all."""
    asked = await _asked(request, session)
    surname, forename = asked.get("surname", ""), asked.get("forename", "")
    typed = asked.get("date_of_birth", "")
    born = tidy_date(typed) or ""
    if typed and not born:
        return _refusal("Date of birth must be a real date")
    if not (surname or forename or born):
        return _refusal("Give a surname, a forename or a date of birth")
    created = await run_in_threadpool(site_of(request).ledger.people)
    found = matching_people((*seeded_people(), *created), surname, forename, born)
    rows = [
        {
            "code": person.reference,
            "described": person.described,
            "cells": [person.surname, person.forename, person.date_of_birth, person.address],
        }
        for person in found[:SHOWN_AT_MOST]
    ]
    return JSONResponse({"rows": rows, "more": len(found) > SHOWN_AT_MOST})


@signed_in_data
async def addresses(request: Request, session: Session) -> Response:
    """Addresses of one postcode."""
    postcode = (await _asked(request, session)).get("postcode", "")
    if not postcode:
        return _refusal("Give a postcode")
    rows = [
        {
            "code": address.uprn,
            "described": address.described,
            "cells": [address.building, address.street, address.town, address.postcode, address.uprn],
        }
        for address in matching_addresses(postcode)
    ]
    return JSONResponse({"rows": rows, "more": False})


@signed_in_data
async def countries(_: Request, __: Session) -> Response:
    """Every country, for the combobox to filter."""
    return JSONResponse(list(read_list("countries")), headers={"Cache-Control": "private, max-age=3600"})


@signed_in_data
async def codes(request: Request, _: Session) -> Response:
    """The opening codes of the category whose option code is asked for."""
    controls = [control for screen in standard_screens() for control in screen.controls()]
    dependent = next(control for control in controls if control.dependent)
    category = next(control for control in controls if control.name == dependent.dependent)
    asked = request.query_params.get("c", "")
    text = next((option.text for option in category.options if option.code == asked), "")
    return JSONResponse(
        [{"code": option.code, "text": option.text} for option in opening_codes().get(text, ())]
    )


ROUTES = [
    Route("/lookup/people", people, methods=["POST"]),
    Route("/lookup/addresses", addresses, methods=["POST"]),
    Route("/lookup/countries", countries),
    Route("/lookup/opening-codes", codes),
]
