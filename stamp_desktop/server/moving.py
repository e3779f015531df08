"""A session that goes on at another computer: what is here of it, its key for the new one, the hand-over.

After a hand-over the old computer's later events are kept as a fork, whoever sends first. A hub has no key to give: it asks its
server for one that is sealed to the new computer. It refuses a finished test, and computers of another organization.
"""

from typing import Any

from sqlalchemy import Connection, insert, select

from stamp_desktop.server import mirror, schema
from stamp_desktop.server.devices import Device, is_hub
from stamp_desktop.server.house import House
from stamp_desktop.server.receipts import session_key
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.server.sessions import Place, holders_of, line, require_copy, wrapped_key
from stamp_desktop.storage import vault
from stamp_desktop.sync.protocol import (
    MOST_EVENTS,
    PREFIX,
    Elsewhere,
    HeldRecording,
    KeyWish,
    Receipt,
    Rows,
    SealedKey,
    TakeOver,
    WireEvent,
    wire_event,
)
from stamp_desktop.sync.signing import move_purpose
from stamp_desktop.sync.transport import Offline
from stamp_desktop.sync.words import b64, decode, encode, unb64, unhex

MOST_BYTES = 2**20


def elsewhere(house: House, device: Device, session: str) -> Elsewhere:
    """What another computer has begun, for this one. 404 session-unknown, 409 session-finished, 503 key-not-here."""
    with house.store.reading() as connection:
        row = _open_session(connection, device, session)
        first = connection.execute(_first(session)).mappings().one()
        wrapped = wrapped_key(connection, session, first["epoch"])
        own = schema.recording.c
        kept = connection.execute(select(schema.recording).where(own.session == session, own.whole)).mappings().all()
    return Elsewhere(
        row["testing_group"],
        row["login"],
        row["created_ms"],
        b64(wrapped),
        b64(_sealed(house, device, session, wrapped)),
        first["seq"],
        first["head"].hex(),
        tuple(HeldRecording(each["id"], each["sha256"], each["length"]) for each in kept),
    )


def rows(house: House, device: Device, session: str, after: int) -> Rows:
    """The first line behind event `after`, as much as fits into an answer. 404 session-unknown, 409 session-finished."""
    with house.store.reading() as connection:
        _open_session(connection, device, session)
        last = connection.execute(_first(session)).mappings().one()["seq"]
        found, size = line(connection, session, Place(0, min(last, after + MOST_EVENTS))), 0
    taken: list[WireEvent] = []
    for row in found[after:]:
        size += len(row.body)
        if taken and size > MOST_BYTES:
            break
        taken.append(wire_event(row))
    return Rows(tuple(taken))


def take_over(house: House, device: Device, session: str, wish: TakeOver) -> None:
    """Hand the first line to a copy that this device has begun. 409 session-went-on when it ends elsewhere by now."""
    now = house.clock.wall_ms()
    with house.store.writing() as connection:
        require_copy(connection, device, session, wish.epoch)
        _open_session(connection, device, session)
        first = connection.execute(_first(session).with_for_update()).mappings().one()
        holders = holders_of(connection, session, 0)
        if holders[-1] == wish.epoch:
            return
        if (first["seq"], first["head"]) != (wish.events, unhex(wish.head)) or wish.epoch in holders:
            raise Refused(
                409,
                "session-went-on",
                "The test has gone on at the other computer in the meantime.",
                "Nothing was changed.",
                "Sign in again.",
            )
        values = {"session": session, "branch": 0, "epoch": wish.epoch, "after_seq": wish.events, "at_ms": now}
        connection.execute(insert(schema.handover).values(values))


def key_for(house: House, hub: Device, wish: KeyWish) -> SealedKey:
    """A session's key for a computer of a hub's room, never for a hub. 404 for whoever is no hub, Trouble `seal-broken`."""
    own = schema.device.c
    with house.store.reading() as connection:
        query = select(schema.device).where(own.id == wish.device, own.organization == hub.organization)
        row = connection.execute(query.where(own.revoked_ms.is_(None))).mappings().first()
        known = connection.execute(select(schema.session.c.organization).where(schema.session.c.id == wish.session)).scalar()
        if not is_hub(connection, hub) or row is None or known not in {None, hub.organization}:
            raise unknown("device")
        device = Device(row["id"], row["organization"], row["sealing_key"])
        if is_hub(connection, device):
            raise unknown("device")
    return SealedKey(b64(_sealed(house, device, wish.session, unb64(wish.wrapped_key))))


def _sealed(house: House, device: Device, session: str, wrapped: bytes) -> bytes:
    if house.upstream is None:
        raw = session_key(house, wrapped, session).raw
        return vault.seal_to(device.sealing_key, raw, move_purpose(device.id, session))
    wish = encode(KeyWish, KeyWish(session, b64(wrapped), device.id))
    try:
        with mirror.upstream_line(house) as to:
            return unb64(to.call("POST", f"{PREFIX}/hub/keys", wish).read(SealedKey).sealed)
    except Offline:
        raise Refused(
            503,
            "key-not-here",
            "Your test was begun at another computer, and this room has no line to the server.",
            "All your answers are kept. The room cannot open them without the server.",
            "Go on at the other computer, or let the proctor carry the test over: session carry --move.",
        ) from None


def _open_session(connection: Connection, device: Device, session: str) -> Any:
    own = schema.session.c
    row = connection.execute(select(schema.session).where(own.id == session)).mappings().first()
    if row is None or row["organization"] != device.organization:
        raise unknown("session")
    if row["state"] == "sealed":
        said = schema.receipt.c
        signed = connection.execute(select(said.signed).where(said.session == session)).scalars().first()
        number = decode(Receipt, signed.encode()).number if signed else ""
        raise Refused(
            409,
            "session-finished",
            "You have finished this test.",
            f"The server has all of it. The receipt number is {number}.",
            "",
            receipt=number,
        )
    return row


def _first(session: str) -> Any:
    return select(schema.branch).where(schema.branch.c.session == session, schema.branch.c.number == 0)
