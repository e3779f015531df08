"""Going on here with a test that was begun at another computer: looking, taking over. It changes no answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.engine.codec import decode as fact
from stamp_desktop.engine.events import Event, Moment, RecordingBegan, RecordingEnded
from stamp_desktop.storage import chain, vault
from stamp_desktop.storage.adopt import adopt, new_epoch, set_aside
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.reader import About, Recording, reading
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Device, SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import PREFIX, Elsewhere, Rows, SessionBegin, TakeOver, row_of
from stamp_desktop.sync.signing import move_purpose
from stamp_desktop.sync.transport import Broken, DeviceKeys, Line, Refused
from stamp_desktop.sync.words import encode, unb64
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Found:
    """A session as another computer has left it: its rows, and what they say, in the same order."""

    session: str
    said: Elsewhere
    key: SessionKey
    rows: tuple[Row, ...]
    facts: tuple[tuple[Event, Moment], ...]


def look(line: Line, device: Device, keys: KeyStore, session: str) -> Found | None:
    """What the receiver has of a session; None when it knows nothing of it. Nothing is changed.

    Offline, Broken, Refused (`session-finished`, `key-not-here`); Trouble `device-keys`, `seal-broken`, `data-damaged`.
    """
    own = DeviceKeys.kept(keys)
    try:
        said = line.call("GET", f"{PREFIX}/sessions/{session}/copy").read(Elsewhere)
    except Refused as refused:
        if refused.code == "session-unknown":
            return None
        raise
    if own is None or not said.events:
        return None
    key = SessionKey(vault.open_from(own.sealing, unb64(said.sealed_key), move_purpose(device.id, session)))
    rows: list[Row] = []
    while len(rows) < said.events:
        part = line.call("GET", f"{PREFIX}/sessions/{session}/events?after={len(rows)}").read(Rows)
        if not part.events:
            break
        rows += map(row_of, part.events)
    rows = rows[: said.events]
    if chain.check(session, rows) or len(rows) != said.events or rows[-1].hash.hex() != said.head:
        raise Broken("the events of the test did not arrive as they were stored")
    facts = [
        (fact(row.kind, json.loads(chain.open_body(key, session, row))), Moment(row.wall_ms, row.mono_ms, row.boot))
        for row in rows
    ]
    return Found(session, said, key, tuple(rows), tuple(facts))


def take_over(line: Line, folders: Folders, station: Station, device: Device, keys: KeyStore, found: Found) -> None:
    """Go on with it here: the receiver hands it over, then it lies on this disk under a new epoch.

    An older copy here is set aside, not lost. After a kill it is done again. Refused `session-went-on`; Offline; Trouble of the
    disk, `session-differs` when the copy here has answers that the receiver lacks.
    """
    said, session, folder, epoch = found.said, found.session, folders.session(found.session), new_epoch()
    if folder.journal.exists():
        with reading(folder.journal) as journal:
            unsent = journal.unsent_count() + len(journal.unsent_recordings())
        if unsent:
            raise Trouble(
                "session-differs",
                "This computer still has answers of this test that were not sent.",
                "They are kept here.",
                "Wait until they are sent, then sign in again.",
            )
    facts = SessionBegin(said.group, said.login, device.id, epoch, said.wrapped_key, said.created_ms)
    line.call("PUT", f"{PREFIX}/sessions/{session}", encode(SessionBegin, facts))
    line.call("POST", f"{PREFIX}/sessions/{session}/take", encode(TakeOver, TakeOver(epoch, said.events, said.head)))
    set_aside(folder)
    folders.make_session(session)
    keys.put(key_name(session), found.key.raw)
    about = About(session, epoch, unb64(said.wrapped_key), said.created_ms)
    adopt(folder.journal, about, found.key, found.rows, _recordings(found), acked_through=said.events)
    station.keep_session(SessionLine(session, said.group, said.login, said.created_ms))


def _recordings(found: Found) -> Sequence[Recording]:
    """Those that the events speak of. What the receiver does not have whole is left to the computer that has it."""
    held = {(each.id, each.sha256): each.bytes for each in found.said.recordings}
    known: dict[str, Recording] = {}
    for row, (event, _) in zip(found.rows, found.facts, strict=True):
        match event:
            case RecordingBegan(recording=name):
                known[name] = _recording(name, row, None, "", None)
            case RecordingEnded(recording=name, sha256=sha256) if begun := known.get(name):
                size = held.get((name, sha256))
                known[name] = _recording(name, row, begun, sha256 if size else "", size)
            case _:
                pass
    return list(known.values())


def _recording(name: str, row: Row, begun: Recording | None, sha256: str, size: int | None) -> Recording:
    return Recording(
        id=name,
        item=row.item,
        begun_seq=begun.begun_seq if begun else row.seq,
        ended_seq=row.seq if begun else None,
        sha256=sha256 or None,
        bytes=size,
        frames=None,
        samples=None,
        rate=None,
        upload="",
        salvaged=False,
        received=bool(sha256),
    )
