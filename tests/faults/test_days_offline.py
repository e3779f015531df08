"""Thirty days without a server: tests are taken, the computer starts again each morning, the courier tries. Then all arrives.

Time is passed in. The short form has 6 tests and twenty minutes of school a day, the long one 150 tests and eight hours.
"""

import random
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from stamp_desktop.server import admin
from stamp_desktop.storage.reader import reading
from stamp_desktop.sync.case import Case, Means, Waiting
from stamp_desktop.sync.courier import LONGEST_DELAY, delay
from stamp_desktop.sync.pieces import Pace
from stamp_desktop.sync.transport import Offline
from tests import server_process
from tests.content.small import SmallPackage
from tests.faults.conftest import SOAK, many
from tests.sync.lab import LabComputer, form_of, in_house, seeded, watched

pytestmark = [pytest.mark.faults, pytest.mark.timeout(36_000 if SOAK else 180)]
DAYS = 30
TESTS = many(6, 150)
DAY_MS = 86_400_000
SCHOOL_MS = (480 if SOAK else 20) * 60_000


@dataclass
class Calendar:
    """Days that go by when they are told to; each is a new start of the computer."""

    wall: int
    mono: int = 0
    day: int = 0

    def wall_ms(self) -> int:
        return self.wall

    def mono_ms(self) -> int:
        return self.mono

    def boot(self) -> str:
        return f"day-{self.day}"

    def pass_ms(self, milliseconds: int) -> None:
        self.wall += milliseconds
        self.mono += milliseconds


def test_everything_arrives_once_after_thirty_days_without_a_server(
    tmp_path: Path, small: SmallPackage, report: list[str]
) -> None:
    seed = secrets.randbits(32) if SOAK else 1
    dice, form = random.Random(seed), form_of(small)
    facts = seeded(tmp_path / "server", small)
    server = server_process.start(tmp_path / "server")
    real = server_process_time(server)
    try:
        computer = LabComputer(tmp_path / "computer", small, Calendar(real))
        computer.enrol(server.url, facts.enrolment_code)
        server.stop()
        calendar = computer.clock = Calendar(real - DAYS * DAY_MS)
        tries = taken = 0
        on_day = Counter(dice.randrange(DAYS) for _ in range(TESTS))
        for day in range(DAYS):
            calendar.day, calendar.mono = day, dice.randrange(10**6)
            for _ in range(on_day[day]):
                taken += 1
                seated = computer.seat(f"s-{taken}", facts.open, form, login=f"taker {taken}", first=dice.randrange(2**60))
                seated.sit()
                seated.book.close()
            tries += day_without_a_line(computer, calendar, dice)
            calendar.wall = real - (DAYS - 1 - day) * DAY_MS
        server.start_again()
        with watched(computer) as courier:
            last = courier.wait_for(lambda said: len(said.receipts) == TESTS)
        listed = in_house(server.data, admin.sessions)
        events = 0
        for number in range(1, TESTS + 1):
            with reading(computer.folders.session(f"s-{number}").journal) as journal:
                assert journal.receipt() is not None
                assert (journal.unsent_count(), journal.unsent_recordings()) == (0, [])
                events += journal.head().seq
    finally:
        server.kill()
    assert (last.events_waiting, last.recordings_waiting) == (0, 0)
    assert {(row.state, row.forked, row.alarms) for row in listed} == {("sealed", False, ())}
    assert (len(listed), sum(row.events for row in listed)) == (TESTS, events)
    report.append(
        f"{DAYS} days offline (seed {seed}): {TESTS} tests, {tries} tries in vain; then {events} events of {len(listed)} "
        "sessions at the server, each once, no fork, no alarm"
    )
    assert tries > DAYS * SCHOOL_MS / 1000 / LONGEST_DELAY


def server_process_time(server: server_process.ServerProcess) -> int:
    """The server's wall clock, in ms."""
    return round(Path(server.data / "server.db").stat().st_mtime * 1000)


def day_without_a_line(computer: LabComputer, calendar: Calendar, dice: random.Random) -> int:
    """A day of school on which the courier tries by its own back-off, in the calendar's time; how often."""
    station, failures, ends = computer.station(), 0, calendar.mono_ms() + SCHOOL_MS
    try:
        sessions = station.sessions()
        cases = {line.id: Case(computer.folders.session(line.id)) for line in sessions}
        while calendar.mono_ms() < ends:
            failures += 1
            line = computer.line()
            try:
                means = Means(station, computer.device(), computer.keys, line, calendar, Pace(calendar))
                for session in sessions[:1] if failures > 1 else sessions:  # the first that finds no line makes all wait
                    case = cases[session.id]
                    case.look()
                    assert case.waiting != Waiting()
                    with pytest.raises(Offline):
                        case.deliver(means, session, lambda: None)
            finally:
                line.close()
            calendar.pass_ms(round(delay(failures, dice) * 1000))
    finally:
        station.close()
    return failures
