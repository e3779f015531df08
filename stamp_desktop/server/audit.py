"""The audit log: who did what, when. Each entry carries the hash of the one before; the database refuses to change one.

Whoever owns the database could write the whole chain anew, or cut its end. So each entry's number and hash also go to the
server's own log, which belongs on another computer: what stands there witnesses what has to stand here.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, text

from stamp_desktop.content.plain import canonical
from stamp_desktop.server import schema
from stamp_desktop.storage.vault import fields

log = logging.getLogger(__name__)
GENESIS = bytes(32)
TURN = 0x5354414D51
"""PostgreSQL's advisory lock: entries are written one after the other."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`facts` is canonical JSON."""

    number: int
    at_ms: int
    who: str
    act: str
    facts: str
    prev_hash: bytes
    hash: bytes


def note(connection: Connection, at_ms: int, who: str, act: str, **facts: object) -> None:
    """Write an entry in the transaction of the act itself: neither is there without the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    own = schema.audit.c
    last = connection.execute(select(own.number, own.hash).order_by(own.number.desc()).limit(1)).first()
    number, before = (last.number + 1, last.hash) if last else (1, GENESIS)
    said = canonical(facts).decode()
    made = entry_hash(number, at_ms, who, act, said, before)
    values = {"number": number, "at_ms": at_ms, "who": who, "act": act, "facts": said, "prev_hash": before, "hash": made}
    connection.execute(insert(schema.audit).values(values))
    log.info("Audit %s: %s", number, act, extra={"audit": number, "who": who, "act": act, "hash": made.hex()})


def entry_hash(number: int, at_ms: int, who: str, act: str, facts: str, before: bytes) -> bytes:
    return hashlib.sha256(fields("stamp-audit-1", number, at_ms, who, act, facts, before)).digest()


def entries(connection: Connection) -> Iterator[Entry]:
    """All of it, in order."""
    own = schema.audit.c
    for row in connection.execute(select(schema.audit).order_by(own.number)).mappings():
        yield Entry(**row)


def faults(connection: Connection) -> list[str]:
    """What is not as it was written."""
    found, number, before = [], 0, GENESIS
    for entry in entries(connection):
        if entry.number != number + 1:
            found.append(f"audit {number + 1}: missing")
        elif entry.prev_hash != before:
            found.append(f"audit {entry.number}: does not follow the entry before it")
        if entry_hash(entry.number, entry.at_ms, entry.who, entry.act, entry.facts, entry.prev_hash) != entry.hash:
            found.append(f"audit {entry.number}: changed")
        number, before = entry.number, entry.hash
    return found


def shown(entry: Entry) -> Mapping[str, Any]:
    """For people and programs."""
    facts = json.loads(entry.facts)
    return {"number": entry.number, "at_ms": entry.at_ms, "who": entry.who, "act": entry.act, **facts, "hash": entry.hash.hex()}
