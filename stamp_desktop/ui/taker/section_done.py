"""A section is done: the level in large type, and the count that it rests on. It explains; it never recommends."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from stamp_desktop.delivery.intents import GoOn
from stamp_desktop.delivery.views import SectionDoneView
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, Chip, Page
from stamp_desktop.ui.parts.layout import centred, column, grid, row, scrolled, sized
from stamp_desktop.ui.parts.medallion import Medallion
from stamp_desktop.ui.parts.shelf import Shelf
from stamp_desktop.ui.parts.text import Heading, Text
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look


class Dots(QWidget):
    """One dot for each question seen, the right ones filled: a count that can be read at a glance."""

    def __init__(self, seen: int, correct: int, name: str) -> None:
        super().__init__()
        self._seen, self._correct = seen, correct
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(look().px(self._seen * 26), look().px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(60), look().px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = look().px
        step = min(px(26), self.width() / max(self._seen, 1))
        side = min(px(16), step - px(2))
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        line = px(2)
        for at in range(self._seen):
            x = at * step
            box = QRectF(self.width() - x - side if rtl else x, (self.height() - side) / 2, side, side)
            if at < self._correct:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look().colour("primary"))
                painter.drawEllipse(box)
            else:
                painter.setPen(QPen(look().colour("border"), line))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box.adjusted(line / 2, line / 2, -line / 2, -line / 2))


class SectionDoneScreen(FootedScreen):
    """Emits `GoOn`."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Go on")))
        self._view: SectionDoneView | None = None
        self._page = Page()
        self._place = column(None, None, pad=(48, 40), on=self._page)
        self._inner: QWidget | None = None
        self.fill(scrolled(self._page))
        self.foot.primary.clicked.connect(lambda: self.intent.emit(GoOn()))

    def show_view(self, view: SectionDoneView) -> None:
        if view == self._view:
            return
        self._view = view
        if self._inner is not None:
            self._inner.deleteLater()
        self._inner = self._level(view) if view.level else self._handed_in(view)
        width = 1080 if view.rows else 720
        self._place.insertLayout(1, centred(self._inner, width))
        go_on = self.tr("Go on to {title}").format(title=view.next_title) if view.next_title else self.tr("Go on")
        self.foot.primary.set_face(go_on)

    def _top(self, view: SectionDoneView) -> QWidget:
        top = QWidget()
        line = row(Medallion(view.icon, ground="good_soft", role="good"), gap=20, on=top)
        line.addWidget(Heading(self.tr("{title} is done").format(title=view.title)), 1)
        return top

    def _handed_in(self, view: SectionDoneView) -> QWidget:
        inner, card = QWidget(), Card()
        column(Text(view.note, size=tokens.LEAD), pad=(40, 32), on=card)
        column(self._top(view), card, gap=32, on=inner)
        return inner

    def _level(self, view: SectionDoneView) -> QWidget:
        inner, result, counts = QWidget(), Card(), Card()
        level = column(gap=0, pad=(40, 32), on=result)
        level.addWidget(Text(self.tr("Your level"), role="second"))
        level.addWidget(Text(view.level, size=tokens.DISPLAY, weight=700, role="primary", leading=1.15))
        level.addWidget(Heading(view.level_label, size=tokens.TITLE))
        if view.scaled:
            level.addWidget(_space(12))
            level.addLayout(row(Chip(self.tr("Scaled score {score}").format(score=view.scaled)), None, gap=0))
        level.addStretch(1)
        both = Shelf(440)
        if view.rows:
            table = column(gap=18, pad=(32, 28), on=counts)
            table.addWidget(Heading(self.tr("How the level came about"), size=tokens.BASE))
            table.addLayout(self._counts(view))
            table.addStretch(1)
        both.put((result, counts) if view.rows else (result,))
        stacked = column(self._top(view), both, gap=32, on=inner)
        if view.note:
            stacked.addWidget(Text(view.note, role="second"))
        return inner

    def _counts(self, view: SectionDoneView) -> QGridLayout:
        """A row for each level met, the highest on top: its name, a dot for each question, the count."""
        table = grid(gap=12)
        table.setColumnStretch(2, 1)
        for at, level in enumerate(sorted(view.rows, key=lambda one: -one.level)):
            count = self.tr("{correct} of {seen}").format(correct=level.correct, seen=level.seen)
            weight = 700 if level.label == view.level_label else 400
            for across, text in ((0, str(level.level)), (1, level.label), (3, count)):
                shown = Text(text, size=tokens.NOTE, weight=weight, role="second" if across == 3 else "ink", wrap=False)
                table.addWidget(shown, at, across, Qt.AlignmentFlag.AlignTrailing if across != 1 else Qt.AlignmentFlag(0))
            table.addWidget(Dots(level.seen, level.correct, count), at, 2)
        return table


def _space(length: int) -> QWidget:
    return sized(QWidget(), height=length)
