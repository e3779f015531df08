"""The server's database and its transactions. What a `writing` block has left is on the disk. It refuses to know any rule."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from stamp_desktop.server.schema import upgrade

BUSY_SECONDS = 30


class Store:
    """A database by its SQLAlchemy URL, brought up to date. For any number of threads."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._turn: threading.Lock | nullcontext[None] = nullcontext()
        if self._engine.dialect.name == "sqlite":
            # SQLite lets waiting writers poll, and some starve; here they queue
            self._turn = threading.Lock()
            event.listen(self._engine, "connect", _sqlite_connected)
            event.listen(self._engine, "begin", _sqlite_begins)
        with self.writing() as connection:
            upgrade(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write from its start: durable at the end, nothing of it on an error."""
        with self._turn, self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self._engine.dispose()


def _sqlite_connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    for pragma in ("fullfsync=1", "checkpoint_fullfsync=1"):  # macOS: the drive's cache, too; nothing elsewhere
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begins(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
