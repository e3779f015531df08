"""Seconds that run down, as a ring with the number in it. It counts nothing itself."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look


class Countdown(QWidget):
    """`size` is the ring's diameter in pixels at zoom 1."""

    def __init__(self, size: int = 176) -> None:
        super().__init__()
        self._size = size
        self._left = self._whole = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def begin(self) -> None:
        """Forget the time before: the next one shown is the whole."""
        self._left = self._whole = 0.0

    def show_seconds(self, left: float) -> None:
        """The seconds left; the most that was shown since `begin` is the whole ring."""
        self._left, self._whole = left, max(left, self._whole)
        self.setAccessibleName(self.tr("{seconds} seconds left").format(seconds=round(left)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(self._size), look().px(self._size))

    minimumSizeHint = sizeHint

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, thick = look().colour, look().px(10)
        box = QRectF(self.rect()).adjusted(thick / 2 + 1, thick / 2 + 1, -thick / 2 - 1, -thick / 2 - 1)
        painter.setPen(QPen(c("line"), thick))
        painter.drawEllipse(box)
        if self._whole > 0:
            pen = QPen(c("primary"), thick)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(box, 90 * 16, round(360 * 16 * self._left / self._whole))
        painter.setPen(c("ink"))
        number = look().font(tokens.DISPLAY * 3 // 4 if self._size >= 160 else tokens.HUGE, 600)
        painter.setFont(number)
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, str(max(0, round(self._left))))
