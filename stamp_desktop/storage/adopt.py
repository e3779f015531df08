"""A session that comes from elsewhere, as a journal here: the same rows under a new epoch. It changes none of them."""

import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.durable import damaged, disk_troubles, make_folder, sync_folder
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.journal import write_new
from stamp_desktop.storage.lock import Lock, lock_of
from stamp_desktop.storage.reader import About, Recording
from stamp_desktop.storage.vault import SessionKey


def new_epoch() -> str:
    """A name for a new copy of a session."""
    return secrets.token_hex(16)


def adopt(
    path: Path, about: About, key: SessionKey, rows: Sequence[Row], recordings: Sequence[Recording], acked_through: int = 0
) -> None:
    """Write the journal at `path`, whole or not at all. Rows behind `acked_through` are to be sent.

    FileExistsError where there is one; Trouble `data-damaged` when a row is not sound or does not open with the key,
    `session-open-elsewhere`, `disk-full`, `disk-error`.
    """
    if faults := chain.check(about.session, rows):
        raise damaged("; ".join(map(str, faults[:5])))
    for row in rows:
        chain.open_body(key, about.session, row)

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row.seq, row.id, row.kind, row.item, row.wall_ms, row.mono_ms, row.boot, row.body, row.prev_hash, row.hash)
                for row in rows
            ],
        )
        connection.execute("UPDATE sent SET through = ?", (acked_through,))
        connection.executemany(
            """INSERT INTO recording (id, item, begun_seq, ended_seq, sha256, bytes, frames, samples, rate, salvaged, received)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (
                    *(each.id, each.item, each.begun_seq, each.ended_seq, each.sha256),
                    *(each.bytes, each.frames, each.samples, each.rate, int(each.salvaged), int(each.received)),
                )
                for each in recordings
            ],
        )

    with disk_troubles():
        make_folder(path.parent)
        lock = Lock(lock_of(path))
    try:
        write_new(path, about, key, fill)
    finally:
        lock.release()


def set_aside(folder: SessionFolder) -> Path | None:
    """Rename this computer's older copy of a session, journal and recordings; its new place, None where there was none.

    Nothing is deleted. Trouble `session-open-elsewhere`, `disk-full`, `disk-error`.
    """
    if not folder.journal.exists():
        return None
    with disk_troubles():
        lock = Lock(lock_of(folder.journal))
        try:
            number = 1
            while (aside := folder.path.with_name(f"{folder.path.name}.moved-{number}")).exists():
                number += 1
            folder.path.rename(aside)
            sync_folder(aside.parent)
        finally:
            lock.release()
    return aside
