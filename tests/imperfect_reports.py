"""Ordinary, imperfect reports, as people send them: a sample each, with some of its answers changed.

`GO_ON` are keyed, and the operator sees what is wrong with them. `STOPPED` would make the record wrong: a person
looks first. An answer of None is one that was left blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.worlds import document

BICYCLE, BURGLARY, WITNESS = "01-bicycle-theft.json", "02-burglary.json", "03-witness-to-assault.json"
PARENT, SHOP, CAR = "04-for-an-elderly-parent.json", "05-shop-theft.json", "06-damaged-car.json"
PHONE, KNOWN, DESCRIBED = "07-phone-snatch.json", "10-known-suspect.json", "11-described-suspect.json"


@dataclass(frozen=True)
class Imperfect:
    """A sample, and what is different about it: JSON Pointer -> what was answered there."""

    sample: str
    changes: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The report as it arrives."""
        content = document(self.sample)
        for pointer, answer in self.changes.items():
            _put(content, pointer.split("/")[1:], answer)
        return content


def _put(place: Any, parts: list[str], answer: object) -> None:
    *above, last = parts
    for part in above:
        if isinstance(place, list):
            place = place[int(part)]
            continue
        if not isinstance(place.get(part), dict | list):
            place[part] = {}
        place = place[part]
    place[int(last) if isinstance(place, list) else last] = answer


ME = "/personReporting"
HAPPENED = "/incidentDetails"

