from collections.abc import Iterator
from pathlib import Path

import pytest

from stamp_desktop.engine.session import Form
from stamp_desktop.server.demo import DemoFacts
from tests import server_process
from tests.content.small import SmallPackage, build_small
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, form_of, seeded


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    """A small package that no test changes."""
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def form(small: SmallPackage) -> Form:
    return form_of(small)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of this test's server."""
    return tmp_path / "server"


@pytest.fixture
def facts(data: Path, small: SmallPackage) -> DemoFacts:
    """The demonstration's district in this test's server."""
    return seeded(data, small)


@pytest.fixture
def server(data: Path) -> Iterator[ServerProcess]:
    """A real server on loopback."""
    process = server_process.start(data)
    yield process
    if process.process.poll() is None:
        process.stop()


@pytest.fixture
def computer(tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts) -> LabComputer:
    """An enrolled computer."""
    made = LabComputer(tmp_path / "computer", small)
    made.enrol(server.url, facts.enrolment_code)
    return made
