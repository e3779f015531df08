"""One step after the other, each asking one part of the computer. What a step cannot do is a finding; none stops the others.

The line is measured by whoever gives the step for it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from stamp_desktop import __version__
from stamp_desktop.audio.pace import RealPace
from stamp_desktop.audio.survey import survey
from stamp_desktop.readiness import fonts, keyboards
from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.camera import camera_checks, cameras
from stamp_desktop.readiness.check import Check, Point, Report
from stamp_desktop.readiness.computer import computer_checks, machine, system_name
from stamp_desktop.readiness.kiosk import kiosk, kiosk_checks
from stamp_desktop.readiness.listening import listen
from stamp_desktop.readiness.package import Desk, package_checks
from stamp_desktop.readiness.screens import screen_checks, screens
from stamp_desktop.readiness.server import clock_check, greet, no_server, server_check
from stamp_desktop.readiness.sound import chosen, no_sound, nothing_needed, sound_checks
from stamp_desktop.storage.clock import Clock
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

Say: TypeAlias = Callable[[str, float], None]
"""What is being done, and how far the step is (0-1)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a step found. Only the line's has a curve and a limit."""

    checks: tuple[Check, ...]
    curve: tuple[Point, ...] = ()
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """`id` is stable; its first part is the area of its checks. `seconds` is what it usually takes."""

    id: str
    title: str
    seconds: float
    run: Callable[[Say], Found]


@dataclass(frozen=True, slots=True)
class Progress:
    """Which step runs, what it does, and how much of all is done (0-1)."""

    step: str
    title: str
    doing: str
    share: float


def steps(asked: Asked, desk: Desk, clock: Clock, assets: Path | None, line: Step | None = None) -> tuple[Step, ...]:
    """All of them, those that take no time first."""
    return (
        Step("computer", "Computer", 0.5, lambda _: Found(computer_checks(machine(asked.data), asked))),
        Step("computer.screen", "Screen", 0.2, lambda _: Found(screen_checks(screens()))),
        Step(
            "package",
            "Test",
            1.0,
            lambda _: Found(package_checks(desk, asked.packages, asked.data, clock, wanted=asked.booked)),
        ),
        Step("language", "Fonts and keyboard", 1.0, lambda _: Found(_language(asked, assets))),
        Step("camera", "Camera", 0.2, lambda _: Found(camera_checks(cameras(), signs=asked.signs))),
        Step("kiosk", "Kiosk", 0.5, lambda _: Found(kiosk_checks(kiosk(asked.data)))),
        Step("sound", "Headset", 8.0, lambda say: Found(_sound(asked, say))),
        Step("line.server", "Server", 0.5, lambda _: Found(_server(asked, desk, clock, measured=line is not None))),
        *((line,) if line else ()),
    )


def run(made: Sequence[Step], told: Callable[[Progress], None]) -> Iterator[tuple[str, Found]]:
    """Each step's findings by its id, as soon as they are there. Never raises for what a step could not do."""
    whole, done = sum(step.seconds for step in made) or 1.0, 0.0
    for step in made:
        before = done

        def say(doing: str, share: float, step: Step = step, before: float = before) -> None:
            told(Progress(step.id, step.title, doing, min(1.0, (before + share * step.seconds) / whole)))

        say("", 0.0)
        yield step.id, attempted(step, say)
        done += step.seconds


def attempted(step: Step, say: Say) -> Found:
    """What it found, or that it could not be done: trouble that is foreseen has its advice, the rest is ours to mend."""
    name = f"{step.id.partition('.')[0]}.unfinished"
    try:
        return step.run(say)
    except Trouble as trouble:
        remedy = trouble.advice.todo or "Look at what it says, then check again."
        return Found((Check(name, step.title, "fail", trouble.advice.what, remedy=remedy),))
    except Exception as error:  # one part's fault must not hide what the others found
        log.exception("The step %s failed", step.id)
        said = f"This could not be checked: a fault of the program ({type(error).__name__})."
        return Found((Check(name, step.title, "warn", said, remedy="Send the log of this program to whoever looks after it."),))


def report(asked: Asked, computer: str, taken: float, found: Iterable[Found]) -> Report:
    """All of it as one report."""
    parts = tuple(found)
    line = next((part for part in parts if part.curve or part.limit), Found(()))
    return Report(
        computer=computer,
        room=asked.room,
        site=asked.site,
        system=system_name(),
        program=__version__,
        server=asked.server,
        packages=tuple(need.package for need in asked.needs),
        group=asked.group,
        mode=asked.mode,
        taken=round(taken, 3),
        checks=tuple(check for part in parts for check in part.checks),
        curve=line.curve,
        limit=line.limit,
    )


def _language(asked: Asked, assets: Path | None) -> tuple[Check, ...]:
    own = fonts.own_letters(assets / "fonts" if assets else None)
    drawn = fonts.font_checks(asked.needs, own, fonts.system_families)
    return (*drawn, *keyboards.typing_checks(asked.needs, keyboards.keyboards()))


def _server(asked: Asked, desk: Desk, clock: Clock, *, measured: bool) -> tuple[Check, ...]:
    """Where the line is measured, what is wrong on the way is told there, more precisely, and not twice."""
    if not asked.server:
        return no_server()
    greeting = greet(asked.server, desk.device, clock)
    if measured and greeting.trouble is not None:
        return (clock_check(greeting),)
    return server_check(asked.server, greeting), clock_check(greeting)


def _sound(asked: Asked, say: Say) -> tuple[Check, ...]:
    from stamp_desktop.audio.devices import SystemLoudspeaker, SystemMicrophone  # noqa: PLC0415  # only where sound is wanted

    if not (asked.speaks or asked.listens):
        return nothing_needed()
    try:
        devices = survey()
    except Trouble as trouble:
        return no_sound(trouble, asked)
    if not asked.sound:
        return sound_checks(devices, None, asked)
    say("A tone is played, then the room is recorded", 0.1)
    microphone = SystemMicrophone(chosen(devices.microphones).id) if asked.speaks and devices.microphones else None
    loudspeaker = SystemLoudspeaker(chosen(devices.loudspeakers).id) if devices.loudspeakers else None
    return sound_checks(devices, listen(microphone, loudspeaker, RealPace()), asked)
