"""A window with what it asked for, as the tests of screens see it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from stamp_desktop.delivery.intents import Intent
from stamp_desktop.delivery.views import Showing
from stamp_desktop.ui.window import ExamWindow


class Sitting:
    """Clicks and keys go to the window as a person's do; `intents` is what came out of it."""

    def __init__(self, window: ExamWindow) -> None:
        self.window = window
        self.intents: list[Intent] = []
        window.intent.connect(self.intents.append)

    def show(self, showing: Showing) -> None:
        self.window.present(showing)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            QApplication.sendPostedEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QApplication.processEvents()

    def button(self, name: str) -> QAbstractButton:
        """The visible button of an object name, or of a text."""
        for button in self.window.findChildren(QAbstractButton):
            if name in (button.objectName(), button.text()) and button.isVisible():
                return button
        raise AssertionError(f"no button {name!r} to be seen")

    def click(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)
        self.settle()

    def focus(self) -> QWidget:
        focused = self.window.focusWidget()
        assert focused is not None
        return focused

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.focus(), key)
        self.settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focus(), text)
        self.settle()
