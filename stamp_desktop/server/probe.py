"""Turns to measure a line, kept for all processes of this computer; who shares a line; how many streams and questions one has.

It moves no bytes, knows no test, and decides nothing on turns itself (`probe_board`).
"""

import json
import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from ipaddress import ip_address, ip_network
from pathlib import Path

from stamp_desktop.server.probe_board import ANYBODY, Allowance, Board, Left, Level, Under, give_back, heard, leave, take
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.turns import Turns
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.sync.probe import (
    LONGEST_NAME,
    LONGEST_TURN_SECONDS,
    QUIET_SECONDS,
    STREAM_BYTES,
    STREAM_SECONDS,
    STREAMS,
    Gauged,
    Shared,
    Turn,
    TurnWish,
)

PINGS_OF_ONE, PINGS_OF_ALL = Allowance(6000, 1 / 300), Allowance(20_000, 1 / 2000)
"""A computer asks some 200 times a second at the most, for three seconds."""
FASTEST_MBIT = 100_000.0
ROOM = "room"
MOST_WAIT_SECONDS = 120


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

    def begin(self, place: str, wish: TurnWish = ANYBODY) -> "Turn | Shared":
        """400 words-unknown for a name that is none, 429 probe-later with `Retry-After`."""
        if any(len(name) > LONGEST_NAME or not name.isprintable() for name in (wish.computer, wish.site)):
            raise Refused(400, "words-unknown", "This is no name of a computer or a site.")
        now, turn = self._clock.mono_ms(), secrets.token_urlsafe(16)
        with self._turns.of("probe"):
            found = take(self._read(), place, turn, now, wish)
            if isinstance(found, Board):
                self._write(found)
                if wish.leave == "quiet":
                    return Turn(turn, QUIET_SECONDS, 0, 0, 0)
                return Turn(turn, LONGEST_TURN_SECONDS, STREAMS, STREAM_SECONDS, STREAM_BYTES)
        if isinstance(found, Shared):
            return found
        raise Refused(
            429,
            "probe-later",
            f"The line cannot be measured now: {found.why}.",
            "Two at once would each find a part of the line.",
            "Try again later, or let the computers of a room measure one after the other.",
            retry_after=round(min(max(1.0, found.seconds) + self._dice.uniform(0.0, 1.5), MOST_WAIT_SECONDS)),
        )

    def leave(self, turn: str, place: str, gauged: Gauged) -> None:
        """Keep what was found in a turn for the others. 404 turn-unknown, 422 gauged-unfit."""
        numbers = [each for each in (gauged.down, gauged.up, gauged.down_ms, gauged.up_ms) if each is not None]
        if not all(0 <= each <= FASTEST_MBIT for each in numbers) or not (gauged.down and gauged.up):
            raise Refused(422, "gauged-unfit", "These are no figures of a line.", "Nothing was kept.")
        with self._turns.of("probe"):
            self._write(leave(self._of(turn, place), turn, gauged, self._clock.mono_ms()))

    def end(self, turn: str, place: str) -> None:
        """Let the next go on. A turn that is not there is over already."""
        with self._turns.of("probe"):
            board = self._read()
            if (under := board.turns.get(turn)) and under.place == place:
                self._write(give_back(board, turn))

    def check(self, turn: str, place: str, seconds: float, *, last: bool = False) -> None:
        """A stream of so many seconds begins. 404 turn-unknown: over, never there, somebody else's, or quiet."""
        with self._turns.of("probe"):
            self._write(heard(self._of(turn, place), turn, seconds, self._clock.mono_ms(), last=last))

    def _of(self, turn: str, place: str) -> Board:
        board = self._read()
        under = board.turns.get(turn)
        if under is None or under.quiet or under.place != place or under.until_ms <= self._clock.mono_ms():
            raise Refused(404, "turn-unknown", "This turn to measure is over.", "", "Ask for another one.")
        return board

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
            found = tuple(Left(**each | {"gauged": Gauged(**each["gauged"])}) for each in said["found"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Board(boot)
        return Board(boot, turns, left, found) if said.get("boot") == boot else Board(boot)

    def _write(self, board: Board) -> None:
        """Without fsync: after a power cut nobody is measuring."""
        with disk_troubles():
            self._file.write_text(json.dumps(asdict(board)), encoding="ascii")
