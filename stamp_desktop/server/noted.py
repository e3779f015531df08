"""What stations have noted in the sessions of a group, opened: for views of a room. It stores nothing and changes nothing.

A fact that does not open or cannot be read is left out: a proctor with forty seats needs the other thirty-nine.
"""

import json

from sqlalchemy import Connection, select

from stamp_desktop.engine.codec import decode
from stamp_desktop.engine.events import Noted
from stamp_desktop.server import schema
from stamp_desktop.server.house import House
from stamp_desktop.server.receipts import session_key
from stamp_desktop.server.refusals import unknown
from stamp_desktop.server.sessions import wrapped_key
from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble


def group_named(connection: Connection, group: str) -> tuple[str, str]:
    """Id and name of a testing group, told by its id or its test code. 404 group-unknown."""
    own = schema.testing_group.c
    found = connection.execute(select(own.id, own.name).where((own.id == group) | (own.test_code == group))).first()
    if found is None:
        raise unknown("group")
    return found.id, found.name


def sittings(connection: Connection, group: str) -> list[tuple[str, str, str]]:
    """Session, seat and login of each sitting; the seat is the name of the computer that has the newest copy."""
    session, copy, device = schema.session.c, schema.copy.c, schema.device.c
    query = (
        select(session.id, device.name, session.login, copy.begun_ms)
        .select_from(schema.session.join(schema.copy, copy.session == session.id).join(schema.device, device.id == copy.device))
        .where(session.testing_group == group)
        .order_by(copy.begun_ms)
    )
    newest = {row.id: (row.id, row.name, row.login) for row in connection.execute(query)}
    return sorted(newest.values(), key=lambda each: (each[1], each[2]))


def notes(house: House, connection: Connection, session: str) -> list[tuple[int, Noted]]:
    """When (Unix ms, the station's clock) and what, in the order in which it was written."""
    event, branch = schema.event.c, schema.branch.c
    columns = (event.seq, event.id, event.kind, event.item, event.wall, event.mono, event.boot, event.body)
    query = select(*columns, event.prev_hash, event.hash).where(
        event.session == session, event.branch == 0, event.kind == "noted"
    )
    epoch = connection.execute(select(branch.epoch).where(branch.session == session, branch.number == 0)).scalar_one()
    try:
        key = session_key(house, wrapped_key(connection, session, epoch), session)
    except Trouble:
        return []
    rows = [Row(*tuple(row)) for row in connection.execute(query.order_by(event.seq))]
    return [(row.wall_ms, note) for row in rows if (note := _opened(key, session, row)) is not None]


def _opened(key: SessionKey, session: str, row: Row) -> Noted | None:
    try:
        event = decode(row.kind, json.loads(chain.open_body(key, session, row)))
    except (Trouble, ValueError):
        return None
    return event if isinstance(event, Noted) else None
