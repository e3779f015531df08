"""Is everything of a session still as it was written? Every change is named. It looks at copies and changes nothing.

What it cannot know alone, it says: without the session's key nobody can tell a chain that was computed again, and only a
witness (a receipt, a second copy, the server) knows that a tail was cut off or a whole older file put back.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.storage.folders import NAME, SessionFolder
from stamp_desktop.storage.journal import opens_with
from stamp_desktop.storage.lock import Lock, lock_of
from stamp_desktop.storage.reader import EVENT, About, Head
from stamp_desktop.storage.recordings import part_of
from stamp_desktop.storage.schema import JOURNAL, STRUCTURE, other_structure, upgrade
from stamp_desktop.storage.vault import SessionKey, signed_by
from stamp_desktop.trouble import Trouble

BEGAN, ENDED = "recording_began", "recording_ended"
"""The kinds of the events that a recording has."""

Kinds: TypeAlias = tuple[type | tuple[type, ...], ...]
BLANK = Row(0, "", "", None, 0, 0, "", b"", GENESIS, GENESIS)
TEXT, NUMBER = (str, type(None)), (int, type(None))
EVENT_KINDS: Kinds = (int, str, str, TEXT, int, int, str, bytes, bytes, bytes)
LINES: dict[str, tuple[str, Kinds]] = {
    "meta": ("session, epoch, wrapped_key, created, key_check FROM meta", (str, str, bytes, int, bytes)),
    "sent": ("through FROM sent", (int,)),
    "recording": (
        "id, item, begun_seq, ended_seq, sha256, bytes, frames, samples, rate FROM recording ORDER BY begun_seq",
        (str, TEXT, int, NUMBER, TEXT, NUMBER, NUMBER, NUMBER, NUMBER),
    ),
    "receipt": ("number, signed, signature FROM receipt", (str, bytes, bytes)),
}
"""Tables beside the events: what is read of them, and of which kinds it was written."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written: where, and what happened to it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and what was found. `opened`: the session's key was there, so that no change stays unseen.

    `about` is what a journal says of itself, None where it does not, or nobody asked it.
    """

    session: str
    events: int
    recordings: int
    opened: bool
    findings: tuple[Finding, ...]
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the file says, as far as it can be read."""

    rows: list[Row]
    lines: Mapping[str, list[tuple[Any, ...]]]
    findings: list[Finding]


def verify_session(
    folder: SessionFolder, key: SessionKey | None, server_keys: Sequence[bytes] = (), witnesses: Sequence[tuple[str, Head]] = ()
) -> Verdict:
    """Check a session's journal against itself, its recordings, its receipt and what witnesses have seen of it.

    `server_keys`: Ed25519 keys, for the receipt. Trouble `disk-error`; a damaged file is a finding.
    """
    with _copied(folder.journal) as copy:
        told = _read(copy)
    found = list(told.findings)
    meta = told.lines["meta"]
    about = About(*meta[0][:4]) if meta else None
    session = folder.path.name if about is None else about.session
    if about is None:
        found.append(Finding("journal", "it does not say which test it is"))
    elif key and not opens_with(about, meta[0][4], key):
        found.append(
            Finding("journal", "its head (session, wrapped key, time of its beginning) was changed, or the key is another")
        )
    found += _events(session, told.rows, key)
    found += _sent(told)
    found += _recordings(folder, session, told, key)
    for number, signed, signature in told.lines["receipt"]:
        found += _receipt(session, number, signed, signature, server_keys)
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(signed)
            witnesses = [*witnesses, ("the receipt", Head(int(said["events"]), bytes.fromhex(said["head"])))]
    found += witnessed(told.rows, witnesses)
    return Verdict(session, len(told.rows), len(told.lines["recording"]), key is not None, tuple(found), about)


def verify_recording(path: Path, key: SessionKey | None) -> Verdict:
    """Check one recording's file, finished or growing."""
    with disk_troubles():
        data = path.read_bytes()
    try:
        session, recording = recordings.named(data)
    except Trouble as trouble:
        return Verdict("", 0, 1, key is not None, (Finding(path.name, trouble.advice.what),))
    wrong = recordings.problems(data, key, session, recording, growing=path.suffix == ".part")
    return Verdict(session, 0, 1, key is not None, tuple(Finding(f"recording {recording}", what) for what in wrong))


