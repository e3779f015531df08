"""The readiness window: a bar with the two things to do, and the screen below. It knows no check and no file but by name."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QLayout, QWidget
from shiboken6 import isValid

from stamp_desktop.readiness.views import CheckAgain, Leave, ReadinessView, SaveReport
from stamp_desktop.ui.frame import Bar
from stamp_desktop.ui.parts.buttons import Button
from stamp_desktop.ui.parts.layout import column, row
from stamp_desktop.ui.parts.ring import FocusRing
from stamp_desktop.ui.parts.text import Text
from stamp_desktop.ui.readiness.screen import ReadinessScreen
from stamp_desktop.ui.theme import tokens


class ReadinessBar(Bar):
    """Where, report, check again. Where is left out when it does not fit."""

    def __init__(self) -> None:
        super().__init__(tokens.BAR, line_below=True)
        self._title = Text(size=tokens.LEAD, weight=600, wrap=False)
        self.report = Button(self.tr("Report"), "file-down", height=tokens.TARGET)
        self.report.setObjectName("report")
        self.again = Button(self.tr("Check again"), "rotate-ccw", kind="primary", height=tokens.TARGET)
        self.again.setObjectName("again")
        self._line = row(self._title, None, self.report, 8, self.again, gap=8, pad=(24, 0), on=self)
        self._line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    def show_view(self, view: ReadinessView) -> None:
        self._title.set_text(view.title)
        self._title.setToolTip(view.about)
        busy = view.running is not None
        self.again.setEnabled(not busy)
        self.report.setEnabled(not busy and bool(view.rows))
        self.fit()

    def fit(self) -> None:
        for title in (True, False):
            self._title.setVisible(title)
            self._line.activate()
            if self._line.minimumSize().width() <= self.width():
                break


class ReadinessWindow(QWidget):
    """Shows one view after the other; `intent` carries what the person asks for."""

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("STAMP Desktop")
        self.setMinimumSize(640, 480)
        self._bar, self._screen = ReadinessBar(), ReadinessScreen()
        self._screen.intent.connect(self.intent)
        self._bar.again.clicked.connect(lambda: self.intent.emit(CheckAgain()))
        self._bar.report.clicked.connect(self._save)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, self._bar.again.click)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self, self._bar.report.click)
        column(self._bar, gap=0, on=self).addWidget(self._screen, 1)
        self._ring = FocusRing(self)
        self._pressed: QWidget | None = None

    def present(self, view: ReadinessView) -> None:
        """The button that was pressed waits without the focus, and has it again afterwards."""
        before = self.focusWidget()
        self._bar.show_view(view)
        self._screen.show_view(view)
        if self._pressed is None and before is not None and not before.isEnabled():
            self._pressed = before
        if self._pressed is not None and (not isValid(self._pressed) or self._pressed.isEnabled()):
            if isValid(self._pressed):
                self._pressed.setFocus()
            self._pressed = None

    def take_focus(self) -> None:
        """Where work begins."""
        self._bar.again.setFocus()

    def _save(self) -> None:
        kinds = self.tr("Page (*.html);;JSON (*.json)")
        name, kind = QFileDialog.getSaveFileName(self, self.tr("Save the report"), str(Path.home() / "readiness.html"), kinds)
        if name:
            file = Path(name)
            self.intent.emit(SaveReport(file if file.suffix else file.with_suffix(".json" if "json" in kind else ".html")))

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.intent.emit(Leave())
