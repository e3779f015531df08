"""Broken on purpose: programs that are killed, disks that are full or fail. What was acknowledged is there afterwards."""

import errno
import itertools
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.recordings import RecordingFile, part_of, read, salvage
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

pytestmark = pytest.mark.faults

GROUP = 3
APPENDER = """
import sys
from pathlib import Path
from stamp_desktop.storage.journal import Entry, Journal
from stamp_desktop.storage.vault import SessionKey
journal = Journal.open(Path(sys.argv[1]), SessionKey(bytes(range(32))))
while True:
    number = journal.head().seq
    rows = journal.append_all([Entry("answered", None, b"%d" % (number + n), 0, 0, "b") for n in (1, 2, 3)])
    print(rows[-1].seq, rows[-1].hash.hex(), flush=True)
"""
LIMITED = """
import resource, sys
from pathlib import Path
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble
journal = Journal.open(Path(sys.argv[1]), SessionKey(bytes(range(32))))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
codes = []
while len(codes) < 2:
    try:
        print(journal.append("answered", None, bytes(10_000), 0, 0, "b").seq)
    except Trouble as trouble:
        codes.append(trouble.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(*codes)
"""
FAILING_SYNC = """
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int failing(void) { return access(getenv("SYNC_FAILS_WHILE"), F_OK) == 0; }
int fdatasync(int fd) { if (failing()) { errno = EIO; return -1; } return 0; }
int fsync(int fd) { if (failing()) { errno = EIO; return -1; } return 0; }
"""
UNSYNCED = """
import os, sys
from pathlib import Path
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble
path, switch, key = Path(sys.argv[1]), Path(os.environ["SYNC_FAILS_WHILE"]), SessionKey(bytes(range(32)))
journal = Journal.open(path, key)
recording = RecordingFile.create(path.with_name("r1.rec"), key, "s1", "r1", 16)

def attempt(act):
    try:
        act()
    except Trouble as trouble:
        return trouble.code
    return "kept"

def append():
    journal.append("ticked", None, b"", 0, 0, "b")

def record():
    recording.write_frame(bytes(32))

print(attempt(append), attempt(record))
switch.touch()
print(attempt(append), attempt(record))
switch.unlink()
print(attempt(append), attempt(record))
journal.close()
journal = Journal.open(path, key)
print(attempt(append), len(journal.verify()), journal.head().seq)
"""


