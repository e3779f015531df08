"""An icon in a round: the sign of a section."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from stamp_desktop.ui.parts.layout import sized
from stamp_desktop.ui.theme import icons
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role


class Medallion(QWidget):
    """`size` is the round's diameter in pixels at zoom 1; the icon takes half of it."""

    def __init__(self, icon: str, *, size: int = 56, ground: Role = "soft", role: Role = "primary") -> None:
        super().__init__()
        self._icon = icon
        self._ground: Role = ground
        self._role: Role = role
        sized(self, width=size, height=size)

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def set_role(self, role: Role) -> None:
        self._role = role
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour(self._ground))
        box = QRectF(self.rect())
        painter.drawEllipse(box)
        inner = box.width() / 4
        colour = look().theme.colours.of(self._role)
        icons.paint(painter, self._icon, colour, box.adjusted(inner, inner, -inner, -inner))
