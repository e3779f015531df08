import random
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from stamp_desktop.storage.recordings import RecordingFile, part_of, read, salvage, sha256_of
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

RATE = 16  # Hz: a second of 32 bytes keeps the files small enough to damage them at every byte
FINAL, SECOND = 38, 70
"""Bytes of the final frame, and of a second: too short for FLAC to make it smaller."""

SECONDS = [bytes([n]) * 2 * RATE for n in (1, 2, 3)]
WRITER = """
import sys
from pathlib import Path
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.vault import SessionKey
file = RecordingFile.create(Path(sys.argv[1]), SessionKey(bytes(range(32))), "s1", "r1", 16)
number = 0
while True:
    file.write_frame(number.to_bytes(32, "little"))
    number += 1
    print(number, flush=True)
"""


@pytest.fixture
def growing(tmp_path: Path, key: SessionKey) -> RecordingFile:
    file = RecordingFile.create(tmp_path / "r1.rec", key, "s1", "r1", RATE)
    for second in SECONDS:
        file.write_frame(second)
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r1.rec"


def code(path: Path, key: SessionKey, session: str = "s1", recording: str = "r1") -> str:
    with pytest.raises(Trouble) as trouble:
        read(path, key, session, recording)
    return trouble.value.code


def test_what_was_recorded_is_read_again(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.write_frame(b"\5\0")
    growing.write_frame(b"")
    finished = growing.finish()
    assert read(path, key, "s1", "r1") == (b"".join(SECONDS) + b"\5\0", RATE)
    assert (finished.frames, finished.samples, finished.rate) == (4, 3 * RATE + 1, RATE)
    assert finished.sha256 == sha256_of(path)
    assert finished.bytes == path.stat().st_size
    assert not part_of(path).exists()


def test_a_recording_has_its_final_name_only_when_it_is_finished(growing: RecordingFile, path: Path) -> None:
    assert part_of(path).exists()
    assert not path.exists()
    growing.close()


def test_nothing_that_was_said_lies_on_the_disk_in_the_clear(growing: RecordingFile, path: Path) -> None:
    growing.finish()
    assert all(second[:6] not in path.read_bytes() for second in SECONDS)


def test_a_recording_of_that_name_is_never_overwritten(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    for _ in range(2):
        with pytest.raises(FileExistsError):
            RecordingFile.create(path, key, "s1", "r1", RATE)
        growing.close()
    salvage(path, key, "s1", "r1")
    with pytest.raises(FileExistsError):
        RecordingFile.create(path, key, "s1", "r1", RATE)


@pytest.mark.parametrize("pcm", [b"x", bytes(2 * RATE + 2)])
def test_a_frame_is_at_most_a_second_of_whole_samples(growing: RecordingFile, pcm: bytes) -> None:
    with pytest.raises(ValueError, match="at most one second"):
        growing.write_frame(pcm)
    growing.close()


def test_a_recording_opens_only_as_itself(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.finish()
    assert code(path, key, session="s2") == "recording-other"
    assert code(path, key, recording="r2") == "recording-other"
    assert code(path, key, session="s1r", recording="1") == "recording-other"
    assert code(path, SessionKey.new()) == "recording-changed"
    path.unlink()
    assert code(path, key) == "disk-error"


def test_every_flipped_bit_is_noticed(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.finish()
    whole = path.read_bytes()
    codes = set()
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        codes.add(code(path, key))
    assert codes == {"recording-changed", "recording-torn", "recording-other"}


def test_the_changed_frame_is_named(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.finish()
    whole = bytearray(path.read_bytes())
    whole[-(FINAL + SECOND + 10)] ^= 1
    path.write_bytes(whole)
    with pytest.raises(Trouble, match="frame 1 was changed"):
        read(path, key, "s1", "r1")
    path.write_bytes(bytes(whole) + b"x")
    assert code(path, key) == "recording-changed"


def test_frames_cannot_change_places_or_go_missing(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.finish()
    whole = path.read_bytes()
    head, frames, final = whole[: -FINAL - 3 * SECOND], whole[-FINAL - 3 * SECOND : -FINAL], whole[-FINAL:]
    one, two, three = frames[:SECOND], frames[SECOND : 2 * SECOND], frames[2 * SECOND :]
    for order in ([two, one, three], [one, three], [one, two], [one, two, three, three]):
        path.write_bytes(head + b"".join(order) + final)
        assert code(path, key) == "recording-changed"
    path.write_bytes(whole + b"x")
    with pytest.raises(Trouble, match="added behind"):
        read(path, key, "s1", "r1")


def test_a_recording_torn_at_any_byte_is_named_and_keeps_its_complete_seconds(
    growing: RecordingFile, path: Path, key: SessionKey
) -> None:
    growing.finish()
    whole = path.read_bytes()
    header = len(whole) - FINAL - 3 * SECOND
    path.unlink()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert code(path, key) == "recording-torn"
        path.rename(part_of(path))
        finished = salvage(path, key, "s1", "r1")
        if length < header:
            assert finished is None
            part_of(path).unlink()
            continue
        seconds = min(3, (length - header) // SECOND)
        assert finished is not None
        assert (finished.frames, finished.samples) == (seconds, seconds * RATE)
        assert finished.sha256 == sha256_of(path)
        assert finished.bytes == path.stat().st_size
        assert read(path, key, "s1", "r1") == (b"".join(SECONDS[:seconds]), RATE)
        path.unlink()


def test_salvaging_after_the_file_has_got_its_name_says_the_same_again(
    growing: RecordingFile, path: Path, key: SessionKey
) -> None:
    finished = growing.finish()
    assert salvage(path, key, "s1", "r1") == finished
    assert salvage(path.with_name("r2.rec"), key, "s1", "r2") is None


def test_salvaging_keeps_a_copy_where_it_would_lose_more_than_a_torn_second(
    growing: RecordingFile, path: Path, key: SessionKey
) -> None:
    growing.close()
    part = part_of(path)
    damaged = bytearray(part.read_bytes())
    damaged[-(SECOND + 10)] ^= 1
    part.write_bytes(damaged)
    finished = salvage(path, key, "s1", "r1")
    assert finished is not None
    assert finished.frames == 1
    assert path.with_name("r1.rec.damaged").read_bytes() == damaged


def test_salvaging_another_recordings_file_is_refused(growing: RecordingFile, path: Path, key: SessionKey) -> None:
    growing.close()
    for session, recording in (("s2", "r1"), ("s1", "r2")):
        with pytest.raises(Trouble) as trouble:
            salvage(path, key, session, recording)
        assert trouble.value.code == "recording-other"


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(4))
def test_every_second_that_was_acknowledged_survives_a_kill(
    path: Path, key: SessionKey, program: Callable[..., Popen[Any]], seed: int
) -> None:
    process = program(WRITER, path)
    assert process.stdout is not None
    for _ in range(random.Random(seed).randrange(1, 60)):
        process.stdout.readline()
    process.kill()
    out, _ = process.communicate()
    finished = salvage(path, key, "s1", "r1")
    assert finished is not None
    assert finished.frames >= max(map(int, out.split()), default=1)
    pcm, _ = read(path, key, "s1", "r1")
    assert pcm == b"".join(number.to_bytes(32, "little") for number in range(finished.frames))
