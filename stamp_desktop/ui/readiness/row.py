"""One part of the computer: its sign, what was found, what to do, and a button to check it again."""

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from stamp_desktop.readiness.rows import Row, told
from stamp_desktop.ui.parts.buttons import Button, IconButton
from stamp_desktop.ui.parts.layout import column, row, sized
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.readiness.look import ICONS, INKS
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

NARROW = 620
"""Below this width at zoom 1 the title stands over the finding, not beside it."""


class RowLine(QWidget):
    """`again` asks for this part alone."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._first = False
        self._row: Row | None = None
        self._icon = Icon("circle-minus", role="second")
        self._title = sized(Text(size=tokens.NOTE, weight=600), least_width=180)
        self._found, self._remedy = Text(size=tokens.NOTE, role="second"), Text(size=tokens.NOTE)
        self._others = Text(size=tokens.NOTE, role="second")
        self._more = Button("", "chevron-down", kind="link", size=tokens.NOTE, height=tokens.TARGET, trailing=True)
        self._more.clicked.connect(self._open)
        self._said = Text(size=tokens.NOTE, weight=600, wrap=False)
        self._copy = IconButton("copy", self.tr("Copy"))
        kept = self._copy.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # verdicts stand below each other
        self._copy.setSizePolicy(kept)
        self._copy.clicked.connect(self._copied)
        self._again = IconButton("rotate-ccw", self.tr("Check again"))
        self._again.clicked.connect(self.again)
        self._opened = False
        words = column(self._found, self._remedy, row(self._more, None, gap=0), self._others, None, gap=2)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.addLayout(column(self._title, None, gap=0))
        self._both.addLayout(words, 1)
        self._both.setSpacing(look().px(8))
        line = row(gap=16, pad=(20, 4), on=self)
        line.addLayout(column(10, self._icon, None, gap=0))
        body = column(self._both, gap=0, pad=(0, 10))
        line.addLayout(body, 1)
        line.addLayout(column(10, self._said, None, gap=0))
        line.addLayout(column(row(self._copy, self._again, gap=0), None, gap=0))

    def set_first(self, first: bool) -> None:
        """The first one has no line above it."""
        self._first = first
        self.update()

    def show_row(self, shown: Row, *, running: bool, busy: bool) -> None:
        """`running`: this part is being checked; `busy`: something is, and no second check can begin."""
        self._row = shown
        icon = "clock" if running else "circle" if shown.waiting else ICONS[shown.verdict]
        self._icon.set_icon(icon, "primary" if running else "border" if shown.waiting else INKS[shown.verdict])
        self._title.set_text(shown.title)
        self._found.set_text(shown.found)
        self._remedy.set_text(shown.remedy)
        self._said.set_role("primary" if running else INKS[shown.verdict])
        self._said.set_text(self.tr("Checking") if running else shown.said)
        self._again.set_face("", name=self.tr("Check again: {title}").format(title=shown.title))
        self._again.setEnabled(not busy)
        self._again.set_role("border" if busy else None)
        self._show_others()
        self.setAccessibleName(f"{shown.title}: {shown.said}. {shown.found} {shown.remedy}".strip())

    def _show_others(self) -> None:
        others = self._row.others if self._row else ()
        self._copy.setVisible(bool(self._row and told(self._row)))
        self._copy.set_face("", "copy", name=self.tr("Copy: {title}").format(title=self._row.title if self._row else ""))
        self._more.setVisible(bool(others))
        count = self.tr("{count} more").format(count=len(others))
        words = self.tr("Less") if self._opened else count
        self._more.set_face(words)
        lines = "\n".join(f"{each.found} {each.remedy}" for each in others)
        self._others.set_text(lines if self._opened else "")

    def _copied(self) -> None:
        """For the message to whoever mends it."""
        QGuiApplication.clipboard().setText(told(self._row) if self._row else "")
        self._copy.set_face("", "check", name=self.tr("Copied"))
        announce(self._copy, self.tr("Copied"))

    def _open(self) -> None:
        self._opened = not self._opened
        self._show_others()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= look().px(NARROW)
        self._both.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._first:
            return
        painter = QPainter(self)
        painter.fillRect(QRectF(look().px(1), 0, self.width() - look().px(2), look().px(1)), look().colour("line"))
