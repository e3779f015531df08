"""The journal of one session: the append-only truth, written by one thread of one process. It refuses to know what events mean.

What `append` has returned is on the disk, and waits to be sent. What it has not returned may be there or not after
an error of the disk: open again and read.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.storage import chain, vault
from stamp_desktop.storage.chain import Damage, Row
from stamp_desktop.storage.database import connect, database_files, make_room, settle, troubles, writing
from stamp_desktop.storage.durable import damaged, disk_troubles, make_folder, sync_folder
from stamp_desktop.storage.lock import Lock, lock_of
from stamp_desktop.storage.reader import About, Head, JournalReader, require_session, told_as_damage
from stamp_desktop.storage.recordings import Finished
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.schema import JOURNAL, upgrade
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

ROOM = 4_000_000
"""Bytes of the write-ahead log that lie on the disk before the first event: a long test writes about 3 MB."""

WRITER_CHECKPOINT = 4000
"""Pages after which the writer itself moves the log into the file. The courier, which commits too, does it at 1000, off the
path of an answer; without a line this is the limit.
"""


@dataclass(frozen=True, slots=True)
class RecordingBegun:
    """The event begins this recording."""

    id: str


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The event ends this recording; `finished` is None when nothing could be kept."""

    id: str
    finished: Finished | None
    salvaged: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be written, `body` plain; `recording` is written in the same transaction. Times in ms."""

    kind: str
    item: str | None
    body: bytes
    wall_ms: int
    mono_ms: int
    boot: str
    recording: RecordingBegun | RecordingEnded | None = None


class Journal(JournalReader):
    """The one writer. It belongs to the thread that opened it, and to the only process that holds the session's lock."""

    def __init__(self, path: Path, key: SessionKey, lock: Lock, reserve: Reserve | None = None) -> None:
        """Use `create` or `open`."""
        super().__init__(path)
        self.reserve = reserve
        self._key = key
        self._lock = lock
        self._head = super().head()
        self._failed: Trouble | None = None
        self._connection.execute(f"PRAGMA wal_autocheckpoint={WRITER_CHECKPOINT}")

    @classmethod
    def create(
        cls, path: Path, session: str, key: SessionKey, wrapped_key: bytes, created_ms: int, reserve: Reserve | None = None
    ) -> "Journal":
        """A new session at `path`, in a folder that is made; FileExistsError when there is one. A full disk takes the reserve.

        Trouble: `session-open-elsewhere`, `disk-full`, `disk-error`.
        """
        with disk_troubles():
            make_folder(path.parent)
            lock = Lock(lock_of(path))
        try:
            write_new(path, About(session, secrets.token_hex(16), wrapped_key, created_ms), key)
            journal = cls(path, key, lock, reserve)
        except BaseException:
            lock.release()
            raise
        return journal._ready()

    @classmethod
    def open(cls, path: Path, key: SessionKey, reserve: Reserve | None = None) -> "Journal":
        """The session at `path`, every row of it checked. A full disk takes the reserve.

        Trouble: `session-unknown`, `session-open-elsewhere`, `key-wrong`, `data-damaged` (then `quarantine` it),
        `program-too-old`, `disk-error`.
        """
        require_session(path)
        with disk_troubles():
            lock = Lock(lock_of(path))
        try:
            with told_as_damage():
                journal = cls(path, key, lock, reserve)
        except BaseException:
            lock.release()
            raise
        try:
            with told_as_damage():
                journal._check_whole()
        except BaseException:
            journal.close()
            raise
        return journal._ready()

    def close(self) -> None:
        super().close()
        self._lock.release()

    def head(self) -> Head:
        return self._head

    def append(self, kind: str, item: str | None, body: bytes, wall_ms: int, mono_ms: int, boot: str) -> Row:
        """Write one event; when it returns, it is on the disk and waits to be sent. Trouble as `append_all`."""
        return self.append_all([Entry(kind, item, body, wall_ms, mono_ms, boot)])[0]

    def append_all(self, entries: Sequence[Entry]) -> list[Row]:
        """Write these events and their recordings in one transaction: all are on the disk, or none.

        Trouble: `disk-full` (nothing was written; once there is room it may be tried again), `disk-error` (from then on
        every append is refused until the journal is opened again).
        """
        if self._failed:
            raise self._failed
        rows = list(self._chained(entries))
        try:
            self._write(rows, entries)
        except Trouble as trouble:
            if trouble.code != "disk-full":
                self._failed = trouble  # after a failed fsync nobody knows what the disk has; only a fresh look tells
            raise
        if rows:
            self._head = Head(rows[-1].seq, rows[-1].hash)
        return rows

    def _write(self, rows: Sequence[Row], entries: Sequence[Entry]) -> None:
        try:
            with writing(self._connection):
                for row, entry in zip(rows, entries, strict=True):
                    self._insert(row, entry.recording)
        except Trouble as trouble:
            if trouble.code != "disk-full" or self.reserve is None or not self.reserve.let_go():
                raise
            self._write(rows, entries)

    def read(self) -> Iterator[tuple[Row, bytes]]:
        """Each row with its opened body, in order; Trouble `data-damaged` at the first that does not open."""
        for row in self.rows():
            yield row, chain.open_body(self._key, self.about.session, row)

    def verify(self) -> list[Damage]:
        """As the reader's, and every body is opened as well: without the session's key no change stays unseen."""
        found = super().verify()
        known = {damage.seq for damage in found}
        for row in self.rows():
            if row.seq not in known:
                try:
                    chain.open_body(self._key, self.about.session, row)
                except Trouble:
                    found.append(Damage(row.seq, "unreadable"))
        return sorted(found, key=lambda damage: damage.seq)

    def _ready(self) -> "Journal":
        """What is to be added rests on the disk, and there is room for it."""
        try:
            settle(self._connection, self.path)
        except BaseException:
            self.close()
            raise
        make_room(self._connection, self.path, ROOM)
        return self

    def _chained(self, entries: Sequence[Entry]) -> Iterator[Row]:
        seq, prev_hash = self._head.seq, self._head.hash
        for entry in entries:
            seq += 1
            plain = Row(
                seq=seq,
                id=secrets.token_hex(16),
                kind=entry.kind,
                item=entry.item,
                wall_ms=entry.wall_ms,
                mono_ms=entry.mono_ms,
                boot=entry.boot,
                body=entry.body,
                prev_hash=prev_hash,
                hash=b"",
            )
            row = chain.sealed_row(self._key, self.about.session, plain)
            prev_hash = row.hash
            yield row

    def _insert(self, row: Row, recording: RecordingBegun | RecordingEnded | None) -> None:
        run = self._connection.execute
        columns = (row.seq, row.id, row.kind, row.item, row.wall_ms, row.mono_ms, row.boot, row.body)
        run("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*columns, row.prev_hash, row.hash))
        match recording:
            case RecordingBegun(id=name):
                run("INSERT INTO recording (id, item, begun_seq) VALUES (?, ?, ?)", (name, row.item, row.seq))
            case RecordingEnded(id=name, finished=kept, salvaged=salvaged):
                facts = (kept.sha256, kept.bytes, kept.frames, kept.samples, kept.rate) if kept else (None,) * 5
                ended = run(
                    """UPDATE recording SET ended_seq = ?, sha256 = ?, bytes = ?, frames = ?, samples = ?, rate = ?,
                        salvaged = ? WHERE id = ? AND ended_seq IS NULL""",
                    (row.seq, *facts, int(salvaged), name),
                )
                if ended.rowcount != 1:
                    raise ValueError(f"recording {name} is not one that began and has not ended")

    def _check_whole(self) -> None:
        with troubles():
            problems = self._connection.execute("PRAGMA quick_check(1)").fetchall()
            key_check = self._connection.execute("SELECT key_check FROM meta").fetchone()[0]
        if problems != [("ok",)]:
            raise damaged(str(problems[0][0]))
        found = JournalReader.verify(self)
        if found:
            raise damaged("; ".join(map(str, found[:5])))
        if not opens_with(self.about, key_check, self._key):
            raise Trouble(
                "key-wrong",
                "The key of this saved test is missing or another.",
                "The answers are safe, but cannot be opened on this computer.",
                "Call your proctor: the test can go on from what the server has received.",
            )


def opens_with(about: About, key_check: bytes, key: SessionKey) -> bool:
    """Whether this is the session's key, and what the journal says about itself is as it was written."""
    older = place(about.session, "meta", 0, clear=fields(about.wrapped_key, about.created_ms))  # journals of version 0.1
    for where in (_meta_place(about), older):
        with suppress(Trouble):
            vault.open_sealed(key.raw, key_check, where)
            return True
    return False


def quarantine(path: Path) -> Path:
    """Move a damaged session's file aside, with what belongs to it, and give the folder where it lies now. Nothing is deleted.

    The session must not be open. Trouble `disk-error`, `disk-full`.
    """
    with disk_troubles():
        number = 1
        while (aside := path.with_name(f"damaged-{number}")).exists():
            number += 1
        make_folder(aside)
        for file in database_files(path):
            if file.exists():
                file.rename(aside / file.name)
        sync_folder(aside)
        sync_folder(path.parent)
    return aside


def write_new(path: Path, about: About, key: SessionKey, fill: Callable[[sqlite3.Connection], None] = lambda _: None) -> None:
    """Write the file under another name first: at `path` there is never half a journal. `fill` adds to its first rows."""
    if any(file.exists() for file in database_files(path)):
        raise FileExistsError(path)
    new = path.with_name(path.name + ".new")
    with disk_troubles():
        for file in database_files(new):
            file.unlink(missing_ok=True)
        with closing(connect(new, create=True)) as connection:
            upgrade(connection, JOURNAL)
            key_check = vault.seal(key.raw, b"", _meta_place(about))
            facts = (about.session, about.epoch, about.wrapped_key, about.created_ms, key_check)
            with writing(connection):
                connection.execute("INSERT INTO meta VALUES (1, ?, ?, ?, ?, ?)", facts)
                fill(connection)
            with troubles():
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all in one file before it gets its name
        new.rename(path)
        sync_folder(path.parent)


def _meta_place(about: About) -> bytes:
    return place(about.session, "meta", 0, clear=fields(about.epoch, about.wrapped_key, about.created_ms))
