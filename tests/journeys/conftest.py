"""Labs for the journeys, one a module. Where a part is missing they are skipped, except where all must be there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sound_server
from tests.journeys import desktop
from tests.journeys.lab import ROOT, Lab, lab
from tests.journeys.short_test import write_short


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def whole_computer() -> None:
    """Everything that a journey needs is on this computer."""
    if reason := desktop.missing() or sound_server.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def demo_lab(whole_computer: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:  # noqa: ARG001  # asked for first
    """A lab that gives the demonstration test."""
    with lab(tmp_path_factory.mktemp("lab"), ROOT / "assets" / "demo" / "english") as made:
        yield made


@pytest.fixture(scope="module")
def short_lab(whole_computer: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:  # noqa: ARG001  # asked for first
    """A lab that gives the short test."""
    source = write_short(tmp_path_factory.mktemp("source") / "short")
    with lab(tmp_path_factory.mktemp("lab"), source) as made:
        yield made


@pytest.fixture(scope="module")
def brief_lab(whole_computer: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:  # noqa: ARG001  # asked for first
    """A lab that gives the short test with one set or task in each section."""
    source = write_short(tmp_path_factory.mktemp("source") / "brief", brief=True)
    with lab(tmp_path_factory.mktemp("lab"), source) as made:
        yield made
