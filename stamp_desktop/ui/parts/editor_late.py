"""Typing is told a little later, once for many keys: it holds a draft back for half a second and never loses one."""

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

LATEST_MS: Final = 500
"""The longest that a key may wait; a crash costs no more than this."""


class Late(QObject):
    """`due` when what was typed has to be told now."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.due)

    def hold(self) -> None:
        """Something was typed: tell it within the time, counted from the first key that waits."""
        if not self._timer.isActive():
            self._timer.start(LATEST_MS)

    def flush(self) -> None:
        """Tell what waits at once."""
        if self._timer.isActive():
            self._timer.stop()
            self.due.emit()

    def cancel(self) -> None:
        """What waits has been told in another way."""
        self._timer.stop()
