"""SQLite as this program uses it: durable connections, whole transactions, errors as trouble. It refuses to know any table."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stamp_desktop.storage.durable import damaged, disk_error, disk_full, disk_troubles, sync_folder
from stamp_desktop.trouble import Trouble

BUSY_SECONDS = 10.0  # longer than any write of the other thread, a checkpoint on a slow disk included
SETTLING_SECONDS = 0.02


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection for the calling thread, in autocommit. A commit returns when it is on the disk.

    Trouble: `disk-error`, `disk-full`, `data-damaged` (not a database).
    """
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    with troubles():
        connection = sqlite3.connect(uri, timeout=BUSY_SECONDS, isolation_level=None, uri=True)
        try:
            _make_durable(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_durable(connection: sqlite3.Connection) -> None:
    """Trouble where there can be no write-ahead log: SQLite says so in its answer alone and goes on without one."""
    if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        raise disk_error("it cannot keep a write-ahead log")
    connection.execute("PRAGMA synchronous=FULL")  # enough only with such a log
    connection.execute("PRAGMA foreign_keys=ON")
    if sys.platform == "darwin":
        connection.execute("PRAGMA fullfsync=1")
        connection.execute("PRAGMA checkpoint_fullfsync=1")


def database_files(path: Path) -> list[Path]:
    """The three files that one database is: itself, its write-ahead log and that one's index. Apart they are nothing."""
    return [path.with_name(path.name + side) for side in ("", "-wal", "-shm")]


def settle(connection: sqlite3.Connection, path: Path) -> None:
    """Write all that the write-ahead log holds into the file itself, begin the log again, make the names durable.

    After a failed sync the system may show bytes that the disk never got, and calls them written. What is added behind them
    would be lost with them in a power cut. So a file is settled when it is opened, before anything is added. The folder is
    synced here because SQLite takes no notice when its own sync of the log's name fails. Trouble.
    """
    until = time.monotonic() + BUSY_SECONDS
    while _checkpoint_busy(connection):  # another program settles it at this moment: SQLite does not wait for that itself
        if time.monotonic() > until:
            raise disk_error("it does not keep up with writing")
        time.sleep(SETTLING_SECONDS)
    with disk_troubles():
        sync_folder(path.parent)


def _checkpoint_busy(connection: sqlite3.Connection) -> bool:
    with troubles():
        return bool(connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0])


def make_room(connection: sqlite3.Connection, path: Path, size: int) -> None:
    """Have a write-ahead log of `size` bytes on the disk: a commit then overwrites; otherwise the file would grow each time.

    A big transaction that is rolled back leaves the log as long as it made it. Where there is no room it is as long as it got.
    """
    log = database_files(path)[1]
    if log.exists() and log.stat().st_size >= size * 9 // 10:
        return
    with suppress(sqlite3.OperationalError):
        cache = connection.execute("PRAGMA cache_size").fetchone()[0]
        connection.execute("PRAGMA cache_size=16")  # pages: what is more is spilled into the log
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("CREATE TABLE room (filler BLOB)")
            connection.execute("INSERT INTO room VALUES (zeroblob(?))", (size,))
        finally:
            with suppress(sqlite3.OperationalError):
                connection.execute("ROLLBACK")
            connection.execute(f"PRAGMA cache_size={cache}")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that has the right to write from its first statement; durable at the end, nothing of it on an error."""
    with troubles():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the first error is the one to tell; SQLite may have rolled back by itself
                connection.execute("ROLLBACK")
            raise


@contextmanager
def troubles() -> Iterator[None]:
    """Say what SQLite reports as trouble where it is the disk's or the file's doing; anything else is a bug and propagates."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        trouble = _trouble(error)
        if trouble is None:
            raise
        raise trouble from error


def _trouble(error: sqlite3.DatabaseError) -> Trouble | None:
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # no room for the write-ahead log's index: a full disk says so at the first read
        return disk_full()
    match code & 0xFF:  # the low byte is the kind, the rest its detail
        case sqlite3.SQLITE_FULL:
            return disk_full()
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return disk_error(str(error))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(str(error))
        case sqlite3.SQLITE_BUSY:
            return disk_error("it does not keep up with writing")
        case _:
            return None
