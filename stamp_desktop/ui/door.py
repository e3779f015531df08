"""The program's window as it comes: its paper at once, then what is put into it. Light on purpose: it loads nothing but Qt."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

PAPER = QColor(0xF4, 0xF6, 0xF9)
"""The light theme's paper; the theme itself is loaded behind this window."""


class Door(QWidget):
    """`opened` once, after the first painting. Closing is for what was put in to decide; before that nothing is lost by it."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._inside: QWidget | None = None
        self._painted = False
        self.setWindowTitle("STAMP Desktop")
        self.setMinimumSize(640, 480)

    def furnish(self, inside: QWidget) -> None:
        """Fill the window."""
        self._inside = inside
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(inside)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), PAPER)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.opened.emit)  # behind the painting that is under way

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._inside is not None:
            self._inside.closeEvent(event)
