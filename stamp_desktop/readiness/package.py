"""The booked tests on this computer: there, whole, signed, with their keys, and the roster fresh. It fetches nothing."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.content.keys import load_public_key
from stamp_desktop.content.reader import inspect, verify
from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.need import Need, need_of
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import KeyStore, choose_key_store
from stamp_desktop.storage.station import Device, Station
from stamp_desktop.sync.protocol import KEYS_EARLY_MS, PREFIX, Roster
from stamp_desktop.sync.ways import connect
from stamp_desktop.trouble import Trouble

FETCH: Final = "Start the exam window once with the network, or run `stamp-desktop enrol` again: it fetches what is missing."


@dataclass(frozen=True, slots=True)
class Booking:
    """A test that a group of this computer's roster takes; `file` is where it would lie."""

    package: str
    version: str
    hash: str
    file: Path
    opens_ms: int
    ends_ms: int

    @property
    def called(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What a station knows of itself: who it is, what it has booked, whose packages it takes."""

    device: Device | None = None
    bookings: tuple[Booking, ...] = ()
    cursor: str = ""
    publishers: tuple[Ed25519PublicKey, ...] = ()


def desk(data: Path, clock: Clock) -> Desk:
    """Of this data folder; an empty one where nobody was enrolled. Nothing is made. Trouble of the disk and of the data."""
    folders = Folders(data)
    if not folders.station.is_file():
        return Desk()
    station = Station(folders.station)
    try:
        now = clock.wall_ms()
        groups = [facts for facts in station.groups() if now < int(facts["ends_ms"])]
        bookings: dict[str, Booking] = {}  # several groups may take the same test: the first window counts
        for facts in sorted(groups, key=lambda each: int(each["opens_ms"])):
            bookings.setdefault(str(facts["package_hash"]), _booking(folders, facts))
        publishers = tuple(load_public_key(file) for file in sorted((folders.root / "publishers").glob("*.pub")))
        return Desk(station.device(), tuple(bookings.values()), station.roster_cursor(), publishers)
    finally:
        station.close()


def needs_of(files: Sequence[Path]) -> tuple[Need, ...]:
    """What these packages ask; Trouble where one cannot be read."""
    return tuple(need_of(inspect(file)) for file in files)


def needs_of_booked(bookings: Sequence[Booking]) -> tuple[Need, ...]:
    """What the booked packages ask that are here and can be read; what is wrong with the others is `package_checks`' to say."""
    found: list[Need] = []
    for booking in bookings:
        with suppress(Trouble):
            found += needs_of([booking.file]) if booking.file.is_file() else ()
    return tuple(found)


def package_checks(found: Desk, named: Sequence[Path], data: Path, clock: Clock, *, wanted: bool = False) -> tuple[Check, ...]:
    """The booked tests, those that were named, and the roster. `wanted`: without a booked test a computer is not ready."""
    checks = [_named(file, found.publishers) for file in named]
    if found.device is None:
        if not checks:
            checks.append(_nothing("This computer is not enrolled: no test is booked on it.", "Enrol this computer.", wanted))
        return tuple(checks)
    if not found.bookings:
        remedy = "Ask your coordinator for the group's window, then fetch the roster."
        checks.append(_nothing("No test is booked for a time that is not over.", remedy, wanted))
    keys = choose_key_store(Folders(data).keys)
    for booking in found.bookings:
        checks += [_file(booking, found.publishers), _keys(booking, keys, clock)]
    return (*checks, _roster(found, found.device, Folders(data), clock))


def _booking(folders: Folders, facts: Mapping[str, Any]) -> Booking:
    file = folders.packages / f"{facts['package_hash']}.stamp"
    names = str(facts["package_id"]), str(facts["package_version"]), str(facts["package_hash"])
    return Booking(*names, file, int(facts["opens_ms"]), int(facts["ends_ms"]))


def _named(file: Path, publishers: Sequence[Ed25519PublicKey]) -> Check:
    name, title = f"package.file.{file.stem}", "Test package"
    try:
        manifest = verify(file, publishers) if publishers else inspect(file)
        need_of(manifest)
    except Trouble as trouble:
        return Check(name, title, "fail", trouble.advice.what, remedy=trouble.advice.todo or "Fetch it again.")
    said = (
        f"{manifest.title}, whole and signed."
        if publishers
        else f"{manifest.title}; nobody to trust was named, so not verified."
    )
    return Check(name, title, "pass" if publishers else "skipped", said)


def _file(booking: Booking, publishers: Sequence[Ed25519PublicKey]) -> Check:
    name, title = f"package.file.{booking.package}", f"Test {booking.package}"
    if not booking.file.is_file():
        return Check(name, title, "fail", f"{booking.called} is not on this computer.", remedy=FETCH)
    try:
        manifest = verify(booking.file, publishers)
        need_of(manifest)
    except Trouble as trouble:
        remedy = trouble.advice.todo if trouble.code == "package-profile" else FETCH
        return Check(name, title, "fail", trouble.advice.what, remedy=remedy)
    if manifest.hash != booking.hash:
        return Check(name, title, "fail", f"{booking.called} is another than the one that the group takes.", remedy=FETCH)
    return Check(name, title, "pass", f"{manifest.title} ({booking.called}) is here, whole and signed.")


def _keys(booking: Booking, keys: KeyStore, clock: Clock) -> Check:
    """Keys come from a day before the window: before that there can be none."""
    name, title = f"package.keys.{booking.package}", f"Keys, {booking.package}"
    if keys.get(f"package/{booking.package}/{booking.version}") is not None:
        return Check(name, title, "pass", f"The keys of {booking.called} are here.")
    if clock.wall_ms() < booking.opens_ms - KEYS_EARLY_MS:
        return Check(name, title, "skipped", "The server gives the keys from a day before the window opens.")
    said = f"The keys of {booking.called} are not here: the test could not be opened."
    return Check(name, title, "fail", said, remedy=FETCH)


def _roster(found: Desk, device: Device, folders: Folders, clock: Clock) -> Check:
    name, title = "package.roster", "Roster"
    try:
        with connect(folders, device, choose_key_store(folders.keys), clock).line as line:
            part = line.call("GET", f"{PREFIX}/roster?cursor={quote(found.cursor, safe='')}").read(Roster)
    except Trouble as trouble:
        if trouble.code in {"offline", "line-broken"}:
            return Check(name, title, "skipped", "The server was not there to compare with.")
        return Check(name, title, "fail", trouble.advice.what, remedy=trouble.advice.todo or "Enrol this computer again.")
    behind = len(part.groups) + len(part.entries) + len(part.gone)
    if behind:
        said = f"The server has {behind} changes that this computer does not know."
        return Check(name, title, "warn", said, behind, "changes", 0, FETCH)
    return Check(name, title, "pass", "As the server has it.", 0, "changes", 0)


def _nothing(found: str, remedy: str, wanted: bool) -> Check:
    return Check("package.booked", "Test", "fail" if wanted else "skipped", found, remedy=remedy if wanted else "")
