"""The end: what came out, what is on its way, the receipt once there is one, and what happens next."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from stamp_desktop.delivery.intents import Leave
from stamp_desktop.delivery.views import AllDoneView, ResultLine
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import TONE_INK, Card, Page, ProgressBar
from stamp_desktop.ui.parts.layout import beside, centred, column, empty, row, scrolled
from stamp_desktop.ui.parts.shelf import Shelf
from stamp_desktop.ui.parts.text import Heading, Icon, Text, announce
from stamp_desktop.ui.theme import tokens


class AllDoneScreen(FootedScreen):
    """Shows; the one thing to do here is to leave."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Leave"), "check"))
        self._results: tuple[ResultLine, ...] = ()
        self._steps: tuple[str, ...] = ()
        self._receipt_shown = ""
        self._title = Heading()
        results = Card()
        self._lines: QVBoxLayout = column(gap=16, pad=(32, 28), on=results)
        sending = Card()
        self._icon = Icon("cloud-upload", role="second")
        self._state = Text(weight=600)
        self._progress = ProgressBar(self.tr("Sent"))
        self._receipt_label = Text(self.tr("Receipt number"), role="second")
        self._receipt = Text(size=tokens.HUGE, weight=700, leading=1.3)
        state = beside(self._icon, self._state, down=2)
        self._next_label = Heading(self.tr("What happens next"), size=tokens.BASE)
        self._next: QVBoxLayout = column(gap=10)
        self._receipt_part = QWidget()
        column(self._receipt_label, self._receipt, gap=0, on=self._receipt_part)
        side = column(state, self._progress, self._receipt_part, 4, self._next_label, self._next, None, gap=14)
        column(side, pad=(32, 28), on=sending)
        both = Shelf(420)
        both.put((results, sending))
        inner = QWidget()
        column(self._title, both, gap=32, on=inner)
        page = Page()
        column(None, centred(inner, 1080), None, None, pad=(48, 40), on=page)
        self.fill(scrolled(page))
        self.foot.primary.clicked.connect(lambda: self.intent.emit(Leave()))

    def show_view(self, view: AllDoneView) -> None:
        self._title.set_text(self.tr("Well done, {name}. The test is finished.").format(name=view.name))
        self._show_results(view.results)
        self._show_next(view.next_steps)
        self._icon.set_icon(view.sending.icon, TONE_INK[view.sending.tone])
        self._state.set_text(view.sending.text)
        self._progress.set_progress(view.sent)
        self._progress.setVisible(not view.receipt)
        self._receipt_part.setVisible(bool(view.receipt))
        self._receipt.set_text(view.receipt)
        if view.receipt and view.receipt != self._receipt_shown:
            announce(self._receipt, self.tr("Receipt number {number}").format(number=view.receipt))
        self._receipt_shown = view.receipt
        self.foot.show_hint("" if view.receipt else self.tr("Please do not switch the computer off."), "second", "info")

    def _show_results(self, results: tuple[ResultLine, ...]) -> None:
        if results == self._results:
            return
        self._results = results
        empty(self._lines)
        for result in results:
            line = row(Icon(result.icon, role="primary"), gap=16)
            words = column(Text(result.title, weight=600), gap=0)
            if result.note:
                words.addWidget(Text(result.note, size=tokens.NOTE, role="second"))
            line.addLayout(words, 1)
            line.addWidget(Text(result.result, size=tokens.LEAD, weight=600, wrap=False))
            self._lines.addLayout(line)
        self._lines.addStretch(1)

    def _show_next(self, steps: tuple[str, ...]) -> None:
        if steps == self._steps:
            return
        self._steps = steps
        self._next_label.setVisible(bool(steps))
        empty(self._next)
        for step in steps:
            tick = Icon("check", size=20, role="primary")
            self._next.addLayout(beside(tick, Text(step, size=tokens.NOTE), down=2))
