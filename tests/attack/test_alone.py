"""The kiosk alone on a bare screen, without server or test: what it leaves behind, how soon it is back, what it costs.

Figures are written to build/attack/figures.txt; nothing is asserted about time.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from stamp_desktop.content.keys import new_publisher_key, save_publisher_key
from tests.attack.bench import HERE, LOOK_SECONDS, PIN, WAIT_SECONDS
from tests.attack.report import FOLDER, Report
from tests.journeys.desktop import Desktop, desktop, ended
from tests.journeys.lab import ROOT
from tests.journeys.reading import GoneError

RESTARTS = 100 if os.environ.get("STAMP_SOAK") else 1
"""Of each kind."""
CLOCK = "the clock set an hour forward and back"
UNNOTICED_SECONDS = 3.0
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
IDLE_SECONDS = 60.0 if os.environ.get("STAMP_SOAK") else 5.0


class Alone:
    """A screen, a kiosk on it, nothing else."""

    def __init__(self, folder: Path, computer: Desktop, stack: ExitStack) -> None:
        self.folder = folder
        self.computer = computer
        self._stack = stack
        self.env = {**os.environ, **computer.env}
        self.home = folder / "station" / "kiosk"
        self.home.mkdir(parents=True)
        policy = {
            "trusted": [str(HERE / "hands.py"), "/usr/bin/xset", "/usr/bin/xprop", "/usr/bin/xkill"],
            "owners": sorted({0, os.getuid()}),
        }
        (self.home / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
        (self.home.parent / "publishers").mkdir()
        save_publisher_key(folder / "publisher.pem", new_publisher_key()).replace(self.home.parent / "publishers" / "own.pub")
        self.verb("policy", "--sign", str(folder / "publisher.pem"))
        self.verb("pin", "--pin-stdin", text=f"{PIN}\n")
        self.kiosk: subprocess.Popen[bytes] | None = None
        self.unguarded: subprocess.Popen[bytes] | None = None

    def verb(self, *words: str, text: str = "") -> str:
        command = [sys.executable, "-m", "stamp_desktop", "kiosk", words[0], "--data", str(self.home.parent), *words[1:]]
        done = subprocess.run(command, cwd=ROOT, env=self.env, input=text, text=True, capture_output=True, check=False)
        return done.stdout + done.stderr

    def start(self, verb: str = "start") -> None:
        command = [sys.executable, "-m", "stamp_desktop", "kiosk", verb, "--data", str(self.home.parent)]
        with (self.folder / "kiosk.log").open("ab") as log:
            self.kiosk = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self._stack.callback(ended, self.kiosk)
        self.wait(self.shows, "the exam program's window")

    def start_unguarded(self) -> None:
        """The exam program without a guardian."""
        command = [sys.executable, "-m", "stamp_desktop", "exam", "--data", str(self.home.parent)]
        with (self.folder / "exam.log").open("ab") as log:
            self.unguarded = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self._stack.callback(ended, self.unguarded)
        self.wait(self.shows, "the exam program's window")

    def clock(self) -> Path:
        """The file by which the wall clock of what is started from now on is set: seconds beside the true time."""
        if FAKETIME is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("libfaketime is not installed")
        clock = self.folder / "clock"
        clock.write_text("+0\n", encoding="utf-8")
        self.env |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock)}
        self.env |= {"FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        return clock

    def pid(self) -> int:
        if self.unguarded is not None:
            return self.unguarded.pid
        try:
            return int(json.loads((self.home / "guardian.json").read_bytes())["pid"])
        except (OSError, ValueError, KeyError):
            return 0

    def shows(self, text: str = "") -> bool:
        try:
            names = [node.name for node in self.computer.reader.program(self.pid()).walk()]
        except GoneError:
            return False
        return text in names if text else len(names) > 3

    def wait(self, ask: object, what: str) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while not (callable(ask) and ask()):
            if time.monotonic() > until:
                raise AssertionError(f"no {what}: {(self.folder / 'kiosk.log').read_text(encoding='utf-8')[-800:]}")
            time.sleep(LOOK_SECONDS / 4)

    def told(self, code: str) -> dict[str, Any]:
        """The details of the last event of that code."""
        lines = (self.home / "events.jsonl").read_text(encoding="utf-8").splitlines()
        found = [event for event in map(json.loads, lines) if event.get("code") == code]
        return dict(found[-1]["detail"]) if found else {}

    def events(self) -> list[dict[str, Any]]:
        """The guardian's log."""
        return [json.loads(line) for line in (self.home / "events.jsonl").read_text(encoding="utf-8").splitlines()]

    def kill_client(self) -> None:
        """End the exam's connection to the X server."""
        said = subprocess.run(
            ["xprop", "-root", "_NET_ACTIVE_WINDOW"], env=self.env, check=True, capture_output=True, text=True
        )
        subprocess.run(["xkill", "-id", said.stdout.split()[-1]], env=self.env, check=True, capture_output=True)

    def locks(self) -> list[str]:
        """What the test was paused for so far."""
        lines = (self.home / "events.jsonl").read_text(encoding="utf-8").splitlines()
        return [event["code"] for event in map(json.loads, lines) if event["what"] == "lock"]

    def below(self) -> list[psutil.Process]:
        assert self.kiosk is not None
        return psutil.Process(self.kiosk.pid).children(recursive=True)

    def settings(self) -> str:
        """What `xset` says of screen saver and power."""
        done = subprocess.run(["xset", "q"], env=self.env, capture_output=True, text=True, check=True)
        return done.stdout[done.stdout.index("Screen Saver") :]


