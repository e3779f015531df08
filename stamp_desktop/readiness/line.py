"""A line to a server, measured: the way, small questions on an idle and on a full line, six streams down and six up.

About 25 s. It raises nothing that the line can cause: what goes wrong is an `Obstacle`, or is said in `unmeasured`. It judges
nothing, and it takes its turn: one computer behind an address measures at a time (see `server.probe`).
"""

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from stamp_desktop.readiness.line_explore import NOBODY, Expected, explore
from stamp_desktop.readiness.line_facts import Latency, LineMeasurement, Rate, stalls
from stamp_desktop.readiness.line_flow import CHANCE, Times, fill_down, fill_up
from stamp_desktop.readiness.line_way import StoppedError, Way, asked, calling
from stamp_desktop.sync.probe import PING, TURNS, Turn
from stamp_desktop.sync.words import Refusal, decode
from stamp_desktop.trouble import Trouble

IDLE_SECONDS, IDLE_LINES = 3.0, 4
"""Four connections ask one after the other: some 240 questions at 50 ms, enough that one lost packet in a hundred shows."""
MOST_QUESTIONS = 400
LOADED_PAUSE = 0.25
"""Between two questions on a full line: more would be a load of their own on 1 Mbit/s."""
LOST_SECONDS = 3.0
PATIENCE_SECONDS = 15.0
Progress = Callable[[str, float], None]
"""Told what is going on ("way", "turn", "idle", "down", "up") and which share of it is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long what may take. `patience`: seconds to wait for a turn; 0 asks once. `flows` False leaves the line idle."""

    times: Times = field(default_factory=Times)
    idle_seconds: float = IDLE_SECONDS
    patience: float = PATIENCE_SECONDS
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
            found = _loaded(_idle(found, way, plan, progress), way, plan, progress)
        except StoppedError as stopped:
            found = replace(found, obstacle=stopped.obstacle)
    return replace(found, seconds=time.monotonic() - began)


def _idle(found: LineMeasurement, way: Way, plan: Plan, progress: Progress) -> LineMeasurement:
    end = time.monotonic() + plan.idle_seconds
    asking = [_Asking(way, 0.0, lambda: time.monotonic() >= end) for _ in range(IDLE_LINES)]
    for each in asking:
        each.start()
    while any(each.is_alive() for each in asking):
        progress("idle", min(1.0, 1 - (end - time.monotonic()) / plan.idle_seconds))
        asking[0].join(0.2)
        for each in asking:
            each.join(0.0)
    lines = [[(at * 1000, took) for at, took in zip(each.at, each.took, strict=True)] for each in asking]
    return replace(found, idle=Latency(tuple(took for each in asking for took in each.took), stalls(lines)))


def _loaded(found: LineMeasurement, way: Way, plan: Plan, progress: Progress) -> LineMeasurement:
    if not plan.flows:
        return replace(found, unmeasured="it was not asked for")
    turn = _turn(way, plan.patience, progress)
    if isinstance(turn, str):
        return replace(found, unmeasured=turn)
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
    finally:
        with suppress(StoppedError), _asking_on(way) as connection:
            asked(connection, way, "DELETE", f"{TURNS}/{turn.id}")


def _turn(way: Way, patience: float, progress: Progress) -> "Turn | str":
    """A turn, or why there is none. The server says how long to wait; several computers ask again at other times."""
    end, what = time.monotonic() + patience, ""
    with _asking_on(way) as connection:
        while True:
            progress("turn", 0.0)
            answer = asked(connection, way, "POST", TURNS)
            with suppress(Trouble):
                return decode(Turn, answer.body)
            try:
                said = Refusal.decode(answer.body)
            except Trouble:
                raise StoppedError("probes", "lying", f"status {answer.status} when asked for a turn") from None
            after = said.more.get("retry_after")
            what = said.what
            wait = float(after) if isinstance(after, int) else 2.0
            if said.code != "probe-later" or time.monotonic() + wait > end:
                return what
            time.sleep(wait)


def _while_asking(way: Way, warm: float, fill: Callable[[], Rate]) -> tuple[Rate, Latency]:
    """What `fill` measures, and what small questions took meanwhile, those at the beginning left out."""
    over = threading.Event()
    asking = _Asking(way, LOADED_PAUSE, over.is_set)
    asking.start()
    try:
        rate = fill()
    finally:
        over.set()
        asking.join()
    return rate, Latency(tuple(took for at, took in zip(asking.at, asking.took, strict=True) if at >= warm))


class _Asking(threading.Thread):
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


@contextmanager
def _asking_on(way: Way) -> Iterator[http.client.HTTPConnection]:
    connection = calling(way)
    try:
        yield connection
    finally:
        connection.close()
