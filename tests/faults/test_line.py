"""Lines that cut, lose, repeat, delay and dribble: recordings arrive byte for byte, sessions exactly once.

The short form brings 40 recordings and 3 sessions over such a line; with STAMP_SOAK=1 5,000 and 60, each time others.
"""

import hashlib
import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.case import Case, Means
from stamp_desktop.sync.pieces import Pace, Source, send_file
from stamp_desktop.sync.transport import Broken, Offline, Refused, station_line
from stamp_desktop.sync.upload import begin
from stamp_desktop.trouble import Trouble
from tests import server_process
from tests.content.small import SmallPackage
from tests.faults.conftest import SOAK, many
from tests.faults.line import BadLine, bad_line, until
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, form_of, in_house, seeded

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200 if SOAK else 180)]
TRANSFERS, SESSIONS = many(40, 5_000), many(3, 60)
TRIES = 400


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
def computer(tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts) -> LabComputer:
    made = LabComputer(tmp_path / "computer", small)
    made.enrol(server.url, facts.enrolment_code)
    return made


@pytest.fixture
def form(small: SmallPackage) -> Form:
    return form_of(small)


def test_recordings_arrive_byte_for_byte_over_any_line(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path, report: list[str]
) -> None:
    seed = secrets.randbits(32) if SOAK else 5
    dice, pace = random.Random(seed), Pace(SystemClock())
    seated = computer.seat("s-1", facts.closed, form)
    with computer.line() as good:
        begin(good, computer.device(), computer.line_of("s-1"), seated.book)
    sent = again = 0
    with bad_line(server.port, seed) as bad:
        line = station_line(computer.device(), computer.keys, computer.clock, bad.url)
        for number in range(TRANSFERS):
            path, raw = tmp_path / "spoken", dice.randbytes(int(2 ** dice.uniform(4, 20.5)))
            path.write_bytes(raw)
            source = Source("s-1", f"r-{number}", hashlib.sha256(raw).hexdigest(), len(raw), path)
            where, before, breaks = [""], bad.piece_bytes, bad.breaks + _more(bad)

            def arrived(source: Source = source, where: list[str] = where) -> bool:
                try:
                    send_file(line, source, pace, where[0], lambda place: where.__setitem__(0, place))
                except (Offline, Broken):
                    return False
                except Refused as refused:
                    if refused.code != "offset-other":
                        raise
                    return False
                return True

            until(arrived, TRIES)
            kept = server.data / "objects" / "recordings" / "s-1" / f"r-{number}.{source.sha256[:16]}.rec"
            assert kept.read_bytes() == raw
            over, cuts = bad.piece_bytes - before - len(raw), bad.breaks + _more(bad) - breaks
            assert over <= cuts * bad.largest_piece, "at most one piece is sent again after a cut"
            sent, again = sent + len(raw), again + max(0, over)
        line.close()
    report.append(
        f"{TRANSFERS} recordings, {sent / 2**20:.0f} MiB, over a line with {_said(bad)}: all byte for byte; "
        f"{100 * again / sent:.1f} % sent again, seed {seed}"
    )
    assert in_house(server.data, admin.sessions)[0].recordings == TRANSFERS


def test_sessions_arrive_exactly_once_over_any_line(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, report: list[str]
) -> None:
    seed = secrets.randbits(32) if SOAK else 9
    seats = [computer.seat(f"s-{number}", facts.closed, form, login=f"login {number}").sit() for number in range(SESSIONS)]
    with bad_line(server.port, seed) as bad:
        station = Station(computer.folders.station)
        device = replace(computer.device(), server_url=bad.url)
        line = station_line(device, computer.keys, computer.clock)
        for seated in seats:
            case = Case(computer.folders.session(seated.session))
            means = Means(station, device, computer.keys, line, computer.clock, Pace(computer.clock))

            def received(case: Case = case, means: Means = means, session: str = seated.session) -> bool:
                try:
                    case.deliver(means, computer.line_of(session), lambda: None)
                except (Offline, Broken, Refused) as trouble:
                    case.failed(trouble, 0)
                return case.settled

            until(received, TRIES)
        line.close()
        station.close()
    rows = {row.id: row for row in in_house(server.data, admin.sessions)}
    assert set(rows) == {seated.session for seated in seats}
    for seated in seats:
        row = rows[seated.session]
        assert (row.events, row.recordings, row.forked, row.alarms) == (seated.book.head().seq, 3, False, ())
        assert computer.line_of(seated.session).receipt == row.receipt
        for path in computer.folders.session(seated.session).recordings.glob("*.rec"):
            [there] = (server.data / "objects" / "recordings" / seated.session).glob(f"{path.stem}.*")
            assert there.read_bytes() == path.read_bytes()
    report.append(f"{SESSIONS} sessions over a line with {_said(bad)}: each there once, whole, with its receipt; seed {seed}")


def test_a_stale_piece_that_arrives_late_changes_nothing(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    seated.sit()
    station = Station(computer.folders.station)
    with bad_line(server.port, 2, ("late", "twice")) as bad:
        device = replace(computer.device(), server_url=bad.url)
        with station_line(device, computer.keys, computer.clock) as line:
            case = Case(computer.folders.session("s-1"))
            means = Means(station, device, computer.keys, line, computer.clock, Pace(computer.clock))

            def received() -> bool:
                try:
                    case.deliver(means, computer.line_of("s-1"), lambda: None)
                except Trouble as trouble:
                    case.failed(trouble, 0)
                return case.settled

            until(received, TRIES)
    station.close()
    assert in_house(server.data, admin.sessions)[0].alarms == ()


def _more(bad: BadLine) -> int:
    return sum(bad.done.get(name, 0) for name in ("late", "twice"))


def _said(bad: BadLine) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(bad.done.items()))
