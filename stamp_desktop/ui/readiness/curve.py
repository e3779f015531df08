"""The wait for the next question against the group size, drawn with the theme's own colours: the limit is marked, and named."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.readiness.rows import SLOW
from stamp_desktop.readiness.views import Curve
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

HIGHEST: Final = 8.0
"""Seconds: a curve that goes further is cut there, for nobody would wait so long."""


class CurvePicture(QWidget):
    """A picture of a `Curve`; its words for a screen reader say the same."""

    def __init__(self) -> None:
        super().__init__()
        self._curve: Curve | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_curve(self, curve: Curve) -> None:
        self._curve = curve
        slow = any(point.p95_seconds > SLOW for point in curve.points)
        holds = self.tr("up to {limit} test takers wait less than 2 seconds").format(limit=curve.limit)
        if not slow:
            holds = self.tr("nobody waits longer than 2 seconds")
        last = max(curve.points, key=lambda point: point.group)
        told = self.tr("with {group}, {seconds:.1f} seconds").format(group=last.group, seconds=last.p95_seconds)
        self.setAccessibleName(f"{self.tr('Time to the next question')}: {holds}; {told}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(440), look().px(320))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(240), look().px(320))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        curve = self._curve
        if curve is None or not curve.points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, curve)

    def _draw(self, painter: QPainter, curve: Curve) -> None:
        px, colour = look().px, look().colour
        points = sorted(curve.points, key=lambda point: point.group)
        widest = max(points[-1].group, curve.group)
        highest = min(HIGHEST, max(3.0, *(point.p95_seconds for point in points)))
        steps = 1 if highest <= 4 else 2
        top = steps * (int(highest / steps) + (highest % steps > 0))
        box = QRectF(px(44), px(14), self.width() - px(44) - px(10), self.height() - px(14) - px(36))
        font = look().font(tokens.SMALL)
        painter.setFont(font)
        metrics = QFontMetricsF(font)

        def at(group: float, seconds: float) -> QPointF:
            return QPointF(box.left() + box.width() * group / widest, box.bottom() - box.height() * min(seconds, top) / top)

        for second in range(steps, top + 1, steps):
            y = at(0, second).y()
            painter.setPen(QPen(colour("line"), px(1)))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(colour("second"))
            where = QRectF(0, y - px(12), box.left() - px(10), px(24))
            painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), f"{second} s")
        painter.setPen(QPen(colour("border"), px(1.5)))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        self._slow(painter, at(0, SLOW).y(), box, metrics)
        path = QPainterPath(at(points[0].group, points[0].p95_seconds))
        for point in points[1:]:
            path.lineTo(at(point.group, point.p95_seconds))
        painter.save()
        painter.setClipRect(box.adjusted(-px(2), -px(2), px(2), px(2)))
        painter.setPen(
            QPen(colour("primary"), px(3.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.restore()
        self._limit(painter, curve, at, box)
        self._groups(painter, widest, curve, box, metrics)

    def _slow(self, painter: QPainter, y: float, box: QRectF, metrics: QFontMetricsF) -> None:
        px = look().px
        pen = QPen(look().colour("bad"), px(1.5), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        words = self.tr("2 s: too slow")
        width = metrics.horizontalAdvance(words)
        painter.drawText(QPointF(box.left() + px(8) if width > box.width() / 2 else box.right() - width, y - px(7)), words)

    def _limit(self, painter: QPainter, curve: Curve, at: object, box: QRectF) -> None:
        """A dot where the curve is at the limit, and a line down to its number."""
        if not curve.limit or not callable(at):
            return
        px = look().px
        where = at(curve.limit, _seconds(curve))
        pen = QPen(look().colour("primary"), px(1.5), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        painter.drawLine(where, QPointF(where.x(), box.bottom()))
        painter.setPen(QPen(look().colour("card"), px(2)))
        painter.setBrush(look().colour("primary"))
        painter.drawEllipse(where, px(7.5), px(7.5))

    def _groups(self, painter: QPainter, widest: int, curve: Curve, box: QRectF, metrics: QFontMetricsF) -> None:
        """Numbers under the line: the limit first, then those that do not touch it."""
        px = look().px
        wanted = [curve.limit, 0, widest, curve.group, widest // 2]
        taken: list[tuple[float, float]] = []
        for number in dict.fromkeys(wanted):
            text, strong = str(number), bool(curve.limit) and number == curve.limit
            painter.setFont(look().font(tokens.SMALL, 700 if strong else 400))
            half = metrics.horizontalAdvance(text) / 2 + px(3)
            middle = min(max(box.left() + box.width() * number / widest, half), self.width() - half)
            if any(left < middle + half and middle - half < right for left, right in taken):
                continue
            taken.append((middle - half, middle + half))
            painter.setPen(look().colour("primary" if strong else "second"))
            place = QRectF(middle - half, box.bottom() + px(8), 2 * half, px(24))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)


def _seconds(curve: Curve) -> float:
    """The wait at the limit, between the points beside it."""
    points = sorted(curve.points, key=lambda point: point.group)
    for before, after in pairwise(points):
        if before.group <= curve.limit <= after.group:
            share = (curve.limit - before.group) / max(1, after.group - before.group)
            return before.p95_seconds + share * (after.p95_seconds - before.p95_seconds)
    return points[0].p95_seconds if curve.limit < points[0].group else points[-1].p95_seconds
