"""Sessions as they arrive: copies on computers, and the events of each, stored once and for good.

The chain is verified before a row is stored. What differs from what is stored already goes on a branch of its own: nothing is
merged, nothing overwritten. It refuses to open a body.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select, update

from stamp_desktop.server import schema
from stamp_desktop.server.appending import append
from stamp_desktop.server.devices import Device, is_hub
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.server.store import insert_new
from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.sync.protocol import MOST_EVENTS, Acked, Events, SessionBegin, SessionState, row_of
from stamp_desktop.sync.words import UNSIGNED, Signed, checked_id, encode, fold, unb64, unhex


@dataclass(frozen=True, slots=True)
class Place:
    """An event's branch and number; (0, 0) is before the first."""

    branch: int
    seq: int


def begin(house: House, device: Device, session: str, facts: SessionBegin) -> None:
    """Take note of a copy of a session on this device; the same again is no change. 404 group-unknown, 409 session-other."""
    checked_id(session)
    checked_id(facts.epoch)
    wrapped, now = unb64(facts.wrapped_key), house.clock.wall_ms()
    with house.store.writing() as connection:
        if facts.device != device.id and not _may_bring(connection, device, facts.device):
            raise _not_yours()
        query = (
            select(schema.school.c.organization)
            .select_from(schema.school.join(schema.testing_group))
            .where(schema.testing_group.c.id == facts.group)
        )
        if connection.execute(query).scalar() != device.organization:
            raise unknown("group")
        new: dict[str, Any] = {"id": session, "organization": device.organization, "testing_group": facts.group}
        new |= {"login": facts.login, "state": "open", "forked": False, "created_ms": facts.created_ms, "begun_ms": now}
        if insert_new(connection, schema.session, new):
            first = insert(schema.branch).values(session=session, number=0, parent=-1, after_seq=0, epoch=facts.epoch)
            connection.execute(first.values(seq=0, head=GENESIS))
        row = connection.execute(select(schema.session).where(schema.session.c.id == session)).mappings().one()
        if (row["organization"], row["testing_group"], fold(row["login"])) != (
            device.organization,
            facts.group,
            fold(facts.login),
        ):
            raise _other()
        said = encode(SessionBegin, facts).decode()
        for name in sorted({facts.device, device.id}):  # a hub has part in what it brings
            copy: dict[str, Any] = {"session": session, "epoch": facts.epoch, "device": name, "wrapped_key": wrapped}
            insert_new(connection, schema.copy, copy | {"facts": said, "begun_ms": now})


def state(house: House, device: Device, session: str, epoch: str = "") -> SessionState:
    """How far the session is, for a device that has a copy of it, and how that copy stands; 404 for any other."""
    with house.store.reading() as connection:
        require_copy(connection, device, session, "")
        row = connection.execute(select(schema.session).where(schema.session.c.id == session)).mappings().one()
        first = schema.branch.c
        head = connection.execute(select(first.seq, first.head).where(first.session == session, first.number == 0)).one()
        moved = is_moved(connection, session, epoch)
        newest = schema.receipt.c
        signed = connection.execute(
            select(newest.signed, newest.signature).where(newest.session == session).order_by(newest.received_ms.desc())
        ).first()
    receipt = Signed(signed.signed, signed.signature) if signed else UNSIGNED
    stands: Literal["open", "sealed"] = "open" if row["state"] == "open" else "sealed"
    return SessionState(stands, head.seq, head.head.hex(), row["forked"], moved, receipt)


def receive(house: House, device: Device, session: str, batch: Events) -> Acked:
    """Store the rows that are new. 413 too-many, 422 events-altered, 409 events-missing (`expected`), 404 session-unknown."""
    rows = _sound_rows(session, batch)
    now = house.clock.wall_ms()
    if house.store.for_processes:
        with house.store.glancing() as connection:
            branch = append(connection, session, batch.epoch, device.id, rows, now)
        if branch == 0:
            return Acked(rows[-1].seq, rows[-1].hash.hex(), fork=False, moved=False)
        if branch is not None:
            with house.store.reading() as connection:
                return Acked(rows[-1].seq, rows[-1].hash.hex(), fork=True, moved=is_moved(connection, session, batch.epoch))
    with house.store.writing() as connection:
        _lock_copy(connection, device, session, batch.epoch)
        tip = _tip(connection, session, batch.first_seq, rows[0].prev_hash)
        if tip and goes_on(connection, session, tip, batch.epoch, now):  # nothing lies behind the end, so all of it is new
            _store(connection, session, [(tip.branch, row) for row in rows], now)
            moved = is_moved(connection, session, batch.epoch)
            return Acked(rows[-1].seq, rows[-1].hash.hex(), tip.branch != 0, moved)
        at = _anchor(connection, session, batch.first_seq, rows[0].prev_hash)
        new: list[tuple[int, Row]] = []
        for row in rows:
            known = _find(connection, session, row.hash) if not new else None
            if known is None:
                if not new and not (_is_last(connection, session, at) and goes_on(connection, session, at, batch.epoch, now)):
                    at = _fork(connection, session, batch.epoch, at, row, now)
                new.append((at.branch, row))
            at = known or Place(at.branch, row.seq)
        _store(connection, session, new, now)
        moved = is_moved(connection, session, batch.epoch)
    return Acked(rows[-1].seq, rows[-1].hash.hex(), at.branch != 0, moved)


