"""The address of a database: it is refused, or shown without its password (P8)."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import make_url

from orchestrator.settings import load_settings
from orchestrator.store.engine import shown
from rpa.errors import DefinitionError


@given(password=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=6, max_size=20))
@example("s3c@reT-CANARY")
@example("s3c/reT-CANARY@")
def test_no_part_of_a_password_is_shown(password: str) -> None:
    """Whatever a password is, and however it is written in the address, it is refused or not shown."""
    address = f"postgresql://rpa:{password}@db.example.com:5432/rpa"
    try:
        settings = load_settings(database={"url": address})
    except DefinitionError as error:
        said = str(error)
    else:
        said = shown(make_url(settings.database.url))
    longest = max(re.split("[^A-Za-z0-9]", password), key=len)
    assert len(longest) < 4 or longest not in said.replace("postgresql://rpa", "").replace("example", "")
