"""A small package, how long the tests are, and the figures at the end."""

import os

import pytest

from tests.content.small import SmallPackage, build_small

FIGURES = pytest.StashKey[list[str]]()
SOAK = os.environ.get("STAMP_SOAK") == "1"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the summary."""
    lines = request.config.stash.setdefault(FIGURES, [])
    assert isinstance(lines, list)
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)
