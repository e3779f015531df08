"""Icons: one family of line drawings (Lucide, SVG), recoloured and drawn sharp at the screen's own resolution."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from stamp_desktop.ui.theme.assets import assets
from stamp_desktop.ui.theme.tokens import Colour


@lru_cache(maxsize=512)
def _drawing(name: str, colour: Colour) -> QSvgRenderer:
    text = (assets() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))


def paint(painter: QPainter, name: str, colour: Colour, where: QRectF) -> None:
    """Draw the icon into a square. FileNotFoundError for a name that assets/icons lacks."""
    _drawing(name, colour).render(painter, where)


@lru_cache(maxsize=512)
def pixmap(name: str, colour: Colour, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels at a device pixel ratio."""
    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, name, colour, QRectF(0, 0, size, size))
    painter.end()
    return made
