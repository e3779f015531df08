"""Sealing a session: the signed receipt, once everything is here, opens with its key and was worked out again.

It refuses to sign for what is missing, and for what it cannot open: the station would let go of the only good copy.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from stamp_desktop.server import schema
from stamp_desktop.server.devices import Device, readable
from stamp_desktop.server.house import House
from stamp_desktop.server.recordings import object_name, send_again
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.replaying import Alarm, Found, work_out
from stamp_desktop.server.sessions import alarm, find, line, lock, require_copy, wrapped_key
from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import Receipt, Seal, SealedRecording
from stamp_desktop.sync.words import UNSIGNED, Signed, decode, encode, unhex, verified
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the server holds of a manifest: rows, the wrapped key, the recordings' rows."""

    rows: list[Row]
    wrapped: bytes
    recordings: list[dict[str, Any]]


def seal(house: House, device: Device, session: str, manifest: Seal) -> Signed:
    """The receipt for this manifest; asked again, the same one. Without text at a hub whose server has not given it yet.

    409 `parts-missing` with `expected` (the first event that is missing, 0 for none) and `recordings` (ids); 409 `seal-broken`
    when the session's key does not open the events.
    """
    head = unhex(manifest.head)
    with house.store.reading() as connection:
        require_copy(connection, device, session, manifest.epoch)
        before = _receipt(connection, session, head)
        if before:
            return before
        arrived = _arrived(connection, session, manifest)
    with house.seals.passed(house.clock.wall_ms()):
        _refuse_lost(house, session, arrived)
        if house.upstream:
            _wish(house, session, manifest)
            return UNSIGNED
        key = _key(house, session, arrived)
        found = work_out(house, key, session, arrived.rows)
        alarms = [*found.alarms, *_recording_alarms(house, key, session, manifest, arrived, found)]
    return _sign(house, session, manifest, found, alarms)


def keep(house: House, session: str, signed: Signed) -> None:
    """Keep a receipt that the server gave, for the stations that wait for it here. It was verified."""
    said, own = decode(Receipt, signed.text.encode()), schema.receipt.c
    with house.store.writing() as connection:
        granted = (schema.wish.c.session == session) & (schema.wish.c.head == said.head)
        connection.execute(update(schema.wish).where(granted).values(granted=True))
        if connection.execute(select(own.number).where(own.number == said.number)).first() is None:
            values = {"number": said.number, "session": session, "head": unhex(said.head), "received_ms": said.received_ms}
            words = {"signed": signed.text, "signature": signed.signature, "outcome": b"", "claimed": b""}
            connection.execute(insert(schema.receipt).values(values | words))
        connection.execute(update(schema.session).where(schema.session.c.id == session).values(state="sealed"))


def _wish(house: House, session: str, manifest: Seal) -> None:
    """A hub asks its server for the receipt, however long that takes: the station may be off by then."""
    own, said = schema.wish.c, encode(Seal, manifest).decode()
    with house.store.writing() as connection:
        if connection.execute(select(own.head).where(own.session == session, own.head == manifest.head)).first() is None:
            values = {"session": session, "head": manifest.head, "manifest": said, "granted": False}
            connection.execute(insert(schema.wish).values(values))


def session_key(house: House, wrapped: bytes, session: str) -> SessionKey:
    """Trouble `seal-broken` when the key was not wrapped to this server or for this session."""
    return house.identity.unwrap(wrapped, session)


def _arrived(connection: Connection, session: str, manifest: Seal) -> Arrived:
    place = find(connection, session, manifest.events, unhex(manifest.head))
    kept = [_whole(connection, session, recording) for recording in manifest.recordings]
    missing = [recording.id for recording, row in zip(manifest.recordings, kept, strict=True) if row is None]
    if place is None or missing:
        raise _missing(0 if place else _expected(connection, session, manifest.events), missing)
    rows = line(connection, session, place)
    return Arrived(rows, wrapped_key(connection, session, manifest.epoch), [row for row in kept if row])


def _refuse_lost(house: House, session: str, arrived: Arrived) -> None:
    """A recording whose file is gone, as after a restore, has to come again: the station has it until the receipt."""
    lost = [row for row in arrived.recordings if not house.objects.has(object_name(row))]
    if not lost:
        return
    with house.store.writing() as connection:
        for row in lost:
            send_again(connection, row)
            alarm(connection, session, "recording-lost", row["id"], house.clock.wall_ms())
    raise _missing(0, [row["id"] for row in lost])


