"""JSON documents that were made to use up time or memory. Each is small to send; what it would cost is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.worlds import document

_ACCENTS = "".join(map(chr, (0x0301, 0x0316)))  # of two classes: to put many in order takes quadratic time


def _crime(**parts: Any) -> bytes:
    return json.dumps({**document("05-shop-theft.json"), **parts}, ensure_ascii=False).encode()


def _incident(**answers: Any) -> bytes:
    given = document("05-shop-theft.json")
    return _crime(incidentDetails={**given["incidentDetails"], **answers})


def _keys_sent_twice() -> bytes:
    return b'{"category": "OCR", ' + b", ".join([b'"a": 1, "a": 2'] * 20_000) + b"}"


def _long_key() -> bytes:
    return _crime(**{"k" * 100_000: {str(number): number for number in range(50_000)}})


def _key_of_accents() -> bytes:
    return _crime(**{"a" + _ACCENTS * 50_000: "x"})


def _option_of_accents() -> bytes:
    given = document("05-shop-theft.json")["personReporting"]
    return _crime(personReporting={**given, "gender": "a" + _ACCENTS * 400_000})


def _grouped_number(groups: int) -> bytes:
    return _incident(currentAddress={"easting": "1" + ",000" * groups})


def _many_answers(number: int) -> bytes:
    return _crime(more={f"question{each}": "x" for each in range(number)})


def _many_items() -> bytes:
    return _crime(stolenItem=[{"stolenItemType": "SITP_0005", "otherItemDescription": "x"}] * 2_400)


def _many_parts() -> bytes:
    return _crime(more=[[[[]]]] * 1_500_000)


def _deep_and_long() -> bytes:
    inner: Any = {str(number): 1 for number in range(20_000)}
    for level in range(50):
        inner = {f"{level}".ljust(150, "k"): inner}
    return _crime(more=inner)


def _long_text() -> bytes:
    return _incident(incidentDescription="Word and word. " * 600_000)


def _entities() -> bytes:
    return _crime(more=["&lt;" * 240_000] * 10)


def _numbers() -> bytes:
    return _crime(more=[10**39] * 200_000)


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "keys sent twice": _keys_sent_twice,
    "a long key over many answers": _long_key,
    "a key of accents": _key_of_accents,
    "an option of accents": _option_of_accents,
    "a grouped number": lambda: _grouped_number(1_000),
    "a long grouped number": lambda: _grouped_number(200_000),
    "many answers": lambda: _many_answers(400_000),
    "as many answers as are read": lambda: _many_answers(4_800),
    "many items": _many_items,
    "many empty parts": _many_parts,
    "long keys in depth": _deep_and_long,
    "a long text": _long_text,
    "entities": _entities,
    "many numbers": _numbers,
}
"""By what it is."""
