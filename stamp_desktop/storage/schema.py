"""The tables of both files and how they came about, step by numbered step. A step that was released is never changed.

Opening a file brings it up to date; it refuses a file that a newer version of the program has written.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from sqlite_utils import Database, Migrations

from stamp_desktop.storage.database import troubles, writing
from stamp_desktop.trouble import Trouble

JOURNAL = Migrations("journal")
STATION = Migrations("station")


@JOURNAL(name="1")
def _(db: Database) -> None:
    for statement in (
        """CREATE TABLE meta (
            one INTEGER PRIMARY KEY CHECK (one = 1), session TEXT NOT NULL, epoch TEXT NOT NULL,
            wrapped_key BLOB NOT NULL, created INTEGER NOT NULL, key_check BLOB NOT NULL) STRICT""",
        """CREATE TABLE event (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, item TEXT,
            wall INTEGER NOT NULL, mono INTEGER NOT NULL, boot TEXT NOT NULL, body BLOB NOT NULL,
            prev_hash BLOB NOT NULL, hash BLOB NOT NULL) STRICT""",
        """CREATE TRIGGER event_is_added_at_the_end BEFORE INSERT ON event
            WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event)
            BEGIN SELECT raise(ABORT, 'events are added at the end'); END""",
        """CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
            BEGIN SELECT raise(ABORT, 'events are never changed'); END""",
        """CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
            BEGIN SELECT raise(ABORT, 'events are never removed'); END""",
        "CREATE TABLE outbox (seq INTEGER PRIMARY KEY REFERENCES event) STRICT",
        """CREATE TABLE recording (
            id TEXT PRIMARY KEY, item TEXT, begun_seq INTEGER NOT NULL REFERENCES event,
            ended_seq INTEGER REFERENCES event, sha256 TEXT, bytes INTEGER, frames INTEGER, samples INTEGER,
            rate INTEGER, upload TEXT NOT NULL DEFAULT '', salvaged INTEGER NOT NULL DEFAULT 0,
            received INTEGER NOT NULL DEFAULT 0) STRICT""",
        """CREATE TABLE receipt (
            one INTEGER PRIMARY KEY CHECK (one = 1), number TEXT NOT NULL, signed BLOB NOT NULL,
            signature BLOB NOT NULL, wall INTEGER NOT NULL) STRICT""",
    ):
        db.execute(statement)


@JOURNAL(name="sent")
def _(db: Database) -> None:
    """What waits to be sent was always the end of the journal: one number says so, and an answer writes a page less."""
    for statement in (
        "CREATE TABLE sent (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL) STRICT",
        "INSERT INTO sent SELECT 1, coalesce((SELECT min(seq) - 1 FROM outbox), (SELECT max(seq) FROM event), 0)",
        "DROP TABLE outbox",
    ):
        db.execute(statement)


@STATION(name="1")
def _(db: Database) -> None:
    for statement in (
        """CREATE TABLE device (
            one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, certificate BLOB NOT NULL,
            server_url TEXT NOT NULL, server_id TEXT NOT NULL, server_signing_key BLOB NOT NULL,
            server_hpke_key BLOB NOT NULL) STRICT""",
        "CREATE TABLE roster_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL) STRICT",
        "CREATE TABLE testing_group (id TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT",
        """CREATE TABLE roster (
            group_id TEXT NOT NULL, login TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (group_id, login)) STRICT""",
        """CREATE TABLE package (
            id TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL, path TEXT NOT NULL, verified INTEGER NOT NULL,
            PRIMARY KEY (id, version)) STRICT""",
        """CREATE TABLE session (
            id TEXT PRIMARY KEY, group_id TEXT NOT NULL, login TEXT NOT NULL, created INTEGER NOT NULL,
            state TEXT NOT NULL, receipt TEXT NOT NULL DEFAULT '') STRICT""",
        "CREATE INDEX session_by_login ON session (group_id, login)",
    ):
        db.execute(statement)


@STATION(name="server pinned")
def _(db: Database) -> None:
    db.execute("ALTER TABLE device ADD COLUMN server_pinned INTEGER NOT NULL DEFAULT 0")


@STATION(name="server's former keys")
def _(db: Database) -> None:
    db.execute("ALTER TABLE device ADD COLUMN server_former BLOB NOT NULL DEFAULT x''")


STRUCTURE = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"


def other_structure(tables: Iterable[tuple[Any, ...]], steps: Migrations) -> list[tuple[str, str]]:
    """Kind and name of what is not as these steps make it; `tables` is what the file answers to STRUCTURE."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as blank:
        upgrade(blank, steps)
        right = blank.execute(STRUCTURE).fetchall()
    wrong = {*map(tuple, tables)} ^ {*map(tuple, right)}
    return sorted({(str(kind), str(name)) for kind, name, _ in wrong})


def upgrade(connection: sqlite3.Connection, steps: Migrations) -> Database:
    """Bring the file up to date in one transaction; Trouble `program-too-old` when the file is ahead of this program."""
    with troubles(), closing(sqlite3.connect(":memory:")) as blank:
        db = Database(connection, recursive_triggers=False, execute_plugins=False)
        known = {step.name for step in steps.pending(Database(blank, execute_plugins=False))}
        pending = {step.name for step in steps.pending(db)}
        unknown = {step.name for step in steps.applied(db)} - known
    if unknown:
        raise Trouble(
            "program-too-old",
            "A newer version of this program has written the data on this computer.",
            "Everything saved is safe, but this version cannot go on with it.",
            "Install the newest version of STAMP Desktop.",
        )
    if pending:
        with writing(connection):
            steps.apply(db)  # looks again, now that nobody else can write
    return db
