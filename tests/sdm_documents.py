"""A raw crime report -> the same submission in the Standard Data Model, as the hub's published tables map it.

It stands apart from `forms/ocr/sdm.toml`: which field becomes which attribute of which entity is written down here
a second time, from the sender's side.
"""

from __future__ import annotations

import json
from typing import Any

from rpa.reading import read
from rpa.report import Report, Submission
from tests import sdm_names as names
from tests.worlds import all_forms


def said(value: Any) -> bool:
    """Whether a value is an answer."""
    return value not in (None, "", [], {})


def as_sdm(raw: dict[str, Any], *, one_person: bool = False) -> dict[str, Any]:
    """The document of the Standard Data Model for a raw report. `one_person`: a person reporting who is the victim
    is one person with both relationships, and not two."""
    return _Sender(one_person).document(raw)


class _Sender:
    def __init__(self, one_person: bool) -> None:
        self.one_person = one_person
        self.included: list[dict[str, Any]] = []

    def entity(self, kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
        """A new entity, with those of the attributes that are answers."""
        given = {name: value for name, value in attributes.items() if said(value) and name != "_metaData"}
        new = {"id": str(len(self.included) + 1), "type": kind, "attributes": given, "relationships": {}}
        self.included.append(new)
        return new

    def document(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The document. What the published tables do not know is an attribute of the incident or the person."""
        raw = {**raw.pop("submission", {}), **raw} if "submission" in raw else dict(raw)
        incident: dict[str, Any] = {"id": "0", "type": "incident", "attributes": {}, "relationships": {}}
        submission = self.entity("submission", {key: raw.pop(key, None) for key in names.ENVELOPE})
        relate(incident, "submission", submission)
        if channel := raw.pop("channelShift", None):
            relate(submission, "channelShift", self.entity("channelShift", channel))
        self._persons(incident, raw)
        self._happened(incident, raw.pop("incidentDetails", {}))
        self._things(incident, raw)
        evidence = raw.pop("evidence", None) or {}
        if said({key: value for key, value in evidence.items() if said(value)}):
            uploads = {key: evidence.pop(key, None) for key in names.MEDIA}
            relate(incident, "incidentEvidence", entity := self.entity("evidence", evidence))
            for key, reason in names.MEDIA.items():
                for one in uploads[key] or ():
                    relate(entity, reason, self.entity("media", one))
        threats = {k: v for k, v in (raw.pop("threatAbuseOrAssault", None) or {}).items() if said(v)}
        threats.pop("_metaData", None)
        incident["attributes"] |= threats
        raw.pop("_metaData", None)
        for key, value in raw.items():
            if isinstance(value, dict):
                relate(incident, key, self.entity(key, value))
            elif said(value):
                incident["attributes"][key] = value
        return {"data": incident, "included": self.included}

    def _persons(self, incident: dict[str, Any], raw: dict[str, Any]) -> None:
        how = raw.pop("howInvolvedInCrime", None) or {}
        incident["attributes"]["howInvolvedInCrime"] = how.get("howInvolvedInCrime")
        if "incidentInvolvement" in raw:
            incident["attributes"]["incidentInvolvement"] = raw.pop("incidentInvolvement")
        reporting, mine = raw.pop("personReporting"), how.get("victimDetailsImTheVictim")
        if self.one_person and mine:
            both = {key: value for key, value in reporting.items() if said(value)} | {
                key: value for key, value in mine.items() if said(value)
            }
            person = self.person(both)
            relate(incident, "victim", person)
        else:
            person = self.person(reporting)
            if mine and any(said(value) for value in mine.values()):
                relate(incident, "victim", self.person(mine))
        relate(incident, "personReporting", person)
        if how.get("howInvolvedInCrime") == "IVLD_0002":
            relate(incident, "witness", person)
        for key in ("victimDetailsFromWitness", "victimDetailsReportedOnBehalfOf"):
            if how.get(key):
                relate(incident, "victim", self.person(how[key]))
        if how.get("victimIsBusiness"):
            relate(incident, "victim", self._business(how["victimIsBusiness"]))
        suspect = raw.pop("suspect", None) or {}
        if not isinstance(suspect, dict):
            suspect = {"suspectKnown": suspect}
        self._suspects(incident, suspect)
        witnesses = raw.pop("anyWitnesses", None) or {}
        incident["attributes"]["incidentAnyWitnesses"] = witnesses.get("incidentAnyWitnesses")
        for witness in witnesses.get("witness") or ():
            relate(incident, "witness", self.person(witness))
        incident["attributes"] = {key: value for key, value in incident["attributes"].items() if said(value)}

    def _suspects(self, incident: dict[str, Any], suspect: dict[str, Any]) -> None:
        known, unknown = suspect.get("known"), suspect.get("unknown")
        for details, reason in ((known, "knownSuspect"), (unknown, "unknownSuspect")):
            if details:
                person = self.person(details | {"suspectKnown": suspect.get("suspectKnown")})
                relate(incident, reason, person)
        if not known and not unknown and said(suspect.get("suspectKnown")):
            nobody = self.entity("person", {"suspectKnown": suspect["suspectKnown"]})
            relate(incident, "unknownSuspect", nobody)

    def person(self, details: dict[str, Any]) -> dict[str, Any]:
        """A person, and what belongs to one."""
        left = {key: value for key, value in details.items() if said(value)}
        person = self.entity("person", {})
        for name, keys in names.LISTS.items():
            left[name] = [left.pop(key) for key in keys if key in left]
        left |= left.pop("connections", {})
        if "eyeColourList" in left:
            left["eyeColourLeft"] = left["eyeColourRight"] = left.pop("eyeColourList")
        if "approximateAgeString" in left:
            left["approximateAgeFrom"] = left["approximateAgeTo"] = left.pop("approximateAgeString")
        for group in ("Asian", "Black", "Mixed", "White", "Another"):
            for ending, name in (("", "ethnicitySelfDefined"), ("Other", "ethnicitySelfDefinedDetails")):
                if f"ethnicity{group}{ending}" in left:
                    left[name] = left.pop(f"ethnicity{group}{ending}")
        self._contacts(person, left)
        self._around(person, left)
        left.pop("_metaData", None)
        person["attributes"] = {
            names.PERSON.get(key, key): value for key, value in left.items() if said(value)
        }
        return person

    def _contacts(self, person: dict[str, Any], left: dict[str, Any]) -> None:
        more = {
            "phoneNumber": {"telephoneCountryCode": left.pop("telephoneCountryCode", None)},
            "workPhoneNumber": {"telephoneExtension": left.pop("workExtensionNumber", None)},
        }
        for key, reason in names.TELEPHONES.items():
            if key in left:
                number = {"telephoneNumber": left.pop(key), **more.get(key, {})}
                relate(person, reason, self.entity("telephone", number))
        for key, reason in names.EMAILS.items():
            if key in left:
                relate(person, reason, self.entity("email", {"emailAddress": left.pop(key)}))
        for key, account in names.ACCOUNTS.items():
            if key in left:
                tag = {"socialMediaType": account, "socialMediaTag": left.pop(key)}
                relate(person, "personalSocialMedia", self.entity("socialMedia", tag))

    def _around(self, person: dict[str, Any], left: dict[str, Any]) -> None:
        permanent = left.pop("permanentResidence", None)
        home = {name: left.pop(key) for key, name in names.HOME.items() if key in left}
        for key, reason in names.ADDRESSES.items():
            if key in left:
                place = self._address(left.pop(key), home if key == "currentAddress" else {})
                relate(person, reason, place)
                if key == "currentAddress" and permanent is True:
                    relate(person, "permanentAddress", place)
        kin = {name: left.pop(key) for key, name in names.KIN.items() if key in left}
        if kin:
            relate(person, "nextOfKin", other := self.entity("person", kin))
            number = left.pop("nextOfKinPhoneNumber", None)
            if number:
                relate(other, "personalTelephone", self.entity("telephone", {"telephoneNumber": number}))
        if "vehicle" in left:
            relate(person, "inVehicle", self._thing("vehicle", left.pop("vehicle"), names.VEHICLE))

    def _address(self, address: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        return self._thing("location", address | more, names.ADDRESS)

    def _thing(self, kind: str, details: dict[str, Any], called: dict[str, str]) -> dict[str, Any]:
        return self.entity(kind, {called.get(key, key): value for key, value in details.items()})

    def _business(self, details: dict[str, Any]) -> dict[str, Any]:
        left = dict(details)
        number, email = left.pop("businessPhoneNumber", None), left.pop("businessEmailAddress", None)
        address = left.pop("businessAddress", None)
        business = self._thing("business", left, {"connectionToBusinessOther": "connectionToBusinessDetails"})
        if number:
            relate(business, "businessTelephone", self.entity("telephone", {"telephoneNumber": number}))
        if email:
            relate(business, "businessEmail", self.entity("email", {"emailAddress": email}))
        if address:
            relate(business, "businessAddress", self._address(address, {}))
        return business

    def _happened(self, incident: dict[str, Any], details: dict[str, Any]) -> None:
        left = {key: value for key, value in details.items() if said(value)}
        scene = {name: left.pop(key) for key, name in names.SCENE.items() if key in left}
        address = left.pop("currentAddress", None)
        if address or scene:
            relate(incident, "incidentLocation", self._address(address or {}, scene))
        if address := left.pop("nicheLocation", None):
            relate(incident, "nicheLocation", self._address(address, {}))
        card = {
            key: left.pop(key)
            for key in list(left)
            if key.startswith("publicTransportC") and key != names.COMPANY
        }
        if card:
            relate(incident, "publicTransportCard", self.entity("publicTransportCard", card))
        self._when(left)
        left |= left.pop("btpdetails", {}) | left.pop("publicTransportDetails", {})
        kinds = left.pop("weaponTypeList", [])
        weapon = {key: left.pop(key) for key in names.WEAPON if key in left}
        if kinds or weapon:
            for number, kind in enumerate(kinds if isinstance(kinds, list) else [kinds or None]):
                more = weapon if number == 0 else {}
                relate(incident, "weaponUsed", self.entity("weapon", {"weaponType": kind, **more}))
        left.pop("_metaData", None)
        incident["attributes"] |= left

    def _when(self, left: dict[str, Any]) -> None:
        """Date and time become one moment; a date range as the real material has it stays as it is."""
        dates = left.pop("incidentDateRange", None) or {}
        for part, name in (("Start", "dateFrom"), ("End", "dateTo")):
            date, time = dates.get(name), left.pop(f"incident{part}Time", None)
            if date and time:
                left[f"incident{part}DateTime"] = f"{date}T{time}:00"
            elif date or time:
                left[f"incident{part}DateTime"] = date or f"{time}:00"

    def _things(self, incident: dict[str, Any], raw: dict[str, Any]) -> None:
        where = {k: v for k, v in (raw.pop("stolenFrom", None) or {}).items() if said(v)}
        place = self._thing("stolenFromLocation", where, names.STOLEN_FROM) if where else None
        items = raw.pop("stolenItem", None) or []
        for item in items if isinstance(items, list) else [items]:
            kind = item.get("stolenItemType")
            entity, called = names.THINGS.get(
                kind, ("property", {k: "property" + k[9:] for k in item if k[:9] == "otherItem"})
            )
            left = {
                key: value for key, value in item.items() if key != "stolenItemType" or entity == "property"
            }
            thing = self._thing(entity, left, called | {"stolenItemType": "propertyCategory"})
            if "mobileImei" in item and said(item["mobileImei"]):
                thing["attributes"]["propertyUniqueNumberType"] = "IMEI"
            if kind == "SITP_0003":
                thing["attributes"]["propertyUniqueNumberType"] = "Other"
            relate(incident, "stolen", thing)
            if place:
                relate(thing, "stolenFrom", place)
        if place and not items:
            relate(incident, "stolenFrom", place)
        damaged = {
            k: v for k, v in (raw.pop("damagedVehicle", None) or {}).items() if said(v) and k != "_metaData"
        }
        for item in damaged.pop("damagedProperty", []):
            called = {key: "property" + key[15:] for key in item if key.startswith("damagedProperty")}
            relate(incident, "damaged", self._thing("property", item, called))
        if damaged:
            relate(incident, "damaged", self._thing("vehicle", damaged, names.VEHICLE))


def relate(one: dict[str, Any], reason: str, other: dict[str, Any]) -> None:
    """Add a relationship from one entity to another."""
    data = one["relationships"].setdefault(reason, {"data": []})["data"]
    data.append({"id": other["id"], "type": other["type"]})


def incident(**attributes: Any) -> dict[str, Any]:
    """A document with an incident, a submission and a person reporting."""
    document: dict[str, Any] = {
        "data": {"id": "0", "type": "incident", "attributes": attributes, "relationships": {}},
        "included": [],
    }
    submission = {
        "submissionId": "6f1c2c2e-0b1e-4c59-9d4e-0c3f5c7a1b20",
        "category": "OCR",
        "forceIdentifier": 42,
    }
    add(document, "submission", "submission", **submission)
    add(document, "person", "personReporting", surname="Example", givenName=["Alex"])
    return document


def add(
    document: dict[str, Any], kind: str, reason: str, of: Any = None, **attributes: Any
) -> dict[str, Any]:
    """A new entity, related to the incident or to `of`; without a reason to nothing."""
    number = str(len(document["included"]) + 1)
    new = {"id": number, "type": kind, "attributes": attributes, "relationships": {}}
    document["included"].append(new)
    if reason:
        relate(of or document["data"], reason, new)
    return new


def skeleton(**attachment: Any) -> dict[str, Any]:
    """A submission whose answers are one text, with a file in it."""
    document = incident()
    document["included"] = document["included"][:1]
    document["data"]["relationships"].pop("personReporting")
    submission = document["included"][0]
    submission["attributes"]["submissionContent"] = (
        "*****\nOFFICIAL\n*****\nWhat happened?\nA fence was painted."
    )
    add(document, "comms", "toEmailAddress", submission, emailAddress="reports@example.com")
    add(document, "attachment", "attachments", submission, **attachment)
    return document


def understood(document: Any) -> Report:
    """The report that a document makes."""
    return read(Submission(json.dumps(document).encode(), "test", "report.json"), all_forms())


def texts(report: Report) -> dict[str, str]:
    """What each answer says, by its pointer."""
    return {answer.pointer: answer.text for answer in report.answers}
