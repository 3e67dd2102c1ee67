"""Rows of `reports` to values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from orchestrator.store.tables import reports
from orchestrator.store.values import Stored, Summary
from rpa.report import Answer, Note, Problem, ProblemKind

SUMMARY = tuple(reports.c[name.name] for name in fields(Summary))
STORED = tuple(reports.c[name.name] for name in fields(Stored))


def summary(row: Row[Any]) -> Summary:
    """From a row of the `SUMMARY` columns."""
    return Summary(**row._asdict())


def stored(row: Row[Any]) -> Stored:
    """From a row of the `STORED` columns."""
    columns = row._asdict()
    columns["data"] = columns["data"] or {}
    columns["answers"] = tuple(_answer(answer) for answer in columns["answers"] or ())
    columns["problems"] = tuple(_problem(problem) for problem in columns["problems"] or ())
    columns["notes"] = tuple(Note(**note) for note in columns["notes"] or ())
    return Stored(**columns)


def _answer(document: Mapping[str, Any]) -> Answer:
    return Answer(**{**document, "section": tuple(document["section"])})


def _problem(document: Mapping[str, Any]) -> Problem:
    return Problem(**{**document, "kind": ProblemKind(document["kind"])})
