"""A field for a PIN: a box a digit, never the digit itself, and keys for where there is no keyboard. It checks nothing."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.parts.editor_keys import Key
from stamp_desktop.ui.parts.layout import column, row, sized
from stamp_desktop.ui.parts.text import announce
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_BOXES: Final = 6
_MOST: Final = 10
_WIDE, _TALL, _BETWEEN = 52, 60, 12
_KEY_WIDE, _KEY_TALL = 56, 48


class PinBoxes(QWidget):
    """`typed` holds the digits; `entered` when Enter is pressed on some."""

    ring_radius = tokens.RADIUS_CHOICE
    entered = Signal()
    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.typed = ""
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def put(self, letters: str) -> None:
        """Take digits as if typed."""
        self.typed = (self.typed + "".join(each for each in letters if each.isascii() and each.isdigit()))[:_MOST]
        self._moved()

    def take_back(self) -> None:
        self.typed = self.typed[:-1]
        self._moved()

    def clear(self) -> None:
        self.typed = ""
        self._moved()

    def _moved(self) -> None:
        announce(self, self.tr("{count} digits").format(count=len(self.typed)))
        self.updateGeometry()
        self.update()
        self.changed.emit()

    def _count(self) -> int:
        return max(_BOXES, len(self.typed))

    def sizeHint(self) -> QSize:
        count, px = self._count(), look().px
        return QSize(count * px(_WIDE) + (count - 1) * px(_BETWEEN), px(_TALL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.typed and not event.isAutoRepeat():
                self.entered.emit()
        elif event.key() == Qt.Key.Key_Backspace:
            self.take_back()
        elif event.text().isdigit() and event.text().isascii():
            self.put(event.text())
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, px = look().colour, look().px
        for place in range(self._count()):
            here = self.hasFocus() and place == min(len(self.typed), self._count() - 1)
            line = px(2)
            left = place * (px(_WIDE) + px(_BETWEEN))
            box = QRectF(left, 0, px(_WIDE), px(_TALL)).adjusted(line / 2, line / 2, -line / 2, -line / 2)
            painter.setPen(QPen(c("night_attention" if here else "night_second"), line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, px(tokens.RADIUS_CHOICE), px(tokens.RADIUS_CHOICE))
            if place < len(self.typed):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(c("night_ink"))
                painter.drawEllipse(box.center(), px(6), px(6))


class PinPad(QWidget):
    """The boxes, and digits to click. `entered` carries the PIN; the boxes are empty again after it."""

    entered = Signal(str)
    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.boxes = PinBoxes(name)
        self.boxes.setObjectName("pin")
        self.boxes.entered.connect(self.enter)
        self.boxes.changed.connect(self.changed)
        self.setFocusProxy(self.boxes)
        upper, lower = row(gap=8), row(gap=8)
        for digit in "1234567890":
            key = sized(Key(digit, "en"), width=_KEY_WIDE, height=_KEY_TALL)
            key.setObjectName(f"digit-{digit}")
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.clicked.connect(lambda _=False, digit=digit: self.boxes.put(digit))
            (upper if digit in "12345" else lower).addWidget(key)
        upper.addStretch(1)
        lower.addStretch(1)
        column(row(self.boxes, None, gap=0), column(upper, lower, gap=8), gap=16, on=self)

    def enter(self) -> None:
        """As if Enter was pressed."""
        if self.boxes.typed:
            typed = self.boxes.typed
            self.boxes.clear()
            self.entered.emit(typed)
