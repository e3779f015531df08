"""The power is cut: at every operation of the disk, with what was not synced gone, there, or torn to sectors.

What was promised before that moment has to be kept. That this suite can find a loss at all is shown by storage that syncs less.
"""

import errno
import random
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from stamp_desktop.storage import journal, recordings
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.trouble import Trouble
from tests.faults.conftest import SOAK, Forgetful, many
from tests.faults.forgetful import Op
from tests.faults.power import CUTS, Disk
from tests.faults.promises import (
    DIED,
    LITTLE_ROOM,
    RATE,
    acknowledge,
    answer,
    begin,
    broken,
    die_of_a_failed_sync,
    key_of,
    second,
    speak,
)
from tests.faults.watched import PROGRAMS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(36_000 if SOAK else 180)]
LENGTH = many(3, 30)
EVERY = 1 if SOAK else 4
"""A short run cuts behind every sync and promise, and behind one in four of the other operations."""


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ROOM", LITTLE_ROOM)


def work(
    disk: Forgetful, dice: random.Random, length: int = LENGTH, loosen: Callable[[Journal], None] = lambda _: None
) -> None:
    """Sessions that begin, go on, are closed and opened again, with a courier that notes what the server has."""
    root = disk.folder / "station"
    for number in range(2):
        session = f"s{number}"
        written = begin(root, session, disk.said)
        loosen(written)
        for round_ in range(length):
            answer(written, disk.said, dice.randint(1, 3))
            speak(root, written, f"r{number}-{round_}", dice.randint(1, 3), disk.said)
            if dice.random() < 0.5:
                acknowledge(written, dice.randint(0, written.head().seq), disk.said)
            if dice.random() < 0.3:
                written.close()
                written = Journal.open(written.path, key_of(session))
                loosen(written)
        written.close()


def cuts(notes: Sequence[Op], dice: random.Random, folder: Path, every: int = EVERY) -> Iterator[list[str]]:
    """What each cut has broken."""
    disk = Disk()
    for op in notes:
        disk.take(op)
        if op[0] not in {"fsync", "fsyncdir", "fsync failed", "said", "rename"} and dice.randrange(every):
            continue
        for cut in CUTS:
            disk.after_a_cut(cut, dice, folder)
            found = broken(folder / "station", disk.said)
            yield [f"{cut} behind {op[:2]}: {line}" for line in found]
            shutil.rmtree(folder)


def test_what_was_promised_survives_a_power_cut_at_any_moment(forgetful: Forgetful, scratch: Path, report: list[str]) -> None:
    seed = secrets.randbits(32) if SOAK else 1
    dice = random.Random(seed)
    work(forgetful, dice)
    notes = forgetful.notes()
    found = list(cuts(notes, dice, scratch / "after"))
    promises = sum(op[0] == "said" for op in notes)
    syncs = sum(op[0] in {"fsync", "fsyncdir"} for op in notes)
    lost = [line for lines in found for line in lines]
    report.append(
        f"power cuts (seed {seed}): {len(found)} cuts in {len(notes)} operations with {syncs} syncs and {promises} promises: "
        f"{len(lost)} broken"
    )
    assert len(found) > 100
    assert lost == []


def not_at_every_commit(written: Journal) -> None:
    written._connection.execute("PRAGMA synchronous=NORMAL")


def unsynced(*_: object) -> None:
    """A sync that is not one."""


@pytest.mark.parametrize("less", ["synchronous=NORMAL", "frames", "folders"])
def test_the_same_cuts_find_storage_that_syncs_less(
    forgetful: Forgetful, scratch: Path, less: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(1)
    loosen: Callable[[Journal], None] = lambda _: None  # noqa: E731  # the other cases loosen a module
    match less:
        case "synchronous=NORMAL":
            loosen = not_at_every_commit
        case "frames":
            monkeypatch.setattr(recordings, "sync_file", unsynced)
        case _:
            monkeypatch.setattr(recordings, "sync_folder", unsynced)
    work(forgetful, dice, 2, loosen)
    notes = forgetful.notes()
    monkeypatch.undo()
    monkeypatch.setattr(journal, "ROOM", LITTLE_ROOM)
    assert any(lines for lines in cuts(notes, dice, scratch / "after", every=40))


def go_on_after_a_failed_sync(disk: Forgetful, after: int) -> None:
    """A sync fails; then what a sitting does: close, open, verify, go on. The courier has the journal open all the while."""
    root = disk.folder / "station"
    written = begin(root, "s0", disk.said)
    with reading(written.path):
        answer(written, disk.said, 2)
        disk.fail("fsync", after, errno.EIO)
        for _ in range(8):
            try:
                answer(written, disk.said)
            except Trouble:
                written.close()
                written = Journal.open(written.path, key_of("s0"))
                assert written.verify() == []
        written.close()


@pytest.mark.parametrize("after", range(4))
def test_what_is_added_behind_a_failed_sync_survives_a_power_cut(forgetful: Forgetful, scratch: Path, after: int) -> None:
    go_on_after_a_failed_sync(forgetful, after)
    found = list(cuts(forgetful.notes(), random.Random(1), scratch / "after", every=10))
    assert [line for lines in found for line in lines] == []


def go_on_after_a_failed_sync_and_a_kill(disk: Forgetful) -> None:
    """A sync fails and the program is killed: the next one reads from the system's memory what the disk never got."""
    root = disk.folder / "station"
    begin(root, "s0", disk.said).close()
    killed = PROGRAMS.Process(target=die_of_a_failed_sync, args=(disk.folder,))
    killed.start()
    killed.join()
    assert killed.exitcode == DIED
    written = Journal.open(Folders(root).session("s0").journal, key_of("s0"))
    assert written.head().seq == 3  # the one that was not acknowledged is there
    for _ in range(3):
        answer(written, disk.said)
    written.close()


def test_a_journal_that_is_opened_after_a_failed_sync_and_a_kill_rests_on_the_disk(
    forgetful: Forgetful, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without settling the journal first the same cuts find the loss."""
    go_on_after_a_failed_sync_and_a_kill(forgetful)
    found = list(cuts(forgetful.notes(), random.Random(1), scratch / "after", every=10))
    assert [line for lines in found for line in lines] == []
    shutil.rmtree(forgetful.folder / "station")
    forgetful.notes()
    monkeypatch.setattr(journal, "settle", unsynced)
    go_on_after_a_failed_sync_and_a_kill(forgetful)
    notes = forgetful.notes()
    monkeypatch.undo()
    assert any(lines for lines in cuts(notes, random.Random(1), scratch / "after", every=10))


def test_a_recording_that_is_salvaged_after_a_failed_sync_rests_on_the_disk(forgetful: Forgetful, scratch: Path) -> None:
    root = forgetful.folder / "station"
    written = begin(root, "s0", forgetful.said)
    path = Folders(root).session("s0").recording("r1")
    file = RecordingFile.create(path, key_of("s0"), "s0", "r1", RATE)
    file.write_frame(second("r1", 0))
    forgetful.fail("fsync", 0, errno.EIO)
    with pytest.raises(Trouble):
        file.write_frame(second("r1", 1))
    file.close()
    finished = recordings.salvage(path, key_of("s0"), "s0", "r1")
    assert finished is not None
    forgetful.said(f"finished s0 r1 {finished.sha256}")
    written.close()
    found = list(cuts(forgetful.notes(), random.Random(1), scratch / "after", every=10))
    assert [line for lines in found for line in lines] == []
