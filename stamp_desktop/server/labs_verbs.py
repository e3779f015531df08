"""The verb of `stamp-server` about readiness, as lines for the terminal."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from stamp_desktop.readiness.lab import lab
from stamp_desktop.readiness.page import lab_page
from stamp_desktop.server.house import House
from stamp_desktop.server.labs import all_reports, labs, windows
from stamp_desktop.sync.console import LabsInReach, RoomInReach, WindowInReach
from stamp_desktop.sync.words import encode
from stamp_desktop.trouble import Trouble


def readiness(house: House, asked: argparse.Namespace) -> Iterator[str]:
    """Rooms, then windows; or the same as JSON; or a page of every computer."""
    reports = all_reports(house, asked.site)
    if asked.html:
        try:
            asked.html.write_text(lab_page(lab(reports), house.clock.wall_ms() / 1000), encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Trouble("report-unwritten", f"{asked.html} cannot be written: {why}.", "", "Choose another place.") from error
    found = labs(reports, windows(house))
    if asked.json:
        yield encode(LabsInReach, found).decode()
        return
    if not found.rooms:
        yield "No computer has sent a report: stamp-desktop readiness --silent --send"
    for room in found.rooms:
        yield _room(room)
    for window in found.windows:
        yield _window(window)
    if asked.html:
        yield str(asked.html)


def _place(site: str, room: str) -> str:
    return " ".join(part for part in (site, room) if part) or "without a name"


def _room(room: RoomInReach) -> str:
    counts = f"{room.ready} ready, {room.warned} to mend, {room.not_ready} not ready"
    line = f", the line holds {room.limit}" if room.limit else ""
    return f"{_place(room.site, room.room)}: {counts}{line}; {_time(room.newest_ms)}"


def _window(window: WindowInReach) -> str:
    when = f"{_time(window.opens_ms)} to {_time(window.ends_ms)}"
    computers = f"{window.ready} of {window.seats} seats ready"
    return f"{window.name} ({when}): {_place(window.site, window.room)} is {window.state}, {computers}"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
