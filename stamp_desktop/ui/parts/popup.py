"""A small sheet over the window, below the button that opened it. It is part of the window, never a window of its own.

Esc or a click beside it closes it; the focus stays inside while it is open and goes back to where it came from.
"""

from typing import Final

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from stamp_desktop.ui.parts.basics import Card, Page, paint_shadow
from stamp_desktop.ui.parts.layout import column, scrolled
from stamp_desktop.ui.theme.style import look

# the page inside the sheet stays clear of the sheet's round corners
_RIM: Final = 6


class Popup(QWidget):
    """Fill `content` and call `open_below`; it lives as long as its owner, or as the window once it was open.

    `width` in pixels at zoom 1. `dim` draws the window behind it darker.
    """

    def __init__(self, owner: QWidget, width: int, *, dim: bool = False) -> None:
        super().__init__(owner)
        self._width, self._dim = width, dim
        self._came_from: QWidget | None = None
        self.hide()
        self._sheet = Card(raised=False)
        self._sheet.setParent(self)
        self._page = Page("card")
        self.content = column(gap=16, pad=24 - _RIM, on=self._page)
        column(scrolled(self._page), pad=_RIM, on=self._sheet)

    def open_below(self, anchor: QWidget) -> None:
        """Open over the anchor's window, trailing edges in line, and take the focus."""
        window = anchor.window()
        self.setParent(window)
        self._came_from = anchor
        self.place()
        self.show()
        self.raise_()
        first = self._stops()
        if first:
            first[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def close_up(self) -> None:
        """Close and give the focus back."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Take the whole window, the sheet below its anchor: again whenever window or zoom change."""
        anchor = self._came_from
        if anchor is None:
            return
        window = anchor.window()
        self.setGeometry(window.rect())
        px = look().px
        margin = px(16)
        width = min(px(self._width), window.width() - 2 * margin)
        top = anchor.mapTo(window, QPoint(0, anchor.height())).y() + px(12)
        page = self._page
        inner = width - 2 * px(_RIM)
        wanted = max(page.heightForWidth(inner), page.minimumSizeHint().height()) + 2 * px(_RIM)
        height = min(wanted, window.height() - top - margin)
        start = anchor.mapTo(window, QPoint(0, 0)).x()
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = start if rtl else start + anchor.width() - width
        left = min(max(left, margin), window.width() - width - margin)
        self._sheet.setGeometry(left, top, width, height)
        self.update()

    def _stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        stops: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            reachable = widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            if reachable and self.isAncestorOf(widget):
                stops.append(widget)
            widget = widget.nextInFocusChain()
        return stops

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside the sheet."""
        stops = self._stops()
        if stops:
            now = self.window().focusWidget()
            at = stops.index(now) if now in stops else -1
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            stops[(at + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        # nothing goes further: the screen behind must not act

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._sheet.geometry().contains(event.position().toPoint()):
            self.close_up()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._dim:
            painter.fillRect(self.rect(), QColor(22, 32, 46, 90))
        paint_shadow(painter, QRectF(self._sheet.geometry()))
        paint_shadow(painter, QRectF(self._sheet.geometry()))
