"""A program that starts, tells when it is there and ends: `python -m benchmarks.first_paint empty|exam|ready DATA`.

`empty` is the least that PySide6 can show: one bare widget of the same size. `exam` is the exam program up to its first window,
`ready` up to the moment at which somebody can type the test code.
"""

# ruff: noqa: PLC0415  # each program loads only its own parts, as it does in real life
import os
import sys
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

POLL_MS = 5


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

    def poll(self) -> None:
        """Whether there is a field to type into."""
        fields = (field for window in QApplication.topLevelWidgets() for field in window.findChildren(QPlainTextEdit))
        if any(field.isVisible() and field.isEnabled() for field in fields):
            self.tell()

    def tell(self) -> None:
        os.write(1, b"%d\n" % time.monotonic_ns())
        os._exit(0)


def main() -> None:
    application = QApplication(sys.argv[:1])
    first = FirstPaint()
    polling = QTimer(interval=POLL_MS)
    if sys.argv[1] == "ready":
        polling.timeout.connect(first.poll)
        polling.start()
    else:
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
