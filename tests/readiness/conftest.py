"""Computers to be checked: private displays, sound servers, stations; and the check itself, run as people run it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from stamp_desktop.content.keys import save_publisher_key
from stamp_desktop.readiness.check import Check, Report, decode
from stamp_desktop.readiness.need import Need
from tests import server_process
from tests.content.small import SmallPackage, build_small
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, seeded

ROOT: Final = Path(__file__).parents[2]
WITHOUT_QT: Final = "import sys; sys.modules['PySide6'] = None; from stamp_desktop.cli import main; sys.exit(main())"
SECONDS: Final = 60


def lacking(reason: str) -> None:
    """Skip, but never where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(language: str, name: str, *activities: str, size: int = 1_000_000) -> Need:
    """A test in that language."""
    return Need(f"{language} 1", f"{name} STAMP", "stamp", language, name, frozenset(activities), size, size, 60)


@dataclass
class Run:
    """A silent check that runs in a process of its own, with Qt taken away."""

    process: "subprocess.Popen[str]"
    said: str = ""
    faults: str = ""

    def end(self) -> int:
        """Its exit status, waited for."""
        self.said, self.faults = self.process.communicate(timeout=SECONDS)
        assert "Traceback" not in self.faults
        return self.process.returncode

    def report(self) -> Report:
        """What it wrote to standard output."""
        self.end()
        return decode(self.said)

    def check(self, name: str) -> Check:
        """One of its checks."""
        return next(check for check in self.report().checks if check.id == name)


@dataclass
class Computer:
    """Where checks run: `env` beside what a program needs to start; no display and no sound server."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    begun: list[Run] = field(default_factory=list)

    def begin(self, *words: str) -> Run:
        """Start a check; `words` beside --silent."""
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHON_KEYRING_BACKEND") if name in os.environ}
        nowhere = {"PULSE_SERVER": "unix:/nonexistent", "XDG_RUNTIME_DIR": str(self.folder)}
        command = [sys.executable, "-c", WITHOUT_QT, "readiness", "--silent", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        run = Run(subprocess.Popen(command, env={**plain, **nowhere, **self.env}, cwd=ROOT, text=True, **pipes))  # type: ignore[call-overload]
        self.begun.append(run)
        return run

    def ready(self, *words: str) -> Run:
        """A check whose report comes on standard output."""
        return self.begin("--json", "-", "--data", str(self.folder / "station"), *words)


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    """A computer without a display, a sound server, an enrolment."""
    made = Computer(tmp_path)
    yield made
    for run in made.begun:  # what a test that failed did not wait for
        run.process.kill()
        run.process.communicate()


@contextmanager
def display(size: str) -> Iterator[Mapping[str, str]]:
    """A screen of that many pixels ("800x600"); what leads a program to it."""
    if shutil.which("Xvfb") is None:
        lacking("not installed: Xvfb")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            yield {"DISPLAY": f":{pipe.readline().strip()}"}
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    """A small package that no test changes."""
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, small: SmallPackage) -> Iterator[ServerProcess]:
    """A server on loopback with the demonstration's district."""
    data = tmp_path_factory.mktemp("server")
    facts = seeded(data, small)
    process = server_process.start(data)
    (data / "code").write_text(facts.enrolment_code)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def station(server: ServerProcess, small: SmallPackage, tmp_path_factory: pytest.TempPathFactory) -> LabComputer:
    """A computer of that district, enrolled and prepared."""
    made = LabComputer(tmp_path_factory.mktemp("station"), small)
    made.enrol(server.url, (server.data / "code").read_text())
    public = save_publisher_key(made.root / "publisher.key", small.signing_key)
    (made.root / "publishers").mkdir()
    public.rename(made.root / "publishers" / "small.pub")
    made.refresh()
    return made


def facts(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
