"""A station's storage at work on a disk, telling what it promises; and what of that is kept in a folder afterwards.

It uses the storage as the exam program does: keys, the list of sessions, a journal, recordings. What it has done is told in
lines `PROMISE ARGUMENTS` to `say`; the moment a line is told is the moment after the call returned.
"""

import errno
import os
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from stamp_desktop.storage import journal as journal_module
from stamp_desktop.storage import recordings
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

RATE = 500
"""Hz: seconds of speech as small as a test can afford."""

LITTLE_ROOM = 60_000
"""Bytes of the journal's log at its beginning, so that the notes of the disk are not full of it."""

DIED = 9
"""The exit status of a program that ended without letting go of anything."""

Say = Callable[[str], None]


def key_of(session: str) -> SessionKey:
    return SessionKey(random.Random(session).randbytes(32))


def second(recording: str, number: int) -> bytes:
    """A second of speech, told from all others."""
    return random.Random(f"{recording} {number}").randbytes(2 * RATE)


def begin(root: Path, session: str, say: Say) -> Journal:
    """A session as the desk begins it: the key, the journal, the note for the courier."""
    folders = Folders(root)
    folders.make()
    FileKeyStore(folders.keys).put(key_name(session), key_of(session).raw)
    say(f"key {session}")
    path = folders.make_session(session).journal
    if path.exists():  # it was begun, and then the disk had enough
        journal = Journal.open(path, key_of(session))
    else:
        journal = Journal.create(path, session, key_of(session), b"wrapped", 0)
    say(f"journal {session}")
    try:
        with closing(Station(folders.station)) as station:
            station.keep_session(SessionLine(session, "g", session, 0))
    except BaseException:
        journal.close()
        raise
    say(f"station {session}")
    return journal


def answer(journal: Journal, say: Say, count: int = 1) -> None:
    """Some events in one transaction."""
    number = journal.head().seq
    entries = [Entry("answered", "i1", f"answer {number + n}".encode(), 0, 0, "b") for n in range(1, count + 1)]
    for row in journal.append_all(entries):
        say(f"event {journal.about.session} {row.seq} {row.hash.hex()}")


def speak(root: Path, journal: Journal, name: str, seconds: int, say: Say) -> None:
    """A recording, from its first fact to its last."""
    session = journal.about.session
    path = Folders(root).session(session).recording(name)
    (row,) = journal.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun(name))])
    say(f"event {session} {row.seq} {row.hash.hex()}")
    file = RecordingFile.create(path, key_of(session), session, name, RATE)
    try:
        for number in range(seconds):
            file.write_frame(second(name, number))
            say(f"frame {session} {name} {number}")
        finished = file.finish()
    finally:
        file.close()
    say(f"finished {session} {name} {finished.sha256}")
    (row,) = journal.append_all([Entry("recording_ended", "p1", b"", 0, 0, "b", RecordingEnded(name, finished))])
    say(f"event {session} {row.seq} {row.hash.hex()}")


def acknowledge(journal: Journal, through: int, say: Say) -> None:
    """The courier's own connection notes what the server has."""
    say(f"about-to-ack {journal.about.session} {through}")
    with reading(journal.path) as reader:
        reader.mark_acked(through)


def die_of_a_failed_sync(disk: Path) -> None:
    """A program on a forgetful disk that is killed when the sync of an answer has failed."""
    journal_module.ROOM = LITTLE_ROOM
    journal = Journal.open(Folders(disk / "station").session("s0").journal, key_of("s0"))
    with (disk / ".control").open("wb", buffering=0) as control:

        def say(line: str) -> None:
            control.write(f"said {line}".encode())

        answer(journal, say, 2)
        control.write(f"fail fsync 0 {errno.EIO} 1".encode())
        try:
            answer(journal, say)
        except Trouble:
            os._exit(DIED)


def broken(root: Path, said: Iterable[str]) -> list[str]:
    """Which of the promises this folder does not keep, after the storage has opened it again as the program would."""
    look = Look(Folders(root))
    lost: list[str] = []
    try:
        for line in said:
            word, session, *rest = line.split()
            try:
                if not look.keeps(word, session, rest):
                    lost.append(line)
            except (Trouble, OSError) as error:
                lost.append(f"{line}: {error}")
        lost += look.going_on()
    finally:
        look.close()
    return lost


@dataclass(slots=True)
class Look:
    """The storage, opened again."""

    folders: Folders
    journals: dict[str, Journal] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)

    def keeps(self, word: str, session: str, rest: Sequence[str]) -> bool:
        """Whether this promise is kept; Trouble, OSError where it cannot be looked at."""
        folder = self.folders.session(session)
        kept = False
        match word:
            case "key":
                kept = FileKeyStore(self.folders.keys).get(key_name(session)) == key_of(session).raw
            case "journal":
                if session not in self.journals:
                    self.journals[session] = Journal.open(folder.journal, key_of(session))
                kept = self.journals[session].verify() == []
            case "station":
                with closing(Station(self.folders.station)) as station:
                    kept = session in {each.id for each in station.sessions()}
            case "event" if session in self.journals:
                found = self.journals[session].rows(int(rest[0]) - 1, 1)
                kept = bool(found) and found[0].hash.hex() == rest[1]
            case "frame":
                kept = second(rest[0], int(rest[1])) in _spoken(self.folders, session, rest[0])
            case "finished":
                kept = recordings.sha256_of(folder.recording(rest[0])) == rest[1]
            case "about-to-ack":
                self.acked[session] = max(int(rest[0]), self.acked.get(session, 0))
                kept = True
        return kept

    def going_on(self) -> list[str]:
        """What is wrong when every journal takes a next event; everything that no server has must still be waiting."""
        wrong: list[str] = []
        for session, journal in self.journals.items():
            answer(journal, lambda _: None)
            waiting = {row.seq for row in journal.unsent()}
            after = self.acked.get(session, 0)
            wrong += [f"event {row.seq} does not wait any more" for row in journal.rows(after) if row.seq not in waiting]
            wrong += map(str, journal.verify())
        return wrong

    def close(self) -> None:
        for journal in self.journals.values():
            journal.close()


def _spoken(folders: Folders, session: str, name: str) -> list[bytes]:
    """The whole seconds that are kept, salvaged where the end is missing."""
    path, key = folders.session(session).recording(name), key_of(session)
    if not path.exists():
        recordings.salvage(path, key, session, name)
    pcm, _ = recordings.read(path, key, session, name)
    return [pcm[at : at + 2 * RATE] for at in range(0, len(pcm), 2 * RATE)]
