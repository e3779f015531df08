"""The focus ring: one for the whole window, outside of whatever has the focus. It never takes a click.

It shows while the keyboard is in use; a mouse hides it, except on text fields, which show their focus themselves.
"""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QComboBox, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_GAP: Final = 2
_MOVES: Final = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
_FIELDS: Final = (QPlainTextEdit, QTextEdit, QComboBox)


class FocusRing(QWidget):
    """Follows the focus inside `window`. A widget may say its corner by a `ring_radius` (pixels at zoom 1)."""

    # Python may take its half of a widget apart before Qt does: what Qt still calls then finds these
    _around: QWidget | None = None
    _keys = False

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._window = window
        self._box = QRectF()
        self._watched: list[QWidget] = []
        window.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what carries the focus; learn from the window whether keys or a mouse are in use. Takes nothing away."""
        kind = event.type()
        if kind in _MOVES:
            self._place()
        elif kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            self._use(keys=True)
        elif kind == QEvent.Type.MouseButtonPress:
            self._use(keys=False)
        return super().eventFilter(watched, event)

    def _use(self, *, keys: bool) -> None:
        if keys != self._keys:
            self._keys = keys
            self._place()

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        self._watched = []
        window = self._window
        self._around = new if new is not None and window.isAncestorOf(new) else None
        above = self._around
        while above is not None and above is not window:
            above.installEventFilter(self)
            self._watched.append(above)
            above = above.parentWidget()
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._keys = False
        self._place()

    def _place(self) -> None:
        around = self._around
        wanted = around is not None and self._keys and isValid(around) and around.isVisible()
        if around is None or not wanted or isinstance(around, _FIELDS) or around.focusPolicy() == Qt.FocusPolicy.NoFocus:
            self.hide()
            return
        window = self._window
        reach = look().px(_GAP + tokens.RING) + 1
        box = QRect(around.mapTo(window, around.rect().topLeft()), around.size())
        seen = box.adjusted(-reach, -reach, reach, reach)
        above = around.parentWidget()
        while above is not None and above is not window:
            if isinstance(above.parentWidget(), QAbstractScrollArea):
                seen &= QRect(above.mapTo(window, above.rect().topLeft()), above.size())
            above = above.parentWidget()
        self._box = QRectF(box).translated(-seen.topLeft())
        self.setGeometry(seen)
        self.setVisible(not seen.isEmpty())
        self.raise_()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, gap = look().px(tokens.RING), look().px(_GAP)
        painter.setPen(QPen(look().colour("primary"), width))
        out = gap + width / 2
        radius = look().px(getattr(self._around, "ring_radius", tokens.RADIUS_CONTROL)) + out
        painter.drawRoundedRect(self._box.adjusted(-out, -out, out, out), radius, radius)
