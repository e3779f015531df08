"""The words of the probes, by which a computer measures its line to a server or hub. They carry nothing of anybody's test."""

from dataclasses import dataclass
from typing import Final

from stamp_desktop.sync.protocol import PREFIX

PROBE: Final = f"{PREFIX}/probe"
TURNS, PING, DOWN, UP, SPEECH = (f"{PROBE}/{name}" for name in ("turns", "ping", "down", "up", "speech"))

LONGEST_TURN_SECONDS = 60
"""A measurement takes about 25 s; one that broke off keeps the next waiting no longer than this."""
STREAMS = 8
STREAM_SECONDS = 25
STREAM_BYTES = 512 * 2**20
"""8 streams x 512 MiB in 10 s are 3.4 Gbit/s: faster lines need no measuring."""
COUNT_MS = 250
"""How often the receiver of an upload says what it has."""


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


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece as recordings are sent in, whole and of its checksum; `ms` from its first byte to its last at the receiver."""

    bytes: int
    ms: int


RECORDS: Final = (Turn, Pinged, Counted, Spoken)
