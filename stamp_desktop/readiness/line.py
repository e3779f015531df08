"""A line to a server, measured: the way, small questions on an idle and on a full line, six streams down and six up.

About 25 s. It raises nothing that the line can cause: what goes wrong is an `Obstacle`, or is said in `unmeasured`. It judges
nothing, and it takes its turn (`line_turn`): one computer behind an address measures at a time, the others take over its rates.
"""

import http.client
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from stamp_desktop.readiness.line_explore import NOBODY, Expected, explore
from stamp_desktop.readiness.line_facts import By, Latency, LineMeasurement, Rate, stalls
from stamp_desktop.readiness.line_flow import CHANCE, Times, fill_down, fill_up
from stamp_desktop.readiness.line_turn import Asking, give_back, quiet_for, tell, turn_for
from stamp_desktop.readiness.line_way import StoppedError, Way, asked, calling
from stamp_desktop.sync.probe import PING, Gauged, Shared, Turn

IDLE_SECONDS, IDLE_LINES = 3.0, 4
"""Four connections ask one after the other: some 240 questions at 50 ms, enough that one lost packet in a hundred shows."""
MOST_QUESTIONS = 400
QUIET_LINES, QUIET_PAUSE = 2, 0.1
"""Where others ask at the same time: some 45 questions at 30 ms, 20 at 200."""
LOADED_PAUSE = 0.25
"""Between two questions on a full line: more would be a load of their own on 1 Mbit/s."""
LOST_SECONDS = 3.0
Progress = Callable[[str, float], None]
"""Told what is going on ("way", "turn", "idle", "down", "up") and which share of it is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long what may take, and who asks for a turn. `flows` False leaves the line idle."""

    times: Times = field(default_factory=Times)
    idle_seconds: float = IDLE_SECONDS
    asking: Asking = field(default_factory=Asking)
    flows: bool = True


def measure(
    url: str, progress: Progress = lambda _, __: None, expected: Expected = NOBODY, plan: Plan | None = None
) -> LineMeasurement:
    """All there is to know about the line to the server, or the hub, at this address."""
    plan, began = plan or Plan(), time.monotonic()
    progress("way", 0.0)
    found, way = explore(url, expected)
    if way:
        try:
            found = _in_turn(found, way, plan, progress, began)
        except StoppedError as stopped:
            found = replace(found, obstacle=stopped.obstacle)
    return replace(found, seconds=time.monotonic() - began)


def _in_turn(found: LineMeasurement, way: Way, plan: Plan, progress: Progress, began: float) -> LineMeasurement:
    """The turn comes before the first question: on a line that another one fills, all questions are slow."""

    def waiting(_: str) -> None:
        progress("turn", 0.0)

    def quiet(known: LineMeasurement) -> LineMeasurement:
        with quiet_for(way, plan.asking, waiting, began) as why:
            return replace(known, unasked=why) if why else _idle(known, way, plan, progress, QUIET_LINES, QUIET_PAUSE)

    if not plan.flows:
        return quiet(replace(found, unmeasured="it was not asked for"))
    turn = turn_for(way, plan.asking, waiting, began)
    if isinstance(turn, str):
        return replace(found, unmeasured=turn)
    if isinstance(turn, Shared):
        return quiet(_taken_over(found, turn))
    try:
        found = _loaded(_idle(found, way, plan, progress), way, turn, plan, progress)
        if found.down and found.up and found.down.mbit and found.up.mbit:
            tell(way, turn, Gauged(found.down.mbit, found.up.mbit, _median(found.loaded_down), _median(found.loaded_up)))
        return found
    finally:
        give_back(way, turn)


def _taken_over(found: LineMeasurement, shared: Shared) -> LineMeasurement:
    """The rates that another computer has measured on the same line."""
    gauged = shared.gauged

    def latency(median: float | None) -> Latency | None:
        return None if median is None else Latency((median,))

    return replace(
        found,
        by=By(shared.computer, shared.seconds),
        down=Rate(gauged.down, 0.0, 0),
        up=Rate(gauged.up, 0.0, 0),
        loaded_down=latency(gauged.down_ms),
        loaded_up=latency(gauged.up_ms),
    )


def _median(latency: Latency | None) -> float | None:
    return latency.median if latency and latency.answered else None


def _idle(
    found: LineMeasurement, way: Way, plan: Plan, progress: Progress, lines: int = IDLE_LINES, pause: float = 0.0
) -> LineMeasurement:
    end = time.monotonic() + plan.idle_seconds
    asking = [_Questions(way, pause, lambda: time.monotonic() >= end) for _ in range(lines)]
    for each in asking:
        each.start()
    while any(each.is_alive() for each in asking):
        progress("idle", min(1.0, 1 - (end - time.monotonic()) / plan.idle_seconds))
        asking[0].join(0.2)
        for each in asking:
            each.join(0.0)
    made = [[(at * 1000, took) for at, took in zip(each.at, each.took, strict=True)] for each in asking]
    return replace(found, idle=Latency(tuple(took for each in asking for took in each.took), stalls(made)))


def _loaded(found: LineMeasurement, way: Way, turn: Turn, plan: Plan, progress: Progress) -> LineMeasurement:
    chance, times = os.urandom(CHANCE), plan.times
    try:
        rate, latency = _while_asking(
            way, times.warm, lambda: fill_down(way, turn, times, lambda share: progress("down", share))
        )
        found = replace(found, down=rate, loaded_down=latency)
        rate, latency = _while_asking(
            way, times.warm, lambda: fill_up(way, turn, times, lambda share: progress("up", share), chance)
        )
        return replace(found, up=rate, loaded_up=latency)
    except StoppedError as stopped:
        return replace(found, obstacle=stopped.obstacle)


def _while_asking(way: Way, warm: float, fill: Callable[[], Rate]) -> tuple[Rate, Latency]:
    """What `fill` measures, and what small questions took meanwhile, those at the beginning left out."""
    over = threading.Event()
    asking = _Questions(way, LOADED_PAUSE, over.is_set)
    asking.start()
    try:
        rate = fill()
    finally:
        over.set()
        asking.join()
    return rate, Latency(tuple(took for at, took in zip(asking.at, asking.took, strict=True) if at >= warm))


class _Questions(threading.Thread):
    """Small questions on a connection of their own, one after the other, until it is over. `took` in milliseconds."""

    def __init__(self, way: Way, pause: float, over: Callable[[], bool]) -> None:
        super().__init__(name="asking")
        self._way = way
        self._pause = pause
        self._over = over
        self._first = time.monotonic()
        self.took: list[float] = []
        self.at: list[float] = []
        """Seconds since this was made."""

    def run(self) -> None:
        connection = None
        while not self._over() and len(self.took) < MOST_QUESTIONS:
            began = time.monotonic()
            try:
                connection = connection or _quick(self._way)
                began = time.monotonic()
                asked(connection, self._way, "GET", PING)
                took = (time.monotonic() - began) * 1000
            except StoppedError:
                took = float("inf")
                if connection:
                    connection.close()
                connection = None
            self.took.append(took)
            self.at.append(began - self._first)
            if self._pause:
                time.sleep(self._pause)
        if connection:
            connection.close()


def _quick(way: Way) -> http.client.HTTPConnection:
    connection = calling(way)
    connection.sock.settimeout(LOST_SECONDS)
    return connection
