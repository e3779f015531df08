"""A program that starts, tells when it is there and ends: `python -m benchmarks.first_paint empty|exam|ready|again DATA`.

`empty` is the least that PySide6 can show: one bare widget of the same size. `exam` is the exam program up to its first window,
`ready` up to the moment at which somebody can type the test code, `again` up to the question at which LOGIN's test stands,
signed in without typing. It ends as a kill ends it.
"""

# ruff: noqa: PLC0415  # each program loads only its own parts, as it does in real life
import os
import sys
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

POLL_MS = 5
LOGIN = "killed"


class FirstPaint(QObject):
    """Ends the process when the first window has been painted and handed to the screen; monotonic nanoseconds on stdout.

    It watches that one window and nothing else: each kind of object that Python gets to see costs time to wrap.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()

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

    def sign_in(self) -> None:
        """Say what a test taker types and clicks, as soon as it can be said; tell when the question is there."""
        from benchmarks.station import CODE
        from stamp_desktop.delivery import intents
        from stamp_desktop.ui.taker.item import ItemScreen
        from stamp_desktop.ui.window import ExamWindow

        said = {"SignInScreen": intents.SignIn(CODE, LOGIN), "ConfirmScreen": intents.Confirm(True)}
        for window in QApplication.allWidgets():
            if not isinstance(window, ExamWindow):
                continue
            shown = window.screen_shown()
            name = type(shown).__name__
            busy = name == "SignInScreen" and not any(field.isEnabled() for field in shown.findChildren(QPlainTextEdit))
            if isinstance(shown, ItemScreen):
                self.tell()
            if name in said and not busy and name not in self.said:
                self.said.add(name)
                window.intent.emit(said[name])

    def tell(self) -> None:
        os.write(1, b"%d\n" % time.monotonic_ns())
        os._exit(0)


def main() -> None:
    application = QApplication(sys.argv[:1])
    first = FirstPaint()
    polling = QTimer(interval=POLL_MS)
    if sys.argv[1] in {"ready", "again"}:
        polling.timeout.connect(first.poll if sys.argv[1] == "ready" else first.sign_in)
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
