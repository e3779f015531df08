"""A program that takes reading sections by mouse in the exam program's window: `python -m benchmarks.clicking DATA QUESTIONS`.

For each question after a click on Next it prints how long the click took to the painted question, and a raw append beside it.
"""

import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from benchmarks.disk import RawFile
from benchmarks.station import CODE, begin_reading
from stamp_desktop.app import Options
from stamp_desktop.app.computer import Keyboard
from stamp_desktop.app.program import SWITCH_SECONDS, Opening
from stamp_desktop.delivery import intents, views
from stamp_desktop.delivery.intents import Intent
from stamp_desktop.delivery.runner import Message, Runner
from stamp_desktop.engine.items import GapResponse
from stamp_desktop.ui.bridge import Bridge
from stamp_desktop.ui.parts.passage_text import Marked
from stamp_desktop.ui.taker.item import ItemScreen
from stamp_desktop.ui.theme import fonts, style
from stamp_desktop.ui.window import ExamWindow


class WatchedWindow(ExamWindow):
    """Tells when it has taken over a page."""

    presented = Signal(object)

    def present(self, showing: views.Showing) -> None:
        super().present(showing)
        self.presented.emit(showing.screen)


class Clicker(QObject):
    """One sitting: signs in, then question by question with the mouse; gaps are answered by intents and not measured.

    The clock starts with the press on Next and ends when the painting of the next question has been handed to the screen.
    """

    def __init__(self, window: WatchedWindow, login: str, raw: RawFile) -> None:
        super().__init__()
        self.took: list[float] = []
        self._window = window
        self._login = login
        self._raw = raw
        self._view: views.ItemView | None = None
        self._done: views.ItemView | None = None
        self._pressed: float | None = None
        self._fresh = False
        window.presented.connect(self._shown)

    def _shown(self, screen: views.Screen) -> None:
        """The window has taken over a page; what follows waits until it is back in its loop."""
        match screen:
            case views.SignInView(busy=False):
                self._ask(intents.SignIn(CODE, self._login))
            case views.ConfirmView():
                self._ask(intents.Confirm(True))
            case views.ItemView():
                if self._view is None or self._view.item != screen.item:
                    self._fresh = True
                    self._watch_paint()
                self._view = screen
                if not self._pressed:
                    QTimer.singleShot(0, self._act)
            case views.SectionDoneView():
                QTimer.singleShot(0, QApplication.quit)
            case _:
                pass

    def _ask(self, intent: Intent) -> None:
        QTimer.singleShot(0, lambda: self._window.intent.emit(intent))

    def _watch_paint(self) -> None:
        for text in self._window.findChildren(Marked):
            text.removeEventFilter(self)
            text.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:
        if self._fresh and event.type() == QEvent.Type.Paint:
            self._fresh = False
            QTimer.singleShot(0, self._painted)  # behind the painting that is under way
        return False

    def _painted(self) -> None:
        if self._pressed is None:
            return
        self.took.append((time.perf_counter() - self._pressed) * 1000)
        self._pressed = None
        self._raw.append()
        self._act()

    def _act(self) -> None:
        """Take the next choice, or go on when enough are taken."""
        view, screen = self._view, self._window.screen_shown()
        if view is None or not isinstance(screen, ItemScreen) or self._pressed or view == self._done:
            return
        self._done = view  # the clock shows the same page every second: it is acted on once
        if isinstance(view.task, views.GapTask):
            filled = {gap: choices[0].id if choices else "x" for gap, choices in view.task.gaps.items()}
            self._window.intent.emit(intents.Answer(view.item, GapResponse(filled)))
            return
        left = [choice.id for choice in view.task.choices if choice.id not in view.task.chosen]
        if len(view.task.chosen) < view.task.least:
            choice = self._window.findChild(QAbstractButton, f"choice-{left[0]}")
            if choice is None:
                raise LookupError(f"the choice {left[0]} of {view.item} is not on the screen")
            click(choice)
            return
        self._pressed = time.perf_counter()
        click(screen.foot.primary)


def click(button: QAbstractButton) -> None:
    """Press and release the mouse over the button's leading part."""
    at = QPoint(24, button.height() // 2)
    QTest.mousePress(button, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=at)


def sit(data: Path, login: str, raw: RawFile) -> list[float]:
    """One reading section in a window of its own; milliseconds for each question after a click."""
    window = WatchedWindow(may_close=True)
    keyboard = Keyboard()

    def put(message: Message) -> None:
        runner.put(message)

    bridge = Bridge(window, put)
    opening = Opening(Options(data, windowed=True), put, keyboard.name)
    runner = Runner(opening, bridge.post, lambda _: QApplication.exit(1), opening.close)
    clicker = Clicker(window, login, raw)
    window.resize(1366, 768)
    window.present(opening.showing())
    window.show()
    runner.start()
    status = QApplication.exec()
    runner.stop()
    window.close()
    if status:
        raise SystemExit("the session ended on a fault")
    return clicker.took


def main() -> None:
    data, wanted = Path(sys.argv[1]), int(sys.argv[2])
    QApplication(sys.argv[:1])
    sys.setswitchinterval(SWITCH_SECONDS)
    fonts.load()
    style.apply(style.look())
    took = list[float]()
    with RawFile(data) as raw:
        while len(took) < wanted:
            login = f"taker-{len(took)}"
            begin_reading(data, login)
            took += sit(data, login, raw)
        for question, append in zip(took, raw.took, strict=True):
            print(question, append)


if __name__ == "__main__":
    main()
