"""One test on several computers: cloned, restored, carried, taken over, imported, in any order. Nothing is lost or doubled.

What is written anywhere is at the server in the end, once, on one first line or on a fork that is flagged.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from stamp_desktop.engine.events import Ticked
from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin, schema
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.carrying import Carrier
from stamp_desktop.sync.case import Case, Means
from stamp_desktop.sync.pieces import Pace
from stamp_desktop.sync.protocol import Imported
from stamp_desktop.trouble import Trouble
from tests import server_process
from tests.content.small import SmallPackage
from tests.faults.conftest import SOAK
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, form_of, in_house, moment_of, seeded

T = TypeVar("T")
pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200 if SOAK else 180)]
EXAMPLES, STEPS = (400, 30) if SOAK else (8, 12)
PLACES = 3
EXPECTED = {"session-differs", "session-went-on", "key-gone", "session-unknown"}
"""Trouble that somebody is told of, and after which everything is as it was."""


@pytest.fixture
def facts(tmp_path: Path, small: SmallPackage) -> DemoFacts:
    return seeded(tmp_path / "server", small)


@pytest.fixture
def server(tmp_path: Path, facts: DemoFacts) -> Iterator[ServerProcess]:
    assert facts.closed.id
    process = server_process.start(tmp_path / "server")
    yield process
    process.stop()


@pytest.fixture
def enrolled(tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts) -> list[Path]:
    """Computers of one school, without a test."""
    roots = [tmp_path / f"computer-{number}" for number in range(PLACES)]
    for root in roots:
        code = in_house(server.data, lambda house: admin.new_code(house, admin.organization_of(house, facts.closed.id)))
        LabComputer(root, small).enrol(server.url, code)
    return roots


class OneTest(RuleBasedStateMachine):
    """A test taker's computers. `written` is every row that any of them has committed."""

    server: ServerProcess
    facts: DemoFacts
    form: Form
    small: SmallPackage
    enrolled: list[Path]
    count = 0

    @initialize()
    def begin(self) -> None:
        OneTest.count += 1
        self.session = f"s-{OneTest.count}"
        self.folder = TemporaryDirectory(prefix="stamp-one-truth-")
        self.backups: list[tuple[int, Path]] = []
        self.computers = []
        for number, root in enumerate(self.enrolled):
            copied = Path(self.folder.name) / f"place-{number}"
            shutil.copytree(root, copied)
            self.computers.append(LabComputer(copied, self.small))
        seated = self.computers[0].seat(self.session, self.facts.closed, self.form, login=self.session)
        seated.start_of_test()
        self.written = {row.hash for row in seated.book.rows()}
        seated.book.close()

    @rule(at=some.integers(0, PLACES - 1), rows=some.integers(1, 3))
    def write(self, at: int, rows: int) -> None:
        """The test goes on wherever it is open, whoever else goes on with it."""
        computer = self.computers[at]
        key = computer.keys.get(key_name(self.session))
        if key is None or self._state(computer) != "open":
            return
        with closing(Journal.open(self._journal(computer), SessionKey(key))) as book:
            self.written |= {row.hash for row in book.append_all([moment_of(Ticked()) for _ in range(rows)])}

    @rule(at=some.integers(0, PLACES - 1))
    def deliver(self, at: int) -> None:
        computer = self.computers[at]
        if self._state(computer):
            self._at(computer, lambda means: self._delivered(computer, means))

    @rule(at=some.integers(0, PLACES - 1))
    def take_over(self, at: int) -> None:
        computer = self.computers[at]
        station = computer.station()
        try:
            preparation = computer.preparation(station)
            found = preparation.elsewhere(self.session)
            if found and not (self._state(computer) == "open" and self._journal(computer).exists()):
                preparation.take_over(found)
        except Trouble as trouble:
            self._expected(trouble)
        finally:
            station.close()

    @rule(from_=some.integers(0, PLACES - 1), to=some.integers(0, PLACES - 1))
    def carry(self, from_: int, to: int) -> None:
        stick = Path(self.folder.name) / "stick"
        try:
            done = self._carrying(from_, lambda carrier: carrier.export(self.session, stick, move=True))
            self._carrying(to, lambda carrier: carrier.bring_in(stick, done.code))
        except Trouble as trouble:
            self._expected(trouble)

    @rule(at=some.integers(0, PLACES - 1))
    def carry_to_server(self, at: int) -> None:
        computer, stick = self.computers[at], Path(self.folder.name) / "stick"
        if self._journal(computer).exists():
            self._carrying(at, lambda carrier: carrier.export(self.session, stick))
            with computer.line() as line:
                assert line.call("POST", "/v1/import", stick.read_bytes()).read(Imported).session == self.session

    @rule(at=some.integers(0, PLACES - 1))
    def back_up(self, at: int) -> None:
        copied = Path(self.folder.name) / f"backup-{len(self.backups)}"
        shutil.copytree(self.computers[at].root, copied)
        self.backups.append((at, copied))

    @precondition(lambda self: self.backups)
    @rule(which=some.integers(0, 99))
    def restore(self, which: int) -> None:
        """An older state comes back, after the newer one has been delivered: what only a lost disk had, nobody can have."""
        at, copied = self.backups[which % len(self.backups)]
        self.deliver(at)
        shutil.rmtree(self.computers[at].root)
        shutil.copytree(copied, self.computers[at].root)

    @rule(from_=some.integers(0, PLACES - 1), to=some.integers(0, PLACES - 1))
    def clone(self, from_: int, to: int) -> None:
        if from_ != to:
            self.deliver(to)
            shutil.rmtree(self.computers[to].root)
            shutil.copytree(self.computers[from_].root, self.computers[to].root)

    def teardown(self) -> None:
        for number in range(PLACES):
            self.deliver(number)
        in_house(self.server.data, self._check)
        self.folder.cleanup()

    def _check(self, house: House) -> None:
        own, branch = schema.event.c, schema.branch.c
        with house.store.reading() as connection:
            there = connection.execute(select(own.hash).where(own.session == self.session)).scalars().all()
            branches = connection.execute(select(branch.number).where(branch.session == self.session)).scalars().all()
        assert self.written <= set(there), "nothing is lost"
        assert len(there) == len(set(there)), "nothing is doubled"
        [row] = [row for row in admin.sessions(house) if row.id == self.session]
        assert row.forked == (len(branches) > 1) == ("fork" in row.alarms), "a fork is kept and flagged, and nothing else is"

    def _delivered(self, computer: LabComputer, means: Means) -> None:
        case = Case(computer.folders.session(self.session))
        case.deliver(means, computer.line_of(self.session), lambda: None)
        assert case.waiting.events == 0

    def _at(self, computer: LabComputer, work: Callable[[Means], None]) -> None:
        station = computer.station()
        try:
            with computer.line() as line:
                work(Means(station, computer.device(), computer.keys, line, computer.clock, Pace(computer.clock)))
        finally:
            station.close()

    def _carrying(self, at: int, work: Callable[[Carrier], T]) -> T:
        computer = self.computers[at]
        station = computer.station()
        try:
            return work(Carrier(computer.folders, station, computer.keys, computer.clock))
        finally:
            station.close()

    def _state(self, computer: LabComputer) -> str:
        station = computer.station()
        try:
            return next((each.state for each in station.sessions() if each.id == self.session), "")
        finally:
            station.close()

    def _journal(self, computer: LabComputer) -> Path:
        return computer.folders.session(self.session).journal

    def _expected(self, trouble: Trouble) -> None:
        if trouble.code not in EXPECTED:
            raise trouble


def test_one_test_on_many_computers_is_one_test(
    server: ServerProcess, enrolled: list[Path], facts: DemoFacts, small: SmallPackage, report: list[str]
) -> None:
    class Here(OneTest):
        pass

    Here.server, Here.enrolled, Here.facts, Here.small, Here.form = server, enrolled, facts, small, form_of(small)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            suppress_health_check=checks,
            phases=(Phase.generate, Phase.shrink) if SOAK else (Phase.generate,),
        ),
    )
    rows = in_house(server.data, admin.sessions)
    forked = sum(row.forked for row in rows)
    report.append(
        f"{len(rows)} tests on {PLACES} computers each, {STEPS} steps: nothing lost or doubled, {forked} forks, flagged"
    )
