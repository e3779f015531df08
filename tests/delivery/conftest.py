"""A prepared computer and somebody at it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.content.small import SmallPackage, build_small
from tests.delivery.rooms import Lab, Somebody


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def lab(tmp_path: Path, small: SmallPackage) -> Iterator[Lab]:
    made = Lab(tmp_path / "station", small)
    yield made
    made.close()


@pytest.fixture
def come(lab: Lab) -> Iterator[Callable[[], Somebody]]:
    """Somebody sits down: a new start of the program, which is left at the end. No thread outlives the test."""
    before, came = set(threading.enumerate()), list[Somebody]()

    def sit_down() -> Somebody:
        came.append(Somebody(lab))
        return came[-1]

    yield sit_down
    for somebody in came:
        somebody.leave()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def ana(come: Callable[[], Somebody]) -> Somebody:
    return come()
