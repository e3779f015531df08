"""A journal as the server received it, opened and folded by the same engine: what came of the sitting. It stores nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.engine.codec import canonical, decode
from stamp_desktop.engine.events import Event, Moment, Noted, RecordingEnded, SessionBegan
from stamp_desktop.engine.replay import outcome_bytes, replay
from stamp_desktop.server.house import House
from stamp_desktop.server.packages import form_of
from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import OUTCOME
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Alarm:
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """`outcome` as worked out here, `claimed` as the station stated it (canonical JSON, b"" where there is none);
    `recordings` are the ids that the events speak of.
    """

    outcome: bytes
    claimed: bytes
    recordings: frozenset[str]
    alarms: tuple[Alarm, ...]


def opened(key: SessionKey, session: str, rows: Sequence[Row]) -> list[tuple[Event, Moment]]:
    """The events of these rows. Trouble `journal-damaged` where a body does not open, `event-unreadable`."""
    events = []
    for row in rows:
        try:
            body = json.loads(chain.open_body(key, session, row))
        except ValueError:
            body = None  # which the codec says is unreadable
        events.append((decode(row.kind, body), Moment(row.wall_ms, row.mono_ms, row.boot)))
    return events


def work_out(house: House, key: SessionKey, session: str, rows: Sequence[Row]) -> Found:
    """Open and replay the rows. What does not fit is an alarm, not an obstacle: all of it has been received."""
    try:
        events = opened(key, session, rows)
    except Trouble as trouble:
        return Found(b"", b"", frozenset(), (_failed(trouble),))
    claimed = b""
    recordings = set()
    for event, _ in events:
        match event:
            case Noted(code=code, detail=detail) if code == OUTCOME:
                claimed = canonical(detail)
            case RecordingEnded(recording=recording, sha256=sha256) if sha256:
                recordings.add(recording)
            case _:
                pass
    outcome, alarms = _replayed(house, events)
    if outcome and claimed and outcome != claimed:
        alarms = (*alarms, Alarm("outcome-differs", "the station worked out another outcome"))
    return Found(outcome, claimed, frozenset(recordings), alarms)


def _replayed(house: House, events: Sequence[tuple[Event, Moment]]) -> tuple[bytes, tuple[Alarm, ...]]:
    try:
        first = events[0][0] if events else None
        if not isinstance(first, SessionBegan):
            return b"", (Alarm("replay-failed", "the session does not begin with its beginning"),)
        form = form_of(house, first.package_hash)
        return outcome_bytes(form, replay(form, events).state), ()
    except Trouble as trouble:
        return b"", (_failed(trouble),)


def _failed(trouble: Trouble) -> Alarm:
    return Alarm("replay-failed", f"{trouble.code}: {trouble.advice.what}")
