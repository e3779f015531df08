"""Gives a report to the server that this computer is enrolled at, or to the room's hub, signed as all that it sends."""

from pathlib import Path

from stamp_desktop.readiness.check import Report, encode
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.station import Device
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.ways import connect
from stamp_desktop.trouble import Trouble


def send(data: Path, device: Device | None, report: Report, clock: Clock) -> None:
    """Trouble `not-enrolled`, `device-keys`, Offline, Broken, Refused."""
    if device is None:
        raise Trouble(
            "not-enrolled",
            "This computer is not enrolled.",
            "The report was not sent.",
            "Enrol it, or upload the file by hand.",
        )
    folders = Folders(data)
    with connect(folders, device, choose_key_store(folders.keys), clock).line as line:
        line.call("POST", f"{PREFIX}/readiness", encode(report).encode())
