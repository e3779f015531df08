"""Whose turn it is to fill a line, so that no two measure the same one at once and all of them together stay small.

Computers behind one address share one line: two that filled it at the same time would each find half of it. So an address has
one turn at a time, a hub one for its whole room, and the server a few. Turns are few enough, and short enough, that nobody can
keep the server busy with them (token buckets: an address, all addresses). It moves no bytes and knows no test.
"""

import json
import random
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path

from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.turns import Turns
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.sync.probe import LONGEST_TURN_SECONDS, STREAM_BYTES, STREAM_SECONDS, STREAMS, Turn

PLACES = 4
"""Turns at a time of the whole server: with its line they share it, so more would measure the server's end."""
ROOM = "room"
MOST_WAIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Allowance:
    """A token bucket: `most` at once, and one more every `seconds`."""

    most: float
    seconds: float

    def at(self, level: "Level", now_ms: int) -> float:
        """What is in it now."""
        return min(self.most, level.tokens + max(0, now_ms - level.at_ms) / 1000 / self.seconds)


@dataclass(frozen=True, slots=True)
class Level:
    """What was in a bucket then."""

    tokens: float
    at_ms: int


ONE_ADDRESS = Allowance(60, 10.0)
"""A school's three hundred computers behind one address need 300 turns of 25 s, which is two hours of turns one by one. The
bucket never holds them up; it stops whoever takes turns and drops them, after 60."""
ALL_ADDRESSES = Allowance(240, 2.0)
PINGS_OF_ONE, PINGS_OF_ALL = Allowance(6000, 1 / 300), Allowance(20_000, 1 / 2000)
"""A computer asks some 200 times a second at the most, for three seconds."""


@dataclass(frozen=True, slots=True)
class Under:
    """A turn that somebody has, until when."""

    place: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Board:
    """Who has a turn, by its id, and what is left to whom. Times are monotonic milliseconds of `boot`."""

    boot: str
    turns: Mapping[str, Under] = field(default_factory=dict)
    left: Mapping[str, Level] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """No turn now; `seconds` until it is worth while to ask again."""

    seconds: float
    why: str


def take(board: Board, place: str, turn: str, now_ms: int, places: int = PLACES) -> "Board | Wait":
    """The board with this turn on it, or how long to wait. Pure."""
    board = _swept(board, now_ms)
    if mine := [each.until_ms for each in board.turns.values() if each.place == place]:
        return Wait((min(mine) - now_ms) / 1000, "another computer of this address measures at the moment")
    if len(board.turns) >= places:
        return Wait((min(each.until_ms for each in board.turns.values()) - now_ms) / 1000, "others measure at the moment")
    left = dict(board.left)
    for name, allowance in ((place, ONE_ADDRESS), ("", ALL_ADDRESSES)):
        tokens = allowance.at(left.get(name, Level(allowance.most, now_ms)), now_ms)
        if tokens < 1:
            return Wait((1 - tokens) * allowance.seconds, "there were many measurements lately")
        left[name] = Level(tokens - 1, now_ms)
    under = Under(place, now_ms + LONGEST_TURN_SECONDS * 1000)
    return replace(board, turns={**board.turns, turn: under}, left=left)


def give_back(board: Board, turn: str) -> Board:
    return replace(board, turns={name: under for name, under in board.turns.items() if name != turn})


def _swept(board: Board, now_ms: int) -> Board:
    """Without what is over: turns that ran out, and buckets that are full again."""
    turns = {name: under for name, under in board.turns.items() if under.until_ms > now_ms}
    left = {
        name: level
        for name, level in board.left.items()
        if (allowance := ONE_ADDRESS if name else ALL_ADDRESSES).at(level, now_ms) < allowance.most
    }
    return replace(board, turns=turns, left=left)


def place_of(address: str, *, room: bool) -> str:
    """What shares one line: an IPv4 address, an IPv6 network of /64, at a hub the whole room."""
    if room:
        return ROOM
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{address}/64", strict=False)) if read.version == 6 and not read.ipv4_mapped else str(read)


class Probes:
    """Turns over all processes of this computer, in a small file; streams and pings of this process."""

    def __init__(self, file: Path, turns: Turns, clock: Clock, dice: random.Random | None = None) -> None:
        self._file = file
        self._turns = turns
        self._clock = clock
        self._dice = dice or random.SystemRandom()
        self._streams: dict[str, int] = {}
        self._pings: dict[str, Level] = {}
        self._lock = threading.Lock()

    def begin(self, place: str) -> Turn:
        """429 probe-later with `Retry-After`."""
        now, turn = self._clock.mono_ms(), secrets.token_urlsafe(16)
        with self._turns.of("probe"):
            found = take(self._read(), place, turn, now)
            if not isinstance(found, Wait):
                self._write(found)
                return Turn(turn, LONGEST_TURN_SECONDS, STREAMS, STREAM_SECONDS, STREAM_BYTES)
        after = min(max(1.0, found.seconds) * self._dice.uniform(0.2, 1.0), MOST_WAIT_SECONDS)
        raise Refused(
            429,
            "probe-later",
            f"The line cannot be measured now: {found.why}.",
            "Two at once would each find a part of the line.",
            "Try again later, or let the computers of a room measure one after the other.",
            retry_after=max(1, round(after)),
        )

    def end(self, turn: str, place: str) -> None:
        """Let the next go on. A turn that is not there is over already."""
        with self._turns.of("probe"):
            board = self._read()
            if (under := board.turns.get(turn)) and under.place == place:
                self._write(give_back(board, turn))

    def check(self, turn: str, place: str) -> None:
        """404 turn-unknown: it is over, or never was, or somebody else's."""
        with self._turns.of("probe"):
            under = self._read().turns.get(turn)
        if under is None or under.place != place or under.until_ms <= self._clock.mono_ms():
            raise Refused(404, "turn-unknown", "This turn to measure is over.", "", "Ask for another one.")

    @contextmanager
    def stream(self, turn: str) -> Iterator[None]:
        """One of the turn's streams in this process. 429 probe-streams."""
        with self._lock:
            if self._streams.get(turn, 0) >= STREAMS:
                raise Refused(429, "probe-streams", f"A measurement has at most {STREAMS} streams.", "", "", retry_after=1)
            self._streams[turn] = self._streams.get(turn, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._streams[turn] -= 1
                if not self._streams[turn]:
                    del self._streams[turn]

    def ping(self, place: str) -> None:
        """429 probe-later when somebody asks without end."""
        now = self._clock.mono_ms()
        with self._lock:
            if len(self._pings) > 10_000:  # forgetting is generous for a moment, and bounded for good
                self._pings.clear()
            for name, allowance in ((place, PINGS_OF_ONE), ("", PINGS_OF_ALL)):
                tokens = allowance.at(self._pings.get(name, Level(allowance.most, now)), now)
                if tokens < 1:
                    raise Refused(429, "probe-later", "Too many questions in a short time.", "", "Wait.", retry_after=1)
                self._pings[name] = Level(tokens - 1, now)

    def _read(self) -> Board:
        """What stands there; nothing where the computer was started since, or the file is none of ours."""
        boot = self._clock.boot()
        try:
            said = json.loads(self._file.read_text(encoding="ascii"))
            turns = {name: Under(**each) for name, each in said["turns"].items()}
            left = {name: Level(**each) for name, each in said["left"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Board(boot)
        return Board(boot, turns, left) if said.get("boot") == boot else Board(boot)

    def _write(self, board: Board) -> None:
        """Without fsync: after a power cut nobody is measuring."""
        with disk_troubles():
            self._file.write_text(json.dumps(asdict(board)), encoding="ascii")
