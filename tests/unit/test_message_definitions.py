"""Messages as a form and the settings have them: every fault is named with its file and line before one is
sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.credentials import notify_faults
from orchestrator.definitions import definition_faults, load_definitions
from orchestrator.settings import load_settings
from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms
from rpa.forms.messages import FACTS
from rpa.report import MessageKind
from tests.unit.test_forms_definitions import FORM, change
from tests.unit.test_settings import SMALL, write
from tests.worlds import FORMS, all_forms

RECEIVED, NEEDS_MORE = "messages/received.toml", "messages/needs_more.toml"


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """A copy of the forms, to change."""
    shutil.copytree(FORMS, tmp_path / "forms", ignore=shutil.ignore_patterns("samples"))
    return tmp_path / "forms"


def faults(forms: Path) -> tuple[Fault, ...]:
    """What is wrong with the forms."""
    with pytest.raises(DefinitionError) as caught:
        load_forms(forms)
    return caught.value.faults


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            RECEIVED,
            "Your reference is {reference}.",
            "Your reference is {referense}.",
            "{referense} is not known",
        ),
        (RECEIVED, "us this reference.", "us this {reference.", "a brace without its pair"),
        (RECEIVED, "your report {reference}", "your report {surname}", "{surname} is not known here"),
        (
            RECEIVED,
            "Your reference is {reference}.",
            "It is {target_reference}.",
            "{target_reference} is not known",
        ),
        (RECEIVED, 'subject = "We', 'subject = "Line\\nWe', "match pattern"),
        (RECEIVED, "subject =", "subjekt =", "no such key"),
        (NEEDS_MORE, "cannot be right", "{why} cannot be right", "{why} is not known here"),
        (
            FORM,
            'email = "/personReporting/emailAddress"',
            'email = "/personReporting/surname"',
            "format email",
        ),
        (FORM, 'wanted = "personReporting', 'wanted = "loud(', "JMESPath"),
        (
            FORM,
            '[[contact.sensitive]]\nwhen = "highHarmFlag"\nwhy',
            '[[contact.sensitive]]\nwhen = "x"\nwhi',
            "no such key",
        ),
    ],
)
def test_a_wrong_message_is_refused(forms: Path, file: str, old: str, new: str, said: str) -> None:
    """A placeholder that is no fact of this kind, a broken expression, an address that is asked for nowhere: the
    file and the line are named."""
    path = forms / "ocr" / file
    line = change(path, old, new)
    found = faults(forms)
    assert any(said in fault.message and fault.file == str(path) for fault in found), found
    assert any(line <= fault.line <= line + old.count("\n") for fault in found), found


def test_a_file_that_is_no_message_and_a_form_that_says_nothing_of_contact(forms: Path) -> None:
    """A message that would never be sent is refused: by its name, or as nobody may be written to."""
    (forms / "ocr" / "messages" / "recieved.toml").write_text('subject = "x"\nbody = "y"', encoding="utf-8")
    assert "no message of this name" in faults(forms)[0].message
    (forms / "ocr" / "messages" / "recieved.toml").unlink()
    text = (forms / "ocr" / FORM).read_text(encoding="utf-8")
    (forms / "ocr" / FORM).write_text(text[: text.index("[contact]")], encoding="utf-8")
    assert {fault.message for fault in faults(forms)} == {"form.toml has no [contact]"}


def test_a_form_has_to_say_when_it_is_sensitive(forms: Path) -> None:
    """A form whose people are written to says which of its reports are of what is never acknowledged."""
    path = forms / "ocr" / FORM
    path.write_text(path.read_text(encoding="utf-8").replace("[[contact.sensitive]]", "[[contact.unsafe]]"))
    assert [fault.place for fault in faults(forms)] == ["contact / sensitive"]


def test_the_shipped_messages_name_no_answer() -> None:
    """Every kind is there for the crime form, and no fact that a message may name is an answer."""
    assert all_forms()["ocr"].messages.keys() == set(MessageKind)
    assert frozenset().union(*FACTS.values()) == {
        *("reference", "form", "submitted", "received", "target_reference", "why"),
    }


def test_a_reason_that_is_none_is_a_fault(forms: Path, tmp_path: Path) -> None:
    """Words for a misspelt reason would never be said."""
    line = change(forms / "ocr" / NEEDS_MORE, "invalid =", "invaild =")
    settings = load_settings(write(tmp_path, 'forms_dir = "forms"\n' + SMALL))
    (found,) = definition_faults(settings, load_forms(forms))
    assert (found.file, found.line, found.place) == (str(forms / "ocr" / NEEDS_MORE), line, "why.invaild")


MAIL = """\
[notify]
channel = "smtp"
[notify.smtp]
host = "mail.example.com"
sender = "no-reply@police.example"
"""
ON = "messages = { received = true }\n"


def fault_of(tmp_path: Path, text: str) -> Fault:
    """The one fault of a file of settings."""
    with pytest.raises(DefinitionError) as raised:
        load_definitions(load_settings(write(tmp_path, text)))
    (found,) = raised.value.faults
    return found


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (SMALL + ON, "forms.ocr.messages.received", "no [notify] channel"),
        (SMALL + ON + '[notify]\nchannel = "smtp"\n', "notify", "no [notify.smtp]"),
        (
            SMALL + ON + MAIL.replace("smtp", "govuk_notify").replace('"govuk_notify"', '"govuk-notify"'),
            "notify.govuk_notify",
            "",
        ),
        (SMALL + MAIL + 'security = "none"\n', "notify.smtp", "on this machine only"),
        (SMALL + MAIL + 'username = "reports"\n', "notify.smtp", "belong together"),
        (
            SMALL + MAIL.replace("no-reply@police.example", "Police <p@police.example>"),
            "notify.smtp.sender",
            "one plain",
        ),
        (SMALL + MAIL + 'envelope_sender = "x"\n', "notify.smtp.envelope_sender", ""),
        (SMALL + MAIL + 'username = "r"\npassword_file = "away"\n', "secret", "it is not there"),
        (SMALL + MAIL + 'authorities = "rpa.toml"\n', "notify.smtp.authorities", "not a PEM file"),
    ],
)
def test_settings_by_which_nothing_can_be_sent_are_refused(
    tmp_path: Path, text: str, place: str, said: str
) -> None:
    """A channel that lacks its part, a server elsewhere without TLS, a secret that is not there: named at the
    start."""
    with pytest.raises(DefinitionError) as raised:
        load_definitions(load_settings(write(tmp_path, text)))
    found = raised.value.faults
    assert any(fault.place.startswith(place) and said in fault.message for fault in found), found
    assert all(fault.remedy and fault.line for fault in found)


def test_a_message_that_the_form_does_not_have_cannot_be_switched_on(forms: Path, tmp_path: Path) -> None:
    """The settings name the kind, and the file that is missing."""
    (forms / "ocr" / RECEIVED).unlink()
    found = fault_of(tmp_path, 'forms_dir = "forms"\n' + SMALL + ON + MAIL)
    assert found.place == "forms.ocr.messages.received"
    assert "messages/received.toml" in found.remedy


def test_a_key_of_notify_is_checked_and_never_shown(tmp_path: Path) -> None:
    """Something else in the file of the key is a fault, whose words do not repeat it."""
    key = tmp_path / "key"
    key.write_text("s3cret", encoding="ascii")
    templates = {str(kind): "11111111-1111-4111-8111-111111111111" for kind in MessageKind}
    given = {"channel": "govuk-notify", "govuk_notify": {"api_key_file": key, "templates": templates}}
    (found,) = notify_faults(load_settings(write(tmp_path, SMALL), notify=given))
    assert found.message == "it is not an API key of GOV.UK Notify"
    assert "s3cret" not in str(found)


def test_without_messages_nothing_is_asked_of_the_settings(tmp_path: Path) -> None:
    """What is off needs no channel."""
    settings = load_settings(write(tmp_path, SMALL))
    assert settings.message_switches == frozenset()
    assert definition_faults(settings, all_forms()) == []
