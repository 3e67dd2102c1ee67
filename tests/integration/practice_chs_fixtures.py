"""Fixtures of the tests that meet the practice CHS over HTTP, loaded as a plugin: one process for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.practice_chs_visitor import RunningChs, Visitor, running


@pytest.fixture(scope="session")
def started_chs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChs]:
    """One practice CHS for every module that meets it over HTTP."""
    with running(tmp_path_factory.mktemp("practice-chs")) as chs:
        yield chs


@pytest.fixture
def chs(started_chs: RunningChs) -> RunningChs:
    """The practice CHS, emptied."""
    assert started_chs.practice("POST", "reset").json() == {"reset": True}
    return started_chs


@pytest.fixture
def visitor(chs: RunningChs) -> Iterator[Visitor]:
    """Somebody signed in as robot01."""
    visitor = Visitor(chs.base)
    visitor.sign_in()
    yield visitor
    visitor.close()
