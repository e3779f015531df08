"""A readiness check put together by hand: what was wished for, completed by what this computer has booked, and its steps."""

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from stamp_desktop.readiness import runner
from stamp_desktop.readiness.asked import Asked, Mode
from stamp_desktop.readiness.check import Report
from stamp_desktop.readiness.computer import machine_mark
from stamp_desktop.readiness.line_turn import Asking, Patience
from stamp_desktop.readiness.measuring import line_step
from stamp_desktop.readiness.package import Desk, desk, needs_of, needs_of_booked
from stamp_desktop.readiness.runner import Found, Progress, Step
from stamp_desktop.readiness.sending import send
from stamp_desktop.storage.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for. Without `packages` the booked ones, without `server` the one that it is enrolled at."""

    data: Path
    packages: tuple[Path, ...] = ()
    server: str = ""
    group: int = 30
    mode: Mode = "direct"
    room: str = ""
    site: str = ""
    sound: bool = True
    line: bool = True
    own_line: bool = False
    """Whether the line is to be measured from here even if another computer behind the same address has just done it."""
    patience: Patience = field(default_factory=Patience)
    booked: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Ready to run, whole or a step at a time."""

    asked: Asked
    desk: Desk
    steps: tuple[Step, ...]
    computer: str
    title: str
    machine: str = ""
    clock: Clock = field(default_factory=SystemClock)

    def run(self, told: Callable[[Progress], None]) -> Iterator[tuple[str, Found]]:
        """Every step, one after the other."""
        return runner.run(self.steps, told)

    def report(self, found: Iterable[tuple[str, Found]]) -> Report:
        """What was found, as a report of now."""
        named = runner.report(self.asked, self.computer, self.clock.wall_ms() / 1000, (each for _, each in found))
        return replace(named, machine=self.machine)

    def send(self, report: Report) -> None:
        """Give it to the server. Trouble `not-enrolled`, Offline, Broken, Refused."""
        send(self.asked.data, self.desk.device, report, self.clock)


def plan(wish: Wish, assets: Path | None) -> Plan:
    """Trouble of the data folder, and of a package that cannot be read."""
    clock = SystemClock()
    here = desk(wish.data, clock)
    needs = tuple(dict.fromkeys(needs_of(wish.packages) if wish.packages else needs_of_booked(here.bookings)))
    server = wish.server or (here.device.server_url if here.device else "")
    asked = Asked(
        data=wish.data,
        needs=needs,
        server=server.rstrip("/"),
        group=wish.group,
        mode=wish.mode,
        room=wish.room,
        site=wish.site,
        sound=wish.sound,
        packages=wish.packages,
        booked=wish.booked,
    )
    computer = here.device.name if here.device else socket.gethostname()
    asking = Asking(computer, wish.site, wish.own_line, wish.patience)
    measured = line_step(asked, here.device, asking) if wish.line and server else None
    made = runner.steps(asked, here, clock, assets, measured)
    title = ", ".join(dict.fromkeys(need.title for need in needs))
    return Plan(asked, here, made, computer, title, machine_mark(), clock)
