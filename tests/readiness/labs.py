"""Labs full of reports, seeded: what 200 computers say, some of them with something to mend."""

import random
from dataclasses import replace
from typing import Final

from stamp_desktop.readiness.check import Check, Report, Verdict

CHECKS: Final = (
    ("computer.system", "System"),
    ("computer.processor", "Processor"),
    ("computer.memory", "Memory"),
    ("computer.disk", "Disk"),
    ("computer.folder", "Data folder"),
    ("computer.battery", "Battery"),
    ("computer.screen", "Screen"),
    ("computer.screens", "Second screen"),
    ("computer.clock", "Clock"),
    ("line.server", "Server"),
    ("line.dns", "Names"),
    ("line.up", "Line, up"),
    ("line.down", "Line, down"),
    ("line.loaded", "Latency under load"),
    ("sound.microphone", "Microphone"),
    ("sound.loudspeaker", "Headphones"),
    ("sound.signal", "Signal"),
    ("sound.level", "Level of speech"),
    ("sound.hum", "Hum"),
    ("sound.noise", "Noise of the room"),
    ("sound.static", "Static and missing pieces"),
    ("sound.loop", "Play and record"),
    ("language.fonts.zh", "Font, Chinese"),
    ("language.typing.zh", "Keyboard, Chinese"),
    ("package.file.zh", "Test zh"),
    ("package.keys.zh", "Keys, zh"),
    ("package.roster", "Roster"),
    ("camera.device", "Camera"),
    ("kiosk.grade", "Kiosk"),
)
SHARES: Final[tuple[tuple[Verdict, int], ...]] = (("pass", 90), ("skipped", 5), ("warn", 3), ("fail", 2))


def lab_of(count: int, seed: int = 7) -> list[Report]:
    """So many computers in rooms of 25."""
    dice = random.Random(seed)
    return [_computer(at, dice) for at in range(count)]


def _computer(at: int, dice: random.Random) -> Report:
    verdicts, weights = zip(*SHARES, strict=True)
    checks = tuple(_check(name, title, dice.choices(verdicts, weights)[0]) for name, title in CHECKS)
    return Report(
        computer=f"lab-{at + 1:03}",
        room=str(210 + at // 25),
        site="North High",
        system="Debian GNU/Linux 12",
        program="0.1.0",
        server="https://stamp.example.org:8440",
        packages=("zh 2026.1",),
        group=25,
        mode="direct",
        taken=1_790_000_000.0 + at,
        checks=checks,
    )


def _check(name: str, title: str, verdict: Verdict) -> Check:
    found = f"{title} as wanted." if verdict == "pass" else f"{title}: not as wanted."
    made = Check(name, title, "pass", found, 1.0, "")
    return made if verdict == "pass" else replace(made, verdict=verdict, remedy=f"Mend: {title.lower()}.")
