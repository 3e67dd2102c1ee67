"""The people register and the gazetteer that the look-ups search.

The seeded people and addresses are fictional and are in `lists/`; people created by saved records come from the
ledger. Descriptions are what a look-up shows once something is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .screens import HERE

NEW_PERSON = "New person"
ENTERED_BY_HAND = "Entered by hand"
CREATED = {"person": NEW_PERSON, "address": ENTERED_BY_HAND}
CREATED_CODE = "new"
FIRST_SEEDED = 123
FIRST_CREATED = 1001
SHOWN_AT_MOST = 25


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the register; `date_of_birth` is dd/mm/yyyy, or empty."""

    reference: str
    surname: str
    forename: str
    date_of_birth: str
    address: str

    @property
    def described(self) -> str:
        """The person in one line, as the output of the look-up shows it."""
        return " ".join(filter(None, (self.reference, self.surname, self.forename, self.date_of_birth)))


@dataclass(frozen=True, slots=True)
class Address:
    """A gazetteer entry."""

    uprn: str
    building: str
    street: str
    town: str
    postcode: str

    @property
    def described(self) -> str:
        """The address in one line, as the output of the look-up shows it."""
        return f"{self.uprn} {self.building} {self.street} {self.town} {self.postcode}"


def _rows(name: str) -> list[list[str]]:
    lines = (HERE / "lists" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def person_reference(number: int) -> str:
    """A register reference such as `P-000123`."""
    return f"P-{number:06d}"


@cache
def seeded_people() -> tuple[Person, ...]:
    """The fictional people every practice CHS starts with."""
    return tuple(
        Person(person_reference(number), *row)
        for number, row in enumerate(_rows("people"), start=FIRST_SEEDED)
    )


@cache
def addresses() -> tuple[Address, ...]:
    """The fictional gazetteer."""
    return tuple(Address(*row) for row in _rows("addresses"))


def matching_people(
    people: Iterable[Person], surname: str, forename: str, date_of_birth: str
) -> list[Person]:
    """People whose names begin as asked, whatever the case, and whose date of birth is the one given, if any."""
    surname, forename = surname.strip().casefold(), forename.strip().casefold()
    return [
        person
        for person in people
        if person.surname.casefold().startswith(surname)
        and person.forename.casefold().startswith(forename)
        and date_of_birth in ("", person.date_of_birth)
    ]


def matching_addresses(postcode: str) -> list[Address]:
    """Addresses of a postcode, however it is spaced."""
    wanted = "".join(postcode.split()).upper()
    return [address for address in addresses() if address.postcode.replace(" ", "") == wanted]


def described_address(uprn: str) -> str | None:
    """The description of the address with this UPRN, or None when the gazetteer has none."""
    return next((address.described for address in addresses() if address.uprn == uprn), None)
