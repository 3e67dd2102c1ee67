"""Faults that an analyst can plant in mappings and code lists, each with where and how it must be found."""

from __future__ import annotations

from dataclasses import dataclass

SCREENS, OCR = "mappings/chs/screens.toml", "mappings/chs/ocr.toml"


@dataclass(frozen=True)
class Plant:
    """One fault: `old` in `file` becomes `new`; it is found `at` the line that holds this text (in `found_in`),
    under `place`, and its message holds `says`. `also` names further lines where it is rightly found too."""

    file: str
    old: str
    new: str
    at: str
    place: str
    says: str
    found_in: str = ""
    also: tuple[tuple[str, str], ...] = ()


PERSON = "screen / Person reporting"


IN_MAPPINGS = {
    # ---- a mapping beside the profile
    "a control that the screen does not have": Plant(
        OCR,
        '"Forename" = "personReporting.firstName"',
        '"Fornames" = "personReporting.firstName"',
        '"Fornames"',
        f"{PERSON} / Fornames",
        "no such control",
    ),
    "a screen that the profile does not have": Plant(
        OCR,
        '[screen."Witnesses"]\n"Any',
        '[screen."Bystanders"]\n"Any',
        '[screen."Bystanders"]',
        "screen / Bystanders",
        "no such screen",
    ),
    "a grid that the screen does not have": Plant(
        OCR,
        'grid = "Suspects"',
        'grid = "Offenders"',
        'grid = "Offenders"',
        "screen / Suspects / rows / 0 / grid",
        "no grid 'Offenders'",
    ),
    "a column that the grid does not have": Plant(
        OCR,
        '"VIN" = "vehicleVin"',
        '"Chassis" = "vehicleVin"',
        '"Chassis"',
        "screen / Vehicles / rows / 0 / columns / Chassis",
        "no such control",
    ),
    "a required control that nothing is mapped to": Plant(
        OCR,
        '"Origin" = { value = "Online form" }\n',
        "",
        '[screen."Contact and origin"]',
        "screen / Contact and origin",
        "requires 'Origin'",
    ),
    "a required column that nothing is mapped to": Plant(
        OCR,
        '"Involvement" = { value = "Stolen" }\n',
        "",
        '[[screen."Vehicles".rows]]',
        "screen / Vehicles / rows / 0",
        "requires 'Involvement'",
    ),
    "a fixed value that the target does not offer": Plant(
        OCR,
        '{ value = "Online form" }',
        '{ value = "Web form" }',
        '"Web form"',
        "screen / Contact and origin / Origin",
        "no option 'Web form'",
    ),
    "a date control without `as`": Plant(
        OCR,
        '"Date of birth" = { from = "personReporting.dateOfBirth", as = "date" }',
        '"Date of birth" = { from = "personReporting.dateOfBirth" }',
        '"Date of birth" = { from = "personReporting.dateOfBirth" }',
        f"{PERSON} / Date of birth",
        "needs as = 'date'",
    ),
    "a date from what is no date": Plant(
        OCR,
        'from = "incidentDetails.incidentDateRange.dateTo"',
        'from = "incidentDetails.locationDescription"',
        '"Date to"',
        "screen / Incident / Date to",
        "is not a date",
    ),
    "a checkbox from a text": Plant(
        OCR,
        '"High harm" = "highHarmFlag"',
        '"High harm" = "forceIdentifier"',
        '"High harm"',
        "screen / Contact and origin / High harm",
        "is not a yes or no",
    ),
    "options from free text": Plant(
        OCR,
        '"Transport type" = "incidentDetails.publicTransportDetails.publicTransportType"',
        '"Transport type" = "incidentDetails.locationDescription"',
        '"Transport type"',
        "screen / Location / Transport type",
        "free text",
    ),
    "a look-up that lacks a part": Plant(
        OCR,
        '"Forename" = "personReporting.firstName"\n"Date of birth" = { from',
        '"Date of birth" = { from',
        '[screen."Person reporting"."Person record".parts]',
        f"{PERSON} / Person record",
        "needs the part 'Forename'",
    ),
    "ticks for an option that is not there": Plant(
        OCR,
        '"Bullying" = "victim',
        '"Bullied" = "victim',
        '"Vulnerability factors".ticks]',
        "screen / Victim / Vulnerability factors",
        "no option 'Bullied'",
    ),
    "a tick from what is no yes or no": Plant(
        OCR,
        '"Bullying" = "victim.riskOfBeingBullied"',
        '"Bullying" = "victim.surname"',
        '"Bullying"',
        "screen / Victim / Vulnerability factors / ticks / Bullying",
        "no such yes-or-no question",
    ),
    "a value from two places": Plant(
        OCR,
        '"Origin" = { value = "Online form" }',
        '"Origin" = { value = "Online form", from = "forceIdentifier" }',
        '"Origin"',
        "screen / Contact and origin / Origin",
        "exactly one of",
    ),
    "a narrative control that is not there": Plant(
        OCR,
        'control = "Entry"',
        'control = "Entries"',
        'control = "Entries"',
        "narrative / control",
        "'Entries'",
    ),
    "a narrative grid that is not there": Plant(
        OCR, 'grid = "Log entries"', 'grid = "Log"', 'grid = "Log"', "narrative / grid", "'Log'"
    ),
    "a file control that is none": Plant(
        OCR, 'file = "File"', 'file = "Description"', 'file = "Desc', "attachments / file", "'Description'"
    ),
    "a file's description that is not there": Plant(
        OCR, 'describe = "Description"', 'describe = "Notes"', '"Notes"', "attachments / describe", "'Notes'"
    ),
    "a question about files that is not there": Plant(
        OCR,
        'described_by = "mediaUploadDescription"',
        'described_by = "mediaUploadDetails"',
        '"mediaUploadDetails"',
        "attachments / described_by",
        "the form has no such question",
    ),
    "no control for our reference": Plant(
        OCR,
        '"Source reference" = { fact = "reference" }',
        '"Source reference" = { value = "online" }',
        '[screen."Contact and origin"]',
        "screen",
        "no control holds our reference",
    ),
    "our reference keyed only under a condition": Plant(
        OCR,
        '"Source reference" = { fact = "reference" }',
        '"Source reference" = { fact = "reference", when = "personReporting" }',
        '"Source reference"',
        "screen / Contact and origin / Source reference",
        "our reference is keyed only under a condition",
    ),
    "a control too short for our reference": Plant(
        SCREENS,
        '"Source reference" = { kind = "text", max = 40',
        '"Source reference" = { kind = "text", max = 10',
        '"Source reference"',
        "screen / Contact and origin / Source reference",
        "our reference has 15 characters",
        found_in=OCR,
    ),
    "parts for what is no look-up": Plant(
        OCR,
        '"Town or city" = "incidentDetails.currentAddress.townOrCity"',
        '"Town or city" = { parts = { "Town" = "incidentDetails.currentAddress.townOrCity" } }',
        '"Town or city" = { parts',
        "screen / Location / Town or city",
        "a look-up takes parts",
    ),
    "a fixed value that is too long": Plant(
        OCR,
        '"Force identifier" = "forceIdentifier"',
        '"Force identifier" = { value = "Exampleshire" }',
        '"Force identifier"',
        "screen / Contact and origin / Force identifier",
        "takes 5 characters",
    ),
    "a checkbox that is neither true nor false": Plant(
        OCR,
        '"High harm" = "highHarmFlag"',
        '"High harm" = { value = "Yes" }',
        '"High harm"',
        "screen / Contact and origin / High harm",
        "true or false",
    ),
    # ---- a mapping beside the form
    "a form that is not there": Plant(
        OCR, 'form = "ocr"', 'form = "crime"', 'form = "crime"', "form", "no form 'crime'"
    ),
    "a version that is not there": Plant(
        OCR, "versions = [1]", "versions = [1, 7]", "versions = [1, 7]", "versions", "no version 7"
    ),
    "an expression that finds no question": Plant(
        OCR,
        '"Occupation" = "personReporting.occupation"',
        '"Occupation" = "personReporting.profession"',
        '"personReporting.profession"',
        f"{PERSON} / Occupation",
        "the form has no such question",
    ),
    "rows for a part that is not there": Plant(
        OCR,
        'each = "anyWitnesses.witness"',
        'each = "anyWitnesses.bystander"',
        'each = "anyWitnesses.bystander"',
        "screen / Witnesses / rows / 0 / each",
        "the form has no such question",
    ),
    "a name that stands for nothing": Plant(
        OCR,
        'business = "howInvolvedInCrime.victimIsBusiness"',
        'business = "howInvolvedInCrime.victimIsBusiness"\nshop = "howInvolvedInCrime.shop"',
        "shop =",
        "named / shop",
        "the form has no such question",
    ),
    "a name that the form itself uses": Plant(
        OCR,
        "[named]\n",
        '[named]\nsuspect = "suspect.known"\n',
        'suspect = "suspect.known"',
        "named / suspect",
        "the form itself",
    ),
    "a condition about a question that is not there": Plant(
        OCR,
        '"it is a vehicle" = "stolenItemType == \'SITP_0006\'"',
        '"it is a vehicle" = "stolenItemTyp == \'SITP_0006\'"',
        'when = "it is a vehicle"',
        "screen / Vehicles / rows / 0 / when",
        "the condition 'it is a vehicle': the form has no such question",
    ),
    "a condition that nobody has defined": Plant(
        OCR,
        'when = "it is a vehicle"',
        'when = "it is a lorry"',
        'when = "it is a lorry"',
        "screen / Vehicles / rows / 0 / when",
        "no condition called 'it is a lorry'",
    ),
    "left out, but the form does not ask it": Plant(
        OCR, '"/userAgent" =', '"/userAgents" =', '"/userAgents"', "left_out / /userAgents", "no question"
    ),
    "left out without a reason": Plant(
        OCR,
        '"/userAgent" = "technical detail of the browser, kept with the original"',
        '"/userAgent" = " "',
        '"/userAgent"',
        "left_out / /userAgent",
        "no reason",
    ),
    # ---- code lists
    "a code list that is not there": Plant(
        OCR,
        'codes = "english-fluency"',
        'codes = "fluency"',
        'codes = "fluency"',
        f"{PERSON} / English fluency",
        "no such code list",
    ),
    "a code list that is not total": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"\n',
        "",
        '"Place type"',
        "screen / Location / Place type",
        "codes/place-type.toml has no entry for BLDT_0005",
        found_in=OCR,
    ),
    "a code list with an identifier that the form does not know": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"\n',
        'BLDT_0005 = "Shed"\nBLDT_0055 = "Shed"\n',
        '"Place type"',
        "screen / Location / Place type",
        "codes/place-type.toml has BLDT_0055",
        found_in=OCR,
    ),
    "a code list with an option that the target does not offer": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"',
        'BLDT_0005 = "Hut"',
        '"Place type"',
        "screen / Location / Place type",
        "no option 'Hut'",
        found_in=OCR,
    ),
    "a code list with a key that means nothing": Plant(
        "mappings/chs/codes/place-type.toml",
        "[abstain]",
        "[leave]",
        "[leave]",
        "leave",
        "no such key",
    ),
}
