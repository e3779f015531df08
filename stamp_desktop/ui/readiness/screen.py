"""Is this room ready? The verdict for the group, a row for each part, and the picture of the line. It checks nothing itself."""

from typing import Final

from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from stamp_desktop.readiness.rows import Row
from stamp_desktop.readiness.views import CheckAgain, ReadinessView
from stamp_desktop.ui.frame import Screen
from stamp_desktop.ui.parts.basics import Card, Page, ProgressBar
from stamp_desktop.ui.parts.layout import column, row, scrolled, sized
from stamp_desktop.ui.parts.text import Heading, Icon, Text, announce
from stamp_desktop.ui.readiness.curve import CurvePicture
from stamp_desktop.ui.readiness.look import INKS
from stamp_desktop.ui.readiness.row import RowLine
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

BESIDE: Final = 1160
"""From this width at zoom 1 on, the picture stands beside the rows."""


class ReadinessScreen(Screen):
    """Emits `CheckAgain` for one part."""

    def __init__(self) -> None:
        super().__init__()
        self._view: ReadinessView | None = None
        self._lines: dict[str, RowLine] = {}
        self._verdict = _VerdictCard()
        self._rows = Card()
        self._column = column(gap=0, pad=(0, 4), on=self._rows)
        self._rows.hide()
        self._told = _Told()
        self._picture = _PictureCard()
        left = QWidget()
        column(self._verdict, self._told, self._rows, None, gap=20, on=left)
        right = QWidget()
        column(self._picture, None, gap=0, on=right)
        for side in (left, right):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        page = Page()
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.addWidget(left, 31)
        self._both.addWidget(right, 20)
        column(self._both, None, gap=0, pad=(32, 28), on=page)
        self._area = scrolled(page)
        self._area.setAccessibleName(self.tr("What was found"))
        self.fill(self._area)

    def show_view(self, view: ReadinessView) -> None:
        self._view, before = view, self._view
        self._verdict.show_view(view)
        self._told.show_told(view.told, view.trouble)
        running = view.running.step if view.running else ""
        known = [each.id for each in view.rows]
        if known != list(self._lines):
            self._build(view.rows)
        for shown in view.rows:
            self._lines[shown.id].show_row(shown, running=shown.step == running, busy=view.running is not None)
        self._rows.setVisible(bool(view.rows))
        self._picture.show_view(view)
        if before is None or (before.running is not None) != (view.running is not None):
            announce(self, f"{view.headline}. {view.text}")

    def _build(self, shown: tuple[Row, ...]) -> None:
        """Rows that stay keep their widgets, and with them the focus and what was opened."""
        kept, self._lines = self._lines, {}
        for name in kept.keys() - {each.id for each in shown}:
            self._column.removeWidget(kept[name])
            kept[name].hide()
            kept[name].deleteLater()
        for at, each in enumerate(shown):
            line = kept.get(each.id)
            if line is None:
                line = RowLine()
                step = each.step
                line.again.connect(lambda step=step: self.intent.emit(CheckAgain(step)))
            line.set_first(at == 0)
            self._column.removeWidget(line)
            self._column.insertWidget(at, line)
            self._lines[each.id] = line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= look().px(BESIDE)
        self._both.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._both.setSpacing(look().px(28 if wide else 20))


class _VerdictCard(Card):
    """The verdict in large words, and for what and when; while it is checked, how far it is."""

    def __init__(self) -> None:
        super().__init__(stripe="line")
        self._title, self._text = Heading(size=tokens.LARGE), Text(role="second")
        self._about = Text(size=tokens.SMALL, role="second")
        self._progress = ProgressBar(self.tr("Progress of the check"))
        self._line = QWidget()
        column(6, self._progress, gap=0, on=self._line)
        column(self._title, self._text, self._about, self._line, gap=6, pad=(34, 24), on=self)

    def show_view(self, view: ReadinessView) -> None:
        self.set_stripe(INKS[view.verdict] if view.verdict else "primary")
        self._title.set_text(view.headline)
        self._text.set_text(view.text)
        self._about.set_text(view.about)
        self._line.setVisible(view.running is not None and not view.only)
        if view.running is not None:
            self._progress.set_progress(view.running.share)


class _Told(Card):
    """What came of saving a report."""

    def __init__(self) -> None:
        super().__init__(outline=None, raised=False, radius=tokens.RADIUS_CHOICE)
        self._icon, self._text = Icon("circle-check", size=20, role="good"), Text(size=tokens.NOTE)
        line = row(self._icon, gap=12, pad=(20, 12), on=self)
        line.addWidget(self._text, 1)
        self.hide()

    def show_told(self, told: str, trouble: bool) -> None:
        if told and told != self._text.text():
            announce(self, told)
        self._text.set_text(told)
        self._icon.set_icon("circle-x" if trouble else "circle-check", "bad" if trouble else "good")
        self.set_ground("bad_soft" if trouble else "good_soft")
        self.setVisible(bool(told))


class _PictureCard(Card):
    """The line: the curve and the time at the end, or why there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._curve, self._said = CurvePicture(), Text(size=tokens.NOTE, role="second")
        self._line = sized(_Rule(), height=1)
        self._under = Text(
            self.tr("95th percentile, if questions were fetched over this line"), size=tokens.SMALL, role="second"
        )
        self._none = QWidget()
        self._why = Text(size=tokens.NOTE, role="second", centred=True)
        self._sign = Icon("wifi-off", size=40, role="second")
        icon = row(None, self._sign, None, gap=0)
        column(56, icon, self._why, 56, gap=12, on=self._none)
        title = Heading(self.tr("Time to the next question against group size"), size=tokens.BASE)
        column(title, self._under, 8, self._curve, self._line, 4, self._said, self._none, gap=4, pad=(24, 22), on=self)

    def show_view(self, view: ReadinessView) -> None:
        curve = view.curve
        for part in (self._curve, self._line, self._said, self._under):
            part.setVisible(curve is not None)
        self._none.setVisible(curve is None)
        self._why.set_text(view.no_curve)
        self._sign.set_icon("clock" if view.running else "wifi-off", "second")
        if curve is not None:
            self._curve.show_curve(curve)
            self._said.set_text(curve.said, curve.stress)
            self._line.setVisible(bool(curve.said))


class _Rule(QWidget):
    """A thin line between two parts of a card."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), look().colour("line"))