def goes_on(connection: Connection, session: str, at: Place, epoch: str, now: int) -> bool:
    """Whether this copy of the session may go on with the branch. A copy that is new here takes it over; none gets it back.

    So of two copies of one session the one that was handed the test is the test, whichever sends first. A copy that was only
    made known, and has written nothing yet, had nothing to give away.
    """
    holders = holders_of(connection, session, at.branch)
    if epoch not in holders and at.seq == 0:
        own = schema.branch.c
        connection.execute(update(schema.branch).where(own.session == session, own.number == at.branch).values(epoch=epoch))
        return True
    if epoch not in holders:
        values = {"session": session, "branch": at.branch, "epoch": epoch, "after_seq": at.seq, "at_ms": now}
        connection.execute(insert(schema.handover).values(values))
        return True
    return bool(holders[-1] == epoch)


def holders_of(connection: Connection, session: str, branch: int) -> list[str]:
    """The copies that have gone on with a branch, one after the other; the last may."""
    own, first = schema.handover.c, schema.branch.c
    same = (own.session == session) & (own.branch == branch)
    began = select(first.epoch).where(first.session == session, first.number == branch)
    later = connection.execute(select(own.epoch).where(same).order_by(own.after_seq, own.at_ms)).scalars().all()
    return [connection.execute(began).scalar_one(), *later]


def is_moved(connection: Connection, session: str, epoch: str) -> bool:
    """Whether this copy had the session's first line, and another has it now."""
    return epoch in holders_of(connection, session, 0)[:-1]


def line(connection: Connection, session: str, at: Place) -> list[Row]:
    """All rows that lead to this place, from the first."""
    rows: list[Row] = []
    event, branch = schema.event.c, schema.branch.c
    while at.seq:
        own = (event.session == session) & (event.branch == at.branch) & (event.seq <= at.seq)
        columns = (event.seq, event.id, event.kind, event.item, event.wall, event.mono, event.boot, event.body)
        found = connection.execute(select(*columns, event.prev_hash, event.hash).where(own).order_by(event.seq))
        rows = [Row(*tuple(row)) for row in found] + rows
        left = connection.execute(
            select(branch.parent, branch.after_seq).where(branch.session == session, branch.number == at.branch)
        ).one()
        at = Place(left.parent, min(left.after_seq, at.seq)) if left.parent >= 0 else Place(0, 0)
    return rows


def find(connection: Connection, session: str, seq: int, head: bytes) -> Place | None:
    """Where this very event is stored; (0, 0) for the beginning."""
    if seq == 0:
        return Place(0, 0) if head == GENESIS else None
    found = _find(connection, session, head)
    return found if found and found.seq == seq else None


def alarm(connection: Connection, session: str, code: str, detail: str, now: int) -> None:
    """Something that a person has to look at; the same once only."""
    insert_new(connection, schema.alarm, {"session": session, "code": code, "detail": detail, "at_ms": now})


def lock(connection: Connection, session: str) -> None:
    """Until the end of the transaction nobody else changes this session."""
    connection.execute(select(schema.session.c.id).where(schema.session.c.id == session).with_for_update())


def wrapped_key(connection: Connection, session: str, epoch: str) -> bytes:
    """The session's key as a copy gave it."""
    key: bytes = connection.execute(_copy(session, epoch).order_by(schema.copy.c.begun_ms)).mappings().all()[0]["wrapped_key"]
    return key


def require_copy(connection: Connection, device: Device, session: str, epoch: str) -> None:
    """404 session-unknown unless the device has begun this copy of the session ("": any copy)."""
    copy = schema.copy.c
    query = select(copy.device).where(copy.session == session, copy.device == device.id)
    if connection.execute(query.where(copy.epoch == epoch) if epoch else query).first() is None:
        raise unknown("session")


def _lock_copy(connection: Connection, device: Device, session: str, epoch: str) -> None:
    """`require_copy` and `lock` in one."""
    own, copy = schema.session.c, schema.copy.c
    known = select(copy.device).where(copy.session == session, copy.device == device.id, copy.epoch == epoch).exists()
    found = connection.execute(select(own.state).where(own.id == session, known).with_for_update()).first()
    if found is None:
        raise unknown("session")
    lines = schema.branch.c
    connection.execute(select(lines.number).where(lines.session == session).order_by(lines.number).with_for_update())
    if found.state == "purged":
        raise Refused(410, "session-purged", "This test was received and has been let go of since.", "Its result is kept.")


