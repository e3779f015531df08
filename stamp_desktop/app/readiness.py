"""Composition root of the readiness window: one thread checks, the screen's thread draws, views go from one to the other."""

import logging
import queue
import sys
import threading
import time
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from stamp_desktop.readiness.check import encode
from stamp_desktop.readiness.page import report_page
from stamp_desktop.readiness.plan import Plan
from stamp_desktop.readiness.runner import Found, Progress, attempted, run
from stamp_desktop.readiness.views import CheckAgain, Intent, Leave, ReadinessView, SaveReport, view
from stamp_desktop.ui.readiness.window import ReadinessWindow
from stamp_desktop.ui.theme import fonts, style

log = logging.getLogger(__name__)
FRAME = 48
Order: TypeAlias = Intent | None


class Views(QObject):
    """Brings views from the checking thread to the screen's."""

    came = Signal(object)


class Checker:
    """Carries out what the window asks for, one thing after the other, on a thread of its own."""

    def __init__(self, plan: Plan, views: Views) -> None:
        self._plan = plan
        self._views = views
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._found: dict[str, Found] = {}
        self._checked = time.localtime()
        self._thread = threading.Thread(target=self._work, name="readiness", daemon=True)

    def start(self) -> None:
        """Begin with a whole check."""
        self._orders.put(CheckAgain())
        self._thread.start()

    def ask(self, order: Order) -> None:
        self._orders.put(order)

    def leave(self) -> None:
        """Do nothing more after the step that runs; the program need not wait for it."""
        self._orders.put(None)

    def wait(self) -> None:
        """Until it has left."""
        self._thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            match order:
                case CheckAgain(""):
                    self._whole()
                case CheckAgain(step):
                    self._one(step)
                case SaveReport(file):
                    self._save(file)
                case Leave():
                    return

    def _whole(self) -> None:
        self._found = {}
        for name, found in run(self._plan.steps, self._show):
            self._found[name] = found
        self._checked = time.localtime()
        self._show()

    def _one(self, name: str) -> None:
        step = next((each for each in self._plan.steps if each.id == name), None)
        if step is None:
            return
        self._show(Progress(step.id, step.title, "", 0.0), only=True)
        self._found[step.id] = attempted(
            step, lambda doing, share: self._show(Progress(step.id, step.title, doing, share), only=True)
        )
        self._checked = time.localtime()
        self._show()

    def _save(self, target: Path) -> None:
        made = self._plan.report(self._found.items())
        try:
            target.write_text(report_page(made) if target.suffix == ".html" else encode(made), encoding="utf-8")
        except OSError as error:
            self._show(told=f"{target} cannot be written: {error.strerror or type(error).__name__}.", trouble=True)
        else:
            self._show(told=f"Saved: {target}")

    def _show(self, running: Progress | None = None, *, only: bool = False, told: str = "", trouble: bool = False) -> None:
        report = self._plan.report(self._found.items())
        waiting = [step.id for step in self._plan.steps if step.id not in self._found]
        made: ReadinessView = view(
            report, self._plan.title, running, only=only, waiting=waiting, told=told, trouble=trouble,
            clock=time.strftime("%H:%M", self._checked),
        )  # fmt: skip
        self._views.came.emit(made)


def run_readiness(plan: Plan) -> int:
    """Show the window until it is closed; the exit status."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    QGuiApplication.setApplicationName("STAMP Desktop")
    fonts.load()
    style.apply(style.look())
    window, views = ReadinessWindow(), Views()
    views.came.connect(window.present, Qt.ConnectionType.QueuedConnection)
    checker = Checker(plan, views)
    window.intent.connect(checker.ask)
    window.present(
        view(plan.report(()), plan.title, Progress("", "this computer", "", 0.0), waiting=[step.id for step in plan.steps])
    )
    window.resize(1366, 768)
    room = window.screen().availableGeometry()
    if room.width() < window.width() + FRAME or room.height() < window.height() + FRAME:
        window.showMaximized()
    else:
        window.show()
    checker.start()
    application.exec()
    checker.leave()
    return 0