def readable(journal: Path, key: SessionKey) -> tuple[About | None, list[Row]]:
    """What can be read of a journal: what it says it is, None where that is not sound, and its events, sound or not.

    Trouble `disk-error`.
    """
    with _copied(journal) as copy:
        told = _read(copy)
    sound = [About(*line[:4]) for line in told.lines["meta"] if opens_with(About(*line[:4]), line[4], key)]
    return (sound[0] if sound else None), told.rows


@contextmanager
def _copied(journal: Path) -> Iterator[Path]:
    """A copy to open: opening the file itself would already move its log into it. Trouble `session-open-elsewhere`."""
    with tempfile.TemporaryDirectory(prefix="stamp-verify-") as name, _at_rest(journal):
        with disk_troubles():
            for file in database_files(journal)[:2]:
                if file.exists():
                    shutil.copyfile(file, Path(name) / file.name)
        yield Path(name) / journal.name


@contextmanager
def _at_rest(journal: Path) -> Iterator[None]:
    """While nobody writes to it."""
    if not lock_of(journal).exists():
        yield
        return
    with disk_troubles():
        lock = Lock(lock_of(journal))
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> Told:
    findings: list[Finding] = []
    lines: dict[str, list[tuple[Any, ...]]] = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with suppress(Trouble, sqlite3.Error, ValueError, LookupError):  # what is too damaged for it is named below
            upgrade(connection, JOURNAL)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        structure = _all(connection, "PRAGMA integrity_check(20)", findings)
        findings += (Finding("journal", f"the file is damaged: {line[0]}") for line in structure if line[0] != "ok")
        tables = _all(connection, STRUCTURE, findings)
        findings += (Finding("journal", f"{kind} {name} was changed") for kind, name in other_structure(tables, JOURNAL))
        rows = _rows(connection, findings)
        for table, (sql, kinds) in LINES.items():
            read = _all(connection, f"SELECT {sql}", findings)
            lines[table] = [line for line in read if _is(line, kinds)]
            findings += (Finding(table, "a line of it was changed") for line in read if not _is(line, kinds))
    return Told(rows, lines, list(dict.fromkeys(findings)))


def _all(connection: sqlite3.Connection, sql: str, findings: list[Finding]) -> list[tuple[Any, ...]]:
    """The lines, up to where the file cannot be read."""
    got: list[tuple[Any, ...]] = []
    try:
        for line in connection.execute(sql):
            got.append(line)  # noqa: PERF402  # an error further on leaves what was read
    except (sqlite3.Error, UnicodeDecodeError) as error:
        findings.append(Finding("journal", f"the file is damaged: {error}"))
    return got


def _rows(connection: sqlite3.Connection, findings: list[Finding]) -> list[Row]:
    """Every event that can be read; one whose fields are of another kind than was written is named and left out."""
    rows: dict[int, Row] = {}
    for line in _all(connection, f"{EVENT} ORDER BY seq", findings):
        if _is(line, EVENT_KINDS):
            rows[line[0]] = Row(*line)
        else:
            findings.append(Finding(f"event {line[0]}", "was changed"))
            rows[line[0]] = replace(BLANK, seq=line[0])
    return [rows[seq] for seq in sorted(rows)]


def _is(line: tuple[Any, ...], kinds: Kinds) -> bool:
    return all(isinstance(value, kind) for value, kind in zip(line, kinds, strict=True))


def _events(session: str, rows: Sequence[Row], key: SessionKey | None) -> Iterator[Finding]:
    named: set[int] = set()
    for damage in chain.check(session, rows):
        named.add(damage.seq)
        yield Finding(f"event {damage.seq}", str(damage).partition(f"row {damage.seq} ")[2])
    for row in rows:
        if key and row.seq not in named:
            try:
                chain.open_body(key, session, row)
            except Trouble:
                yield Finding(f"event {row.seq}", "was changed and its hash computed again, or is of another session")