@pytest.fixture
def alone(attackers: None, tmp_path: Path) -> Iterator[Alone]:  # noqa: ARG001  # asked for first
    tmp_path.chmod(0o700)
    with ExitStack() as stack:
        yield Alone(tmp_path, stack.enter_context(desktop(tmp_path, "", manager=False)), stack)


def figure(line: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "figures.txt").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def test_recover_after_all_was_killed_brings_the_screen_back(alone: Alone, report: Report) -> None:
    subprocess.run(["xset", "s", "300", "30"], env=alone.env, check=True)
    before = alone.settings()
    alone.start()
    assert alone.settings() != before
    assert alone.kiosk is not None
    for process in [psutil.Process(alone.kiosk.pid), *alone.below()]:
        process.kill()
    alone.kiosk.wait()
    assert "settings were brought back" in alone.verb("recover")
    assert alone.settings() == before
    assert "nothing to undo" in alone.verb("recover")
    report.row("everything is killed at once, then recover").held = "held: the screen's settings are as before"
    assert {file.name for file in alone.home.iterdir()} <= {
        "policy.json.sig",
        "pin.json",
        "policy.json",
        "events.jsonl",
        "kiosk.lock",
        "guardian.sock",
    }


def test_a_second_kiosk_is_refused_and_the_lab_ends_the_first(alone: Alone, report: Report) -> None:
    subprocess.run(["xset", "s", "300", "30"], env=alone.env, check=True)
    before = alone.settings()
    alone.start()
    assert "[kiosk-runs]" in alone.verb("start")
    assert "[pin-wrong]" in alone.verb("end", "--pin-stdin", text="1112\n")
    assert "as it was before" in alone.verb("end", "--pin-stdin", text=f"{PIN}\n")
    assert alone.kiosk is not None
    assert alone.kiosk.wait(30) == 0
    assert alone.settings() == before
    assert not (alone.home / "changes.jsonl").exists()
    report.row("a second kiosk; `kiosk end` with a wrong and a right PIN").held = "held: refused; ended and opened again"


