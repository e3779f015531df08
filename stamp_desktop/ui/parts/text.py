"""Text as the pages set it: plain, wrapped, with a line height. It shows what it is given; markup stays letters."""

from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from stamp_desktop.ui.theme import icons, tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

_Lines: TypeAlias = tuple[QTextLayout, QRectF]
_kept: dict[tuple[str, str, float, float, int, str], _Lines] = {}
_MOST_KEPT: Final = 512


def set_lines(text: str, font: QFont, leading: float, width: float, align: Qt.AlignmentFlag, strong: str = "") -> _Lines:
    """Break text into lines of a width; the layout ready to draw, and the room it takes from (0, 0).

    Kept: while a page finds its place, Qt asks for the height of each text some forty times.
    """
    asked = (text, font.key(), leading, width, align.value, strong)
    if asked not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[asked] = _set_lines(text, font, leading, width, align, strong)
    return _kept[asked]


def _set_lines(text: str, font: QFont, leading: float, width: float, align: Qt.AlignmentFlag, strong: str) -> _Lines:
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    option = QTextOption(align | Qt.AlignmentFlag.AlignAbsolute)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # by the text, not by the interface
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    start = text.find(strong) if strong else -1
    if start >= 0:
        mark = QTextLayout.FormatRange()
        mark.start, mark.length, mark.format = start, len(strong), QTextCharFormat()
        mark.format.setFontWeight(QFont.Weight.Bold)
        layout.setFormats([mark])
    layout.beginLayout()
    top = widest = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1.0))
        room = max(font.pixelSize() * leading, line.height())
        line.setPosition(QPointF(0.0, top + (room - line.height()) / 2))
        top += room
        widest = max(widest, line.naturalTextWidth())
    layout.endLayout()
    return layout, QRectF(0.0, 0.0, widest, top)


def side(widget: QWidget) -> Qt.AlignmentFlag:
    """The leading side of a widget's layout direction."""
    rtl = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft


class Text(QLabel):
    """Plain text in a size, weight and colour of the tokens. `strong` is a part of the text that is set bold.

    `wrap` False holds it to one line (for bars). `measure` limits the natural width, in pixels at zoom 1.
    """

    def __init__(
        self,
        text: str = "",
        *,
        size: int = tokens.BASE,
        weight: int = 400,
        role: Role = "ink",
        leading: float = 1.5,
        wrap: bool = True,
        centred: bool = False,
        measure: int = 720,
    ) -> None:
        super().__init__()
        self._size, self._weight, self._role, self._leading = size, weight, role, leading
        self._centred, self._measure, self._strong = centred, measure, ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)
        self.setText(text)

    def set_text(self, text: str, strong: str = "") -> None:
        """Take other text; an empty one hides the label."""
        if text != self.text() or strong != self._strong:
            self._strong = strong
            self.setText(text)
            self.updateGeometry()
            self.update()
        self.setVisible(bool(text))

    def set_role(self, role: Role) -> None:
        self._role = role
        self.update()

    def _set(self, width: float) -> tuple[QTextLayout, QRectF]:
        font = look().font(self._size, self._weight)
        align = Qt.AlignmentFlag.AlignHCenter if self._centred else side(self)
        return set_lines(self.text(), font, self._leading, width, align, self._strong)

    def sizeHint(self) -> QSize:
        _, room = self._set(look().px(self._measure) if self.wordWrap() else 1e5)
        return QSize(int(room.width()) + 2, round(room.height()))

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), look().px(64)), hint.height()) if self.wordWrap() else hint

    def hasHeightForWidth(self) -> bool:
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        return round(self._set(width)[1].height()) if self.wordWrap() else -1

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(look().colour(self._role))
        layout, room = self._set(self.width())
        layout.draw(painter, QPointF(0.0, max(0.0, (self.height() - room.height()) / 2)))


class Heading(Text):
    """The title of a screen or of a part of it; a screen reader can jump to it."""

    def __init__(self, text: str = "", *, size: int = tokens.HUGE, role: Role = "ink", centred: bool = False) -> None:
        super().__init__(text, size=size, weight=600, role=role, leading=1.3, centred=centred)


class Icon(QWidget):
    """A drawing beside text that says the same; it has no name of its own."""

    def __init__(self, name: str, *, size: int = 24, role: Role = "ink") -> None:
        super().__init__()
        self._name, self._size, self._role = name, size, role
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, role: Role) -> None:
        self._name, self._role = name, role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(self._size), look().px(self._size))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        icons.paint(painter, self._name, look().theme.colours.of(self._role), QRectF(self.rect()))


def announce(widget: QWidget, message: str) -> None:
    """Have a screen reader say what has just appeared."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, message))
