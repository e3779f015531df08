"""The sections of the test: what is done, what is next, what opens later."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import BeginSection, FinishTest
from stamp_desktop.delivery.views import DashboardView, SectionCard
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, Chip, Page
from stamp_desktop.ui.parts.buttons import Button
from stamp_desktop.ui.parts.layout import centred, column, row, scrolled, sized
from stamp_desktop.ui.parts.medallion import Medallion
from stamp_desktop.ui.parts.shelf import Shelf
from stamp_desktop.ui.parts.text import Heading, Text
from stamp_desktop.ui.theme import tokens


class _Section(Card):
    """One section; `begin` is its button, where it can be begun."""

    def __init__(self, section: SectionCard, words: dict[str, str]) -> None:
        current = section.state == "next"
        locked = section.state == "locked"
        super().__init__(outline="primary" if current else "line", raised=not locked, ground="paper" if locked else "card")
        self.begin: Button | None = None
        done = section.state == "done"
        medallion = Medallion("lock" if locked else section.icon, ground="good_soft" if done else "quiet" if locked else "soft")
        medallion.set_role("good" if done else "second" if locked else "primary")
        chip = Chip(words[section.state], "good" if done else "plain" if current else "off", "check" if done else "")
        top = row(medallion, None, gap=8)
        top.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        body = column(top, 4, gap=12, pad=24, on=self)
        body.addWidget(Heading(section.title, size=tokens.TITLE, role="second" if locked else "ink"))
        body.addWidget(Text(section.note, size=tokens.NOTE, role="second"))
        body.addStretch(1)
        if done and section.result:
            body.addWidget(Text(section.result, size=tokens.LEAD, weight=600, role="good"))
        elif section.state in ("next", "open"):
            self.begin = Button(words["begin"], "arrow-right", kind="primary" if current else "secondary", trailing=True)
            self.begin.setAccessibleName(f"{words['begin']}: {section.title}")
            self.begin.setObjectName(f"begin-{section.id}")
            body.addWidget(self.begin)
        sized(self, least_height=244)


class DashboardScreen(FootedScreen):
    """Emits `BeginSection` and `FinishTest`."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Finish the test"), "check"))
        self._view: DashboardView | None = None
        self._hello, self._title = Heading(), Text(role="second", size=tokens.LEAD)
        self._shelf = Shelf(264)
        inner = QWidget()
        column(column(self._hello, self._title, gap=2), self._shelf, gap=24, on=inner)
        page = Page()
        column(None, centred(inner, 1200), None, None, pad=(40, 40), on=page)
        self.fill(scrolled(page))
        self._finish = self.foot.primary
        self._finish.clicked.connect(lambda: self.intent.emit(FinishTest()))

    def show_view(self, view: DashboardView) -> None:
        if view == self._view:
            return
        self._view = view
        self._hello.set_text(self.tr("Hello, {name}").format(name=view.name))
        self._title.set_text(view.title)
        words = {
            "locked": self.tr("Later"),
            "open": self.tr("Open"),
            "next": self.tr("Next"),
            "done": self.tr("Done"),
            "begin": self.tr("Begin"),
        }
        cards = [_Section(section, words) for section in view.sections]
        self.main = self._finish if view.can_finish else None
        for section, card in zip(view.sections, cards, strict=True):
            if card.begin is not None:
                card.begin.clicked.connect(lambda _=False, chosen=section.id: self.intent.emit(BeginSection(chosen)))
                if section.state == "next":
                    self.main = card.begin
        self._shelf.put(cards)
        self.foot.setVisible(view.can_finish)
        self.foot.show_hint(self.tr("All sections are done."), "good", "circle-check")
        if self.isVisible():
            self.take_focus()
