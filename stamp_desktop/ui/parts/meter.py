"""How loud a voice is, in three zones with their names, so that colour is not needed to read it. It only draws."""

from typing import Literal, TypeAlias

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

Zone: TypeAlias = Literal["none", "quiet", "good", "loud"]


class Meter(QWidget):
    """A bar in zones and a marker on it; None takes the marker away."""

    def __init__(self) -> None:
        super().__init__()
        self._level: float | None = None
        self._quiet_end, self._loud_start = 0.28, 0.84
        self._zone: Zone = "none"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._say()

    def show_level(self, level: float | None, quiet_end: float, loud_start: float) -> None:
        """`level` 0-1; the good zone lies between the other two numbers."""
        if (level, quiet_end, loud_start) == (self._level, self._quiet_end, self._loud_start):
            return
        self._level, self._quiet_end, self._loud_start = level, quiet_end, loud_start
        before, self._zone = self._zone, self._zone_of(level)
        if before != self._zone:
            self._say()
        self.update()

    def zone(self) -> Zone:
        """Where the marker stands."""
        return self._zone

    def _zone_of(self, level: float | None) -> Zone:
        if level is None:
            return "none"
        return "quiet" if level < self._quiet_end else "loud" if level > self._loud_start else "good"

    def _words(self) -> dict[Zone, str]:
        return {"quiet": self.tr("Too quiet"), "good": self.tr("Good"), "loud": self.tr("Too loud")}

    def _say(self) -> None:
        words = self._words().get(self._zone, "")
        self.setAccessibleName(self.tr("How loud you are: {zone}").format(zone=words) if words else self.tr("How loud you are"))

    def sizeHint(self) -> QSize:
        return QSize(look().px(320), look().px(28 + 8 + 22))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(220), self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, c = look().px, look().colour
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        width, thick, tall = float(self.width()), px(16), px(28)
        bar = QRectF(0, (tall - thick) / 2, width, thick)
        outline = QPainterPath()
        outline.addRoundedRect(bar, thick / 2, thick / 2)

        def across(share: float) -> float:
            return width * (1 - share if rtl else share)

        painter.save()
        painter.setClipPath(outline)
        edges = (0.0, self._quiet_end, self._loud_start, 1.0)
        zones: tuple[tuple[Zone, Role], ...] = (("quiet", "zone_quiet"), ("good", "zone_good"), ("loud", "zone_loud"))
        for (_, role), start, end in zip(zones, edges, edges[1:], strict=False):
            left, right = sorted((across(start), across(end)))
            painter.fillRect(QRectF(left, bar.top(), right - left, thick), c(role))
        painter.restore()
        small = look().font(tokens.SMALL)
        for (zone, _), start, end in zip(zones, edges, edges[1:], strict=False):
            words, here = self._words()[zone], zone == self._zone
            font = look().font(tokens.SMALL, 600) if here else small
            wide = QFontMetricsF(font).horizontalAdvance(words) + 2
            middle = {"quiet": wide / 2, "good": width * (start + end) / 2, "loud": width - wide / 2}[zone]
            middle = width - middle if rtl else middle
            painter.setFont(font)
            painter.setPen(c("ink" if here else "second"))
            painter.drawText(QRectF(middle - wide / 2, tall + px(8), wide, px(22)), Qt.AlignmentFlag.AlignCenter, words)
        if self._level is not None:
            thin = px(6)
            at = min(max(across(min(max(self._level, 0.0), 1.0)), thin / 2), width - thin / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c("card"))
            painter.drawRoundedRect(QRectF(at - thin / 2 - px(2), 0, thin + px(4), tall), px(5), px(5))
            painter.setBrush(c("ink"))
            painter.drawRoundedRect(QRectF(at - thin / 2, 0, thin, tall), px(3), px(3))
