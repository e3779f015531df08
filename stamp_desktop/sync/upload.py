"""Sending what a session has: its beginning, its events, its recordings, its seal. Every step may be repeated at any time.

It notes in the journal what the server has said is durable there, and nothing else. It refuses a receipt of anybody else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.storage import reader
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.reader import JournalReader, Recording
from stamp_desktop.storage.station import Device, SessionLine
from stamp_desktop.sync.pieces import Pace, Source, send_file
from stamp_desktop.sync.protocol import (
    MOST_EVENTS,
    PREFIX,
    Acked,
    Events,
    Receipt,
    Seal,
    SealedRecording,
    SessionBegin,
    SessionState,
    wire_event,
)
from stamp_desktop.sync.transport import Broken, Line, Refused
from stamp_desktop.sync.words import UNSIGNED, Signed, b64, encode, unb64, verified
from stamp_desktop.trouble import Trouble

MOST_BYTES = 2**20
"""Of sealed bodies in one message: with everything around them they stay below the largest that the server takes."""
TRIES = 3


def begin(line: Line, device: Device, session: SessionLine, journal: JournalReader) -> bool:
    """Tell the server of this copy of the session; whether it goes on at another computer by now."""
    about = journal.about
    wrapped = b64(about.wrapped_key)
    facts = SessionBegin(session.group_id, session.login, device.id, about.epoch, wrapped, about.created_ms)
    return line.call("PUT", f"{PREFIX}/sessions/{session.id}", encode(SessionBegin, facts)).read(SessionState).moved


def is_there(line: Line, journal: JournalReader) -> bool:
    """Whether the receiver still has a session that it gave a receipt for; else all of it is unsent from now on.

    It has lost it when it was set back to an older backup.
    """
    try:
        said = line.call("GET", f"{PREFIX}/sessions/{journal.about.session}").read(SessionState)
    except Refused as refused:
        if refused.code != "session-unknown":
            raise
        through = 0
    else:
        if said.receipt.text:
            return True
        through = said.acked_through
    journal.mark_acked(min(through, journal.head().seq))
    for recording in _kept(journal):
        journal.mark_received(recording.id, received=False)
    return False


def receipt_elsewhere(line: Line, device: Device, journal: JournalReader, now_ms: int) -> reader.Receipt | None:
    """The receipt of a test that went on at another computer, for the copy that it left here; None before there is one.

    It covers that copy when the server has acknowledged all of it. Trouble `receipt-false`.
    """
    signed = line.call("GET", f"{PREFIX}/sessions/{journal.about.session}").read(SessionState).receipt
    if not signed.text:
        return None
    said = _verified(device, signed)
    if said.session != journal.about.session:
        raise _false_receipt()
    return reader.Receipt(said.number, signed.text.encode(), unb64(signed.signature), now_ms)


def send_events(line: Line, journal: JournalReader, moved: Callable[[], None]) -> bool:
    """Send what is unsent, in order. A server that has less than it had, or more than it should, is told from where it says.

    `moved` is called after each message that was acknowledged. The answer: whether the test goes on at another computer by now.
    """
    about, tries, elsewhere = journal.about, 0, False
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
        elsewhere = answer.moved
        moved()
    return elsewhere


def send_recording(
    line: Line, journal: JournalReader, recording: Recording, path: Path, pace: Pace, moved: Callable[[int], None]
) -> None:
    """Send a recording from where the server has it. `moved` is told the bytes that the server has of it.

    Trouble `recording-missing`, `recording-changed`: what lies on the disk is not what was recorded, and is not sent.
    """

    def begun(where: str) -> None:
        journal.upload_begun(recording.id, where)

    source = Source(journal.about.session, recording.id, recording.sha256 or "", recording.bytes or 0, path)
    send_file(line, source, pace, recording.upload, begun, moved)
    journal.mark_received(recording.id)


@dataclass(frozen=True, slots=True)
class Held:
    """The room's hub has all of it, and the receipt comes when the server has it."""


def seal(line: Line, device: Device, journal: JournalReader, now_ms: int) -> reader.Receipt | Held | None:
    """The verified receipt; None when the receiver lacks something, which is unsent again from now on."""
    about, head = journal.about, journal.head()
    listed = tuple(SealedRecording(kept.id, kept.sha256 or "", kept.bytes or 0) for kept in _kept(journal))
    kept = journal.receipt()
    former = Signed(kept.signed.decode(), b64(kept.signature)) if kept else UNSIGNED
    manifest = Seal(about.epoch, head.seq, head.hash.hex(), listed, former)
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
    return accepted(device, signed, journal, now_ms) if signed.text else Held()


def accepted(device: Device, signed: Signed, journal: JournalReader, now_ms: int) -> reader.Receipt:
    """The receipt, if it is the server's and of all that this journal has; Trouble `receipt-false`."""
    said, head = _verified(device, signed), journal.head()
    expected_facts = (journal.about.session, head.seq, head.hash.hex(), tuple(each.id for each in _kept(journal)))
    if (said.session, said.events, said.head, said.recordings) != expected_facts:
        raise _false_receipt()
    return reader.Receipt(said.number, signed.text.encode(), unb64(signed.signature), now_ms)


def _verified(device: Device, signed: Signed) -> Receipt:
    try:
        return verified(Receipt, signed, *device.server_keys)
    except Trouble:
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


def _false_receipt() -> Trouble:
    return Trouble(
        "receipt-false",
        "This receipt is not one of your server for this test.",
        "It was not accepted. The test stays on this computer.",
        "Tell your coordinator.",
    )