@pytest.mark.timeout(1800)
def test_killed_stopped_or_cut_off_it_comes_back_locked_each_time(alone: Alone) -> None:
    alone.start()
    for kind in (signal.SIGKILL, signal.SIGSTOP, None):
        phases: list[tuple[float, ...]] = []
        for _ in range(RESTARTS):
            old, begun, known = alone.pid(), time.time(), len(alone.events())
            if kind is None:
                alone.kill_client()
            else:
                os.kill(old, kind)
            alone.wait(lambda old=old: alone.pid() not in {0, old} and alone.shows("Your test is paused"), "locked test")
            shown = time.time()
            happened = {event["what"]: event["at_ms"] / 1000 for event in reversed(alone.events()[known:])}
            noticed, greeted = happened.get("again", begun), happened.get("greeted", shown)
            phases.append((shown - begun, noticed - begun, greeted - noticed, shown - greeted))
        within = sum(phase[0] < 5 for phase in phases)
        whole, noticed, greeted, seen = (sorted(each)[len(phases) // 2] for each in zip(*phases, strict=True))
        figure(
            f"{kind.name if kind else 'XKillClient'}: {len(phases)} back and locked, {within} under 5 s; "
            f"median {whole:.2f} s (noticed {noticed:.2f}, first word {greeted:.2f}, lock screen read {seen:.2f}), "
            f"worst {max(phases)[0]:.2f} s; load {os.getloadavg()[0]:.0f}"
        )


def test_what_the_guardian_costs(alone: Alone) -> None:
    alone.start()
    (guardian,) = [process for process in alone.below() if "guardian" in process.cmdline()]
    before, begun = guardian.cpu_times(), time.monotonic()
    time.sleep(IDLE_SECONDS)  # what is measured is what it does while nothing happens
    after, seconds = guardian.cpu_times(), time.monotonic() - begun
    share = (after.user + after.system - before.user - before.system) / seconds
    memory = guardian.memory_info().rss / 2**20
    figure(f"guardian: {share:.2%} of a core over {seconds:.0f} s, {memory:.1f} MB")
    assert memory < 40


def test_a_clock_that_is_set_is_told_and_pauses_nothing(alone: Alone, report: Report) -> None:
    """An hour forward, then back. Only the wall clock is another one; timers do not use it."""
    clock = alone.clock()
    alone.start()
    for offset, by in (("+3600", 3600), ("+0", -3600)):
        clock.write_text(f"{offset}\n", encoding="utf-8")
        alone.wait(lambda by=by: abs(alone.told("clock-stepped").get("by_seconds", 0) - by) < 60, "word of the clock")
    assert alone.locks() == []
    assert not alone.shows("Your test is paused")
    report.row(CLOCK).held = "held: told, nothing paused"


def test_without_the_guard_nobody_tells_of_a_clock_that_is_set(alone: Alone, report: Report) -> None:
    clock = alone.clock()
    alone.start_unguarded()
    clock.write_text("+3600\n", encoding="utf-8")
    until = time.monotonic() + UNNOTICED_SECONDS
    while time.monotonic() < until:
        assert not (alone.home / "events.jsonl").exists()
        assert not alone.shows("Your test is paused")
        time.sleep(LOOK_SECONDS)
    report.row(CLOCK).without = "gets through: nobody is told before the session's journal is read"


def test_without_its_supervisor_a_guardian_that_is_killed_stays_away(alone: Alone, report: Report) -> None:
    """So that its coming back can fail. The exam program locks itself all the same."""
    alone.start("guardian")
    first = alone.pid()
    assert alone.kiosk is not None
    alone.kiosk.kill()
    alone.kiosk.wait()
    alone.wait(lambda: alone.shows("Your test is paused"), "locked test")
    assert alone.pid() == first, "somebody has started another exam program"
    assert "[kiosk-not-there]" in alone.verb("end", "--pin-stdin", text=f"{PIN}\n")
    psutil.Process(first).kill()
    for name in ("the guardian is killed", "the guardian is stopped (SIGSTOP)"):
        report.row(name).without = "without the supervisor it stays away (the exam locks itself)"
