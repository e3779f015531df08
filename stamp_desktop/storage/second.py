"""A second copy of every session, as it comes: events and frames appended in another place. Never a copy of a live database.

    PLACE/SESSION/events-EPOCH-1.jsonl  a line about the session, then a line for each event as it is stored and sent
    PLACE/SESSION/recordings/           as in the session's own folder

A computer that was set back goes on in a second file: what the first one has seen stays.

What is there is sealed as on this computer; the place needs to be trusted with nothing but not to lose it. It refuses to hold
up the first copy: it is written by a thread of its own (see `scribe`), and its trouble is nobody's in front of a screen.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.storage.durable import disk_troubles, make_folder, sync_file, sync_folder, write_all
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.reader import About, Head, JournalReader, Recording, reading
from stamp_desktop.storage.recordings import part_of, sha256_of
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

BYTES = ("body", "prev_hash", "hash")
BEFORE = Head(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a second copy has of a session. `log` is the file it was read from."""

    about: About
    rows: tuple[Row, ...]
    log: Path

    @property
    def head(self) -> Head:
        """The last event, for a witness."""
        return Head(self.rows[-1].seq, self.rows[-1].hash) if self.rows else BEFORE


class SecondCopy:
    """One session's copy in `place` (a folder for this session alone). For one thread."""

    def __init__(self, source: SessionFolder, place: Path) -> None:
        self._source = source
        self._folder = SessionFolder(place)
        self._log: Path | None = None
        self._head = BEFORE

    def catch_up(self) -> bool:
        """Append what is new; True while a recording grows. A session that is not there yet has nothing.

        Trouble `disk-full`, `disk-error` (of either place).
        """
        if not self._source.journal.exists():
            return False
        with reading(self._source.journal) as journal:
            self._events(journal)
            growing = [each for each in journal.recordings() if self._recording(each)]
        return bool(growing)

    def _events(self, journal: JournalReader) -> None:
        if self._log is None or not _has(journal, self._head):
            self._log, self._head = self._begin(journal)
        if rows := journal.rows(self._head.seq):
            _append(self._log, b"".join(_line(_row_facts(row)) for row in rows))
            self._head = Head(rows[-1].seq, rows[-1].hash)

    def _begin(self, journal: JournalReader) -> tuple[Path, Head]:
        """The file to go on in: a new one where those that are there have seen what the journal does not have (any more)."""
        about = journal.about
        with disk_troubles():
            make_folder(self._folder.recordings)
            number = 1
            while (log := self._folder.path / f"events-{about.epoch}-{number}.jsonl").exists():
                os.truncate(log, _whole_lines(log))  # a line that a kill has cut is written again
                copied = _read(log)
                if copied and _has(journal, copied.head):
                    return log, copied.head
                if copied is None:
                    log.unlink()
                    break
                number += 1
            facts = {"session": about.session, "epoch": about.epoch, "created_ms": about.created_ms}
            _append(log, _line({**facts, "wrapped_key": about.wrapped_key.hex()}))
            sync_folder(log.parent)
        return log, BEFORE

    def _recording(self, recording: Recording) -> bool:
        """Bring one up to date; True while it grows."""
        source, target = self._source.recording(recording.id), self._folder.recording(recording.id)
        growing = recording.ended_seq is None
        with disk_troubles():
            if target.exists() or (not growing and recording.sha256 is None):
                return False
            part = part_of(target)
            original = source if source.exists() else part_of(source)
            if not original.exists():
                return growing
            _append_rest(original, part)
            if growing:
                return True
            if sha256_of(part) != recording.sha256:  # it was salvaged: what was torn is other now
                part.unlink()
                _append_rest(original, part)
            part.replace(target)
            sync_folder(target.parent)
        return False


def copies(place: Path) -> list[Copied]:
    """The copies of a session that lie in its second place, the one with most events last. Trouble `disk-error`."""
    with disk_troubles():
        found = [copied for log in sorted(place.glob("events-*.jsonl")) if (copied := _read(log))]
    return sorted(found, key=lambda copied: len(copied.rows))


