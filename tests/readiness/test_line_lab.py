"""A lab behind one address: real checks at the same time, against a real server. Each comes out with a verdict on the line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stamp_desktop.readiness.check import Report, decode
from stamp_desktop.readiness.line import Plan, measure
from stamp_desktop.readiness.line_checks import line_checks
from stamp_desktop.readiness.line_facts import LineMeasurement
from stamp_desktop.readiness.line_flow import Times
from stamp_desktop.readiness.line_turn import NONE, Asking
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.probe import TURNS, Gauged, Turn, TurnWish
from stamp_desktop.sync.transport import Line
from stamp_desktop.sync.words import encode
from tests import server_process
from tests.readiness.conftest import ROOT, Computer, Run
from tests.server_process import ServerProcess

QUICK = Times(warm=0.2, counted=0.6, slow=0.6)
RATES = ("line.down", "line.up", "line.latency", "line.loaded")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = server_process.start(tmp_path_factory.mktemp("lab"))
    yield process
    process.stop()


def by_whom(said: str) -> str:
    """Whose figures these are: "" for its own."""
    _, found, name = said.partition("Measured by ")
    return name.partition(",")[0] if found else ""


def test_computers_that_check_at_the_same_time_share_what_one_of_them_has_measured(server: ServerProcess) -> None:
    command = [sys.executable, "-m", "tests.readiness.seat", server.url, "Lincoln"]
    seats = [f"SEAT-{number:02}" for number in range(4)]
    running = [subprocess.Popen([*command, seat], cwd=ROOT, stdout=subprocess.PIPE, text=True) for seat in seats]
    said = [json.loads(each.communicate(timeout=300)[0]) for each in running]
    assert all(each[name]["verdict"] in {"pass", "warn"} for each in said for name in RATES), said
    measured = [seat for seat, each in zip(seats, said, strict=True) if not by_whom(each["line.down"]["found"])]
    assert len(measured) == 1
    assert {by_whom(each[name]["found"]) for each in said for name in ("line.down", "line.up")} == {"", measured[0]}


def asking(server: ServerProcess, who: Asking) -> LineMeasurement:
    return measure(server.url, plan=Plan(QUICK, idle_seconds=0.2, asking=who))


def gauge(server: ServerProcess, computer: str, site: str, gauged: Gauged | None) -> str:
    """What a computer has told, if it did; its turn, which it still has."""
    with Line(server.url, SystemClock()) as line:
        turn = line.call("POST", TURNS, encode(TurnWish, TurnWish(computer, site))).read(Turn).id
        if gauged:
            line.call("PUT", f"{TURNS}/{turn}", encode(Gauged, gauged))
            line.call("DELETE", f"{TURNS}/{turn}")
    return turn


def test_a_report_says_whose_figures_it_has(server: ServerProcess) -> None:
    gauge(server, "SEAT-04", "Washington", Gauged(0.8, 40.0, 900.0, 20.0))
    found = asking(server, Asking("SEAT-05", "Washington", patience=NONE))
    checks = {check.id: check for check in line_checks(found, None, 1)}
    assert checks["line.down"].verdict == checks["line.loaded"].verdict == "warn"
    assert checks["line.up"].found.startswith("40 Mbit/s. Measured by SEAT-04, ")
    assert "SEAT-04" in checks["line.probes"].found
    assert checks["line.latency"].verdict == "pass"
    assert "SEAT-04" not in checks["line.latency"].found  # its own questions, on its own cable


def test_who_has_mended_the_line_measures_it_again(server: ServerProcess) -> None:
    gauge(server, "SEAT-04", "Adams", Gauged(0.8, 0.1))
    assert asking(server, Asking("SEAT-04", "Adams", patience=NONE)).by is None
    gauge(server, "SEAT-04", "Adams", Gauged(0.8, 0.1))
    assert asking(server, Asking("SEAT-05", "Adams", own=True, patience=NONE)).by is None
    shared = asking(server, Asking("SEAT-06", "Adams", patience=NONE))
    assert shared.by
    assert shared.by.computer == "SEAT-05"


def test_computers_of_one_name_still_share(server: ServerProcess) -> None:
    """An image that was copied thirty times: while one measures again, the others take what is there."""
    gauge(server, "PC", "Monroe", Gauged(20.0, 10.0))
    turn = gauge(server, "PC", "Monroe", None)
    found = asking(server, Asking("PC", "Monroe", patience=NONE))
    assert found.by
    assert found.unasked  # small questions would be slow now: another computer fills the line
    with Line(server.url, SystemClock()) as line:
        line.call("DELETE", f"{TURNS}/{turn}")


def test_a_line_that_nobody_has_measured_yet_is_skipped_when_patience_ends(server: ServerProcess) -> None:
    turn = gauge(server, "SEAT-04", "Jefferson", None)
    found = asking(server, Asking("SEAT-05", "Jefferson", patience=NONE))
    checks = line_checks(found, None, 1)
    assert "SEAT-04 measures at the moment" in found.unmeasured
    assert {check.verdict for check in checks if check.id in RATES} == {"skipped"}
    with Line(server.url, SystemClock()) as line:
        line.call("DELETE", f"{TURNS}/{turn}")


@pytest.mark.timeout(900)
@pytest.mark.skipif(not os.environ.get("STAMP_SOAK"), reason="thirty computers, a minute: make soak")
def test_thirty_silent_checks_at_once_give_thirty_verdicts_on_the_line(server: ServerProcess, tmp_path: Path) -> None:
    runs: list[Run] = []
    for number in range(30):
        seat = Computer(tmp_path / f"{number:02}")
        seat.folder.mkdir()
        runs.append(seat.ready("--server", server.url, "--site", f"Soak {os.getpid()}", "--no-sound"))
    reports: list[Report] = []
    for run in runs:
        said, faults = run.process.communicate(timeout=600)
        assert "Traceback" not in faults
        reports.append(decode(said))
    lines = [{check.id: check for check in report.checks} for report in reports]
    assert all(line[name].verdict in {"pass", "warn"} for line in lines for name in ("line.down", "line.up"))
    assert sum(not by_whom(line["line.down"].found) for line in lines) <= 3
