"""The quick way for events in PostgreSQL: rows that follow the end of a line, in one statement and one round trip.

It moves the line's end from where the rows begin to where they finish, and stores them only if that was so; otherwise it
does nothing, and the careful way of `sessions` finds out why. That one holds the same rows of `branch` while it looks.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from stamp_desktop.storage.chain import Row

APPEND = """
WITH line AS (
    UPDATE branch SET seq = %(last)s, head = %(head)s
    WHERE session = %(session)s AND seq = %(before)s AND head = %(prev)s AND %(epoch)s = coalesce((
        SELECT handover.epoch FROM handover WHERE handover.session = branch.session AND handover.branch = branch.number
        ORDER BY after_seq DESC, at_ms DESC LIMIT 1), branch.epoch) AND EXISTS (
        SELECT FROM copy JOIN session ON session.id = copy.session
        WHERE copy.session = %(session)s AND copy.epoch = %(epoch)s AND copy.device = %(device)s AND session.state <> 'purged')
    RETURNING number)
INSERT INTO event (session, branch, seq, id, kind, item, wall, mono, boot, body, prev_hash, hash, received_ms)
SELECT %(session)s, line.number, new.*, %(now)s
FROM line, unnest(%(seq)b::bigint[], %(id)b::text[], %(kind)b::text[], %(item)b::text[], %(wall)b::bigint[], %(mono)b::bigint[],
    %(boot)b::text[], %(body)b::bytea[], %(prev_hash)b::bytea[], %(hash)b::bytea[]) AS new
RETURNING branch
"""


def append(connection: Connection, session: str, epoch: str, device: str, rows: Sequence[Row], now: int) -> int | None:
    """The number of the branch that the rows were added to, durable with the statement; None when nothing was done."""
    first, last = rows[0], rows[-1]
    values = {"session": session, "epoch": epoch, "device": device, "now": now}
    ends = {"last": last.seq, "head": last.hash, "before": first.seq - 1, "prev": first.prev_hash}
    columns = zip(*[_columns(row) for row in rows], strict=True)
    names = ("seq", "id", "kind", "item", "wall", "mono", "boot", "body", "prev_hash", "hash")
    arrays = {name: list(column) for name, column in zip(names, columns, strict=True)}
    found = connection.exec_driver_sql(APPEND, values | ends | arrays).first()
    return None if found is None else int(found[0])


def _columns(row: Row) -> tuple[object, ...]:
    return (
        row.seq,
        row.id,
        row.kind,
        row.item,
        row.wall_ms,
        row.mono_ms,
        row.boot,
        row.body,
        row.prev_hash,
        row.hash,
    )
