"""An input method that does not answer is started again; one that was stopped is sent on; a well one is left alone."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stamp_desktop.kiosk.linux.input_method import InputMethod

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ibus is Linux's")
SPEAKS = {
    "well": "line.recv(99); line.sendall(b'OK 1\\r\\n'); line.recv(99); line.sendall(b'l')",
    "hung": "line.recv(99); line.sendall(b'OK 1\\r\\n')",
}
DAEMON = """
import os, socket, sys
bus = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
bus.bind(sys.argv[1]); bus.listen()
with open(sys.argv[2], "w") as file:
    file.write(f"# ibus\\nIBUS_ADDRESS=unix:path={sys.argv[1]},guid=1\\nIBUS_DAEMON_PID={os.getpid()}\\n")
kept = []
while True:
    line, _ = bus.accept(); kept.append(line)
    SPEAKS
"""


class Daemon:
    """A program of that name which speaks the first words of D-Bus, or does not go on after them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "bus"
        self.input_method = InputMethod({"IBUS_ADDRESS_FILE": str(self.file)})
        self.program = Path(shutil.copy(Path(sys.executable).resolve(), folder / "ibus-daemon"))

    def start(self, how: str) -> "subprocess.Popen[bytes]":
        words = [str(self.program), "-c", DAEMON.replace("SPEAKS", SPEAKS[how]), str(self.folder / "s"), str(self.file)]
        library = str(Path(sys.base_prefix) / "lib")
        env = {**os.environ, "PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": library}
        process = subprocess.Popen(words, env=env)
        self.wait(lambda: self.pid() == process.pid)
        return process

    def pid(self) -> int:
        return int(self.file.read_text("utf-8").split("PID=")[-1] or 0) if self.file.exists() else 0

    def wait(self, ask: Callable[[], bool]) -> None:
        until = time.monotonic() + 30
        while not ask():
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    if made.pid() and psutil.pid_exists(made.pid()):
        os.kill(made.pid(), signal.SIGKILL)


def test_one_that_answers_is_left_alone_and_one_that_was_stopped_goes_on(daemon: Daemon) -> None:
    process = daemon.start("well")
    assert not daemon.input_method.mend()
    process.send_signal(signal.SIGSTOP)
    daemon.wait(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    assert daemon.input_method.mend()
    assert not daemon.input_method.mend()
    assert daemon.pid() == process.pid
    process.kill()
    process.wait()


def test_one_that_does_not_answer_is_started_again(daemon: Daemon) -> None:
    process = daemon.start("hung")
    assert daemon.input_method.mend()
    assert process.wait(30) == -signal.SIGKILL
    daemon.wait(lambda: daemon.pid() not in {0, process.pid})
    assert psutil.Process(daemon.pid()).cmdline() == process.args


def test_another_program_in_its_place_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "bus"
    file.write_text(f"IBUS_ADDRESS=unix:path={tmp_path}/none\nIBUS_DAEMON_PID={os.getpid()}\n", "utf-8")
    assert not InputMethod({"IBUS_ADDRESS_FILE": str(file)}).mend()
    assert not InputMethod({"IBUS_ADDRESS_FILE": str(tmp_path / "none")}).mend()
