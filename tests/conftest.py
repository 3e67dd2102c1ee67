"""What every test can be told from outside."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--trials N`: how many trials the tests that draw by chance make."""
    parser.addoption("--trials", type=int, default=30, help="trials of the tests that draw by chance")


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> int:
    """How many trials to make."""
    number: int = request.config.getoption("--trials")
    return number
