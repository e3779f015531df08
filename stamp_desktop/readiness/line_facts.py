"""What was found out about a line. Facts only: what they mean for a group is `line_checks`' and `capacity`'s to say."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

Step: TypeAlias = Literal["address", "proxy", "name", "port", "tls", "server", "probes"]
STEPS: tuple[Step, ...] = ("address", "proxy", "name", "port", "tls", "server", "probes")
"""On the way to a server, in this order. What lies behind an obstacle was not tried."""

Trust: TypeAlias = Literal["", "pinned", "hub", "authority", "unproved", "open"]
"""Who vouches for the server: the key that this computer has pinned, the room's hub by that key's word, an authority,
nobody yet (a server's own certificate, on a computer that is not enrolled), or no TLS (this computer itself)."""

Cause: TypeAlias = Literal[
    "address-unfit",
    "no-network",
    "proxy-away",
    "proxy-refuses",
    "name-unknown",
    "name-slow",
    "port-closed",
    "port-blocked",
    "not-tls",
    "intercepted",
    "untrusted",
    "captive",
    "other-server",
    "not-a-server",
    "silent",
    "broken",
    "no-probes",
    "lying",
]

LATE_MS = 150.0
"""Over the median: what was lost is sent again by the system, nowhere sooner than after 200 ms (RFC 6298)."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Where the way ends, or what stands in it. `detail` is for the technology staff."""

    step: Step
    cause: Cause
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long small questions took, in milliseconds in the order they were asked; inf for one that was never answered.

    `stalled` of them were late together with all that were asked beside them: this computer or the server had no time then.
    """

    asked: tuple[float, ...]
    stalled: int = 0

    @property
    def answered(self) -> list[float]:
        return [each for each in self.asked if each != float("inf")]

    @property
    def median(self) -> float:
        return statistics.median(self.answered) if self.answered else float("inf")

    @property
    def p95(self) -> float:
        """By the nearest rank; a question that was never answered counts as the longest."""
        ranked = sorted(self.asked)
        return ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))] if ranked else float("inf")

    @property
    def jitter(self) -> float:
        """The mean difference of one answer from the one before (as RFC 3550, 6.4.1, means it), late ones left out."""
        limit = self.median + LATE_MS
        prompt = [each for each in self.answered if each <= limit]
        steps = [abs(after - before) for before, after in pairwise(prompt)]
        return statistics.fmean(steps) if steps else 0.0

    @property
    def lost(self) -> float:
        """The share of questions that were late or never answered: each was lost on the way there or back."""
        limit, counted = self.median + LATE_MS, len(self.asked) - self.stalled
        return max(0, sum(each > limit for each in self.asked) - self.stalled) / counted if counted > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What went through, in Mbit/s of bytes that arrived; `slots` are the same by second. `seconds` were counted."""

    mbit: float
    seconds: float
    streams: int
    slots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class By:
    """Another computer that has filled the same line, so many seconds ago."""

    computer: str
    seconds: int


@dataclass(frozen=True, slots=True)
class LineMeasurement:
    """One computer's line to one server. What was not measured is None, and `unmeasured` says why.

    `asked_server`: whom the computer expected there, "" where it knows nobody. `clock_ms`: how far the server's clock is ahead
    of this computer's, give or take half of the quickest question. `issuer`: of the certificate that was met. `by`: who has
    measured the rates and the full line, None where this computer did; small questions are always its own.
    """

    url: str
    host: str
    port: int
    proxy: str = ""
    addresses: tuple[str, ...] = ()
    name_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    trust: Trust = ""
    issuer: str = ""
    fingerprint: str = ""
    server: str = ""
    asked_server: str = ""
    clock_ms: float | None = None
    obstacle: Obstacle | None = None
    idle: Latency | None = None
    down: Rate | None = None
    up: Rate | None = None
    loaded_down: Latency | None = None
    loaded_up: Latency | None = None
    unmeasured: str = ""
    unasked: str = ""
    """Why no small questions were asked, where it is another reason."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    by: By | None = None

    @property
    def loaded_ms(self) -> float | None:
        """The median answer while the line was full, in the worse direction."""
        both = [each.median for each in (self.loaded_down, self.loaded_up) if each and each.asked]
        return max(both) if both else None


def stalls(lines: Sequence[Sequence[tuple[float, float]]]) -> int:
    """How many questions were late on all lines at once. A line's are (asked at, taken) in milliseconds, one after the other.

    A packet that is lost holds up one connection; a processor that has no time holds up all.
    """
    answered = [took for line in lines for _, took in line if took != float("inf")]
    if len(lines) < 2 or not answered:
        return 0
    limit = statistics.median(answered) + LATE_MS
    late = [[(at, at + took) for at, took in line if took > limit] for line in lines]
    return sum(
        all(any(begin < other_end and end > other_begin for other_begin, other_end in other) for other in late)
        for line in late
        for begin, end in line
    )


def rate_of(slots: Sequence[tuple[float, int]], start: float, end: float, streams: int) -> Rate:
    """The rate between two times of what arrived by (time, bytes); arrivals at `start` itself belong to the time before."""
    counted = [(at, size) for at, size in slots if start < at <= end]
    total = sum(size for _, size in counted)
    seconds = end - start
    by_second = [0] * max(1, int(seconds))
    for at, size in counted:
        by_second[min(int(at - start), len(by_second) - 1)] += size
    return Rate(total * 8 / 1e6 / seconds, seconds, streams, tuple(each * 8 / 1e6 for each in by_second))