GO_ON: Mapping[str, Imperfect] = {
    # ---- questions that were left blank
    "a witness says nothing about the victim": Imperfect(
        WITNESS, {"/howInvolvedInCrime/victimDetailsFromWitness": None}
    ),
    "a son says nothing about his mother": Imperfect(
        PARENT, {"/howInvolvedInCrime/victimDetailsReportedOnBehalfOf": {}}
    ),
    "a shop does not give its name": Imperfect(
        SHOP, {"/howInvolvedInCrime/victimIsBusiness/businessName": ""}
    ),
    "a business gives no details": Imperfect(SHOP, {"/howInvolvedInCrime/victimIsBusiness": None}),
    "the page about the suspect is blank": Imperfect(DESCRIBED, {"/suspect/unknown": {}}),
    "a known suspect is not named": Imperfect(KNOWN, {"/suspect/known": None}),
    "no surname": Imperfect(BICYCLE, {f"{ME}/surname": " "}),
    "no first name": Imperfect(BICYCLE, {f"{ME}/firstName": None}),
    "nothing about the person reporting": Imperfect(PHONE, {ME: None}),
    "email is preferred and none is given": Imperfect(BICYCLE, {f"{ME}/emailAddress": ""}),
    "a call is preferred and no number is given": Imperfect(KNOWN, {f"{ME}/phoneNumber": None}),
    "a letter is preferred and no address is given": Imperfect(PARENT, {f"{ME}/currentAddress": None}),
    "no description": Imperfect(BICYCLE, {f"{HAPPENED}/incidentDescription": None}),
    "nothing about the incident": Imperfect(PHONE, {HAPPENED: None}),
    "the exact time is known and not given": Imperfect(BICYCLE, {f"{HAPPENED}/incidentDateRange": None}),
    "not even a rough time": Imperfect(
        PHONE,
        {
            f"{HAPPENED}/incidentApproximateDate": None,
            f"{HAPPENED}/incidentApproximateTime": None,
            f"{HAPPENED}/incidentDateTimeDescription": None,
        },
    ),
    "a stolen bicycle is not described": Imperfect(
        BICYCLE, {"/stolenItem": [{"stolenItemType": "SITP_0002", "bicycleApproxValue": 450}]}
    ),
    "an item without its kind": Imperfect(BICYCLE, {"/stolenItem": [{"otherItemDescription": "A bag"}]}),
    "a stolen bag is not described": Imperfect(
        BICYCLE, {"/stolenItem": [{"stolenItemType": "SITP_0005", "otherItemQuantity": 1}]}
    ),
    # ---- answers of another kind than the question asks for
    "a phone number with words in it": Imperfect(
        KNOWN, {f"{ME}/phoneNumber": "07700 900177, ask for Casey after six"}
    ),
    "an email address with a blank in it": Imperfect(BICYCLE, {f"{ME}/emailAddress": "alex example.com"}),
    "half a postcode": Imperfect(BICYCLE, {f"{ME}/currentAddress/postcode": "EX1"}),
    "the word unknown for a postcode": Imperfect(
        PHONE, {f"{HAPPENED}/currentAddress/postcode": "not sure, near the station"}
    ),
    "a date that only has a month": Imperfect(
        BICYCLE, {f"{HAPPENED}/incidentDateRange/dateFrom": "March 2026"}
    ),
    "a date in words": Imperfect(CAR, {f"{HAPPENED}/incidentDateRange/dateFrom": "some time last weekend"}),
    "a year of birth only": Imperfect(BICYCLE, {f"{ME}/dateOfBirth": "1980"}),
    "a time in words": Imperfect(WITNESS, {f"{HAPPENED}/incidentStartTime": "around half eleven at night"}),
    "a yes or no in words": Imperfect(WITNESS, {f"{HAPPENED}/hadWeapon": "I could not see"}),
    "a consent that is neither": Imperfect(
        KNOWN, {"/anyWitnesses/witness/0/witnessConsent": "have not asked them"}
    ),
    "a value in words": Imperfect(PHONE, {"/stolenItem/0/mobileApproxValue": "about four hundred"}),
    "a quantity in words": Imperfect(SHOP, {"/stolenItem/0/otherItemQuantity": "a whole bag"}),
    "half a registration mark": Imperfect(
        BURGLARY, {"/stolenItem/0/vehicleRegistrationNumber": "AB12 something"}
    ),
    "an IMEI that is too short": Imperfect(PHONE, {"/stolenItem/0/mobileImei": "49-0154"}),
    "a surname longer than any": Imperfect(BICYCLE, {f"{ME}/surname": "Example-" * 5 + "Example"}),
    "a very long story": Imperfect(BICYCLE, {f"{HAPPENED}/incidentDescription": "And then. " * 500}),
    "a part that is one sentence": Imperfect(WITNESS, {"/suspect/unknown": "A tall man in a grey hood"}),
    "two languages where one is asked": Imperfect(BICYCLE, {f"{ME}/titleList": ["TLST_0061", "TLST_0060"]}),
    "an occupation in two parts": Imperfect(BICYCLE, {f"{ME}/occupation": {"from": "cook", "to": "baker"}}),
    "a number for a name": Imperfect(BICYCLE, {f"{ME}/currentAddress/buildingNumber": 10}),
    "an item that is one word": Imperfect(SHOP, {"/stolenItem/1": "coffee"}),
    # ---- options that a list does not have, and that decide nothing
    "an accent of its own": Imperfect(DESCRIBED, {"/suspect/unknown/accent": "From the valley"}),
    "a gender that the list does not have": Imperfect(BICYCLE, {f"{ME}/gender": "GNDR_0099"}),
    "a weapon that the list does not have": Imperfect(
        KNOWN, {f"{HAPPENED}/weaponTypeList": ["WTLT_0032", "A flower pot"]}
    ),
    # ---- questions that nobody asked
    "an answer that nobody asked for": Imperfect(BICYCLE, {f"{ME}/petName": "Rex"}),
}

STOPPED: Mapping[str, Imperfect] = {
    "the 31st of February": Imperfect(BICYCLE, {f"{HAPPENED}/incidentDateRange/dateFrom": "31/02/2026"}),
    "a birthday in a thirteenth month": Imperfect(BICYCLE, {f"{ME}/dateOfBirth": "1980-13-01"}),
    "a quarter past twenty-five": Imperfect(BICYCLE, {f"{HAPPENED}/incidentStartTime": "25:15"}),
    "fewer than no doors": Imperfect(BURGLARY, {"/stolenItem/0/vehicleNumberOfDoors": -1}),
    "nobody says how they were involved": Imperfect(PHONE, {"/howInvolvedInCrime": None}),
    "an involvement that no branch is for": Imperfect(
        PHONE, {"/howInvolvedInCrime/howInvolvedInCrime": "IVLD_0099"}
    ),
    "a kind of item that no branch is for": Imperfect(PHONE, {"/stolenItem/0/stolenItemType": "SITP_0099"}),
    "no time of submission": Imperfect(BICYCLE, {"/submitTime": None}),
}
