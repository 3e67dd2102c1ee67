"""A small second form, lost property, made as files beside the shipped definitions: no code knows of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.worlds import FORMS, MAPPINGS

FORM = """
title = "Report lost property"
code = "LOST"
description = "Something was lost."
minutes_to_key = 240
recognise = "category == 'LOST'"

[envelope]
under = "submission"
submission_id = "submissionId"
submitted_at = "submitTime"

[[versions]]
number = 1
schema = "v1.schema.json"
recognise = "category == 'LOST'"
"""

TEXT = {"type": "string", "maxLength": 100}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://forms.invalid/lost/v1.schema.json",
    "title": "Report lost property",
    "type": "object",
    "properties": {
        "submissionId": {"title": "Submission reference", **TEXT},
        "submitTime": {"title": "Submitted at", "type": "string", "format": "date-time"},
        "category": {"title": "Category", **TEXT},
        "surname": {"title": "Surname", **TEXT},
        "item": {"title": "What did you lose?", **TEXT},
        "where": {"title": "Where did you last see it?", **TEXT},
        "day": {
            "title": "When did you lose it?",
            "type": "string",
            "format": "date",
            "x-message": "Give a day that is in the calendar.",
        },
    },
    "required": ["item"],
}

MAPPING = """
form = "lost"
versions = [1]

[screen."Contact and origin"]
"Source reference" = { fact = "reference" }
"Origin" = { value = "Online form" }
"Date reported" = { from = "submitTime", as = "date" }
"Time reported" = { from = "submitTime", as = "time" }
"Reported as" = { value = "Victim" }

[screen."Person reporting"]
"Surname" = "surname"

[screen."Victim"]
"Victim is" = { value = "The person reporting" }

[screen."Incident"]
"Category" = { value = "Online report" }
"Opening code" = { value = "900 Online crime report" }
"Date from" = { from = "day", as = "date" }
"Description" = "item"

[narrative]
screen = "Log"
grid = "Log entries"
control = "Entry"
with = { "Entry type" = "Narrative" }
title = "{form} {reference}"

[left_out]
"/category" = "chose the form"
"/submissionId" = "our source reference stands for it"
"""

LOST = {
    "category": "LOST",
    "submissionId": "5f0d8f1e-2b0b-4b6f-9a52-1f7a3c1d0e11",
    "submitTime": "2026-03-30T18:05:00Z",
    "surname": "Example",
    "item": "A grey umbrella",
    "where": "On the number 9 bus",
    "day": "2026-03-29",
}
SAMPLES = {
    "01-umbrella.json": ("review", LOST),
    "02-no-such-day.json": (
        "attention",
        LOST | {"submissionId": "0b7b6b9e-6b1e-4a53-8c0e-2f3f4a5b6c77", "day": "2026-02-30"},
    ),
}


def with_second_form(folder: Path) -> dict[str, str]:
    """Copy the shipped forms (without samples) and mappings, and add the second form with its samples. Returns the
    environment variables that name both folders."""
    forms, mappings = folder / "forms", folder / "mappings"
    shutil.copytree(FORMS, forms, ignore=shutil.ignore_patterns("samples"))
    shutil.copytree(MAPPINGS, mappings)
    samples = forms / "lost" / "samples"
    samples.mkdir(parents=True)
    (forms / "lost" / "form.toml").write_text(FORM, encoding="utf-8")
    (forms / "lost" / "v1.schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    (mappings / "chs" / "lost.toml").write_text(MAPPING, encoding="utf-8")
    lines = [f'["{name}"]\nstate = "{state}"\n' for name, (state, _) in SAMPLES.items()]
    (samples / "expected.toml").write_text("\n".join(lines), encoding="utf-8")
    for name, (_, document) in SAMPLES.items():
        (samples / name).write_text(json.dumps(document), encoding="utf-8")
    return {"RPA_FORMS_DIR": str(forms), "RPA_MAPPINGS_DIR": str(mappings)}