@pytest.mark.parametrize("seed", range(6))
def test_every_acknowledged_event_survives_a_kill(
    journal: Journal, path: Path, key: SessionKey, program: Callable[..., Popen[Any]], seed: int
) -> None:
    journal.close()
    rng = random.Random(seed)
    acknowledged: list[tuple[int, str]] = []
    for _ in range(3):
        process = program(APPENDER, path)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rng.randrange(1, 40))]
        process.kill()
        rest = process.stdout.read()  # not communicate(), which passes by what was read ahead
        for line in "".join([*lines, rest]).splitlines():
            seq, hash_ = line.split()
            acknowledged.append((int(seq), hash_))
        with reading(path) as reader:
            rows = {row.seq: row.hash.hex() for row in reader.rows()}
            assert reader.verify() == []
            assert reader.unsent_count() == len(rows)
        assert len(rows) % GROUP == 0
        assert all(rows[seq] == hash_ for seq, hash_ in acknowledged)
    again = Journal.open(path, key)
    assert [body for _, body in again.read()] == [b"%d" % number for number in range(1, len(rows) + 1)]
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def filled(disk: Path) -> Path:
    """Write a file until there is no room left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017  # the loop is what fills the disk
    return ballast


def until_trouble(file: RecordingFile, pcm: bytes) -> tuple[int, str]:
    """How many frames are kept before the trouble, and its code."""
    for kept in itertools.count():
        try:
            file.write_frame(pcm)
        except Trouble as trouble:
            return kept, trouble.code
    raise AssertionError


def test_a_full_disk_is_said_and_loses_nothing_and_there_is_a_way_on(small_disk: Path, key: SessionKey) -> None:
    path = small_disk / "s1" / "journal.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(100_000))
    journal = Journal.create(path, "s1", key, b"", 0)  # its log takes what is left
    code = ""
    while not code:
        try:
            journal.append("answered", None, bytes(5_000), 0, 0, "b")
        except Trouble as trouble:
            code = trouble.code
    assert code == "disk-full"
    head = journal.head()
    assert journal.rows()[-1].hash == head.hash
    ballast.unlink()
    assert journal.append("answered", None, bytes(5_000), 0, 0, "b").seq == head.seq + 1
    assert journal.verify() == []
    journal.close()
    again = Journal.open(path, key)
    assert again.head().seq == head.seq + 1
    again.close()


def test_a_journal_that_finds_no_room_leaves_nothing_half_made(small_disk: Path, key: SessionKey) -> None:
    path = small_disk / "s1" / "journal.db"
    ballast = filled(small_disk)
    with pytest.raises(Trouble) as trouble:
        Journal.create(path, "s1", key, b"", 0)
    assert trouble.value.code == "disk-full"
    ballast.unlink()
    Journal.create(path, "s1", key, b"", 0).close()


def test_a_full_disk_keeps_the_seconds_recorded_before(small_disk: Path, key: SessionKey) -> None:
    path, second = small_disk / "r1.rec", bytes(2 * 16_000)
    file = RecordingFile.create(path, key, "s1", "r1", 16_000)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(100_000))
    kept, code = until_trouble(file, second)
    assert code == "disk-full"
    ballast.unlink()
    finished = file.finish()
    assert finished.frames == kept
    assert read(path, key, "s1", "r1") == (second * kept, 16_000)


def test_a_recording_that_cannot_be_finished_on_a_full_disk_is_finished_later(small_disk: Path, key: SessionKey) -> None:
    path = small_disk / "r1.rec"
    file = RecordingFile.create(path, key, "s1", "r1", 1_000)
    ballast = filled(small_disk)
    until_trouble(file, bytes(2_000))
    file.close()
    assert part_of(path).exists()
    ballast.unlink()
    finished = salvage(path, key, "s1", "r1")
    assert finished is not None
    assert read(path, key, "s1", "r1")[0] == bytes(2_000 * finished.frames)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files to provoke the error with")
def test_after_an_error_of_the_disk_nothing_is_called_saved_until_the_journal_is_opened_again(
    journal: Journal, path: Path, key: SessionKey, program: Callable[..., Popen[Any]]
) -> None:
    journal.close()
    out, errors = program(LIMITED, path).communicate()
    *saved, codes = out.splitlines()
    assert codes == "disk-error disk-error", errors
    again = Journal.open(path, key)
    assert again.head().seq == len(saved) > 0
    assert again.append("ticked", None, b"", 0, 0, "b").seq == len(saved) + 1
    again.close()


def test_after_a_failed_sync_nothing_is_acknowledged_until_a_fresh_look(
    journal: Journal, path: Path, tmp_path: Path, program: Callable[..., Popen[Any]]
) -> None:
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("a failing sync is put before the C library's, which takes Linux and a C compiler")
    source, library = tmp_path / "sync.c", tmp_path / "sync.so"
    source.write_text(FAILING_SYNC)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    journal.close()
    env = {**os.environ, "LD_PRELOAD": str(library), "SYNC_FAILS_WHILE": str(tmp_path / "fails")}
    out, errors = program(UNSYNCED, path, env=env).communicate()
    before, during, after, reopened = out.splitlines() or [errors] * 4
    assert before == "kept kept", errors
    assert during == "disk-error disk-error"
    assert after == "disk-error disk-error"
    assert reopened in {"kept 0 2", "kept 0 3"}  # the one that failed may be there or not
