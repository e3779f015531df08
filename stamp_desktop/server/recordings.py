"""Recordings as they arrive: resumable uploads as tus 1.0 has them (core, creation, checksum). It refuses to open one.

A piece is read whole before anything is written, so a request that breaks off leaves nothing and holds no lock. What was
answered as the offset is on the disk; what lies behind it in the file is cut off before the next piece.
"""

import base64
import binascii
import hashlib
import hmac
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from stamp_desktop.server import schema
from stamp_desktop.server.devices import Device
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.server.sessions import require_copy
from stamp_desktop.server.store import insert_new
from stamp_desktop.server.turns import LEASE_MS
from stamp_desktop.storage.durable import disk_troubles, sync_file, sync_folder, write_all
from stamp_desktop.storage.recordings import sha256_of
from stamp_desktop.sync.protocol import LARGEST_RECORDING
from stamp_desktop.sync.words import checked_id, unhex

CHECKSUM_MISMATCH = 460
CHECKSUMS = ("sha256", "sha1")
"""tus wants the second of every server. Of the whole recording only the SHA-256 counts."""


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is, in bytes. It is whole when the hash of all of it was checked."""

    id: str
    offset: int
    length: int
    whole: bool


def create(house: House, device: Device, length: str, metadata: str) -> Upload:
    """The upload for a recording: the one that is there, if it is of the same session, recording and SHA-256."""
    said = _metadata(metadata)
    session, recording, sha256 = checked_id(said["session"]), checked_id(said["recording"]), unhex(said["sha256"]).hex()
    size = _count(length, "Upload-Length")
    return begin(house, device, session, recording, sha256, size)


def begin(house: House, device: Device, session: str, recording: str, sha256: str, size: int) -> Upload:
    """The same for facts that were read."""
    if not 0 < size <= LARGEST_RECORDING:
        raise Refused(413, "recording-too-large", "This recording is larger than any answer.", "It stays on this computer.")
    with house.store.writing() as connection:
        require_copy(connection, device, session, "")
        own = schema.recording.c
        same = (own.session == session) & (own.id == recording) & (own.sha256 == sha256)
        _admit(house, connection, 0)
        values: dict[str, Any] = {"upload": uuid.uuid4().hex, "session": session, "id": recording, "sha256": sha256}
        values |= {"length": size, "offset": 0, "whole": False, "begun_ms": house.clock.wall_ms(), "touched_ms": 0}
        if insert_new(connection, schema.recording, values):
            return _upload(values)
        row = connection.execute(select(schema.recording).where(same)).mappings().one()
        if row["length"] != size:
            raise Refused(
                409, "recording-other", "The server knows this recording with another length.", "It stays on this computer."
            )
        return _upload(row)


def offset(house: House, device: Device, upload: str) -> Upload:
    """Where to go on; 404 when it is not an upload of this device's sessions, 503 when there is no slot for it."""
    row = _row(house, device, upload)
    if not row["whole"]:
        with house.store.glancing() as connection:
            _admit(house, connection, row["touched_ms"])
    return _upload(row)


def append(house: House, device: Device, upload: str, at: str, checksum: str, piece: bytes) -> Upload:
    """Put a piece at the offset. 409 offset-other; 460 piece-altered, recording-altered (the whole: to be sent again)."""
    _check(checksum, piece)
    return put(house, device, upload, _count(at, "Upload-Offset"), piece)


def put(house: House, device: Device, upload: str, start: int, piece: bytes) -> Upload:
    """The same for a piece that is known to be what was sent."""
    with house.turns.of(upload):
        row = _row(house, device, upload)
        if row["whole"] and start == row["length"] and not piece:
            return _upload(row)
        if start != row["offset"] or start + len(piece) > row["length"]:
            raise Refused(409, "offset-other", "The recording goes on at another place.", offset=row["offset"])
        with house.store.glancing() as connection:
            _admit(house, connection, row["touched_ms"])
        part, end = house.incoming / f"{upload}.part", start + len(piece)
        if start and not _reaches(part, start):
            if not house.objects.has(object_name(row)):  # another computer has it, or it is from before a restore
                _moved(house, row, 0, whole=False)
                raise Refused(409, "offset-other", "The recording begins again.", offset=0)
        else:
            _write(part, start, piece)
        if end < row["length"]:
            return _upload(_moved(house, row, end, whole=False))
        return _upload(_finish(house, row, part))


