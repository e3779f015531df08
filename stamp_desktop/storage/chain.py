"""The hash chain of a journal: what a row is, how it is hashed, sealed and checked. It refuses to touch a database.

hash = SHA-256(fields("stamp-event-1", session, seq, id, kind, item, wall_ms, mono_ms, boot, body, prev_hash)) with `body` as it
is stored (sealed) and `vault.fields` as the encoding, so that chain and transfer need no key. The first row follows
`GENESIS`. The epoch is left out: it is new at every restore or import, and rows have to stay what they were.

Anybody can compute such a chain again. So the body is sealed with everything that stands in the clear beside it, `prev_hash`
included: who does not have the session's key can change nothing, and only a cut tail needs a witness (the receiver's head).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from stamp_desktop.storage import vault
from stamp_desktop.storage.durable import damaged
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it is stored and sent. `seq` from 1; `wall_ms`, `mono_ms` in ms; `body` sealed; hashes of 32 bytes."""

    seq: int
    id: str
    kind: str
    item: str | None
    wall_ms: int
    mono_ms: int
    boot: str
    body: bytes
    prev_hash: bytes
    hash: bytes


Fault: TypeAlias = Literal["changed", "missing", "moved", "unlinked", "unreadable"]
SAID: dict[Fault, str] = {
    "changed": "row {0} was changed",
    "missing": "row {0} is missing",
    "moved": "row {0} was moved here from another place",
    "unlinked": "row {0} does not follow the row before it",
    "unreadable": "row {0} does not open with the session's key",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that is not what was written: its number, and what happened to it."""

    seq: int
    fault: Fault

    def __str__(self) -> str:
        return SAID[self.fault].format(self.seq)


def row_hash(session: str, row: Row) -> bytes:
    """The hash that the row has to have."""
    return _hash(session, row.seq, _clear(row), row.body, row.prev_hash)


def sealed_row(key: SessionKey, session: str, row: Row) -> Row:
    """The row with its plain body sealed and its hash set."""
    clear = _clear(row)
    body = vault.seal(key.raw, row.body, _place(session, row.seq, clear, row.prev_hash))
    known = (row.seq, row.id, row.kind, row.item, row.wall_ms, row.mono_ms, row.boot)
    return Row(*known, body, row.prev_hash, _hash(session, row.seq, clear, body, row.prev_hash))


def open_body(key: SessionKey, session: str, row: Row) -> bytes:
    """The plain body; Trouble `data-damaged` when the row was changed, moved, or is of another session."""
    try:
        return vault.open_sealed(key.raw, row.body, _place(session, row.seq, _clear(row), row.prev_hash))
    except Trouble:
        raise damaged(f"row {row.seq} does not open") from None


def check(session: str, rows: Sequence[Row], first_seq: int = 1, prev_hash: bytes = GENESIS) -> list[Damage]:
    """What is wrong with these rows, which are in order of `seq` and have to follow `prev_hash`. Needs no key."""
    order = _true_order(rows, first_seq, prev_hash)
    found: list[Damage] = []
    expected, before, sound = first_seq, prev_hash, True
    for row in rows:
        found += (Damage(seq, "missing") for seq in range(expected, row.seq))
        fault: Fault | None = None
        if row_hash(session, row) != row.hash:
            original = replace(row, seq=order.get(row.hash, row.seq))
            fault = "moved" if row_hash(session, original) == row.hash else "changed"
        elif row.prev_hash != before and sound and row.seq == expected:
            fault = "unlinked"
        if fault:
            found.append(Damage(row.seq, fault))
        expected, before, sound = row.seq + 1, row.hash, fault is None
    return found


def _true_order(rows: Sequence[Row], first_seq: int, prev_hash: bytes) -> dict[bytes, int]:
    """Each row's hash and the number it has when the links are followed: where a moved row came from."""
    successor = {row.prev_hash: row.hash for row in rows}
    order: dict[bytes, int] = {}
    while prev_hash in successor and successor[prev_hash] not in order:
        prev_hash = successor[prev_hash]
        order[prev_hash] = first_seq + len(order)
    return order


def _clear(row: Row) -> bytes:
    """What stands in the clear beside number and body, as `fields`: they are the same bytes alone and in a longer row."""
    return fields(row.id, row.kind, row.item, row.wall_ms, row.mono_ms, row.boot)


def _hash(session: str, seq: int, clear: bytes, body: bytes, prev_hash: bytes) -> bytes:
    return hashlib.sha256(fields("stamp-event-1", session, seq) + clear + fields(body, prev_hash)).digest()


def _place(session: str, seq: int, clear: bytes, prev_hash: bytes) -> bytes:
    return place(session, "event", seq, clear=clear + fields(prev_hash))
