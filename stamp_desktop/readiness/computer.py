"""The computer itself: system, processor, memory, disk, battery, data folder. Asked once; what it means is pure."""

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check, Verdict
from stamp_desktop.readiness.words import size
from stamp_desktop.storage.folders import SPARE

LEAST_CORES: Final = 2
LEAST_MEMORY, WANTED_MEMORY = 2 * 10**9, 4 * 10**9
"""The exam window holds 0.4 GB; the rest is the desktop's. "4 GB" is sold as 3.8 GB to programs, so WANTED has a slack."""
MEMORY_SLACK: Final = 0.9
RECORDINGS: Final = 300 * 10**6
"""Room for what a test taker makes: three spoken answers, and as many again after a reset, at 48 kHz as they are recorded."""
LEAST_DISK: Final = 2_500_000_000
"""Nobody books a test on a computer with less left: the system's own updates would take it before the test day."""
LOW_BATTERY: Final = 50
SYSTEMS: Final = {"Linux": (5, 10), "Windows": (10, 0), "Darwin": (22, 0)}
"""The oldest kernel or version that is looked after by its maker: Debian 11, Windows 10, macOS 13."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`battery` in per cent and `plugged`: None without one. `unwritable` says why, "" when the data folder can be written."""

    kind: str
    system: str
    release: tuple[int, ...]
    cores: int
    memory: int
    disk: int
    battery: int | None
    plugged: bool | None
    unwritable: str


def machine(data: Path) -> Machine:
    """What this computer says of itself now. The data folder is not made; a file is made where it would be, and removed."""
    folder = next(each for each in (data, *data.absolute().parents) if each.is_dir())
    battery = _battery_here()
    return Machine(
        kind=platform.system(),
        system=system_name(),
        release=version_numbers(platform.version() if sys.platform == "win32" else platform.release()),
        cores=psutil.cpu_count() or 1,
        memory=psutil.virtual_memory().total,
        disk=shutil.disk_usage(folder).free,
        battery=None if battery is None else round(battery.percent),
        plugged=None if battery is None else battery.power_plugged,
        unwritable=_unwritable(folder),
    )


def machine_mark() -> str:
    """Tells two computers of one name apart: of the network card's number, which it does not show; "" without a card."""
    number = uuid.getnode()
    made_up = number >> 40 & 1  # RFC 4122, 4.5: chance, where there is no card
    return "" if made_up else hashlib.sha256(f"stamp-readiness {number}".encode()).hexdigest()[:12]


def system_name() -> str:
    """The system as people call it: "Debian GNU/Linux 12", "Windows 11", "macOS 15.1"."""
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    if sys.platform == "win32":
        return f"Windows {platform.release()}"
    try:
        named = platform.freedesktop_os_release()
    except OSError:
        return f"{platform.system()} {platform.release()}"
    return str(named.get("PRETTY_NAME") or f"{platform.system()} {platform.release()}")


def computer_checks(found: Machine, asked: Asked) -> tuple[Check, ...]:
    """What that means for the booked tests."""
    return (_system(found), _processor(found), _memory(found), _disk(found, asked), _folder(found, asked), _battery(found))


def _system(found: Machine) -> Check:
    oldest = SYSTEMS.get(found.kind)
    if oldest is None:
        return Check("computer.system", "System", "skipped", f"{found.system}: nobody has tried this system.")
    if found.release[:2] < oldest:
        said = f"{found.system} is no longer looked after by its maker."
        return Check("computer.system", "System", "warn", said, remedy="Bring the system up to date before the test day.")
    return Check("computer.system", "System", "pass", found.system)


def _processor(found: Machine) -> Check:
    few = found.cores < LEAST_CORES
    verdict: Verdict = "warn" if few else "pass"
    said = f"{found.cores} core" if found.cores == 1 else f"{found.cores} cores"
    remedy = "Close other programs, or use another computer: with one core, sound may drop out." if few else ""
    return Check("computer.processor", "Processor", verdict, said, found.cores, "cores", LEAST_CORES, remedy)


def _memory(found: Machine) -> Check:
    verdict: Verdict = "pass"
    remedy = ""
    if found.memory < LEAST_MEMORY * MEMORY_SLACK:
        verdict, remedy = "fail", "Use another computer, or put more memory into this one."
    elif found.memory < WANTED_MEMORY * MEMORY_SLACK:
        verdict, remedy = "warn", "Close every other program before the test."
    said = f"{size(found.memory)} memory"
    return Check("computer.memory", "Memory", verdict, said, found.memory, "B", WANTED_MEMORY, remedy)


def _disk(found: Machine, asked: Asked) -> Check:
    """A test is refused below `SPARE` times its need: that is not ready. Warned earlier, for there are days until the test."""
    need = SPARE * (asked.bytes + RECORDINGS)
    said = f"{size(found.disk)} free"
    remedy = f"Make room on the disk: at least {size(max(need, LEAST_DISK))} should be free."
    if found.disk < need:
        said = f"{said}; the booked tests want {size(need)}" if asked.needs else f"{said}; a test wants {size(need)}"
        return Check("computer.disk", "Disk", "fail", f"{said}.", found.disk, "B", need, remedy)
    if found.disk <= LEAST_DISK:
        return Check(
            "computer.disk", "Disk", "warn", f"{said}: little more than a test wants.", found.disk, "B", LEAST_DISK, remedy
        )
    return Check("computer.disk", "Disk", "pass", said, found.disk, "B", max(need, LEAST_DISK))


def _folder(found: Machine, asked: Asked) -> Check:
    if not found.unwritable:
        return Check("computer.folder", "Data folder", "pass", "Can be written.")
    said = f"{asked.data} cannot be written: {found.unwritable}."
    remedy = "Give the user who takes the test the right to write there, or choose another folder with --data."
    return Check("computer.folder", "Data folder", "fail", said, remedy=remedy)


def _battery(found: Machine) -> Check:
    if found.battery is None:
        return Check("computer.battery", "Battery", "skipped", "There is no battery.")
    said = f"{found.battery} %, {'plugged in' if found.plugged else 'not plugged in'}"
    low = not found.plugged and found.battery < LOW_BATTERY
    remedy = "Plug the charger in before the test." if low else ""
    return Check("computer.battery", "Battery", "warn" if low else "pass", said, found.battery, "%", LOW_BATTERY, remedy)


def _battery_here() -> Any:
    """What the system says of its battery; None without one, and where it says nothing at all (a container without /sys)."""
    try:
        return psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except OSError:
        return None


def _unwritable(folder: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".readiness-") as file:
            file.write(b"ready?")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def version_numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: "6.1.0-18-amd64" gives (6, 1, 0)."""
    numbers = []
    for part in text.split("."):
        digits = "".join(part[: next((at for at, letter in enumerate(part) if not letter.isdigit()), len(part))])
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
