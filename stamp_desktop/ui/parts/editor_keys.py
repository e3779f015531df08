"""Keys for letters that a keyboard may lack: pressed by mouse or by arrow keys, typed where the caret stands."""

from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from stamp_desktop.ui.parts.basics import Card
from stamp_desktop.ui.parts.passage_text import rtl
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_WIDE: Final = 58
_TALL: Final = 50
_GAP: Final = 8
_PAD: Final = 14
_MARK_HOLDER: Final = "◌"  # a mark above or below a letter is drawn on this


class Key(QPushButton):
    """One letter. A click leaves the focus where it is."""

    ring_radius = tokens.RADIUS_CONTROL

    def __init__(self, letters: str, language: str) -> None:
        super().__init__()
        self.letters, self._language = letters, language
        self.setAccessibleName(letters)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, px, lit = look().colour, look().px, self.underMouse() and self.isEnabled()
        line = px(1)
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(c("primary" if lit else "line"), line))
        painter.setBrush(c("soft" if self.isDown() or lit else "paper"))
        painter.drawRoundedRect(box, px(tokens.RADIUS_CONTROL), px(tokens.RADIUS_CONTROL))
        painter.setPen(c("ink" if self.isEnabled() else "second"))
        painter.setFont(look().font(tokens.TITLE, 400, self._language))
        shown = self.letters
        if (shown and "\u0300" <= shown <= "\u036f") or "\u064b" <= shown <= "\u0652":
            shown = _MARK_HOLDER + shown
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


class Keys(Card):
    """Rows of keys in the middle of a card, in the direction of the script; one stop for Tab, arrows move inside."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[Key] = []
        self._language = "en"
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_keys(self, letters: tuple[str, ...], language: str, after: QWidget) -> None:
        """Take over a palette; Tab comes here from `after`."""
        if letters != tuple(key.letters for key in self._keys) or language != self._language:
            for old in self._keys:
                old.hide()
                old.deleteLater()
            self._language = language
            self._keys = [Key(letter, language) for letter in letters]
            before = after
            for key in self._keys:
                key.setParent(self)
                QWidget.setTabOrder(before, key)
                before = key
                key.setObjectName(f"key-{key.letters}")
                key.clicked.connect(lambda _=False, key=key: self.pressed.emit(key.letters))
                key.installEventFilter(self)
                key.show()
            self._stop_at(0)
            self._place()
            self.updateGeometry()

    def _stop_at(self, place: int) -> None:
        for at, key in enumerate(self._keys):
            key.setFocusPolicy(Qt.FocusPolicy.TabFocus if at == place else Qt.FocusPolicy.NoFocus)

    def _rows(self, width: int) -> list[int]:
        """How many keys each row takes: as even as they can be."""
        px, count = look().px, len(self._keys)
        fit = max(1, (width - 2 * px(_PAD) + px(_GAP)) // px(_WIDE + _GAP))
        rows = -(-count // fit)
        return [count // rows + (1 if row < count % rows else 0) for row in range(rows)]

    def _place(self) -> None:
        px, mirrored, at = look().px, rtl(self._language), 0
        for number, count in enumerate(self._rows(self.width())):
            wide = count * px(_WIDE + _GAP) - px(_GAP)
            left, top = (self.width() - wide) // 2, px(_PAD) + number * px(_TALL + _GAP)
            for place in range(count):
                along = count - 1 - place if mirrored else place
                self._keys[at].setGeometry(left + along * px(_WIDE + _GAP), top, px(_WIDE), px(_TALL))
                at += 1

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        px = look().px
        return len(self._rows(width)) * px(_TALL + _GAP) - px(_GAP) + 2 * px(_PAD) if self._keys else 0

    def sizeHint(self) -> QSize:
        width = look().px(640)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(240), look().px(_TALL + 2 * _PAD))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._place()
            self.updateGeometry()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Arrow keys go from key to key."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or watched not in self._keys:
            return False
        ahead, rows = (-1 if rtl(self._language) else 1), self._rows(self.width())
        step = {
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Down: rows[0],
            Qt.Key.Key_Up: -rows[0],
        }.get(Qt.Key(event.key()))
        if step is None:
            return False
        at = next(i for i, key in enumerate(self._keys) if key is watched)
        to = min(max(at + step, 0), len(self._keys) - 1)
        self._stop_at(to)
        self._keys[to].setFocus(Qt.FocusReason.OtherFocusReason)
        return True
