import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.settings import Settings, keep_settings
from tests import server_process
from tests.content.small import SmallPackage, build_small
from tests.server.backends import Cluster, running_bucket, running_cluster
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, form_of, in_house, seeded


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    """A small package that no test changes."""
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def form(small: SmallPackage) -> Form:
    return form_of(small)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A real PostgreSQL of the tests' own."""
    with running_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """The URL of a bucket of a server that speaks S3, on loopback."""
    with running_bucket() as url:
        yield url


@pytest.fixture(scope="module", params=["embedded", "sites"])
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this module's server: everything in it, or a database in PostgreSQL and files in S3."""
    folder: Path = tmp_path_factory.mktemp("server")
    if request.param == "sites":
        cluster: Cluster = request.getfixturevalue("cluster")
        objects = str(request.getfixturevalue("bucket")).replace("?", f"/{folder.name}?")
        keep_settings(Settings(folder, cluster.new_database(), objects))
    return folder


@pytest.fixture(scope="module")
def facts(data: Path, small: SmallPackage) -> DemoFacts:
    """The demonstration's district in it."""
    return seeded(data, small)


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    """A real server on loopback, which the tests of a module share: each has computers and sessions of its own."""
    process = server_process.start(data)
    yield process
    if process.process.poll() is None:
        process.stop()


@pytest.fixture
def new_code(server: ServerProcess, facts: DemoFacts) -> Callable[[], str]:
    """Makes an enrolment code of the demonstration's district."""

    def made() -> str:
        code: str = in_house(server.data, lambda house: admin.new_code(house, admin.organization_of(house, facts.closed.id)))
        return code

    return made


@pytest.fixture
def new_computer(
    tmp_path: Path, small: SmallPackage, server: ServerProcess, new_code: Callable[[], str]
) -> Callable[[str], LabComputer]:
    """Makes an enrolled computer of that name."""

    def made(name: str) -> LabComputer:
        computer = LabComputer(tmp_path / name, small)
        computer.enrol(server.url, new_code())
        return computer

    return made


@pytest.fixture
def computer(new_computer: Callable[[str], LabComputer]) -> LabComputer:
    """An enrolled computer."""
    return new_computer("computer")


@pytest.fixture
def seated(computer: LabComputer, facts: DemoFacts, form: Form) -> Seated:
    """A test taker on it who has just begun, in a session of its own."""
    name = f"s-{uuid.uuid4().hex}"
    return computer.seat(name, facts.closed, form, login=name)
