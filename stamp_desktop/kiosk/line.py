"""The line between guardian and exam program, the same at both ends: whole words, and no end ever waits for the other."""

import socket

from stamp_desktop.kiosk import words
from stamp_desktop.kiosk.words import FromExam, FromGuardian


class Line:
    """A connected socket. It does not come back: who wants another one makes it."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._lines = words.Lines()

    def fileno(self) -> int:
        return self._end.fileno()

    def hear(self) -> list[FromExam | FromGuardian] | None:
        """What has come since; None where the other end is gone, or says what is no word."""
        try:
            data = self._end.recv(65536)
            said = self._lines.take(data)
        except BlockingIOError:
            return []
        except (OSError, ValueError):
            return None
        return said if data else None

    def say(self, word: FromExam | FromGuardian) -> bool:
        """False where the other end is gone. One that does not listen loses the word; its silence tells."""
        try:
            self._end.send(words.encode(word))
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._end.close()
