"""A group of test takers on one line, simulated: they fetch, think, answer, speak, and share what the line gives. Pure, seeded.

The line gives each of those who use a direction the same part of it (processor sharing: what TCP comes to over seconds), after
a round trip; short answers are held up by TCP's slow start (ten segments at first, then twice as many each time, RFC 6928).
"""

import heapq
import math
import random
from dataclasses import dataclass, field

FIRST_WINDOW = 10 * 1448
THINK_SPREAD = 0.5
"""Sigma of the logarithm: half of them think for 0.7 to 1.4 times as long as the middle one."""
SERVER_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Load:
    """What one test taker does. Times are means; recordings are sent while the next task is done."""

    sets: int
    set_bytes: float
    think_seconds: float
    recordings: int = 0
    recording_bytes: float = 0.0
    speak_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rates:
    """The line: Mbit/s, and the round trip in seconds."""

    down: float
    up: float
    trip: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds: the 95th percentile of the waits, and from the end of the last one's test to the last recording's arrival."""

    p95: float
    waits: int
    drain: float


@dataclass(slots=True)
class _Shared:
    """One direction. `work` is what each has been given since the beginning: a job ends when that reaches its mark."""

    bytes_per_second: float
    now: float = 0.0
    work: float = 0.0
    marks: list[tuple[float, int]] = field(default_factory=list)

    def advance(self, now: float) -> None:
        if self.marks:
            self.work += (now - self.now) * self.bytes_per_second / len(self.marks)
        self.now = now

    def ended(self, now: float) -> int | None:
        """Go on to then; the job that ends at that moment, if one does."""
        ends = self.next_end <= now
        self.advance(now)
        return self.marks[0][1] if ends else None

    def take(self) -> int:
        """The job that has ended, out of the line."""
        return heapq.heappop(self.marks)[1]

    def add(self, job: int, size: float) -> None:
        heapq.heappush(self.marks, (self.work + size, job))

    @property
    def next_end(self) -> float:
        if not self.marks:
            return math.inf
        return self.now + max(0.0, self.marks[0][0] - self.work) * len(self.marks) / self.bytes_per_second


def together(load: Load, rates: Rates, group: int, seed: int) -> Outcome:
    """What a group of that size finds."""
    room = _Room(load, rates, group, _dice(group, seed))
    room.run()
    ranked = sorted(room.waits)
    p95 = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))] if ranked else 0.0
    return Outcome(p95, len(ranked), max(0.0, room.last_sent - room.ended) if load.recordings else 0.0)


class _Room:
    """Its test takers by number, what comes next to whom, and the two directions of the line."""

    def __init__(self, load: Load, rates: Rates, group: int, dice: random.Random) -> None:
        self._load = load
        self._dice = dice
        self._delay = rates.trip + SERVER_SECONDS
        self._soonest = _rounds(load.set_bytes) * rates.trip + SERVER_SECONDS
        self._down, self._up = _Shared(rates.down * 125_000), _Shared(rates.up * 125_000)
        self._coming: list[tuple[float, int, str]] = [
            (dice.uniform(0, load.think_seconds), each, "ask") for each in range(group)
        ]
        heapq.heapify(self._coming)
        self._done = [0] * group
        self._asked = [0.0] * group
        self.waits: list[float] = []
        self.ended = 0.0
        self.last_sent = 0.0

    def run(self) -> None:
        """Until nobody does anything any more."""
        while (now := min(self._next(), self._down.next_end, self._up.next_end)) < math.inf:
            if self._down.ended(now) is not None:
                job = self._down.take()
                self._later(max(now, self._asked[job] + self._soonest), job, "shown")
            if self._up.ended(now) is not None:
                self._up.take()
                self.last_sent = now
            while self._next() <= now:
                self._happens(*heapq.heappop(self._coming))

    def _next(self) -> float:
        return self._coming[0][0] if self._coming else math.inf

    def _later(self, at: float, taker: int, what: str) -> None:
        heapq.heappush(self._coming, (at, taker, what))

    def _happens(self, at: float, taker: int, what: str) -> None:
        load, speaks = self._load, self._done[taker] >= self._load.sets
        match what:
            case "ask":
                self._asked[taker] = at
                self._later(at + self._delay, taker, "fetch")
            case "fetch":
                self._down.add(taker, load.set_bytes)
            case "shown":
                self.waits.append(at - self._asked[taker])
                self._later(at + _think(self._dice, load.speak_seconds if speaks else load.think_seconds), taker, "answered")
            case _:
                if speaks:
                    self._up.add(taker, load.recording_bytes)
                self._done[taker] += 1
                if self._done[taker] < load.sets + load.recordings:
                    self._later(at, taker, "ask")
                self.ended = max(self.ended, at)


def think_times(load: Load, group: int, seed: int) -> list[list[float]]:
    """For real clients that do the same: when each begins, and how long it thinks before each further question."""
    dice = _dice(group, seed)
    starts = [dice.uniform(0, load.think_seconds) for _ in range(group)]
    return [[start, *(_think(dice, load.think_seconds) for _ in range(load.sets))] for start in starts]


def _dice(group: int, seed: int) -> random.Random:
    return random.Random(seed * 1_000_003 + group)  # noqa: S311 (a simulation)


def _rounds(size: float) -> int:
    return max(1, math.ceil(math.log2(size / FIRST_WINDOW + 1)))


def _think(dice: random.Random, mean: float) -> float:
    """Lognormal with that mean."""
    return mean * math.exp(dice.gauss(0.0, THINK_SPREAD) - THINK_SPREAD**2 / 2)
