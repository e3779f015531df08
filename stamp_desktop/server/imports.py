"""A session that comes by hand, in a bundle: taken in by the same code as one that comes over the line. It trusts no stick."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.server import devices, receipts, recordings, sessions
from stamp_desktop.server.devices import Device
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.sync import bundle
from stamp_desktop.sync.bundle import Bundle, Part
from stamp_desktop.sync.protocol import (
    LARGEST_BUNDLE,
    LARGEST_PIECE,
    MOST_EVENTS,
    Events,
    Imported,
    Seal,
    SealedRecording,
    SessionBegin,
    wire_event,
)
from stamp_desktop.sync.words import UNSIGNED


@dataclass(frozen=True, slots=True)
class Spooled:
    """The body of a request in a file, not proved yet."""

    house: House
    path: Path
    sha256: str
    target: str
    authorization: str


async def spooled(house: House, target: str, authorization: str, stream: AsyncIterator[bytes]) -> Spooled:
    """Write the body to a file. 413 too-large, Trouble `disk-full`; then nothing is left of it."""
    path, size, digest = house.incoming / f"{uuid.uuid4().hex}.bundle", 0, hashlib.sha256()
    try:
        with disk_troubles(), path.open("xb") as file:
            async for piece in stream:
                size += len(piece)
                _check_size(size)
                digest.update(piece)
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Spooled(house, path, digest.hexdigest(), target, authorization)


def _check_size(size: int) -> None:
    if size > LARGEST_BUNDLE:
        raise Refused(413, "too-large", f"A bundle has at most {LARGEST_BUNDLE} bytes.")


def take(house: House, path: Path, organization: str = "") -> Imported:
    """Take in all of a bundle, or what is new of it; repeating it changes nothing. `organization` "" takes everybody's.

    Trouble `bundle-damaged`, `bundle-other`, 401 device-unknown, 403 device-revoked, and those of events, recordings, seal.
    """
    with bundle.opened(path) as carried:
        said = carried.manifest
        device, signing = devices.signer(house, said.device)
        if organization and device.organization != organization:
            raise unknown("device")
        carried.check(signing)
        facts = SessionBegin(said.group, said.login, said.device, said.epoch, said.wrapped_key, said.created_ms)
        sessions.begin(house, device, said.session, facts)
        fork = _events(house, device, said.session, said.epoch, carried.rows())
        kept = [(each, carried.part(each.id)) for each in said.recordings if each.sha256]
        for each, part in kept:
            if part:
                _recording(house, device, carried, each.id, part)
        receipt = UNSIGNED
        if said.finished:
            listed = tuple(SealedRecording(each.id, each.sha256, each.bytes) for each, _ in kept)
            receipt = receipts.seal(house, device, said.session, Seal(said.epoch, said.events, said.head, listed))
    return Imported(said.session, said.login, said.events, len(kept), fork, receipt)


def _events(house: House, device: Device, session: str, epoch: str, rows: Sequence[Row]) -> bool:
    fork = False
    for at in range(0, len(rows), MOST_EVENTS):
        some = rows[at : at + MOST_EVENTS]
        events = tuple(map(wire_event, some))
        batch = Events(epoch, some[0].seq, some[0].prev_hash.hex(), events, some[-1].hash.hex())
        fork = sessions.receive(house, device, session, batch).fork
    return fork


def _recording(house: House, device: Device, carried: Bundle, recording: str, part: Part) -> None:
    upload = recordings.begin(house, device, carried.manifest.session, recording, part.sha256, part.bytes)
    at = upload.offset
    for piece in carried.pieces(part.name, at, LARGEST_PIECE) if not upload.whole else ():
        at = recordings.put(house, device, upload.id, at, piece).offset
