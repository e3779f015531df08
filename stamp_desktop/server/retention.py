"""Letting go of what has been kept long enough: journals and recordings of sealed sessions, never their receipts and outcomes.

It refuses to touch a session without a receipt, with an alarm that nobody has looked at, or younger than it is told.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select, update

from stamp_desktop.server import audit, schema
from stamp_desktop.server.house import House
from stamp_desktop.server.recordings import object_name

STALE_PART_MS = 90 * 86_400_000
"""A recording that began to arrive so long ago and never became whole: its station has been silent since."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What was let go, or would be."""

    sessions: tuple[str, ...]
    recordings: int
    parts: int


def purge(house: House, before_ms: int, *, alarms: bool = False, really: bool = False) -> Purged:
    """Sessions whose last receipt is older than `before_ms`; those with alarms only when `alarms` says so."""
    session, kept, own = schema.session.c, schema.receipt.c, schema.recording.c
    late = select(kept.session).where(kept.received_ms >= before_ms)
    query = select(session.id).where(session.state == "sealed", session.id.not_in(late)).order_by(session.id)
    if not alarms:
        query = query.where(session.id.not_in(select(schema.alarm.c.session)))
    with house.store.reading() as connection:
        found = tuple(connection.execute(query).scalars())
        files = 0
        for each in found:
            files += len(connection.execute(select(own.id).where(own.session == each)).all())
    parts = _stale_parts(house)
    if really:
        for each in found:
            _let_go(house, each)
        for part in parts:
            part.unlink(missing_ok=True)
    return Purged(found, files, len(parts))


def _let_go(house: House, session: str) -> None:
    """First the files, then the fact: what a kill leaves half done is taken up by the next purge."""
    own = schema.recording.c
    with house.store.reading() as connection:
        rows = connection.execute(select(schema.recording).where(own.session == session)).mappings().all()
    for row in rows:
        house.objects.drop(object_name(row))
    with house.store.writing() as connection:
        for table in (schema.event, schema.recording):
            connection.execute(delete(table).where(table.c.session == session))
        connection.execute(update(schema.session).where(schema.session.c.id == session).values(state="purged"))
        audit.note(connection, house.clock.wall_ms(), house.who, "session purged", session=session, recordings=len(rows))


def _stale_parts(house: House) -> list[Path]:
    oldest = (house.clock.wall_ms() - STALE_PART_MS) / 1000
    return [path for path in house.incoming.glob("*.part") if path.stat().st_mtime < oldest]