def _tip(connection: Connection, session: str, first_seq: int, prev_hash: bytes) -> Place | None:
    """The end of a line, where these rows follow it."""
    own = schema.branch.c
    query = select(own.number).where(own.session == session, own.seq == first_seq - 1, own.head == prev_hash)
    found = connection.execute(query.order_by(own.number)).first()
    return Place(found.number, first_seq - 1) if found else None


def _sound_rows(session: str, batch: Events) -> list[Row]:
    if len(batch.events) > MOST_EVENTS:
        raise Refused(413, "too-many", f"More than {MOST_EVENTS} events in one message.")
    rows = [row_of(event) for event in batch.events]
    numbers = [row.seq for row in rows]
    if not rows or batch.first_seq < 1 or numbers != list(range(batch.first_seq, batch.first_seq + len(rows))):
        raise Refused(422, "events-altered", "These events do not follow each other.", "Nothing of them was stored.")
    found = chain.check(session, rows, batch.first_seq, unhex(batch.prev_hash))
    if found or rows[-1].hash != unhex(batch.head) or rows[0].prev_hash != unhex(batch.prev_hash):
        raise Refused(
            422,
            "events-altered",
            f"The saved test is not as it was written ({found[0] if found else 'its head is another'}).",
            "Nothing of this part was stored. What is on the computer stays there.",
            "Tell your coordinator.",
            seq=found[0].seq if found else rows[-1].seq,
        )
    return rows


def _anchor(connection: Connection, session: str, first_seq: int, prev_hash: bytes) -> Place:
    """Where these rows begin. Unknown: the station goes back, to behind the last that is here or, on another line, to 1."""
    place = find(connection, session, first_seq - 1, prev_hash)
    if place is None:
        longest = connection.execute(
            select(func.max(schema.branch.c.seq)).where(schema.branch.c.session == session)
        ).scalar_one()
        raise Refused(
            409,
            "events-missing",
            "Events before these have not arrived.",
            expected=longest + 1 if longest < first_seq - 1 else 1,
        )
    return place


def _find(connection: Connection, session: str, row_hash: bytes) -> Place | None:
    event = schema.event.c
    found = connection.execute(select(event.branch, event.seq).where(event.session == session, event.hash == row_hash)).first()
    return Place(found.branch, found.seq) if found else None


def _is_last(connection: Connection, session: str, at: Place) -> bool:
    branch = schema.branch.c
    query = select(branch.seq).where(branch.session == session, branch.number == at.branch)
    return bool(connection.execute(query).scalar_one() == at.seq)


def _may_bring(connection: Connection, device: Device, other: str) -> bool:
    """A hub brings what computers of its organization have made."""
    own = schema.device.c
    query = select(own.id).where(own.id == other, own.organization == device.organization)
    return is_hub(connection, device) and connection.execute(query).first() is not None


def _fork(connection: Connection, session: str, epoch: str, at: Place, row: Row, now: int) -> Place:
    own = schema.branch.c
    number = connection.execute(select(func.max(own.number)).where(own.session == session)).scalar_one() + 1
    left = insert(schema.branch).values(session=session, number=number, parent=at.branch, after_seq=at.seq, epoch=epoch)
    connection.execute(left.values(seq=at.seq, head=row.prev_hash))
    connection.execute(update(schema.session).where(schema.session.c.id == session).values(forked=True))
    alarm(connection, session, "fork", f"branch {number} leaves branch {at.branch} after event {at.seq}", now)
    return Place(number, at.seq)


def _store(connection: Connection, session: str, new: list[tuple[int, Row]], now: int) -> None:
    if not new:
        return
    connection.execute(
        insert(schema.event),
        [
            {
                "session": session,
                "branch": branch,
                "seq": row.seq,
                "id": row.id,
                "kind": row.kind,
                "item": row.item,
                "wall": row.wall_ms,
                "mono": row.mono_ms,
                "boot": row.boot,
                "body": row.body,
                "prev_hash": row.prev_hash,
                "hash": row.hash,
                "received_ms": now,
            }
            for branch, row in new
        ],
    )
    branch, last = new[-1]
    own = schema.branch.c
    connection.execute(
        update(schema.branch).where(own.session == session, own.number == branch).values(seq=last.seq, head=last.hash)
    )


def _copy(session: str, epoch: str) -> Select[Any]:
    return select(schema.copy).where(schema.copy.c.session == session, schema.copy.c.epoch == epoch)


def _not_yours() -> Refused:
    return Refused(403, "session-of-other-device", "This session is another computer's.", "Nothing was changed.")


def _other() -> Refused:
    return Refused(
        409,
        "session-other",
        "The server knows this session as another one.",
        "Nothing was changed, and the answers stay on this computer.",
        "Tell your coordinator.",
    )
