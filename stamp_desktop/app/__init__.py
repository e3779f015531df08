"""The exam program from its first window on. Light on purpose: the window is on the screen before the rest is loaded."""

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from stamp_desktop.ui.door import Door

FRAME = 48
"""Pixels that a window's frame and title take at most: with less room than that the window is shown maximized."""


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
    application = QApplication.instance() or QApplication(sys.argv[:1])
    QGuiApplication.setApplicationName("STAMP Desktop")  # what a screen reader calls the program
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
    return ended[0] if ended else 0
