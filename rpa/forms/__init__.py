"""Forms: load them, say what they ask, and understand a document as a report of one of them.

What lives here is true of any form: schemas, code lists, normalising, validating. What is true of one form is data
in `forms/<form>/`. What never lives here: bytes (see `rpa.documents`), targets, or what becomes of a report.
"""

from rpa.forms.copies import READ_FROM, differences, is_contained
from rpa.forms.corrections import CORRECTED, WrongCorrection, corrected, in_full
from rpa.forms.labels.report import BY_MACHINE, understand_skeleton, understand_written
from rpa.forms.loading import Form, load_forms
from rpa.forms.schema import Question
from rpa.forms.understanding import leaves, understand, unreadable

__all__ = [
    "BY_MACHINE",
    "CORRECTED",
    "READ_FROM",
    "Form",
    "Question",
    "WrongCorrection",
    "corrected",
    "differences",
    "in_full",
    "is_contained",
    "leaves",
    "load_forms",
    "understand",
    "understand_skeleton",
    "understand_written",
    "unreadable",
]