def send_again(connection: Connection, row: Mapping[Any, Any]) -> None:
    """Take a recording from its beginning, whatever was taken before."""
    connection.execute(update(schema.recording).where(schema.recording.c.upload == row["upload"]).values(offset=0, whole=False))


def object_name(row: Mapping[Any, Any]) -> str:
    """Where a whole recording is kept."""
    return f"recordings/{row['session']}/{row['id']}.{row['sha256'][:16]}.rec"


def _finish(house: House, row: Mapping[Any, Any], part: Path) -> dict[Any, Any]:
    """The last piece is there: check the whole, keep it. After a kill in between the file lies under its name already."""
    if part.exists():
        with disk_troubles():
            same = sha256_of(part) == row["sha256"]
        if not same:
            _moved(house, row, 0, whole=False)
            raise Refused(
                CHECKSUM_MISMATCH,
                "recording-altered",
                "The recording did not arrive as it was saved.",
                "It is sent again from its beginning.",
                offset=0,
            )
        house.objects.keep(object_name(row), part)
    return _moved(house, row, row["length"], whole=True)


def _admit(house: House, connection: Connection, touched_ms: int) -> None:
    """503 uploads-full unless this upload has a slot or there is a free one. Counted in the database: for all processes."""
    since = house.clock.wall_ms() - LEASE_MS
    if touched_ms > since:
        return
    own = schema.recording.c
    busy = connection.execute(select(func.count()).where(~own.whole, own.touched_ms > since)).scalar_one()
    if busy >= house.uploads.places:
        raise house.uploads.full("uploads-full", "Many recordings are on their way to the server.", house.clock.wall_ms())


def _reaches(part: Path, start: int) -> bool:
    return part.exists() and part.stat().st_size >= start


def _write(part: Path, start: int, piece: bytes) -> None:
    with disk_troubles():
        new = not part.exists()
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.ftruncate(descriptor, start)
            os.lseek(descriptor, start, os.SEEK_SET)
            write_all(descriptor, piece)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync_folder(part.parent)


def _moved(house: House, row: Mapping[Any, Any], end: int, *, whole: bool) -> dict[Any, Any]:
    now = house.clock.wall_ms()
    with house.store.writing() as connection:
        own = schema.recording.c.upload == row["upload"]
        connection.execute(update(schema.recording).where(own).values(offset=end, whole=whole, touched_ms=now))
    return {**row, "offset": end, "whole": whole}


def _row(house: House, device: Device, upload: str) -> Mapping[Any, Any]:
    own, copy = schema.recording.c, schema.copy.c
    query = select(schema.recording).where(own.upload == upload)
    known = select(copy.device).where(copy.session == own.session, copy.device == device.id).exists()
    with house.store.glancing() as connection:
        row = connection.execute(query.where(known)).mappings().first()
    if row is None:
        raise unknown("recording")
    return row


def _upload(row: Mapping[Any, Any]) -> Upload:
    return Upload(row["upload"], row["offset"], row["length"], row["whole"])


def _check(checksum: str, piece: bytes) -> None:
    algorithm, _, digest = checksum.partition(" ")
    if algorithm not in CHECKSUMS:
        raise Refused(400, "checksum-unknown", "A piece of a recording has to come with its SHA-256.")
    if not hmac.compare_digest(_standard_b64(digest), hashlib.new(algorithm, piece, usedforsecurity=False).digest()):
        raise Refused(
            CHECKSUM_MISMATCH, "piece-altered", "A piece of the recording was changed on the way.", "It is sent again."
        )


def _metadata(header: str) -> dict[str, str]:
    pairs = (pair.strip().partition(" ") for pair in header.split(","))
    try:
        said = {name: _standard_b64(value).decode() for name, _, value in pairs}
    except UnicodeDecodeError:
        said = {}
    if not {"session", "recording", "sha256"} <= said.keys():
        raise Refused(400, "metadata-missing", "A recording has to come with its session, its name and its SHA-256.")
    return said


def _standard_b64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _count(text: str, header: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refused(400, "header-unfit", f"{header} is not a number of bytes.")
    return int(text)
