"""A voice as bars: what has just been said, or all of it. It only draws; new peaks cost one drawing of its own box."""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QLineF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.parts.layout import sized
from stamp_desktop.ui.theme.style import look

PITCH: Final = 5
BAR: Final = 2.5


class Waveform(QWidget):
    """Bars from the leading side; dots where nothing has been said yet. `height` in pixels at zoom 1."""

    def __init__(self, height: int = 96) -> None:
        super().__init__()
        self._peaks: tuple[float, ...] = ()
        self._whole = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        sized(self, height=height)

    def show_peaks(self, peaks: tuple[float, ...], *, whole: bool = False) -> None:
        """Peaks 0-1, oldest first. `whole` fits all of them into the width; otherwise the last ones are shown."""
        if peaks != self._peaks or whole != self._whole:
            self._peaks, self._whole = peaks, whole
            self.update()

    def bars(self, count: int) -> list[float]:
        """What `count` bars show of the peaks, 0-1 each."""
        peaks = self._peaks
        if not self._whole:
            return list(peaks[-count:])
        if len(peaks) <= count:
            return [peaks[i * len(peaks) // count] for i in range(count)] if peaks else []
        edges = [i * len(peaks) // count for i in range(count + 1)]
        return [max(peaks[a:b]) for a, b in pairwise(edges)]

    def sizeHint(self) -> QSize:
        return QSize(look().px(320), self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        pitch, bar = look().px(PITCH), max(2.0, BAR * look().zoom)
        middle, room = self.height() / 2, self.height() - look().px(4)
        count = max(1, self.width() // pitch)
        shown = self.bars(count)
        pen = QPen(look().colour("primary"), bar)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        lines = []
        for i, peak in enumerate(shown):
            half = max(bar * 0.3, min(peak, 1.0) * room / 2 - bar / 2)
            x = i * pitch + bar / 2
            lines.append(QLineF(x, middle - half, x, middle + half))
        painter.drawLines(lines)
        if len(shown) < count:
            pen = QPen(look().colour("border"), max(1.5, look().px(2)))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setDashPattern([0.01, 2.5])
            painter.setPen(pen)
            start = len(shown) * pitch + bar
            painter.drawLine(QLineF(start, middle, self.width() - bar, middle))
