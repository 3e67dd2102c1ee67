"""Loading a mapping, and telling which answers an expression chooses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.errors import DefinitionError
from rpa.planning.mapping import (
    Attachments,
    Codes,
    FormMapping,
    Narrative,
    Rows,
    Source,
    compiled,
    load_mapping,
    sources,
)
from rpa.planning.provenance import pointers_in, provenance
from rpa.targets.profile import Definition
from tests.worlds import MAPPINGS, ROOT

REPORT = {
    "person": {"surname": "Example", "firstName": "Alex", "a/b~c": "odd"},
    "items": [{"kind": "x", "value": 1}, {"kind": "y", "value": 2}],
    "story": "Once",
}


@pytest.mark.parametrize(
    ("expression", "pointers"),
    [
        ("person.surname", ["/person/surname"]),
        ("person.[firstName, surname]", ["/person/firstName", "/person/surname"]),
        ("person.[nickname, surname][] | [0]", ["/person/surname"]),
        ("items[*].value", ["/items/0/value", "/items/1/value"]),
        ('person."a/b~c"', ["/person/a~1b~0c"]),
        ("person", ["/person/surname", "/person/firstName", "/person/a~1b~0c"]),
        ("nothing.there", []),
        ("[nothing, story]", ["/story"]),
    ],
)
def test_expression_over_the_provenance_says_which_answers(expression: str, pointers: list[str]) -> None:
    """Evaluated over a report's provenance, an expression gives the JSON Pointers of the answers it chooses."""
    assert pointers_in(compiled(expression).search(provenance(REPORT))) == pointers


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=15,
)


@given(JSON)
def test_a_provenance_has_each_leaf_once(document: object) -> None:
    """The pointers of a provenance are as many as the document's leaves, and no two are the same."""

    def leaves(value: object) -> int:
        if isinstance(value, dict):
            return sum(map(leaves, value.values()))
        return sum(map(leaves, value)) if isinstance(value, list) else 1

    found = pointers_in(provenance(document))
    assert len(found) == len(set(found)) == leaves(document)


def test_sources_are_listed_with_their_places() -> None:
    """Every source of a mapping is listed once, with the key path that finds its line."""
    mapping = load_mapping(MAPPINGS / "chs", "ocr").mapping
    places = [place for place, _, _ in sources(mapping)]
    assert len(places) == len(set(places))
    assert ("screen", "Person reporting", "Person record", "parts", "Surname") in places
    assert ("screen", "Property", "rows", 1, "columns", "Status") in places


def test_conditions_may_be_written_out() -> None:
    """A condition is the name of one, or an expression of its own."""
    mapping = load_mapping(MAPPINGS / "chs", "ocr").mapping
    assert mapping.holds("it is a vehicle", {"stolenItemType": "SITP_0006"})
    assert not mapping.holds("it is a vehicle", {"stolenItemType": "SITP_0001"})
    assert mapping.holds("stolenItemType == 'SITP_0001'", {"stolenItemType": "SITP_0001"})
    assert mapping.holds(None, {})


def test_names_stand_for_parts_of_the_report() -> None:
    """A named part is found under its own name beside the report's."""
    mapping = load_mapping(MAPPINGS / "chs", "ocr").mapping
    data = {"howInvolvedInCrime": {"victimIsBusiness": {"businessName": "Example Ltd"}}}
    assert mapping.with_names(data)["business"] == {"businessName": "Example Ltd"}


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """A mapping with several wrong keys is refused with a fault for each, on its own line."""
    (tmp_path / "x.toml").write_text(
        'form = "ocr"\nversions = ["one"]\ncolour = 1\n'
        '[narrative]\nscreen = "S"\ncontrol = "C"\ntitle = "T"\n[screen."S"]\n"A" = { from = "[" }\n',
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as raised:
        load_mapping(tmp_path, "x")
    assert sorted((fault.line, fault.place) for fault in raised.value.faults) == [
        (2, "versions / 0"),
        (3, "colour"),
        (9, "screen / S / A / from"),
    ]


@pytest.mark.parametrize(
    "part", [FormMapping, Source, Rows, Narrative, Attachments, Codes], ids=lambda part: part.__name__
)
def test_guide_explains_every_key(part: type[Definition]) -> None:
    """docs/writing-a-mapping.md explains every key that a mapping may have."""
    guide = (ROOT / "docs" / "writing-a-mapping.md").read_text(encoding="utf-8")
    keys = {field.alias or name for name, field in part.model_fields.items()}
    assert {key for key in keys if not re.search(rf"`{key}|{key} = |\[{key}\]|\.{key}\b", guide)} == set()
