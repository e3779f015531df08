"""The demonstration: a server of its own on loopback, a demo district, the English demonstration test, this computer enrolled.

For trying and training. It opens no window (`app` does) and touches nothing outside its own folder.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import requests

from stamp_desktop.audio import devices
from stamp_desktop.content.build import build
from stamp_desktop.content.keys import (
    PackageKeys,
    load_keys,
    load_publisher_key,
    new_keys,
    new_publisher_key,
    save_keys,
    save_publisher_key,
)
from stamp_desktop.delivery.opening import enrol_computer
from stamp_desktop.server.demo import DemoFacts, seed_demo
from stamp_desktop.server.house import open_house
from stamp_desktop.server.settings import Settings
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.station import Station
from stamp_desktop.trouble import Trouble

START_SECONDS = 20.0
HEALTH = "/v1/health"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was set up. `station` is the data folder of the exam program; `microphone` is "" where there is none."""

    facts: DemoFacts
    url: str
    pid: int
    data: Path
    station: Path
    microphone: str

    def lines(self) -> tuple[str, ...]:
        """What a person at the terminal needs to know, in five lines."""
        facts, codes = self.facts, [group.test_code for group in (self.facts.open, self.facts.later, self.facts.over)]
        sound = f"“{self.microphone}”" if self.microphone else "none here: choose the simulated one in the equipment check"
        return (
            f"Server      {self.url}, process {self.pid}; stop and start it: stamp-desktop demo --server stop, --server start",
            f"Data        {self.data}; kill the program at any time, start it again, sign in with the same login name",
            f"Test code   {facts.closed.test_code}, login name {', '.join(facts.logins[:-1])} or {facts.logins[-1]}",
            f"Also        {codes[0]} takes any login name; {codes[1]} is not open yet; {codes[2]} is over",
            f"Microphone  {sound}",
        )


def set_up(data: Path, source: Path) -> Demonstration:
    """Everything but the window, in `data`; what is there already is used again. Trouble when a part cannot be made."""
    data.mkdir(parents=True, exist_ok=True)
    keys = _keys(data / "english.keys.json")
    publisher_file = data / "publisher.pem"
    if not publisher_file.exists():
        save_publisher_key(publisher_file, new_publisher_key())
    publisher = load_publisher_key(publisher_file)
    built = build(source, data / "english.stamp", publisher, keys)
    with closing(open_house(Settings(data / "server"))) as house:
        facts = seed_demo(house, built.path, keys, publisher.public_key())
    url, pid = start_server(data)
    station = data / "station"
    if not _enrolled(station, url):
        enrol_computer(station, url, facts.enrolment_code, "Seat 12", (publisher_file.with_suffix(".pub"),))
    return Demonstration(facts, url, pid, data, station, microphone())


def start_server(data: Path) -> tuple[str, int]:
    """The demonstration's server, started unless it runs; its address and process id."""
    running = _running(data)
    if running:
        return running
    port = _port(data)
    command = [sys.executable, "-m", "stamp_desktop.server", "serve", "--data", str(data / "server"), "--port", str(port)]
    with (data / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    (data / "server.json").write_text(json.dumps({"pid": process.pid, "port": port}), encoding="utf-8")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if running := _running(data):
            return running
        time.sleep(0.05)
    raise Trouble(
        "demo-server",
        "The demonstration's server did not start.",
        "No test was begun.",
        f"Look into {data / 'server.log'}.",
    )


def stop_server(data: Path) -> None:
    """End the demonstration's server, if it runs."""
    running = _running(data)
    if running:
        os.kill(running[1], signal.SIGTERM)


def microphone() -> str:
    """The name of a microphone here, "" where there is none."""
    try:
        found = devices.inputs()
    except Trouble:
        return ""
    return next((device.name for device in found if device.default), found[0].name if found else "")


def _running(data: Path) -> tuple[str, int] | None:
    try:
        note = json.loads((data / "server.json").read_text(encoding="utf-8"))
        url = f"http://127.0.0.1:{note['port']}"
        requests.get(url + HEALTH, timeout=2).raise_for_status()
    except (OSError, ValueError, requests.RequestException):
        return None
    return url, int(note["pid"])


def _port(data: Path) -> int:
    """The port of an earlier start, so that an enrolled station finds its server again; else a free one."""
    note = data / "server.json"
    if note.exists():
        return int(json.loads(note.read_text(encoding="utf-8"))["port"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _keys(path: Path) -> PackageKeys:
    if not path.exists():
        save_keys(path, new_keys())
    return load_keys(path)


def _enrolled(station: Path, url: str) -> bool:
    if not Folders(station).station.exists():
        return False
    with closing(Station(Folders(station).station)) as opened:
        device = opened.device()
    return device is not None and device.server_url == url
