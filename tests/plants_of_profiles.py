"""More planted faults: in the syntax of a file, in a profile, in a form."""

from __future__ import annotations

from tests.plants import OCR, PERSON, SCREENS, Plant

IN_PROFILES = {
    # ---- syntax
    "a mapping that is not TOML": Plant(
        OCR, '"Alias" = "personReporting.alias"', '"Alias" = personReporting', '"Alias" =', "file", "not TOML"
    ),
    "an expression that is not JMESPath": Plant(
        OCR,
        '"Alias" = "personReporting.alias"',
        '"Alias" = "personReporting.[alias"',
        '"Alias"',
        f"{PERSON} / Alias / from",
        "not a JMESPath expression",
    ),
    "a mapping with a key that means nothing": Plant(
        OCR,
        '{ from = "personReporting.gender", codes = "gender" }',
        '{ from = "personReporting.gender", code = "gender" }',
        'code = "gender"',
        f"{PERSON} / Gender / code",
        "no such key",
    ),
    "a profile that is not TOML": Plant(
        SCREENS, 'name = "Log"', "name = Log", "name = Log", "file", "not TOML"
    ),
    "a profile with a key that means nothing": Plant(
        SCREENS,
        '"Customer reference" = { kind = "text", max = 30 }',
        '"Customer reference" = { kind = "text", maximum = 30 }',
        "maximum = 30",
        "screen / 0 / controls / Customer reference / maximum",
        "no such key",
    ),
    "a kind of control that there is not": Plant(
        SCREENS,
        '"Customer reference" = { kind = "text"',
        '"Customer reference" = { kind = "texts"',
        '"texts"',
        "screen / 0 / controls / Customer reference / kind",
        "input should be",
    ),
    # ---- a profile in itself
    "two screens of one name": Plant(
        SCREENS,
        '[[screen]]\nname = "Review"',
        '[[screen]]\nname = "Review"\n\n[[screen]]\nname = "Review" # again',
        "# again",
        "screen / 12 / name",
        "2 screens are called 'Review'",
    ),
    "a control after one that is not there": Plant(
        SCREENS,
        '"Victim surname" = { kind = "text", max = 35, after = "Victim is" }',
        '"Victim surname" = { kind = "text", max = 35, after = "Victim" }',
        '"Victim surname"',
        "screen / 2 / controls / Victim surname",
        "`after` names 'Victim'",
    ),
    "controls that wait for each other": Plant(
        SCREENS,
        '"Category" = { kind = "select", required = true,',
        '"Category" = { kind = "select", required = true, after = "Opening code",',
        '"Category"',
        "screen / 4 / controls / Category",
        "in a circle",
        also=(('"Opening code" =', "screen / 4 / controls / Opening code"),),
    ),
    "a look-up that does not say how to search": Plant(
        SCREENS,
        'press = "Search addresses"\n',
        "",
        '[screen.controls."Gazetteer"]',
        "screen / 3 / controls / Gazetteer",
        "a look-up needs `press`",
    ),
    "a date format that writes no date": Plant(
        SCREENS,
        '"Date from" = { kind = "date", format = "%d/%m/%Y" }',
        '"Date from" = { kind = "date", format = "dd/mm/yyyy" }',
        '"Date from"',
        "screen / 4 / controls / Date from",
        "writes no part of a date",
    ),
    "boxes for what is no date": Plant(
        SCREENS,
        '"Date reported" = { kind = "date"',
        '"Date reported" = { kind = "text"',
        '"Date reported"',
        "screen / 0 / controls / Date reported",
        "`boxes` are for days and times",
    ),
    "a limit of nothing": Plant(
        SCREENS,
        '"UPRN" = { kind = "text", max = 12 }',
        '"UPRN" = { kind = "text", max = 0 }',
        "max = 0",
        "screen / 3 / controls / UPRN",
        "takes nothing",
    ),
    "options for what has none": Plant(
        SCREENS,
        '"Origin" = { kind = "select"',
        '"Origin" = { kind = "text"',
        '"Origin"',
        "screen / 0 / controls / Origin",
        "a text has no options",
    ),
    "an option that stands there twice": Plant(
        SCREENS,
        '["Bus", "Train", "Tram", "Other"]',
        '["Bus", "Train", "Tram", "Other", "Bus"]',
        '"Transport type"',
        "screen / 3 / controls / Transport type",
        "'Bus' stands there twice",
    ),
    "a list whose file is missing": Plant(
        SCREENS,
        'options = "titles"',
        'options = "honorifics"',
        '"honorifics"',
        "screen / 1 / controls / Title",
        "no list 'honorifics'",
    ),
    "a grid that does not say how a row is kept": Plant(
        SCREENS,
        'keep = "Keep suspect"\n',
        "",
        '[screen.grids."Suspects"]',
        "screen / 5 / grids / Suspects",
        "needs `keep`",
    ),
    "several screens and no way on": Plant(
        SCREENS, 'next = "Save and continue"\n', "", "[journey]", "journey", "several screens and no `next`"
    ),
    "a step that fills in nothing": Plant(
        SCREENS,
        '{ fill = "User name", with = "account" }',
        '{ fill = "User name" }',
        "steps = [",
        "session / steps / 1",
        "belong together",
    ),
    "a reference that is no pattern": Plant(
        SCREENS,
        "reference = 'CHS-\\d{4}-\\d{7}'",
        "reference = 'CHS-(\\d{4}'",
        "reference = 'CHS-(",
        "journey / reference",
        "not a regular expression",
    ),
    "a time zone that there is not": Plant(
        SCREENS, 'timezone = "Europe/London"', 'timezone = "Europe/Londn"', "Londn", "timezone", "time zone"
    ),
    "a narrative control too small for a question": Plant(
        SCREENS,
        '"Entry" = { kind = "lines", max = 2000',
        '"Entry" = { kind = "lines", max = 200',
        'control = "Entry"',
        "narrative / control",
        "takes 200 characters",
        found_in=OCR,
    ),
    # ---- facts in braces
    "a fact that there is not, in a step": Plant(
        SCREENS,
        'steps = [{ go = "/records/{reference}" }]',
        'steps = [{ go = "/records/{nonsense}" }]',
        "{nonsense}",
        "record / steps / 0",
        "{nonsense} is no fact",
    ),
    "a fact that there is not, in a sight": Plant(
        SCREENS,
        'saved = { heading = "Record saved" }',
        'saved = { heading = "Record {reference} saved" }',
        "{reference} saved",
        "journey / saved",
        "{reference} is no fact",
    ),
    "a fact that there is not, in a heading": Plant(
        SCREENS,
        'heading = "Record {reference}"',
        'heading = "Record {number}"',
        "{number}",
        "record / heading",
        "{number} is no fact",
    ),
    "a brace that is not closed": Plant(
        SCREENS,
        'heading = "Record {reference}"',
        'heading = "Record {reference"',
        'heading = "Record {ref',
        "record / heading",
        "a brace is opened",
    ),
    "braces in the name of a screen": Plant(
        SCREENS, 'name = "Review"', 'name = "Review {2}"', "{2}", "screen / 11 / name", "{2} is no fact"
    ),
    "a password in an address": Plant(
        SCREENS,
        '{ go = "/sign-in" }',
        '{ go = "/sign-in?p={password}" }',
        "steps = [",
        "session / steps / 0",
        "{password} is no fact",
    ),
    "a control filled with what is not known there": Plant(
        SCREENS,
        '[{ go = "/home" }, { press',
        '[{ fill = "Search", with = "account" }, { press',
        '[{ fill = "Search"',
        "journey / steps / 0",
        "'account' is not known here",
    ),
    # ---- forms, through the same proof
    "a question that decides and is not there": Plant(
        "forms/ocr/form.toml",
        'decides = ["/howInvolvedInCrime/howInvolvedInCrime"',
        'decides = ["/howInvolvedInCrime/involvement"',
        "/involvement",
        "decides.0",
        "no question with a list",
    ),
    "a condition on options that form.toml does not name": Plant(
        OCR,
        '"it is a vehicle" = "stolenItemType == \'SITP_0006\'"',
        '"it is a vehicle" = "vehicleColour == \'PCLR_0003\'"',
        'when = "it is a vehicle"',
        "screen / Vehicles / rows / 0 / when",
        "decides here and not in form.toml",
    ),
    "a form whose schema is missing": Plant(
        "forms/ocr/form.toml",
        "v1.schema.json",
        "v2.schema.json",
        "",
        "file",
        "no such file",
        found_in="forms/ocr/v2.schema.json",
    ),
    "a form with an expression that is none": Plant(
        "forms/ocr/form.toml",
        'code = "OCR"',
        'code = "OCR"\ncolour = "blue"',
        'colour = "blue"',
        "colour",
        "no such key",
    ),
}
