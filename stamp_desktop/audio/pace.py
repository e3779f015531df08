"""How sound waits: monotonic seconds and sleeping, passed in. It knows no wall clock."""

import threading
import time
from typing import Protocol


class Pace(Protocol):
    """Time as sound needs it, in seconds."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class RealPace:
    """This computer's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class FreePace:
    """Time that passes only by sleeping, and at once: a minute of sound in a moment, the same every time."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)
