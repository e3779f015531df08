"""Tickets that let a paused test go on: given by a login for a session within its reach, or by whoever runs the server.

A ticket names the pauses that the server knows of; for a test that does not wait there is none. It unlocks nothing itself.
"""

import uuid
from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import delete, insert, select

from stamp_desktop.server import audit, mirror, schema
from stamp_desktop.server.devices import Device, is_hub
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login, within
from stamp_desktop.server.noted import group_named, notes, sittings
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.server.room_guard import paused_at
from stamp_desktop.sync.unlocking import TICKET_MS, UnlockGiven, UnlockTicket, UnlockTickets
from stamp_desktop.sync.words import Signed, decode, encode

Wanted: TypeAlias = Callable[[str, str], bool]
"""Of session and seat."""


def give(house: House, session: str, by: Login) -> UnlockGiven:
    """404 session-unknown outside the reach, 409 not-paused, not-here at a hub."""
    own = schema.session.c
    reached = select(own.testing_group).select_from(schema.session.join(schema.testing_group).join(schema.school))
    with house.store.reading() as connection:
        group = connection.execute(reached.where(within(by), own.id == session)).scalar()
    if group is None:
        raise unknown("session")
    return _give(house, group, by.name, lambda found, _: found == session)


def give_seat(house: House, group: str, seat: str, by: str) -> UnlockGiven:
    """The same for the computer of that name in a group; 404 group-unknown, 409 not-paused, not-here."""
    with house.store.reading() as connection:
        identity, _ = group_named(connection, group)
    return _give(house, identity, by, lambda _, name: name == seat)


def tickets(house: House, device: Device) -> UnlockTickets:
    """Those that count now. A hub asks its server, and has none where there is no line to it."""
    if house.upstream is None:
        return _kept(house, device.id)
    return mirror.tickets(house, device.id)


def tickets_for(house: House, hub: Device, device: str) -> UnlockTickets:
    """Those for a computer of a hub's room; 404 for whoever is no hub."""
    own = schema.device.c
    with house.store.reading() as connection:
        known = connection.execute(select(own.organization).where(own.id == device)).scalar()
        if not is_hub(connection, hub) or known != hub.organization:
            raise unknown("device")
    return _kept(house, device)


def _give(house: House, group: str, by: str, wanted: Wanted) -> UnlockGiven:
    if house.upstream is not None:
        raise Refused(409, "not-here", "A room's hub gives no unlock.", "Nothing was changed.", "Ask for it at the server.")
    now = house.clock.wall_ms()
    with house.store.writing() as connection:
        for session, seat, _ in sittings(connection, group):
            if not wanted(session, seat) or not (paused := paused_at(note for _, note in notes(house, connection, session))):
                continue
            device = connection.execute(
                select(schema.copy.c.device)
                .where(schema.copy.c.session == session)
                .order_by(schema.copy.c.begun_ms.desc())
                .limit(1)
            ).scalar_one()
            ticket = UnlockTicket("stamp-unlock-1", str(uuid.uuid4()), device, session, paused, by, now, now + TICKET_MS)
            signed = encode(Signed, house.identity.sign(encode(UnlockTicket, ticket))).decode()
            connection.execute(delete(schema.unlock).where(schema.unlock.c.expires_ms <= now))
            values = {"id": ticket.id, "device": device, "signed": signed, "issued_ms": now, "expires_ms": ticket.expires_ms}
            connection.execute(insert(schema.unlock).values(values))
            audit.note(connection, now, by, "unlock given", session=session, device=device, ticket=ticket.id)
            return UnlockGiven(seat, by, ticket.expires_ms)
    raise Refused(
        409,
        "not-paused",
        "As far as the server knows, that test is not paused.",
        "Nothing was changed.",
        "Look again in a moment; without a line to the server the proctor's PIN unlocks at the seat.",
    )


def _kept(house: House, device: str) -> UnlockTickets:
    own = schema.unlock.c
    query = select(own.signed).where(own.device == device, own.expires_ms > house.clock.wall_ms()).order_by(own.issued_ms)
    with house.store.glancing() as connection:
        return UnlockTickets(tuple(decode(Signed, said.encode()) for said in connection.execute(query).scalars()))
