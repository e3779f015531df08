"""A session's journal for anybody but its writer: the courier's thread, an export, a check. No key, no new events."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import GENESIS, Damage, Row
from stamp_desktop.storage.database import connect, troubles, writing
from stamp_desktop.storage.durable import damaged
from stamp_desktop.storage.schema import JOURNAL, upgrade
from stamp_desktop.trouble import Trouble

EVENT = "SELECT seq, id, kind, item, wall, mono, boot, body, prev_hash, hash FROM event"
RECORDING = """SELECT id, item, begun_seq, ended_seq, sha256, bytes, frames, samples, rate, upload, salvaged, received
    FROM recording"""

UNSENT = "WHERE seq > coalesce((SELECT through FROM sent), 0)"
WAITING = "SELECT count(*) FROM event WHERE seq > coalesce((SELECT through FROM sent), 0)"


@dataclass(frozen=True, slots=True)
class About:
    """Which session this is. `epoch` names this copy of it; `wrapped_key` is b"" where there is no server; Unix ms."""

    session: str
    epoch: str
    wrapped_key: bytes
    created_ms: int


@dataclass(frozen=True, slots=True)
class Head:
    """The last event's number and hash; 0 and `GENESIS` before the first."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as the journal knows it. From `sha256` to `rate` None until it ended, and for good if nothing was kept.

    `upload` is where the receiver takes it ("" before it was asked).
    """

    id: str
    item: str | None
    begun_seq: int
    ended_seq: int | None
    sha256: str | None
    bytes: int | None
    frames: int | None
    samples: int | None
    rate: int | None
    upload: str
    salvaged: bool
    received: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server signed, exactly, with its Ed25519 signature, and when it came (Unix ms). Verified by who stores it."""

    number: str
    signed: bytes
    signature: bytes
    wall_ms: int


class JournalReader:
    """A second connection to a session's file; it belongs to the thread that made it.

    It reads while the writer writes. What it writes itself (acknowledgements, receipt) are short transactions of their own.
    Any call raises Trouble `disk-error`, `disk-full` or `data-damaged`.
    """

    def __init__(self, path: Path) -> None:
        """Trouble `session-unknown` when there is no such file, `program-too-old`."""
        require_session(path)
        self.path = path
        self._connection = connect(path)
        try:
            with told_as_damage():
                upgrade(self._connection, JOURNAL)
                self.about = self._about()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def head(self) -> Head:
        last = self._all("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
        return Head(*last[0]) if last else Head(0, GENESIS)

    def rows(self, after_seq: int = 0, limit: int = -1) -> list[Row]:
        """The rows behind `after_seq` in order, at most `limit` (-1: all)."""
        return [Row(*row) for row in self._all(f"{EVENT} WHERE seq > ? ORDER BY seq LIMIT ?", after_seq, limit)]

    def unsent(self, limit: int = -1) -> list[Row]:
        """The rows that no receiver has acknowledged, in order, at most `limit` (-1: all)."""
        return [Row(*row) for row in self._all(f"{EVENT} {UNSENT} ORDER BY seq LIMIT ?", limit)]

    def unsent_count(self) -> int:
        count: int = self._all(WAITING)[0][0]
        return count

    def mark_acked(self, through: int) -> None:
        """The receiver has every row up to `through` and none behind it: one that was restored may have fewer than before."""
        with writing(self._connection):
            known = "SELECT 1, min(?, coalesce(max(seq), 0)) FROM event"  # no event to come is sent already
            self._connection.execute(f"INSERT OR REPLACE INTO sent {known}", (through,))

    def recordings(self) -> list[Recording]:
        """Every recording, in the order they began."""
        return [Recording(*row[:-2], *map(bool, row[-2:])) for row in self._all(f"{RECORDING} ORDER BY begun_seq, id")]

    def unsent_recordings(self) -> list[Recording]:
        """Those that ended with something kept and that no receiver has whole."""
        return [kept for kept in self.recordings() if kept.sha256 is not None and not kept.received]

    def upload_begun(self, recording: str, upload: str) -> None:
        """The receiver takes the recording at `upload`."""
        with writing(self._connection):
            self._connection.execute("UPDATE recording SET upload = ? WHERE id = ?", (upload, recording))

    def mark_received(self, recording: str, received: bool = True) -> None:
        """The receiver has the whole recording and has checked its hash; False when it turns out that it has not."""
        with writing(self._connection):
            self._connection.execute("UPDATE recording SET received = ?, upload = '' WHERE id = ?", (int(received), recording))

    def receipt(self) -> Receipt | None:
        found = self._all("SELECT number, signed, signature, wall FROM receipt")
        return Receipt(*found[0]) if found else None

    def store_receipt(self, receipt: Receipt) -> None:
        """Keep a receipt whose signature was verified. The first one stays."""
        values = (receipt.number, receipt.signed, receipt.signature, receipt.wall_ms)
        with writing(self._connection):
            self._connection.execute("INSERT OR IGNORE INTO receipt VALUES (1, ?, ?, ?, ?)", values)

    def verify(self) -> list[Damage]:
        """Every row that is not what was written. A cut tail shows only against a head that a receiver has seen."""
        return chain.check(self.about.session, self.rows())

    def _about(self) -> About:
        found = self._all("SELECT session, epoch, wrapped_key, created FROM meta")
        kinds = (str, str, bytes, int)
        if not found or not all(isinstance(value, kind) for value, kind in zip(found[0], kinds, strict=True)):
            raise damaged("it does not say which test it is")
        return About(*found[0])

    def _all(self, sql: str, *values: Any) -> Sequence[Any]:
        with troubles():
            return self._connection.execute(sql, values).fetchall()


@contextmanager
def told_as_damage() -> Iterator[None]:
    """While a file that may be damaged is looked at for the first time: what is not there, or is no text, is its damage."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, json.JSONDecodeError, LookupError) as error:
        raise damaged(str(error)) from error


def require_session(path: Path) -> None:
    """Trouble `session-unknown` when there is no journal at `path`."""
    if not path.exists():
        raise Trouble(
            "session-unknown",
            "There is no saved test of this name on this computer.",
            "It may be on the computer where it was begun.",
            "Ask your proctor.",
        )


@contextmanager
def reading(path: Path) -> Iterator[JournalReader]:
    """A reader for one use."""
    reader = JournalReader(path)
    try:
        yield reader
    finally:
        reader.close()