def _sent(told: Told) -> Iterator[Finding]:
    """The events up to one number were sent: there is one such number, and not behind the last event."""
    through = [line[0] for line in told.lines["sent"]]
    last = told.rows[-1].seq if told.rows else 0
    if len(through) != 1 or not 0 <= through[0] <= last:
        yield Finding("sent", "what waits to be sent is not the end of the journal")


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording as the journal lists it, unchecked."""

    id: str
    item: str | None
    begun_seq: int
    ended_seq: int | None
    sha256: str | None
    bytes: int | None
    frames: int | None
    samples: int | None
    rate: int | None


def _recordings(folder: SessionFolder, session: str, told: Told, key: SessionKey | None) -> Iterator[Finding]:
    rows = {row.seq: row for row in told.rows}
    listed = [Listed(*line) for line in told.lines["recording"]]
    for each in listed:
        words = [_said(rows.get(each.begun_seq), BEGAN, each, key, session)]
        if each.ended_seq is not None:
            words.append(_said(rows.get(each.ended_seq), ENDED, each, key, session))
        if not all(words):
            yield Finding(f"recording {each.id}", "what the journal lists of it is not what its events say")
        if NAME.fullmatch(each.id):
            yield from _file(folder, session, each, key)
    unlisted = {row.seq for row in told.rows if row.kind == BEGAN} - {each.begun_seq for each in listed}
    yield from (Finding(f"event {seq}", "begins a recording that the journal does not list") for seq in sorted(unlisted))
    if folder.recordings.is_dir():
        known = {each.id for each in listed}
        for file in sorted(folder.recordings.iterdir()):
            if file.name.partition(".")[0] not in known:
                yield Finding(f"file {file.name}", "does not belong to this session")


def _said(row: Row | None, kind: str, listed: Listed, key: SessionKey | None, session: str) -> bool:
    """The list of recordings is a projection: what it says has to stand in the sealed event as well."""
    if row is None or row.kind != kind or row.item != listed.item:
        return False
    body = b""
    if key:
        with suppress(Trouble):
            body = chain.open_body(key, session, row)
    words = (listed.id, listed.sha256 if kind == ENDED else None)
    return not body or all(str(word).encode() in body for word in words if word)


def _file(folder: SessionFolder, session: str, listed: Listed, key: SessionKey | None) -> Iterator[Finding]:
    where, growing = f"recording {listed.id}", listed.ended_seq is None
    path = folder.recording(listed.id)
    if growing and not path.exists():
        path = part_of(path)
    if not path.exists():
        if listed.sha256 is not None:
            yield Finding(where, "its file is missing")
        return
    with disk_troubles():
        data = path.read_bytes()
    kept = listed.sha256 is not None
    wrong = recordings.problems(data, key, session, listed.id, growing=growing or not kept)
    yield from (Finding(where, what) for what in wrong)
    if kept and not wrong:
        if recordings.sha256_of(path) != listed.sha256:
            yield Finding(where, f"its file is another than was written ({len(data)} bytes, {listed.bytes} were written)")
        elif (len(data), *recordings.measured(data)) != (listed.bytes, listed.rate, listed.frames, listed.samples):
            yield Finding(where, "what the journal lists of its length is not what the file has")


def _receipt(session: str, number: str, signed: bytes, signature: bytes, server_keys: Sequence[bytes]) -> Iterator[Finding]:
    if not server_keys:
        return
    try:
        said = json.loads(signed)
        right = said["session"] == session and said["number"] == number and signed_by(server_keys, signed, signature)
    except (ValueError, KeyError, TypeError):
        right = False
    if not right:
        yield Finding("receipt", "it is not one that the server signed for this session")


def witnessed(rows: Sequence[Row], witnesses: Sequence[tuple[str, Head]]) -> Iterator[Finding]:
    """Where these events are not what somebody else has seen of them."""
    hashes = {row.seq: row.hash for row in rows}
    last = rows[-1].seq if rows else 0
    for who, head in witnesses:
        if head.seq > last:
            yield Finding(
                "journal", f"it ends with event {last}, but {who} has seen event {head.seq}: set back, or its tail is cut"
            )
        elif head.seq and hashes.get(head.seq) != head.hash:
            yield Finding(f"event {head.seq}", f"is another than {who} has seen: set back and gone on differently")
