"""Rules and consent: the points to know, and a box to tick before going on."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import AcceptRules
from stamp_desktop.delivery.views import RulesView
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, Page
from stamp_desktop.ui.parts.fields import Tick
from stamp_desktop.ui.parts.layout import beside, centred, column, empty, scrolled, sized
from stamp_desktop.ui.parts.text import Heading, Text
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look


class Numeral(QWidget):
    """A number in a soft circle."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        sized(self, width=32, height=32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour("soft"))
        painter.drawEllipse(QRectF(self.rect()))
        painter.setPen(look().colour("primary"))
        painter.setFont(look().font(tokens.NOTE, 700))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))


class RulesScreen(FootedScreen):
    """Emits `AcceptRules` once the box is ticked."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Go on")))
        self._view: RulesView | None = None
        self._title = Heading()
        card = Card()
        self._points = column(gap=18, pad=(32, 28), on=card)
        self._agree = Tick()
        self._agree.setObjectName("agree")
        inner = QWidget()
        column(self._title, card, self._agree, gap=24, on=inner)
        page = Page()
        column(None, centred(inner, 840), None, pad=(48, 40), on=page)
        self.fill(scrolled(page))
        self._agree.toggled.connect(self._ticked)
        self.foot.primary.clicked.connect(lambda: self.intent.emit(AcceptRules()))
        self._ticked(False)

    def show_view(self, view: RulesView) -> None:
        if view == self._view:
            return
        self._view = view
        self._title.set_text(view.title)
        self._agree.setText(view.agreement)
        empty(self._points)
        for number, point in enumerate(view.points, start=1):
            self._points.addLayout(beside(Numeral(number), column(2, Text(point), gap=0), gap=16))

    def take_focus(self) -> None:
        self._agree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ticked(self, ticked: bool) -> None:
        self.foot.primary.setEnabled(ticked)
        self.foot.show_hint("" if ticked else self.tr("Tick the box to go on."))
