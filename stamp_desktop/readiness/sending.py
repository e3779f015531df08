"""Gives a report to the server that this computer is enrolled at, signed as everything else that it sends."""

from pathlib import Path

from stamp_desktop.readiness.check import Report, encode
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.station import Device
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.transport import station_line
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
    with station_line(device, choose_key_store(Folders(data).keys), clock) as line:
        line.call("POST", f"{PREFIX}/readiness", encode(report).encode())
