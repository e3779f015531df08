"""The exam program's end of the line to its guardian: never waits, notices silence, comes back by itself. Knows no Qt.

`turn` is called about twice a second from the thread whose life it proves.
"""

import socket
import time
from collections.abc import Callable
from typing import Final

from stamp_desktop.kiosk import words
from stamp_desktop.kiosk.line import Line
from stamp_desktop.kiosk.words import FromExam, FromGuardian, Lock

SILENT_SECONDS: Final = 6.0
"""A guardian that says nothing for so long is gone, or somebody stopped it: the test waits."""

GONE: Final = ("guardian-gone", "The program that guards the test was ended from outside.")


class Tether:
    """`hear` gets each word of the guardian's, and a `Lock` of this end's own making when it is gone."""

    def __init__(self, path: str, hear: Callable[[FromGuardian], None]) -> None:
        self._path = path
        self._hear = hear
        self._line: Line | None = None
        self._heard = time.monotonic()
        self._opened: words.Opened | None = None
        self._gone = False

    def turn(self) -> None:
        """Beat, listen, connect again where the line is gone."""
        if self._line is None:
            self._connect()
        self._say(words.Beat())
        self.listen()
        if not self._gone and time.monotonic() - self._heard > (SILENT_SECONDS if self._line else 0.0):
            self._gone = True
            self._hear(Lock(*GONE, "proctor", time.time_ns() // 1_000_000))

    def listen(self) -> None:
        """Take in what has come."""
        while self._line is not None:
            said = self._line.hear()
            if said is None:
                self._drop()
                return
            if not said:
                return
            self._heard = time.monotonic()
            for word in said:
                self._take(word)

    def say(self, word: FromExam) -> None:
        """Tell the guardian; lost where it is gone, but for how far the journal is, which is told again."""
        if isinstance(word, words.Opened):
            self._opened = word
        elif isinstance(word, words.Closed):
            self._opened = None
        self._say(word)
        if self._line is None and isinstance(word, words.Pin | words.AnswerChallenge):
            self._hear(words.Refused(0))  # nobody is there to judge it: it can be entered again

    def fileno(self) -> int:
        """-1 while there is no line."""
        return -1 if self._line is None else self._line.fileno()

    def close(self) -> None:
        """The program ends; whether it may is the guardian's to know."""
        self._drop()

    def _take(self, word: FromExam | FromGuardian) -> None:
        if isinstance(word, words.Welcome):
            self._gone = False
        if isinstance(word, words.Welcome | words.Told | words.Lock | words.Unlock | words.Refused | words.Shown):
            self._hear(word)

    def _connect(self) -> None:
        line = socket.socket(socket.AF_UNIX)
        line.setblocking(False)
        try:
            line.connect(self._path)
        except OSError:
            line.close()
            return
        self._line, self._heard = Line(line), time.monotonic()
        if self._opened is not None:
            self._say(self._opened)

    def _say(self, word: FromExam) -> None:
        if self._line is not None and not self._line.say(word):
            self._drop()

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
