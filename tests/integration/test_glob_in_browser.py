"""Addresses with globs, as the browser tests them."""

from __future__ import annotations

import pytest

from tests.integration.pages import Open


@pytest.mark.asyncio(loop_scope="session")
async def test_a_star_may_stand_in_an_address_as_often_as_it_likes(show: Open) -> None:
    """`*` once, twice or in a row is anything at all; every other character is itself."""
    tab = await show("<h1>Here</h1>")
    for path, seen in {"/*": "it", "/**": "it", "*/*": "it", "/[a-z]*": "", "/x*y*z": "", "": "it"}.items():
        assert (
            await tab.current_condition({"it": {"path": path, "heading": "Here", "text": None, "css": None}})
            == seen
        )
