"""A program that paints its first window, tells when and ends: `python -m benchmarks.first_paint empty DATA`, or `exam DATA`.

`empty` is the least that PySide6 can show: one bare widget of the same size.
"""

# ruff: noqa: PLC0415  # each program loads only its own parts, as it does in real life
import os
import sys
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


class FirstPaint(QObject):
    """Ends the process when the first window has been painted and handed to the screen; monotonic nanoseconds on stdout.

    It watches that one window and nothing else: each kind of object that Python gets to see costs time to wrap.
    """

    def watch(self) -> None:
        """Called first in the event loop, when the window is there and not painted yet."""
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                window.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.tell)  # behind the painting that is under way
        return False

    def tell(self) -> None:
        os.write(1, b"%d\n" % time.monotonic_ns())
        os._exit(0)


def main() -> None:
    application = QApplication(sys.argv[:1])
    first = FirstPaint()
    QTimer.singleShot(0, first.watch)
    if sys.argv[1] == "empty":
        window = QWidget()
        window.resize(1366, 768)
        window.show()
        application.exec()
    else:
        from stamp_desktop.cli import main as stamp

        stamp(["exam", "--data", sys.argv[2], "--windowed"])


if __name__ == "__main__":
    main()
