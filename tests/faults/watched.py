"""What a killed program has left behind, against what it had said is kept. It ends only programs that it has started."""

import json
import multiprocessing
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stamp_desktop.delivery.signin import Admission
from stamp_desktop.engine.codec import decode
from stamp_desktop.engine.events import Event, Moment
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.replay import replay
from stamp_desktop.engine.state import State
from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.recordings import part_of
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import Group
from tests.content.small import SmallPackage
from tests.faults.taker import frame, place, play

LONGEST_DELAY = 0.01
PROGRAMS = multiprocessing.get_context("forkserver")
"""Each program is a process of its own that has loaded its modules already: a hundred kills take no hundred seconds."""

PROGRAMS.set_forkserver_preload(["pytest", "tests.faults.taker", "tests.faults.speaker", "tests.faults.forked"])


@dataclass(slots=True)
class Figures:
    """What a run of kills came to."""

    kills: int = 0
    facts: int = 0
    frames: int = 0
    lost: int = 0
    unacknowledged: int = 0
    elsewhere: int = 0
    sittings: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills over {self.sittings} sittings: {self.facts} acknowledged facts and {self.frames} seconds of "
            f"speech, {self.lost} lost; {self.elsewhere} resumed elsewhere; {self.unacknowledged} kept beyond what was said"
        )


@dataclass(slots=True)
class Told:
    """What a taker has said is kept: facts by number, how many frames of each recording, where it stood last."""

    facts: dict[int, str] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    places: list[tuple[int, str]] = field(default_factory=list)
    opened: list[tuple[int, str]] = field(default_factory=list)
    ended: bool = False

    def hear(self, line: str) -> None:
        match line.split():
            case ["open" | "fact" as word, seq, hash_, where]:
                self.facts[int(seq)] = hash_
                (self.opened if word == "open" else self.places).append((int(seq), where))
            case ["frame", recording, number]:
                self.frames[recording] = int(number) + 1
            case ["end"]:
                self.ended = True
            case _:
                raise AssertionError(line)


@dataclass(slots=True)
class Seat:
    """A test taker of a lab's computer, started and killed; `told` is all that was ever said by its programs."""

    root: Path
    group: Group
    login: str
    courier: bool = False
    told: Told = field(default_factory=Told)

    @property
    def session(self) -> str:
        return Admission(self.group, self.login, "").session

    @property
    def folders(self) -> Folders:
        return Folders(self.root)

    @property
    def key(self) -> SessionKey:
        raw = FileKeyStore(self.folders.keys).get(key_name(self.session))
        assert raw is not None
        return SessionKey(raw)

    def run(self, lines: int, dice: random.Random, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Start the program, hear so many lines (or -1: to the end), kill it at once or some moments later. Was it killed?

        `meanwhile` happens between the last line and the kill.
        """
        process, words = self._start()
        try:
            while lines and self._hear(words):
                lines -= 1
            if lines == 0:
                meanwhile()
                process.join(dice.choice((0.0, dice.uniform(0.0, LONGEST_DELAY))))
        finally:
            self._end(process, words, kill=lines == 0)
        return process.exitcode == -signal.SIGKILL

    def run_until(self, there: Path, dice: random.Random) -> None:
        """Start the program, kill it some moments after this file is there."""
        process, words = self._start()
        try:
            while process.is_alive() and not there.exists():
                pass
            process.join(dice.uniform(0.0, LONGEST_DELAY))
        finally:
            self._end(process, words, kill=True)

    def _start(self) -> tuple[ForkServerProcess, Connection]:
        words, told = PROGRAMS.Pipe(duplex=False)
        asked = (self.root, self.group.test_code, self.login, self.login, self.courier, told)
        process = PROGRAMS.Process(target=play, args=asked)
        process.start()
        told.close()
        return process, words

    def _end(self, process: ForkServerProcess, words: Connection, *, kill: bool) -> None:
        if kill:
            process.kill()
        while self._hear(words):
            pass
        process.join()
        words.close()

    def _hear(self, words: Connection) -> bool:
        """Take in the next line; False behind the last."""
        try:
            self.told.hear(words.recv())
        except EOFError:
            return False
        return True

    def rows(self) -> list[Row]:
        """What the journal has, whole and chained; none when there is no journal yet."""
        path = self.folders.session(self.session).journal
        if not path.exists():
            return []
        with reading(path) as journal:
            assert journal.verify() == []
            return journal.rows()

    def facts(self) -> list[tuple[Event, Moment]]:
        key, session = self.key, self.session
        return [
            (decode(row.kind, json.loads(chain.open_body(key, session, row))), Moment(row.wall_ms, row.mono_ms, row.boot))
            for row in self.rows()
        ]

    def state(self, form: Form) -> State:
        return replay(form, self.facts()).state

    def check(self, form: Form, figures: Figures, scratch: Path) -> None:
        """Everything that was said is there: facts by hash, frames by their sound."""
        rows = {row.seq: row.hash.hex() for row in self.rows()}
        figures.lost += sum(rows.get(seq) != hash_ for seq, hash_ in self.told.facts.items())
        figures.unacknowledged += len(rows.keys() - range(max(self.told.facts, default=0) + 1))
        for recording, count in self.told.frames.items():
            figures.lost += count - self._kept_frames(recording, scratch, count)
        if self.told.opened and rows:
            self._check_place(form, figures)

    def _check_place(self, form: Form, figures: Figures) -> None:
        """The program came back to where the facts before it led: worked out here from the journal, and as it was last seen."""
        seq, where = self.told.opened[-1]
        before = replay(form, self.facts()[:seq]).state
        figures.elsewhere += place(before) != where
        seen = [shown for number, shown in self.told.places if number == seq - 1]
        if seen and "/1" not in seen[-1]:  # a play that was open is given back
            figures.elsewhere += seen[-1] != where

    def _kept_frames(self, recording: str, scratch: Path, count: int) -> int:
        """How many of the first `count` frames open and sound as they were spoken."""
        path = self.folders.session(self.session).recording(recording)
        copy = scratch / path.name
        copy.unlink(missing_ok=True)
        if path.exists():
            copy.write_bytes(path.read_bytes())
        else:
            part_of(copy).write_bytes(part_of(path).read_bytes())
            recordings.salvage(copy, self.key, self.session, recording)
        pcm, _ = recordings.read(copy, self.key, self.session, recording)
        expected = [frame(recording, number) for number in range(count)]
        size = len(expected[0])
        return sum(pcm[number * size : (number + 1) * size] == each for number, each in enumerate(expected))


def trust(root: Path, small: SmallPackage) -> None:
    """Put the publisher's key where the exam program looks for it."""
    folder = root / "publishers"
    folder.mkdir(parents=True, exist_ok=True)
    (key,) = small.trusted
    (folder / "small.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def without_times(outcome: dict[str, Any]) -> dict[str, Any]:
    """An outcome without what a kill may change: times, and which recordings were kept of how much."""
    facts = json.loads(json.dumps(outcome))
    for section in facts["sections"]:
        del section["used_ms"]
        for item in section.get("items", ()):
            del item["response_ms"]
        for response in section.get("responses", ()):
            for name in ("recording", "sha256", "duration_ms", "salvaged"):
                response.pop(name, None)
    found: dict[str, Any] = facts
    return found
