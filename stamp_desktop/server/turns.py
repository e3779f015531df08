"""Who may go now: one piece of an upload at a time over all processes, and so many uploads and seals at once and no more.

Whoever has to wait is told for how long, each another time, so that a school does not come back all at once.
"""

import random
import sys
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stamp_desktop.server.refusals import Refused
from stamp_desktop.storage.durable import disk_troubles

if sys.platform != "win32":
    import fcntl

LOCKS = 64
UPLOADS = 200
"""Recordings that the whole server takes at a time: with 1 Mbit/s each they fill a line of 200 Mbit/s."""
LEASE_MS = 15_000
"""An upload whose last piece is older than this has given up its slot."""
SEALS = 4
"""Seals that a worker process works out at a time: each is a replay, which needs a processor."""
TURNOVER_SECONDS = 8.0
SHORTEST_WAIT, LONGEST_WAIT = 1, 120


class Turns:
    """One at a time for each name, over threads and processes of one computer. Names may share a turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._here = tuple(threading.Lock() for _ in range(LOCKS))

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Wait for the turn; the system lets go of it however the process ends."""
        number = zlib.crc32(name.encode()) % LOCKS
        with self._here[number]:
            if sys.platform == "win32":  # one process only there, see `cli`
                yield
                return
            with disk_troubles():
                file = (self._folder / f"{number}.turn").open("wb")
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield


class Crowd:
    """Those who were sent away lately, and how long the next one has to wait. For any number of threads."""

    def __init__(self, places: int, dice: random.Random | None = None) -> None:
        self.places = places
        self._dice = dice or random.SystemRandom()
        self._sent_away: deque[int] = deque()
        self._lock = threading.Lock()

    def wait(self, now_ms: int) -> int:
        """Seconds for one more. The longer the queue, the later and the wider spread."""
        with self._lock:
            while self._sent_away and self._sent_away[0] < now_ms - LONGEST_WAIT * 1000:
                self._sent_away.popleft()
            self._sent_away.append(now_ms)
            rounds = 1 + len(self._sent_away) / self.places
            spread = self._dice.uniform(0.5, 1.5) * TURNOVER_SECONDS * rounds
        return round(min(max(spread, SHORTEST_WAIT), LONGEST_WAIT * self._dice.uniform(0.5, 1.0)))

    def full(self, code: str, what: str, now_ms: int) -> Refused:
        """503 with `Retry-After`."""
        return Refused(
            503,
            code,
            what,
            "Everything stays on this computer.",
            "It tries again by itself.",
            retry_after=self.wait(now_ms),
        )


class Gate:
    """So many at a time in this process; the next is sent away."""

    def __init__(self, places: int, dice: random.Random | None = None) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._crowd = Crowd(places, dice)

    @contextmanager
    def passed(self, now_ms: int) -> Iterator[None]:
        """Trouble `server-busy`."""
        if not self._free.acquire(blocking=False):
            raise self._crowd.full("server-busy", "The server is working out many tests at the moment.", now_ms)
        try:
            yield
        finally:
            self._free.release()
