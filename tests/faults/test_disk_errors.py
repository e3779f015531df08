"""The disk is full or fails, at any operation of any kind: nothing is called saved that is not, and what was there stays.

Behind every fault the power is cut as well: what was promised rests on the disk, not in the memory of the system.
"""

import errno
import itertools
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_desktop.storage import journal, recordings
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded
from stamp_desktop.storage.recordings import Finished, RecordingFile
from stamp_desktop.trouble import Trouble
from tests.faults.conftest import SOAK, Forgetful, many
from tests.faults.power import Disk
from tests.faults.promises import LITTLE_ROOM, RATE, answer, begin, broken, key_of, second

pytestmark = [pytest.mark.faults, pytest.mark.timeout(36_000 if SOAK else 180)]
KINDS = {"write": 130, "fsync": 40, "create": 12, "rename": 4, "truncate": 6, "unlink": 8}
"""Kinds of operations, and how many of them a sitting makes at most."""

ERRORS = (errno.ENOSPC, errno.EIO)
FAULTS = many(120, 10_000)
S = "s0"


class Clerk:
    """A sitting that does what the program does when the disk reports trouble: it says so, looks again, and goes on."""

    def __init__(self, disk: Forgetful) -> None:
        self.troubles: list[str] = []
        self._disk = disk
        self._root = disk.folder / "station"
        self._journal: Journal | None = None

    @property
    def journal(self) -> Journal:
        assert self._journal is not None
        return self._journal

    def sit(self) -> None:
        """Begin, answer, speak, answer, close."""
        self._until_done(self._begin)
        self._until_done(lambda: answer(self.journal, self._disk.said))
        self._until_done(lambda: answer(self.journal, self._disk.said, 3))
        self._until_done(lambda: self._append("recording_began", RecordingBegun("r1")))
        kept = self._record()
        self._until_done(lambda: self._append("recording_ended", RecordingEnded("r1", kept)))
        self._until_done(lambda: answer(self.journal, self._disk.said))
        self.journal.close()

    def _until_done(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Trouble as trouble:
            self._heal(trouble)
            if trouble.code == "disk-error" and self._journal:
                self._journal.close()
                self._journal = Journal.open(self._journal.path, key_of(S))
            self._until_done(act)

    def _heal(self, trouble: Trouble) -> None:
        self.troubles.append(trouble.code)
        self._disk.heal()

    def _begin(self) -> None:
        self._journal = begin(self._root, S, self._disk.said)

    def _append(self, kind: str, recording: RecordingBegun | RecordingEnded) -> None:
        """Unless it is there: a write that failed may have reached the disk all the same."""
        there = [row for row in self.journal.rows() if row.kind == kind]
        rows = there or self.journal.append_all([Entry(kind, "p1", b"", 0, 0, "b", recording)])
        self._disk.said(f"event {S} {rows[0].seq} {rows[0].hash.hex()}")

    def _record(self) -> Finished | None:
        """Three seconds; where the disk fails, what is whole is kept."""
        path, key = Folders(self._root).session(S).recording("r1"), key_of(S)
        try:
            file = RecordingFile.create(path, key, S, "r1", RATE)
            try:
                for number in range(3):
                    file.write_frame(second("r1", number))
                    self._disk.said(f"frame {S} r1 {number}")
                finished = file.finish()
            finally:
                file.close()
        except Trouble as trouble:
            self._heal(trouble)
            salvaged = recordings.salvage(path, key, S, "r1")
            if salvaged is None:
                return None
            finished = salvaged
        self._disk.said(f"finished {S} r1 {finished.sha256}")
        return finished


def test_a_disk_that_is_full_or_fails_is_told_and_loses_nothing(
    forgetful: Forgetful, scratch: Path, report: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROOM", LITTLE_ROOM)
    seed = secrets.randbits(32) if SOAK else 1
    dice, struck, told, lost = random.Random(seed), Counter[str](), Counter[str](), list[str]()
    kinds = itertools.cycle(itertools.product(KINDS, ERRORS))
    for _ in range(FAULTS):
        kind, number = next(kinds)
        after = dice.randrange(KINDS[kind])
        forgetful.fail(kind, after, number, dice.choice((1, 1, 3)))
        clerk = Clerk(forgetful)
        clerk.sit()
        forgetful.heal()
        lost += left_by(forgetful, dice, scratch / "after", f"{kind} {after} {errno.errorcode[number]}", struck)
        told.update(clerk.troubles)
    faults = sum(struck.values())
    report.append(
        f"errors of the disk (seed {seed}): {faults} faults ({', '.join(f'{n} {k}' for k, n in sorted(struck.items()))}) in "
        f"{FAULTS} sittings, {sum(told.values())} told ({', '.join(f'{n} {c}' for c, n in sorted(told.items()))}): "
        f"{len(lost)} promises broken"
    )
    assert not lost, "\n".join(lost)
    assert set(told) == {"disk-full", "disk-error"}
    assert set(struck) == set(KINDS)


def left_by(disk: Forgetful, dice: random.Random, folder: Path, what: str, struck: Counter[str]) -> list[str]:
    """What is broken on the disk as it is, and behind a power cut at the end."""
    replayed = Disk()
    for op in disk.notes():
        replayed.take(op)
        if op[0] == "struck":
            struck[op[1]] += 1
    found = [f"{what}: {line}" for line in broken(disk.folder / "station", replayed.said)]
    replayed.after_a_cut("forgets", dice, folder)
    found += [f"{what}, cut: {line}" for line in broken(folder / "station", replayed.said)]
    shutil.rmtree(folder)
    shutil.rmtree(disk.folder / "station")
    disk.notes()
    return found
