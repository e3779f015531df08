"""The server as it is met on the way: not there, a sign-in page, a wrong clock. And the tests that are booked there."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.line import Plan
from stamp_desktop.readiness.measuring import line_found
from stamp_desktop.readiness.package import desk, package_checks
from stamp_desktop.readiness.server import Greeting, clock_check, greet, server_check
from stamp_desktop.server import admin
from stamp_desktop.storage.clock import SystemClock
from tests.content.small import SmallPackage
from tests.readiness.conftest import ROOT, Computer, lacking, need
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house

CLOCK = SystemClock()


@contextmanager
def portal(status: int, body: bytes, kind: str = "text/html") -> Iterator[str]:
    """A page of the network's own, in the place of every address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "http://sign-in.example/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>Sign in</html>"), (302, b""), (200, b'{"status": "ok"}'), (407, b"proxy"), (200, b"\xff\xfe")],
)
def test_a_sign_in_page_is_no_server(status: int, body: bytes) -> None:
    with portal(status, body) as url:
        check = server_check(url, greet(url, None, CLOCK))
    assert (check.verdict, "not this server" in check.found) == ("fail", True)


def test_a_server_that_is_not_there_is_a_finding() -> None:
    with portal(200, b"") as url:
        gone = url
    for url in (gone, "https://no-such-host.invalid", "http://[broken", "nonsense"):
        greeting = greet(url, None, CLOCK)
        assert server_check(url, greeting).verdict == "fail"
        assert clock_check(greeting).verdict == "skipped"


@pytest.mark.parametrize(
    ("skew", "verdict"), [(0.4, "pass"), (-30.0, "pass"), (192.0, "warn"), (-61.0, "warn"), (600.0, "fail"), (-301.0, "fail")]
)
def test_how_far_a_clock_may_be_off(skew: float, verdict: str) -> None:
    assert clock_check(Greeting(skew)).verdict == verdict


def test_a_real_server_has_the_time(server: ServerProcess) -> None:
    greeting = greet(server.url, None, CLOCK)
    assert server_check(server.url, greeting).verdict == "pass"
    assert clock_check(greeting).verdict == "pass"


def test_a_clock_ten_minutes_off_is_found(computer: Computer, server: ServerProcess) -> None:
    """The check runs in a process whose clock is ten minutes late."""
    if shutil.which("faketime") is None:
        lacking("not installed: faketime")
    words = ["-m", "stamp_desktop", "readiness", "--silent", "--no-sound", "--no-line", "--json", "-", "--server", server.url]
    late = ["faketime", "-f", "-10m", sys.executable, *words, "--data", str(computer.folder / "station")]
    done = subprocess.run(late, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ))
    assert '"10 min behind the server."' in done.stdout
    assert done.returncode == 2


def test_the_line_is_a_step_that_tells_how_far_it_is(station: LabComputer, server: ServerProcess) -> None:
    told: list[float] = []
    asked = Asked(station.root, (need("es", "Spanish", "speaking"),), server.url, 30)
    short = Plan(flows=False, idle_seconds=0.3)
    found = line_found(asked, desk(station.root, CLOCK).device, lambda _, share: told.append(share), short)
    verdict = verdicts(found.checks)
    assert {verdict[f"line.{step}"] for step in ("address", "name", "port", "tls", "who")} == {"pass"}
    assert (verdict["line.latency"], verdict["line.up"]) == ("pass", "skipped")
    assert told == sorted(told)
    away = line_found(replace(asked, server="http://127.0.0.1:9"), None, lambda *_: None, short)
    assert verdicts(away.checks)["line.port"] == "fail"


def verdicts(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.id: check.verdict for check in checks}


def looked(station: LabComputer) -> dict[str, str]:
    return verdicts(package_checks(desk(station.root, CLOCK), (), station.root, CLOCK))


def test_a_prepared_station_has_its_test_its_keys_and_the_roster(station: LabComputer) -> None:
    assert set(looked(station).values()) == {"pass"}


def test_a_change_of_the_roster_that_did_not_come_is_found(station: LabComputer, server: ServerProcess) -> None:
    group = desk_group(station)
    in_house(server.data, lambda house: admin.import_roster(house, group, [admin.Person("Late", "Comer", "late")]))
    assert looked(station)["package.roster"] == "warn"
    station.refresh()
    assert looked(station)["package.roster"] == "pass"


def desk_group(station: LabComputer) -> str:
    opened = station.station()
    try:
        return next(str(group["id"]) for group in opened.groups() if group["test_code"] == "RIVER-1")
    finally:
        opened.close()


def test_a_damaged_test_and_a_missing_one_are_found(station: LabComputer) -> None:
    booking = desk(station.root, CLOCK).bookings[0]
    whole = booking.file.read_bytes()
    name = f"package.file.{booking.package}"
    booking.file.write_bytes(whole[: len(whole) // 2])
    assert looked(station)[name] == "fail"
    booking.file.unlink()
    assert looked(station)[name] == "fail"
    booking.file.write_bytes(whole)
    assert looked(station)[name] == "pass"


def test_keys_that_are_not_here_are_found(station: LabComputer) -> None:
    booking = desk(station.root, CLOCK).bookings[0]
    name = f"package/{booking.package}/{booking.version}"
    kept = station.keys.get(name)
    assert kept is not None
    station.keys.forget(name)
    assert looked(station)[f"package.keys.{booking.package}"] == "fail"
    station.keys.put(name, kept)


def test_a_computer_that_nobody_enrolled_has_nothing_booked(tmp_path: Path, small: SmallPackage) -> None:
    found = desk(tmp_path, CLOCK)
    assert verdicts(package_checks(found, (), tmp_path, CLOCK)) == {"package.booked": "skipped"}
    assert verdicts(package_checks(found, (), tmp_path, CLOCK, wanted=True)) == {"package.booked": "fail"}
    named = package_checks(found, (small.path, tmp_path / "none.stamp"), tmp_path, CLOCK)
    assert [check.verdict for check in named] == ["skipped", "fail"]
    assert list(tmp_path.iterdir()) == []
