"""The named formats: what is tidied, what is right, what is left for a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.forms.formats import FORMATS, parse_moment

RIGHT = [
    ("date", "2026-03-14", "2026-03-14"),
    ("date", "14/3/2026", "2026-03-14"),
    ("date", "01.02.1980", "1980-02-01"),
    ("date", "1 February 1980", "1980-02-01"),
    ("date", "3rd Sept 2020", "2020-09-03"),
    ("date", "3rd Sep 2020", "2020-09-03"),
    ("date", "1980-06-01T00:00:00Z", "1980-06-01"),
    ("time", "16:00", "16:00"),
    ("time", "9:05", "09:05"),
    ("time", "16.30", "16:30"),
    ("time", "4:30 pm", "16:30"),
    ("time", "12:15 a.m.", "00:15"),
    ("time", "16:00:00.000Z", "16:00"),
    ("time", "2026-03-14T16:05:00", "16:05"),
    ("month", "3/2019", "2019-03"),
    ("month", "2019-03-01", "2019-03"),
    ("year", "2019", "2019"),
    ("postcode", "sw1a1aa", "SW1A 1AA"),
    ("postcode", " EX1  1AA", "EX1 1AA"),
    ("postcode", "gir0aa", "GIR 0AA"),
    ("vrm", "ab12 cde", "AB12CDE"),
    ("vrm", "A123 BCD", "A123BCD"),
    ("vrm", "ABC 123D", "ABC123D"),
    ("vrm", "ABC 123", "ABC123"),
    ("vrm", "1234 AB", "1234AB"),
    ("vrm", "AIA 1234", "AIA1234"),
    ("vrm", "abz-1234", "ABZ1234"),
    ("vrm", "Q123 ABC", "Q123ABC"),
    ("e164", "020 7946 0123", "+442079460123"),
    ("e164", "0044 7700 900123", "+447700900123"),
    ("e164", "+44 (0)7700 900123", "+447700900123"),
    ("e164", "+33 1 23 45 67 89", "+33123456789"),
    ("uprn", "000123", "123"),
    ("imei", "49-015420-323751-8", "490154203237518"),
    ("email", "alex@example.com", "alex@example.com"),
    ("date-time", "2026-03-14T16:00:00+00:00", "2026-03-14T16:00:00+00:00"),
]


@pytest.mark.parametrize(("name", "sent", "tidied"), RIGHT)
def test_tidied(name: str, sent: str, tidied: str) -> None:
    """A correct answer in another notation is tidied, and the result is valid."""
    named = FORMATS[name]
    assert named.tidy(sent) == tidied
    assert named.check(tidied) or tidied == sent


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("date", "30/02/1983"),
        ("date", "1983-02-30"),
        ("date", "March 1983"),
        ("date", "2026-03-14T15:30:00"),
        ("date", "3/14/2026"),
        ("time", "25:00"),
        ("time", "16:60"),
        ("time", "13:00 pm"),
        ("time", "noonish"),
        ("month", "13/2019"),
        ("year", "19"),
        ("postcode", "CBC 123M13 3SX"),
        ("postcode", "EX1"),
        ("vrm", "ABCD 123"),
        ("vrm", "AB12 CDEF"),
        ("e164", "999"),
        ("e164", "07700 900123 ext 4"),
        ("e164", "CALL-ME-NOW"),
        ("e164", "07700 900123 or 07700 900124"),
        ("uprn", "0"),
        ("uprn", "12a"),
        ("imei", "12345"),
        ("email", "alex at example.com"),
        ("email", "a@b"),
        ("date-time", "yesterday"),
    ],
)
def test_left_for_a_person(name: str, sent: str) -> None:
    """An answer that is not certain is not changed, and is not valid."""
    assert FORMATS[name].tidy(sent) == sent
    assert not FORMATS[name].check(sent)


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=40))
def test_any_text(name: str, text: str) -> None:
    """No text is too strange for a format; tidying twice is the same as once, and showing it never fails."""
    named = FORMATS[name]
    tidied = named.tidy(text)
    assert named.tidy(tidied) == tidied
    assert isinstance(named.check(text), bool)
    assert isinstance(named.read(text), str)


def test_a_moment_without_an_offset_is_utc() -> None:
    """A submission time has an offset by definition; without one the moment is still one."""
    moment = parse_moment("2026-03-14T16:00:00")
    assert moment is not None
    assert moment.utcoffset() is not None
