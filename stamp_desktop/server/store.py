"""The server's database and its transactions. What a `writing` block has left is on the disk. It refuses to know any rule.

SQLite for one computer, PostgreSQL for many sites; the rest of the server does not ask which.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.upgrading import upgrade
from stamp_desktop.trouble import Trouble

BUSY_SECONDS = 30
CONNECT_SECONDS = 5
CONNECTIONS = 10
"""That a worker process keeps to PostgreSQL, and as many again for a rush; a call that finds none free within TURN_SECONDS
is told to come back."""
TURN_SECONDS = 10
AGAIN_SECONDS = 10
KINDS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class Store:
    """A database by its SQLAlchemy URL, brought up to date. For any number of threads and processes.

    Trouble `database-unfit`, `database-away`, `program-too-old`.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
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
        with _troubles(), self._engine.connect() as connection:
            yield connection.execution_options(**self._view)

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """For a single query, which is a view of its own."""
        with _troubles(), self._engine.connect() as connection:
            yield connection.execution_options(**self._glance)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write from its start: durable at the end, nothing of it on an error."""
        with _troubles(), self._turn, self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @property
    def for_processes(self) -> bool:
        """Whether several processes may write without starving each other."""
        return self._engine.dialect.name == "postgresql"

    def close(self) -> None:
        self._engine.dispose()

    @property
    def _view(self) -> dict[str, Any]:
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if self.for_processes else {}

    @property
    def _glance(self) -> dict[str, Any]:
        return {"isolation_level": "AUTOCOMMIT"} if self.for_processes else {}


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert the row unless one with its keys is there, or is being written by somebody else; whether it was inserted."""
    kind = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    made = kind(table).values(dict(values)).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(made).first() is not None


def _engine(url: str) -> Engine:
    try:
        named = make_url(url)
        kind = KINDS[named.get_backend_name()]
        if kind == "sqlite":
            return create_engine(named)
        return create_engine(
            named.set(drivername=kind),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=TURN_SECONDS,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "stamp-server"},
        )
    except (exc.ArgumentError, KeyError, ModuleNotFoundError) as error:
        raise Trouble(
            "database-unfit",
            f"The database's address is not usable ({type(error).__name__}).",
            "The server was not started.",
            "Give postgresql://USER:PASSWORD@HOST/NAME, or none for an SQLite file. PostgreSQL needs the package psycopg.",
        ) from error


@contextmanager
def _troubles() -> Iterator[None]:
    """Say what the database reports as trouble. It names no address: that holds a password."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise Refused(
            503,
            "database-away",
            "The server's database does not answer.",
            "Nothing is lost: computers keep everything and try again by themselves.",
            "Look at the database, its address and its disk.",
            retry_after=AGAIN_SECONDS,
        ) from error
    except (exc.DataError, OverflowError, UnicodeEncodeError) as error:
        raise Refused(
            400, "words-unknown", "A text or number of this message can be kept in no database.", "Nothing was changed by it."
        ) from error


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
