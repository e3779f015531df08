"""Composition root of the exam program: the window first, then everything else on the session's thread, passed by hand.

The window is on the screen before the engine, the cryptography and the sound are loaded.
"""

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from stamp_desktop.delivery.intents import Intent
from stamp_desktop.delivery.runner import Message, Room, Runner
from stamp_desktop.delivery.views import SavedView, Showing, SignInView, StateView
from stamp_desktop.ui.bridge import Bridge
from stamp_desktop.ui.theme import fonts, style
from stamp_desktop.ui.window import ExamWindow

log = logging.getLogger(__name__)
FRAME = 48
"""Pixels that a window's frame and title take at most: with less room than that the window is shown maximized."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the exam program was started. `windowed`: a window that may be closed, for demonstrations and trying.

    `simulated_sound`: offer a microphone that needs no hardware.
    """

    data: Path
    windowed: bool = False
    simulated_sound: bool = False
    demo_hint: str = ""


class Opening:
    """The room before the desk: opens what the program stands on, once, off the screen's thread."""

    def __init__(self, options: Options, put: Callable[[Message], None], keyboard: Callable[[], str]) -> None:
        self._options = options
        self._put = put
        self._keyboard = keyboard
        self._close: Callable[[], None] = lambda: None

    def take(self, _message: Message) -> Room:
        from stamp_desktop.delivery.opening import open_office  # noqa: PLC0415  # loaded here, behind the first window

        office = open_office(
            self._options.data,
            self._put,
            self._keyboard,
            simulated_sound=self._options.simulated_sound,
            demo_hint=self._options.demo_hint,
        )
        self._close = office.close
        return office.desk

    def showing(self) -> Showing:
        return Showing(SignInView("", "", SavedView("Getting ready", "plain", "cloud"), "", busy=True))

    def wake_in(self) -> float | None:
        return 0.0

    def leave(self) -> None:
        """Nothing is open yet."""

    def close(self) -> None:
        """Let go of what was opened; on the session's thread."""
        self._close()


class Keyboard(QObject):
    """The layout's name, kept in the screen's thread for the session's thread to read."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        QGuiApplication.inputMethod().localeChanged.connect(self._read)
        self._read()

    def name(self) -> str:
        """Language and country of the layout in use, "" where the system does not say."""
        return self._name

    def _read(self) -> None:
        locale = QGuiApplication.inputMethod().locale()
        language = locale.languageToString(locale.language())
        self._name = "" if language in {"", "C"} else f"{language} ({locale.territoryToString(locale.territory())})"


class Failure(QObject):
    """Brings a fault of the program from the session's thread to the screen."""

    came = Signal(object)


def run_exam(options: Options) -> int:
    """Run the exam program until its window is closed; the exit status."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    QGuiApplication.setApplicationName("STAMP Desktop")  # what a screen reader calls the program
    fonts.load()
    style.apply(style.look())
    window = ExamWindow(may_close=options.windowed)
    keyboard, failure = Keyboard(), Failure()
    status = 0

    def put(message: Message) -> None:
        runner.put(message)

    def take(intent: Intent) -> None:
        runner.put(intent)

    def fail(error: Exception) -> None:
        nonlocal status
        status = 1
        window.may_close = True
        window.present(Showing(fault_view(error)))

    bridge = Bridge(window, take)
    opening = Opening(options, put, keyboard.name)
    runner = Runner(opening, bridge.post, failure.came.emit, opening.close)
    failure.came.connect(fail)
    window.present(opening.showing())
    if options.windowed:
        window.resize(1366, 768)
        room = window.screen().availableGeometry()
        if room.width() < window.width() + FRAME or room.height() < window.height() + FRAME:
            window.showMaximized()
        else:
            window.show()
    else:
        window.showFullScreen()
    runner.start()
    application.exec()
    runner.stop()
    return status


def fault_view(error: Exception) -> StateView:
    """A fault of the program, for the person in front of it."""
    return StateView(
        "The program has to be started again",
        "Something went wrong in this program. It is not your fault.",
        (
            ("circle-check", "Every answer that the screen called saved is safe on this computer.", "good"),
            (
                "rotate-ccw",
                "Start the program again and sign in with the same login name: you go on at the same place.",
                "plain",
            ),
            ("user-round-check", f"Tell the proctor: {type(error).__name__}", "plain"),
        ),
        icon="circle-alert",
    )


def log_to(folder: Path) -> None:
    """Write the log beside the data, and every uncaught fault into it."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=folder / "exam.log", level=logging.INFO, format="%(asctime)s %(threadName)s %(name)s %(levelname)s %(message)s"
    )

    def hook(args: threading.ExceptHookArgs) -> None:
        log.error("Uncaught in %s", args.thread.name if args.thread else "a thread", exc_info=args.exc_value)

    threading.excepthook = hook
