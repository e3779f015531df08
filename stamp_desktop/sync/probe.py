"""The words of the probes, by which a computer measures its line to a server or hub. They carry nothing of anybody's test."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from stamp_desktop.sync.protocol import PREFIX

PROBE: Final = f"{PREFIX}/probe"
TURNS, PING, DOWN, UP = (f"{PROBE}/{name}" for name in ("turns", "ping", "down", "up"))

Leave: TypeAlias = Literal["any", "own", "shared", "quiet"]
"""What is asked for: a turn to fill the line or what another computer has just measured, whichever there is; a turn and nothing
else; only what another one has measured; a short turn for small questions while nobody fills the line."""
LONGEST_TURN_SECONDS, USUAL_TURN_SECONDS = 60, 27
"""A measurement takes about 27 s. One of which nothing is heard any more keeps the next waiting for the shorter of what its
streams were given and the longer of these."""
QUIET_SECONDS = 6
SHARED_SECONDS = 600
"""For so long what one computer has measured is told to the others behind its address."""
LONGEST_NAME = 200
STREAMS = 8
STREAM_SECONDS = 25
STREAM_BYTES = 512 * 2**20
"""8 streams x 512 MiB in 10 s are 3.4 Gbit/s: faster lines need no measuring."""
COUNT_MS = 250
"""How often the receiver of an upload says what it has."""


@dataclass(frozen=True, slots=True)
class TurnWish:
    """Who asks, and for what. Only computers of one `site` behind one address share what they measure."""

    computer: str = ""
    site: str = ""
    leave: Leave = "own"


@dataclass(frozen=True, slots=True)
class Gauged:
    """What a computer has measured in its turn: Mbit/s, and the median answer of the full line in milliseconds."""

    down: float
    up: float
    down_ms: float | None = None
    up_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What another computer behind this address has measured, so many seconds ago."""

    computer: str
    seconds: int
    gauged: Gauged


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to fill the line: so long, with so many streams at a time, each with at most so many seconds and bytes."""

    id: str
    seconds: int
    streams: int
    stream_seconds: int
    stream_bytes: int


@dataclass(frozen=True, slots=True)
class Pinged:
    """`server` as in Health; `server_ms` is the server's time, Unix milliseconds."""

    server: str
    server_ms: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What the receiver had of an upload, so many milliseconds after its first bytes. One JSON object a line."""

    ms: int
    bytes: int


RECORDS: Final = (TurnWish, Turn, Gauged, Shared, Pinged, Counted)