def _missing(expected: int, names: list[str]) -> Refused:
    return Refused(
        409,
        "parts-missing",
        "Parts of this test have not arrived.",
        "They are on this computer and are sent again.",
        expected=expected,
        recordings=names,
    )


def _expected(connection: Connection, session: str, events: int) -> int:
    """The first event to send again: behind the longest line, or all where that is another line than the manifest's."""
    branch = schema.branch.c
    longest = max(connection.execute(select(branch.seq).where(branch.session == session)).scalars())
    return longest + 1 if longest < events else 1


def _whole(connection: Connection, session: str, recording: SealedRecording) -> dict[str, Any] | None:
    own = schema.recording.c
    same = (own.session == session) & (own.id == recording.id) & (own.sha256 == recording.sha256) & own.whole
    row = connection.execute(select(schema.recording).where(same)).mappings().first()
    return dict(row) if row else None


def _key(house: House, session: str, arrived: Arrived) -> SessionKey:
    try:
        key = session_key(house, arrived.wrapped, session)
        for row in arrived.rows[:1]:
            chain.open_body(key, session, row)
    except Trouble as trouble:
        with house.store.writing() as connection:
            alarm(connection, session, "seal-broken", "the session's key does not open its events", house.clock.wall_ms())
        raise Refused(
            409,
            "seal-broken",
            "The server cannot open this test.",
            "Everything stays on this computer, which can open it.",
            "Tell your coordinator.",
        ) from trouble
    return key


def _recording_alarms(
    house: House, key: SessionKey, session: str, manifest: Seal, arrived: Arrived, found: Found
) -> list[Alarm]:
    alarms = [
        Alarm("recording-unlisted", recording)
        for recording in sorted(found.recordings - {recording.id for recording in manifest.recordings})
    ]
    for row in arrived.recordings:
        path = house.objects.file(object_name(row))
        try:
            if path:
                recordings.read(path, key, session, row["id"])
        except Trouble as trouble:
            alarms.append(Alarm("recording-unreadable", f"{row['id']}: {trouble.advice.what}"))
    return alarms


def _sign(house: House, session: str, manifest: Seal, found: Found, alarms: list[Alarm]) -> Signed:
    now, head = house.clock.wall_ms(), unhex(manifest.head)
    with house.store.writing() as connection:
        lock(connection, session)
        before = _receipt(connection, session, head)
        if before:  # another request for the same was quicker
            return before
        if former := _own_former(house, session, manifest):
            return _signed(connection, session, former, found, alarms, now)
        number = readable(2)
        while connection.execute(select(schema.receipt.c.number).where(schema.receipt.c.number == number)).first():
            number = readable(2)
        said = Receipt(
            "stamp-receipt-1",
            number,
            session,
            manifest.events,
            manifest.head,
            tuple(recording.id for recording in manifest.recordings),
            hashlib.sha256(found.outcome).hexdigest() if found.outcome else "",
            now,
        )
        signed = house.identity.sign(encode(Receipt, said))
        return _signed(connection, session, signed, found, alarms, now)


def _own_former(house: House, session: str, manifest: Seal) -> Signed | None:
    """The receipt that this server gave for the very same before it was set back: its number stays the one that people have."""
    said = None
    for key in house.identity.signers:
        with suppress(Trouble):
            said = verified(Receipt, manifest.former, key.public_bytes_raw())
    if said is None:
        return None
    listed = tuple(recording.id for recording in manifest.recordings)
    same = (said.session, said.events, said.head, said.recordings) == (session, manifest.events, manifest.head, listed)
    return manifest.former if same else None


def _signed(connection: Connection, session: str, signed: Signed, found: Found, alarms: Sequence[Alarm], now: int) -> Signed:
    said = decode(Receipt, signed.text.encode())
    kept = insert(schema.receipt).values(number=said.number, session=session, head=unhex(said.head))
    words = {"received_ms": said.received_ms, "signed": signed.text, "signature": signed.signature}
    connection.execute(kept.values(words | {"outcome": found.outcome, "claimed": found.claimed}))
    connection.execute(update(schema.session).where(schema.session.c.id == session).values(state="sealed"))
    for each in alarms:
        alarm(connection, session, each.code, each.detail, now)
    return signed


def _receipt(connection: Connection, session: str, head: bytes) -> Signed | None:
    own = schema.receipt.c
    row = connection.execute(select(own.signed, own.signature).where(own.session == session, own.head == head)).first()
    return Signed(row.signed, row.signature) if row else None
