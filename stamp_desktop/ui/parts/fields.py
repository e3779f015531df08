"""Fields to fill in: a line of text, a list to choose from, a box to tick. No menus of their own, nothing dropped in."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QListView, QSizePolicy, QWidget

from stamp_desktop.ui.parts.entry import Entry
from stamp_desktop.ui.parts.layout import column
from stamp_desktop.ui.parts.text import Text, set_lines, side
from stamp_desktop.ui.theme import icons, tokens
from stamp_desktop.ui.theme.style import look

__all__ = ["Entry", "Labelled", "Select", "Tick"]


class Select(QComboBox):
    """One of a list. The wheel does nothing: a page that scrolls must not change an answer."""

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        view = QListView()
        view.setAccessibleName(name)
        self.setView(view)
        window = view.window()
        window.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size, inset = look().px(20), look().px(14)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = inset if rtl else self.width() - inset - size
        where = QRectF(x, (self.height() - size) / 2, size, size)
        icons.paint(painter, "chevron-down", look().theme.colours.of("second"), where)


class Labelled(QWidget):
    """A field under its label; a remark follows the label in plain weight."""

    def __init__(self, label: str, field: QWidget, remark: str = "") -> None:
        super().__init__()
        text = Text(size=tokens.NOTE)
        text.set_text(f"{label}  {remark}".strip(), strong=label)
        text.setBuddy(field)
        column(None, text, field, gap=6, on=self)


class Tick(QCheckBox):
    """A box to tick with a sentence that may take several lines; all of it can be clicked."""

    ring_radius = tokens.RADIUS_CHOICE

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _inset(self) -> tuple[int, int, int]:
        """Padding, side of the box, where the text starts."""
        px = look().px
        return px(16), px(28), px(16 + 28 + 16)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def heightForWidth(self, width: int) -> int:
        pad, _, start = self._inset()
        _, room = set_lines(self.text(), look().font(), 1.5, width - start - pad, side(self))
        return max(round(room.height()) + 2 * pad, look().px(60))

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        width = look().px(560)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(160), look().px(60))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, px = look().colour, look().px
        pad, box, start = self._inset()
        ticked, rtl = self.isChecked(), self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        line = px(2) if ticked else px(1)
        around = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(c("primary" if ticked or self.underMouse() else "border"), line))
        painter.setBrush(c("soft" if ticked else "card"))
        painter.drawRoundedRect(around, px(tokens.RADIUS_CHOICE), px(tokens.RADIUS_CHOICE))
        text, room = set_lines(self.text(), look().font(), 1.5, self.width() - start - pad, side(self))
        top = (self.height() - room.height()) / 2
        first = look().px(27)
        square = QRectF(self.width() - pad - box if rtl else pad, top + (first - box) / 2, box, box)
        painter.setPen(QPen(c("primary" if ticked else "second"), px(2)))
        painter.setBrush(c("primary" if ticked else "card"))
        painter.drawRoundedRect(square.adjusted(1, 1, -1, -1), px(8), px(8))
        if ticked:
            inner = px(4)
            icons.paint(painter, "check", c("on_primary").name(), square.adjusted(inner, inner, -inner, -inner))
        painter.setPen(c("ink"))
        text.draw(painter, QPointF(pad if rtl else start, top))
