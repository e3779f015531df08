"""A section's introduction: what it is, how it goes, and one way to begin."""

from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import BackToDashboard, BeginSection
from stamp_desktop.delivery.views import SectionIntroView
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, Page
from stamp_desktop.ui.parts.buttons import ToolButton
from stamp_desktop.ui.parts.layout import beside, centred, column, empty, row, scrolled
from stamp_desktop.ui.parts.medallion import Medallion
from stamp_desktop.ui.parts.text import Heading, Icon, Text
from stamp_desktop.ui.theme import tokens


class IntroScreen(FootedScreen):
    """Emits `BeginSection` and `BackToDashboard`."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Begin")))
        self._view: SectionIntroView | None = None
        self._medallion = Medallion("book-open", size=72)
        self._title = Heading()
        self._facts = Text(size=tokens.LEAD, role="second")
        card = Card()
        self._points = column(gap=18, pad=(40, 32), on=card)
        top = row(self._medallion, gap=20)
        top.addLayout(column(self._title, self._facts, gap=0), 1)
        inner = QWidget()
        column(top, card, gap=32, on=inner)
        page = Page()
        column(None, centred(inner, 840), None, None, pad=(48, 40), on=page)
        self.fill(scrolled(page))
        back = ToolButton(self.tr("Back"), "arrow-left")
        back.setObjectName("back")
        self.foot.add_tool(back)
        back.clicked.connect(lambda: self.intent.emit(BackToDashboard()))
        self.foot.primary.clicked.connect(self._begin)

    def show_view(self, view: SectionIntroView) -> None:
        if view == self._view:
            return
        self._view = view
        self._medallion.set_icon(view.icon)
        self._title.set_text(view.title)
        self._facts.set_text(" · ".join(view.facts))
        self.foot.primary.set_face(self.tr("Begin {title}").format(title=view.title))
        empty(self._points)
        for point in view.points:
            self._points.addLayout(beside(Icon("check", size=22, role="primary"), Text(point), gap=16, down=3))

    def _begin(self) -> None:
        if self._view is not None:
            self.intent.emit(BeginSection(self._view.id))
