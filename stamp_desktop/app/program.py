"""Composition root of the exam program: built by hand behind its first window, the heavy parts on the session's thread."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from stamp_desktop.app import Options
from stamp_desktop.app.computer import Gauges, Keyboard
from stamp_desktop.app.tethered import Tethered
from stamp_desktop.delivery.guarded import Guarded
from stamp_desktop.delivery.runner import Message, Room, Runner
from stamp_desktop.delivery.views import SavedView, Showing, SignInView, StateView
from stamp_desktop.kiosk.words import Beat, FromExam, FromGuardian, Welcome
from stamp_desktop.ui.bridge import Bridge
from stamp_desktop.ui.door import Door
from stamp_desktop.ui.hold import Hold
from stamp_desktop.ui.theme import fonts, style
from stamp_desktop.ui.window import ExamWindow

log = logging.getLogger(__name__)
SWITCH_SECONDS = 0.0005
"""How soon the two threads give way to each other: a tenth of what Python takes; the next question comes 6 ms sooner (p50)."""


class Opening:
    """The room before the desk: opens what the program stands on, once, off the screen's thread.

    `ready` False: not before it is told so. A guardian says first what pauses the test, and that is shown before this loads.
    """

    def __init__(
        self, options: Options, put: Callable[[Message], None], keyboard: Callable[[], str], *, ready: bool = True
    ) -> None:
        self.ready = ready
        self._options = options
        self._put = put
        self._keyboard = keyboard
        self._close: Callable[[], None] = lambda: None
        self._paused = False
        self._ask: Callable[[bool], None] = lambda _: None

    def pause(self, paused: bool) -> None:
        """Whether a paused test waits, now or when the office is open; on the session's thread."""
        self._paused = paused
        self._ask(paused)

    def take(self, _message: Message) -> Room:
        from stamp_desktop.delivery.opening import open_office  # noqa: PLC0415  # loaded here, behind the first window

        office = open_office(
            self._options.data,
            self._put,
            self._keyboard,
            simulated_sound=self._options.simulated_sound,
            demo_hint=self._options.demo_hint,
            second=self._options.second,
        )
        self._close, self._ask = office.close, office.ask_for_tickets
        self._ask(self._paused)
        return office.desk

    def showing(self) -> Showing:
        return Showing(SignInView("", "", SavedView("Getting ready", "plain", "cloud"), "", busy=True))

    def wake_in(self) -> float | None:
        return 0.0 if self.ready else None

    def leave(self) -> None:
        """Nothing is open yet."""

    def close(self) -> None:
        """Let go of what was opened; on the session's thread."""
        self._close()


class Failure(QObject):
    """Brings a fault of the program from the session's thread to the screen."""

    came = Signal(object)


class Program:
    """Everything behind the door, put together by hand: window, bridge, session thread."""

    def __init__(self, door: Door, options: Options) -> None:
        log_to(options.data)
        sys.setswitchinterval(SWITCH_SECONDS)
        fonts.load()
        style.apply(style.look())
        self._status = 0
        self._window = ExamWindow(may_close=options.windowed)
        self._keyboard, self._failure = Keyboard(), Failure()
        guardian = os.environ.get("STAMP_GUARDIAN", "")
        self._opening = Opening(options, self._put, self._keyboard.name, ready=not guardian)
        self._bridge = Bridge(self._window, self._put)
        self._door = door
        self._tethered: Tethered | None = None
        self._hold: Hold | None = None
        first: Room = self._opening
        if guardian:
            offset = datetime.now().astimezone().utcoffset() or timedelta()
            first = Guarded(first, self._tell, lambda: time.time_ns() // 1_000_000, offset, self._opening.pause)
        self._runner = Runner(first, self._bridge.post, self._failure.came.emit, self._opening.close)
        if guardian:
            self._tethered = Tethered(guardian, self._hear)
        self._failure.came.connect(self._fail)
        self._gauges = Gauges()
        self._gauges.changed.connect(self._window.show_computer)
        self._window.present(self._opening.showing())
        door.furnish(self._window)

    def start(self) -> None:
        """Let the session begin."""
        self._runner.start()
        self._gauges.begin()

    def stop(self) -> int:
        """End the session's thread and wait for it; the exit status."""
        self._runner.stop()
        if self._tethered is not None:
            self._tethered.close()
        return self._status

    def _hear(self, word: FromGuardian) -> None:
        """What the guardian says, in the screen's thread."""
        if isinstance(word, Welcome) and word.grade == "B" and self._hold is None:
            handle = self._door.windowHandle()
            self._hold = Hold(handle) if handle is not None else None
        if not isinstance(word, Beat):
            self._opening.ready = True
            self._runner.put(word)

    def _tell(self, word: FromExam) -> None:
        if self._tethered is not None:
            self._tethered.tell(word)

    def _put(self, message: Message) -> None:
        self._runner.put(message)

    def _fail(self, error: Exception) -> None:
        self._status = 1
        self._window.may_close = True
        self._window.present(Showing(fault_view(error)))


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
        filename=folder / "exam.log",
        level=logging.INFO,
        format="%(asctime)s %(threadName)s %(name)s %(levelname)s %(message)s",
    )

    def hook(args: threading.ExceptHookArgs) -> None:
        log.error("Uncaught in %s", args.thread.name if args.thread else "a thread", exc_info=args.exc_value)

    def on_screen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("Uncaught in the screen's thread", exc_info=error)
        sys.__excepthook__(kind, error, trace)

    threading.excepthook = hook
    sys.excepthook = on_screen