def second_copy(place: Path, key: SessionKey | None, about: About | None) -> list[tuple[str, str]]:
    """The name of a log and what of it is not as it was written, for each thing. Trouble `disk-error`."""
    kept = {each.log: each for each in copies(place)}
    found = [(log.name, "cannot be read") for log in sorted(place.glob("events-*.jsonl")) if log not in kept]
    return found + [(log.name, what) for log, copied in kept.items() for what in _changed(copied, about, key)]


def _changed(copied: Copied, about: About | None, key: SessionKey | None) -> Iterator[str]:
    """`about` is what the journal says of itself."""
    with disk_troubles():
        raw = copied.log.read_bytes()
    said, session = copied.about, copied.about.session
    if about and (session != about.session or (said.epoch == about.epoch and said != about)):
        yield "its first line was changed"
    if copied.log.name.split("-")[1] != said.epoch:
        yield "its first line or its name was changed"
    for damage in chain.check(session, copied.rows):
        yield str(damage)
    for row in copied.rows:
        if key and chain.row_hash(session, row) == row.hash:
            try:
                chain.open_body(key, session, row)
            except Trouble:
                yield f"row {row.seq} was changed and its hash computed again, or is of another session"
    if raw.count(b"\n") != len(copied.rows) + 1 or not raw.endswith(b"\n"):
        yield f"from row {len(copied.rows) + 1} on it cannot be read"


def _has(journal: JournalReader, head: Head) -> bool:
    """Whether this event is one of the journal's."""
    return not head.seq or [row.hash for row in journal.rows(head.seq - 1, 1)] == [head.hash]


def _append(path: Path, data: bytes) -> None:
    with disk_troubles():
        descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        try:
            write_all(descriptor, data)
            sync_file(descriptor)
        finally:
            os.close(descriptor)


def _append_rest(source: Path, target: Path) -> None:
    """What `source` has behind the length of `target`."""
    with source.open("rb") as file:
        file.seek(target.stat().st_size if target.exists() else 0)
        if rest := file.read():
            _append(target, rest)


def _line(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def _row_facts(row: Row) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in Row.__slots__}
    return {name: value.hex() if name in BYTES else value for name, value in facts.items()}


def _row(facts: dict[str, Any]) -> Row:
    return Row(
        seq=int(facts["seq"]),
        id=str(facts["id"]),
        kind=str(facts["kind"]),
        item=facts["item"],
        wall_ms=int(facts["wall_ms"]),
        mono_ms=int(facts["mono_ms"]),
        boot=str(facts["boot"]),
        body=bytes.fromhex(facts["body"]),
        prev_hash=bytes.fromhex(facts["prev_hash"]),
        hash=bytes.fromhex(facts["hash"]),
    )


def _whole_lines(log: Path) -> int:
    """Bytes up to behind the last line that is whole."""
    return log.read_bytes().rfind(b"\n") + 1


def _read(log: Path) -> Copied | None:
    """What a log has, up to the first line that is not whole; None where not even the first is."""
    lines = _facts(log)
    try:
        first = next(lines)
        about = About(first["session"], first["epoch"], bytes.fromhex(first["wrapped_key"]), first["created_ms"])
    except (StopIteration, KeyError, TypeError, ValueError):
        return None
    rows: list[Row] = []
    for facts in lines:
        try:
            rows.append(_row(facts))
        except (KeyError, TypeError, ValueError):
            break
    return Copied(about, tuple(rows), log)


def _facts(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_bytes().splitlines(keepends=True):
        try:
            facts = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            facts = None
        if not isinstance(facts, dict):
            return
        yield facts


def bring_back(place: Path, folder: SessionFolder, recording: str) -> None:
    """Copy a recording from the second place where the first has none. Trouble `disk-full`, `disk-error`."""
    source = SessionFolder(place).recording(recording)
    for kept, wanted in ((source, folder.recording(recording)), (part_of(source), part_of(folder.recording(recording)))):
        if kept.exists() and not wanted.exists():
            with disk_troubles():
                new = wanted.with_name(wanted.name + ".new")
                shutil.copyfile(kept, new)
                descriptor = os.open(new, os.O_RDWR)
                try:
                    sync_file(descriptor)
                finally:
                    os.close(descriptor)
                new.replace(wanted)
                sync_folder(wanted.parent)
            return
