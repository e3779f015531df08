"""Buttons beside each other, and below each other where there is no room. It changes nothing in them."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.theme.style import look


class Flow(QWidget):
    """Holds buttons from the leading side on; `gap` in pixels at zoom 1. Hidden ones take no room."""

    def __init__(self, *parts: QWidget, gap: int = 12) -> None:
        super().__init__()
        self._parts, self._gap = parts, gap
        for part in parts:
            part.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _lay_out(self, width: int, *, move: bool) -> int:
        """Give each part its place when asked to `move`; the height that they take."""
        gap, mirrored = look().px(self._gap), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = y = line = 0
        for part in self._parts:
            if part.isHidden():
                continue
            size = part.sizeHint()
            if x and x + size.width() > width:
                x, y, line = 0, y + line + gap, 0
            wide = min(size.width(), width)
            if move:
                part.setGeometry(width - x - wide if mirrored else x, y, wide, size.height())
            x, line = x + wide + gap, max(line, size.height())
        return y + line

    def arrange(self) -> None:
        """Take in that a part was shown, hidden or got another text."""
        self._lay_out(self.width(), move=True)
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._lay_out(width, move=False)

    def sizeHint(self) -> QSize:
        shown = [part.sizeHint() for part in self._parts if not part.isHidden()]
        wide = sum(size.width() for size in shown) + look().px(self._gap) * max(0, len(shown) - 1)
        return QSize(wide, max((size.height() for size in shown), default=0))

    def minimumSizeHint(self) -> QSize:
        shown = [part.sizeHint() for part in self._parts if not part.isHidden()]
        return QSize(max((size.width() for size in shown), default=0), max((size.height() for size in shown), default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out(self.width(), move=True)

    def event(self, event: QEvent) -> bool:
        """A part that changes its size asks for a new layout."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.arrange()
        return super().event(event)
