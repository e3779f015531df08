"""Pictures of the test package, SVG or PNG, with round corners. A picture that cannot be read leaves its description."""

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.parts.text import set_lines
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_SVG_HEAD = 1024


def natural_size(picture: bytes) -> QSize:
    """Width and height as drawn; an empty size for bytes that are no picture."""
    if b"<svg" in picture[:_SVG_HEAD]:
        return QSvgRenderer(QByteArray(picture)).defaultSize()
    return QImage.fromData(picture).size()


def rendered(picture: bytes, width: int, height: int, ratio: float, radius: float) -> QImage:
    """The picture in so many logical pixels at a device pixel ratio, its corners round and transparent."""
    made = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    box = QRectF(0, 0, width, height)
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    outline = QPainterPath()
    outline.addRoundedRect(box, radius, radius)
    painter.setClipPath(outline)
    if b"<svg" in picture[:_SVG_HEAD]:
        QSvgRenderer(QByteArray(picture)).render(painter, box)
    else:
        painter.drawImage(box, QImage.fromData(picture))
    painter.end()
    return made


class Picture(QWidget):
    """A picture as wide as there is room for, in its own proportion. `most_height` in pixels at zoom 1."""

    def __init__(self, most_height: int = 340) -> None:
        super().__init__()
        self._bytes, self._size = b"", QSize()
        self._most_height = most_height
        self._cache: QPixmap | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def set_picture(self, picture: bytes | None, description: str) -> None:
        """Show a picture (None: nothing)."""
        self.setVisible(picture is not None)
        if (picture or b"") != self._bytes:
            self._bytes = picture or b""
            self._size = natural_size(self._bytes) if self._bytes else QSize()
            self._cache = None
            self.updateGeometry()
            self.update()
        self.setAccessibleName(description)

    def _box(self, width: int) -> QSize:
        if self._size.isEmpty():
            return QSize(width, look().px(120))
        return self._size.scaled(QSize(width, look().px(self._most_height)), Qt.AspectRatioMode.KeepAspectRatio)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._box(width).height()

    def sizeHint(self) -> QSize:
        return self._box(look().px(400))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(120), look().px(60))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._cache = None
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size, radius, ratio = self._box(self.width()), look().px(tokens.RADIUS_CARD), self.devicePixelRatioF()
        if self._size.isEmpty():
            painter.setPen(look().colour("second"))
            pad = look().px(24)
            layout, _ = set_lines(
                self.accessibleName(),
                look().font(tokens.NOTE),
                1.4,
                self.width() - 2 * pad,
                Qt.AlignmentFlag.AlignLeft,
            )
            layout.draw(painter, QRectF(pad, pad, 0, 0).topLeft())
        else:
            wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))
            if self._cache is None or self._cache.size() != wanted:
                image = rendered(self._bytes, size.width(), size.height(), ratio, radius)
                self._cache = QPixmap.fromImage(image)
            painter.drawPixmap(0, 0, self._cache)
        painter.setPen(QPen(look().colour("line"), look().px(1)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1), radius, radius)
