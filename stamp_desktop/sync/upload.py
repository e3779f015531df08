"""Sending what a session has: its beginning, its events, its recordings, its seal. Every step may be repeated at any time.

It notes in the journal what the server has said is durable there, and nothing else. It refuses a receipt of anybody else.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.storage import reader
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.storage.reader import JournalReader, Recording
from stamp_desktop.storage.recordings import sha256_of
from stamp_desktop.storage.station import Device, SessionLine
from stamp_desktop.sync.protocol import (
    LARGEST_PIECE,
    MOST_EVENTS,
    PREFIX,
    TUS,
    Acked,
    Events,
    Receipt,
    Seal,
    SealedRecording,
    SessionBegin,
    Signed,
    b64,
    decode,
    encode,
    unb64,
    wire_event,
)
from stamp_desktop.sync.transport import Broken, Line, Refused
from stamp_desktop.trouble import Trouble

MOST_BYTES = 2**20
"""Of sealed bodies in one message: with everything around them they stay below the largest that the server takes."""
SMALLEST_PIECE = 64 * 2**10
QUICK_MS, SLOW_MS = 1_000, 4_000
"""A piece should take between these: short enough to lose little when the line breaks, long enough not to be all overhead."""
TRIES = 3
AGAIN = frozenset({"offset-other", "piece-altered", "recording-altered"})


@dataclass(slots=True)
class Pace:
    """The size of the next piece in bytes: doubled after a quick one, halved after a slow one."""

    clock: Clock
    bytes: int = 4 * SMALLEST_PIECE

    def took(self, milliseconds: int) -> None:
        if milliseconds < QUICK_MS:
            self.bytes = min(2 * self.bytes, LARGEST_PIECE)
        elif milliseconds > SLOW_MS:
            self.bytes = max(self.bytes // 2, SMALLEST_PIECE)


def begin(line: Line, device: Device, session: SessionLine, journal: JournalReader) -> None:
    """Tell the server of this copy of the session."""
    about = journal.about
    wrapped = b64(about.wrapped_key)
    facts = SessionBegin(session.group_id, session.login, device.id, about.epoch, wrapped, about.created_ms)
    line.call("PUT", f"{PREFIX}/sessions/{session.id}", encode(SessionBegin, facts))


def send_events(line: Line, journal: JournalReader, moved: Callable[[], None]) -> None:
    """Send what is unsent, in order. A server that has less than it had, or more than it should, is told from where it says.

    `moved` is called after each message that was acknowledged.
    """
    about, tries = journal.about, 0
    while rows := _batch(journal):
        events = Events(about.epoch, rows[0].seq, rows[0].prev_hash.hex(), tuple(map(wire_event, rows)), rows[-1].hash.hex())
        try:
            answer = line.call("POST", f"{PREFIX}/sessions/{about.session}/events", encode(Events, events)).read(Acked)
        except Refused as refused:
            expected, tries = refused.number("expected"), tries + 1
            if refused.code != "events-missing" or not 1 <= expected < rows[0].seq or tries >= TRIES:
                raise
            journal.mark_acked(expected - 1)
            continue
        if (answer.acked_through, answer.head) != (rows[-1].seq, rows[-1].hash.hex()):
            raise Broken("the server acknowledged other events than were sent")
        journal.mark_acked(answer.acked_through)
        moved()


def send_recording(
    line: Line, journal: JournalReader, recording: Recording, path: Path, pace: Pace, moved: Callable[[int], None]
) -> None:
    """Send a recording from where the server has it. `moved` is told the bytes that the server has of it.

    Trouble `recording-missing`, `recording-changed`: what lies on the disk is not what was recorded, and is not sent.
    """
    where = recording.upload
    for attempt in range(1, TRIES + 1):
        try:
            at = _offset(line, where) if where else 0
            if not where:
                where = _create(line, journal.about.session, recording, path)
                journal.upload_begun(recording.id, where)
                at = _offset(line, where)
            _send_pieces(line, where, path, at, recording, pace, moved)
        except Refused as refused:
            if attempt == TRIES or refused.code not in AGAIN | {"recording-unknown"}:
                raise
            where = "" if refused.code == "recording-unknown" else where
        else:
            journal.mark_received(recording.id)
            return


def seal(line: Line, device: Device, journal: JournalReader, now_ms: int) -> reader.Receipt | None:
    """The verified receipt; None when the server lacks something, which is unsent again from now on."""
    about, head = journal.about, journal.head()
    listed = tuple(SealedRecording(kept.id, kept.sha256 or "", kept.bytes or 0) for kept in _kept(journal))
    manifest = Seal(about.epoch, head.seq, head.hash.hex(), listed)
    try:
        signed = line.call("POST", f"{PREFIX}/sessions/{about.session}/seal", encode(Seal, manifest)).read(Signed)
    except Refused as refused:
        if refused.code != "parts-missing":
            raise
        if (expected := refused.number("expected")) > 0:
            journal.mark_acked(expected - 1)
        missing = refused.more.get("recordings")
        for name in missing if isinstance(missing, list) else []:
            journal.mark_received(str(name), received=False)
        return None
    said = _verified(device, signed)
    expected_facts = (about.session, head.seq, head.hash.hex(), tuple(each.id for each in listed))
    if (said.session, said.events, said.head, said.recordings) != expected_facts:
        raise _false_receipt()
    return reader.Receipt(said.number, signed.text.encode(), unb64(signed.signature), now_ms)


def _verified(device: Device, signed: Signed) -> Receipt:
    try:
        key = Ed25519PublicKey.from_public_bytes(device.server_signing_key)
        key.verify(unb64(signed.signature), signed.text.encode())
        return decode(Receipt, signed.text.encode())
    except (InvalidSignature, Trouble):
        raise _false_receipt() from None


def _kept(journal: JournalReader) -> list[Recording]:
    return [recording for recording in journal.recordings() if recording.sha256 is not None]


def _batch(journal: JournalReader) -> list[Row]:
    rows = journal.unsent(MOST_EVENTS)
    size = 0
    for count, row in enumerate(rows):
        size += len(row.body)
        if size > MOST_BYTES and count:
            return rows[:count]
    return rows


def _create(line: Line, session: str, recording: Recording, path: Path) -> str:
    """Where the server takes it, which is only asked for what is sound."""
    with disk_troubles():
        if not path.exists():
            raise _unsound("recording-missing", "is missing")
        if sha256_of(path) != recording.sha256:
            raise _unsound("recording-changed", "is not as it was saved")
    said = {"session": session, "recording": recording.id, "sha256": recording.sha256 or ""}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    headers = {"Tus-Resumable": TUS, "Upload-Length": str(recording.bytes), "Upload-Metadata": metadata}
    where = line.call("POST", f"{PREFIX}/recordings", headers=headers).headers.get("Location", "")
    if not where.startswith(f"{PREFIX}/recordings/"):
        raise Broken("the server does not say where it takes a recording")
    return where


def _offset(line: Line, where: str) -> int:
    return line.call("HEAD", where, headers={"Tus-Resumable": TUS}).number("Upload-Offset")


def _send_pieces(
    line: Line, where: str, path: Path, at: int, recording: Recording, pace: Pace, moved: Callable[[int], None]
) -> None:
    length = recording.bytes or 0
    moved(at)
    with disk_troubles(), path.open("rb") as file:
        while at < length:
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


def _false_receipt() -> Trouble:
    return Trouble(
        "receipt-false",
        "This receipt is not one of your server for this test.",
        "It was not accepted. The test stays on this computer.",
        "Tell your coordinator.",
    )
