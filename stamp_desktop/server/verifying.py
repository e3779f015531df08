"""Whether everything that was received is still what it was: events, recordings, receipts, packages, the audit log.

It names what is not, and changes nothing. Whoever owns the database can write a chain anew, but neither the sealed bodies nor
the signed receipts, so a session that has a receipt is held against its receipt.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, select

from stamp_desktop.server import audit, schema
from stamp_desktop.server.house import House
from stamp_desktop.server.recordings import object_name
from stamp_desktop.server.sessions import Place, line, wrapped_key
from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.recordings import sha256_of
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import Receipt
from stamp_desktop.sync.words import decode, unb64
from stamp_desktop.trouble import Trouble


def faults(house: House, session: str = "") -> Iterator[str]:
    """One line for each thing that is not as it was received; of one session, or of all and everything else."""
    own = schema.session.c
    with house.store.reading() as connection:
        query = select(own.id, own.state).order_by(own.begun_ms, own.id)
        for each in connection.execute(query.where(own.id == session) if session else query).all():
            yield from (f"session {each.id}: {said}" for said in _session(house, connection, each.id, each.state == "purged"))
        if not session:
            yield from _packages(house, connection)
            yield from audit.faults(connection)


def _session(house: House, connection: Connection, session: str, purged: bool) -> Iterator[str]:
    branch = schema.branch.c
    lines: dict[int, list[Row]] = {}
    places = connection.execute(select(schema.branch).where(branch.session == session).order_by(branch.number)).mappings().all()
    if not purged:
        for place in places:
            rows = lines[place["number"]] = line(connection, session, Place(place["number"], place["seq"]))
            yield from _line(house, connection, session, place, rows)
        yield from _recordings(house, connection, session)
    yield from _receipts(house, connection, session, None if purged else lines)


def _line(house: House, connection: Connection, session: str, place: Mapping[Any, Any], rows: list[Row]) -> Iterator[str]:
    which = f"branch {place['number']}, " if place["number"] else ""
    for damage in chain.check(session, rows):
        yield f"{which}{damage}"
    last = rows[-1] if rows else None
    if (last.seq if last else 0, last.hash if last else chain.GENESIS) != (place["seq"], bytes(place["head"])):
        yield f"{which}its end is another than was acknowledged"
    keys = list(_keys(house, connection, session))
    for row in rows:
        if not any(_opens(key, session, row) for key in keys):
            yield f"{which}row {row.seq} does not open"


def _keys(house: House, connection: Connection, session: str) -> Iterator[SessionKey]:
    copy = schema.copy.c
    for epoch in connection.execute(select(copy.epoch).where(copy.session == session)).scalars().all():
        try:
            yield house.identity.unwrap(wrapped_key(connection, session, epoch), session)
        except Trouble:
            continue


def _opens(key: SessionKey, session: str, row: Row) -> bool:
    try:
        chain.open_body(key, session, row)
    except Trouble:
        return False
    return True


def _recordings(house: House, connection: Connection, session: str) -> Iterator[str]:
    own = schema.recording.c
    for row in connection.execute(select(schema.recording).where(own.session == session, own.whole)).mappings().all():
        path = house.objects.file(object_name(row), fresh=True)
        if path is None:
            yield f"recording {row['id']} is missing"
        elif path.stat().st_size != row["length"] or sha256_of(path) != row["sha256"]:
            yield f"recording {row['id']} was changed"


def _receipts(house: House, connection: Connection, session: str, lines: Mapping[int, list[Row]] | None) -> Iterator[str]:
    own, kept = schema.receipt.c, schema.recording.c
    whole = set(connection.execute(select(kept.id).where(kept.session == session, kept.whole)).scalars())
    for row in connection.execute(select(schema.receipt).where(own.session == session)).mappings().all():
        said = _signed(house, row["signed"], row["signature"])
        if said is None or (said.number, said.session, said.head) != (row["number"], session, bytes(row["head"]).hex()):
            yield f"receipt {row['number']} is not as it was signed"
        elif lines is not None:
            heads = {(each.seq, each.hash.hex()) for rows in lines.values() for each in rows}
            if said.events and (said.events, said.head) not in heads:
                yield f"receipt {said.number} covers event {said.events}, which is not here as it was"
            for name in sorted(set(said.recordings) - whole):
                yield f"receipt {said.number} covers recording {name}, which is not here"


def _signed(house: House, text: str, signature: str) -> Receipt | None:
    for key in house.identity.signers:
        try:
            key.verify(unb64(signature), text.encode())
            return decode(Receipt, text.encode())
        except (InvalidSignature, Trouble):
            continue
    return None


def _packages(house: House, connection: Connection) -> Iterator[str]:
    for row in connection.execute(select(schema.package)).mappings().all():
        path = house.objects.file(row["file"], fresh=True)
        if path is None:
            yield f"package {row['id']} {row['version']}: missing"
        elif sha256_of(path) != row["file_sha256"]:
            yield f"package {row['id']} {row['version']}: changed"
