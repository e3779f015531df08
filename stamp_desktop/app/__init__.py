"""The exam program from its first window on. Light on purpose: the window is on the screen before the rest is loaded."""

import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSocketNotifier
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from stamp_desktop.ui.door import Door

FRAME = 48
"""Pixels that a window's frame and title take at most: with less room than that the window is shown maximized."""

INPUT_METHODS = {"IBUS_ENABLE_SYNC_MODE": "1"}
"""Qt asks ibus about each key and waits for the answer. Otherwise letters change places on a busy computer ("frnieds")."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the exam program was started. `windowed`: a window that may be closed, for demonstrations and trying.

    `simulated_sound`: offer a microphone that needs no hardware. `second`: where sessions have their second copy.
    """

    data: Path
    windowed: bool = False
    simulated_sound: bool = False
    demo_hint: str = ""
    second: Path | None = None


def run_exam(options: Options) -> int:
    """Run the exam program until its window is closed; the exit status."""
    for name, value in INPUT_METHODS.items():
        os.environ.setdefault(name, value)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    QGuiApplication.setApplicationName("STAMP Desktop")  # what a screen reader calls the program
    ends = _end_on_signals(application)
    door = Door()
    ended: list[int] = []

    def begin() -> None:
        from stamp_desktop.app.program import Program  # noqa: PLC0415  # loaded here, behind the first window

        program = Program(door, options)
        application.aboutToQuit.connect(lambda: ended.append(program.stop()))
        program.start()

    door.opened.connect(begin)
    if not options.windowed:
        door.showFullScreen()
    else:
        door.resize(1366, 768)
        room = door.screen().availableGeometry()
        if room.width() < door.width() + FRAME or room.height() < door.height() + FRAME:
            door.showMaximized()
        else:
            door.show()
    application.exec()
    for each in ends:
        each.close()
    return ended[0] if ended else 0


def _end_on_signals(application: QCoreApplication) -> tuple[socket.socket, socket.socket]:
    """SIGTERM ends the program as its window does: what is open is saved first. Python wakes Qt by a socket for it."""
    ear, mouth = socket.socketpair()
    ear.setblocking(False)
    mouth.setblocking(False)
    signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(ear.fileno(), QSocketNotifier.Type.Read, application)

    def woken() -> None:
        notifier.setEnabled(bool(ear.recv(64)))

    notifier.activated.connect(woken)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: application.exit())  # quit() would ask the window, which refuses
    return ear, mouth
