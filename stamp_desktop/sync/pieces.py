"""A recording over the line, piece by piece (tus 1.0), from where the receiver has it. It notes nothing by itself."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.storage.recordings import sha256_of
from stamp_desktop.sync.protocol import LARGEST_PIECE, PREFIX, TUS
from stamp_desktop.sync.transport import Broken, Line, Refused
from stamp_desktop.trouble import Trouble

SMALLEST_PIECE = 64 * 2**10
QUICK_MS, SLOW_MS = 2_000, 5_000
"""A piece should take between these: short enough to lose little when the line breaks, long enough not to be all overhead."""
TRIES = 3
AGAIN = frozenset({"offset-other", "piece-altered", "recording-altered", "recording-unknown"})


@dataclass(slots=True)
class Pace:
    """The size of the next piece in bytes: doubled after a quick one, halved after a slow one."""

    clock: Clock
    bytes: int = 4 * SMALLEST_PIECE

    def took(self, milliseconds: int) -> None:
        if milliseconds < QUICK_MS:
            self.bytes = min(2 * self.bytes, LARGEST_PIECE)
        elif milliseconds > SLOW_MS:
            self.slow()

    def slow(self) -> None:
        """A piece took too long, or broke off."""
        self.bytes = max(self.bytes // 2, SMALLEST_PIECE)


@dataclass(frozen=True, slots=True)
class Source:
    """A recording as it lies on the disk; `sha256` in hex."""

    session: str
    recording: str
    sha256: str
    bytes: int
    path: Path


def send_file(
    line: Line,
    source: Source,
    pace: Pace,
    where: str = "",
    begun: Callable[[str], None] = lambda _: None,
    moved: Callable[[int], None] = lambda _: None,
) -> None:
    """Send it from where the receiver has it; when this returns the receiver has it whole.

    `where` is what `begun` was told before, "" before that. `moved` is told the bytes that the receiver has. Offline, Broken,
    Refused; Trouble `recording-missing`, `recording-changed`: what lies on the disk is not what was recorded, and is not sent.
    """
    for attempt in range(1, TRIES + 1):
        try:
            at = _offset(line, where) if where else 0
            if not where:
                where, at = _create(line, source)
                begun(where)
            if at < source.bytes and not source.path.exists():
                raise _unsound("recording-missing", "is missing")
            if at < source.bytes:
                _send_pieces(line, where, source, at, pace, moved)
        except Refused as refused:
            if attempt == TRIES or refused.code not in AGAIN:
                raise
            where = "" if refused.code == "recording-unknown" else where
        except Trouble:
            pace.slow()
            raise
        else:
            return


def _create(line: Line, source: Source) -> tuple[str, int]:
    """Where the receiver takes it, and from which byte on. What is here has to be sound."""
    with disk_troubles():
        if source.path.exists() and sha256_of(source.path) != source.sha256:
            raise _unsound("recording-changed", "is not as it was saved")
    said = {"session": source.session, "recording": source.recording, "sha256": source.sha256}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    headers = {"Tus-Resumable": TUS, "Upload-Length": str(source.bytes), "Upload-Metadata": metadata}
    answer = line.call("POST", f"{PREFIX}/recordings", headers=headers)
    where = answer.headers.get("Location", "")
    if not where.startswith(f"{PREFIX}/recordings/"):
        raise Broken("the server does not say where it takes a recording")
    return where, answer.number("Upload-Offset")


def _offset(line: Line, where: str) -> int:
    return line.call("HEAD", where, headers={"Tus-Resumable": TUS}).number("Upload-Offset")


def _send_pieces(line: Line, where: str, source: Source, at: int, pace: Pace, moved: Callable[[int], None]) -> None:
    moved(at)
    with disk_troubles(), source.path.open("rb") as file:
        while at < source.bytes:
            file.seek(at)
            piece = file.read(pace.bytes)
            if not piece:
                raise _unsound("recording-changed", "is shorter than it was")
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers = {
                "Tus-Resumable": TUS,
                "Content-Type": "application/offset+octet-stream",
                "Upload-Offset": str(at),
                "Upload-Checksum": f"sha256 {digest}",
            }
            began = pace.clock.mono_ms()
            at = line.call("PATCH", where, piece, headers).number("Upload-Offset")
            pace.took(pace.clock.mono_ms() - began)
            moved(at)


def _unsound(code: str, how: str) -> Trouble:
    return Trouble(
        code,
        f"A recording on this computer {how}.",
        "The other answers are sent.",
        "Tell your coordinator: the answer may have to be recorded again.",
    )
