"""The session thread: takes one message after the other, lets the room that people are in act on it, shows what came of it.

It decides nothing about the test (the engine does) and nothing about looks (the screens do).
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stamp_desktop.delivery.intents import Draft, GoOn, Intent
from stamp_desktop.delivery.views import Showing, StateView, Tone
from stamp_desktop.delivery.wording import MovedAway, Sending
from stamp_desktop.kiosk.words import Lock, Refused, Shown, Told, Unlock, Welcome
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Nothing but time passed."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Something the recorder or player said; `token` names the take or play it belongs to, so that a late word is ignored."""

    token: int
    word: object


@dataclass(frozen=True, slots=True)
class Stop:
    """End the thread; everything is saved already."""


GuardWord: TypeAlias = Welcome | Told | Lock | Unlock | Refused | Shown
"""What the guardian says."""

Message: TypeAlias = Intent | Sound | Sending | MovedAway | Pulse | GuardWord | Stop


class Room(Protocol):
    """A part of the program that people are in (the desk, the exam)."""

    def take(self, message: Message) -> "Room":
        """Act on a message; the room to be in afterwards. Trouble leaves the room as it was."""

    def showing(self) -> Showing:
        """What to show now."""

    def wake_in(self) -> float | None:
        """Seconds until it wants a Pulse; None: not at all."""

    def leave(self) -> None:
        """Let go of devices and files."""


class Interrupted:
    """A full-screen state while something that the test cannot go on without is wrong. Trying again repeats what was asked.

    What recorder, player and courier say meanwhile is kept for the room, and what was typed.
    """

    def __init__(self, room: Room, message: Message, trouble: Trouble) -> None:
        self._room = room
        self._waiting = deque([message])
        self._trouble = trouble

    def take(self, message: Message) -> Room:
        if isinstance(message, Sound | Sending | Draft):
            self._waiting.append(message)
        return self._try_again() if isinstance(message, GoOn) else self

    def _try_again(self) -> Room:
        try:
            while self._waiting:
                self._room = self._room.take(self._waiting[0])
                self._waiting.popleft()
        except Trouble as trouble:
            self._trouble = trouble
            return self
        return self._room

    def showing(self) -> Showing:
        advice = self._trouble.advice
        lines: list[tuple[str, str, Tone]] = [
            ("circle-check", "Every answer that the screen called saved is safe on this computer.", "good")
        ]
        if advice.meaning:
            lines.append(("info", advice.meaning, "plain"))
        lines.append(("user-round-check", advice.todo or "Raise your hand: the proctor can help.", "plain"))
        return Showing(
            StateView("Please wait a moment", advice.what, tuple(lines), "Try again", "circle-alert"),
        )

    def wake_in(self) -> float | None:
        return None

    def leave(self) -> None:
        """What was typed is tried once more."""
        try:
            for message in self._waiting:
                if isinstance(message, Draft):
                    self._room.take(message)
        except Trouble:
            log.exception("What was typed last could not be saved")
        finally:
            self._room.leave()


class Runner:
    """Owns the session thread and the room. On that thread it calls `show` with every new Showing, and `at_end` last."""

    def __init__(
        self,
        first: Room,
        show: Callable[[Showing], None],
        failed: Callable[[Exception], None],
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._room = first
        self._show = show
        self._failed = failed
        self._at_end = at_end
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="session")

    def start(self) -> None:
        self._thread.start()

    def put(self, message: Message) -> None:
        """Hand over a message; from any thread."""
        self._queue.put(message)

    def stop(self) -> None:
        """End the thread after what is already in the queue, and wait for it."""
        self._queue.put(Stop())
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as error:  # what the thread catches its owner gets
            log.exception("The session thread ended on a fault of the program")
            self._failed(error)
        finally:
            try:
                self._room.leave()
            finally:
                self._at_end()

    def _loop(self) -> None:
        shown: Showing | None = None
        message: Message = Pulse()
        while True:
            showing = self._showing()
            if showing != shown or not isinstance(message, Pulse | Sound | Sending):  # who asked for something gets an answer
                self._show(showing)
                shown = showing
            message = self._next()
            if isinstance(message, Stop):
                return
            try:
                self._room = self._room.take(message)
            except Trouble as trouble:
                self._interrupt(message, trouble)

    def _showing(self) -> Showing:
        try:
            return self._room.showing()
        except Trouble as trouble:  # a picture that cannot be read any more
            self._interrupt(Pulse(), trouble)
            return self._room.showing()

    def _interrupt(self, message: Message, trouble: Trouble) -> None:
        log.warning("Interrupted by %s: %s", trouble.code, trouble)
        self._room = Interrupted(self._room, message, trouble)

    def _next(self) -> Message:
        try:
            return self._queue.get(timeout=self._room.wake_in())
        except queue.Empty:
            return Pulse()
