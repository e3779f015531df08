"""Speech is made small before it is sealed, and is the same again; what older programs have written stays readable."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio.levels import to_pcm
from stamp_desktop.audio.simulated import babble
from stamp_desktop.storage import packing, recordings, vault
from stamp_desktop.storage.packing import FLAC, OPUS, PCM
from stamp_desktop.storage.recordings import RecordingFile, part_of, read, salvage
from stamp_desktop.storage.smaller import SmallerFile, shrunk
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

RATE = 48_000
SECONDS = 3
DYING = """
import os, sys
from pathlib import Path
from stamp_desktop.audio.levels import to_pcm
from stamp_desktop.audio.simulated import babble
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.smaller import SmallerFile
from stamp_desktop.storage.vault import SessionKey

pcm = to_pcm(babble(1.5))


def record(folder, deadly):
    key, done = SessionKey(bytes(range(32))), 0

    def step(event, args):
        nonlocal done
        if event in {"open", "os.rename", "os.remove", "os.truncate"} and "r1.rec" in str(args[0]):
            done += 1
            if done == deadly:
                os._exit(9)

    sys.addaudithook(step)
    file = RecordingFile.create(folder / "r1.rec", key, "s1", "r1", 48_000)
    sink = SmallerFile(file, folder / "r1.rec", key, "s1", "r1")
    for at in range(0, len(pcm), 96_000):
        sink.write_frame(pcm[at : at + 96_000])
    sink.finish()


deadly, status = 0, 9
while status == 9:
    deadly += 1
    folder = Path(sys.argv[1]) / str(deadly)
    folder.mkdir()
    child = os.fork()
    if child == 0:
        try:
            record(folder, deadly)
        finally:
            os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(deadly)
"""


@pytest.fixture(scope="module")
def speech() -> bytes:
    return to_pcm(babble(float(SECONDS)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r1.rec"


def recorded(path: Path, key: SessionKey, pcm: bytes) -> RecordingFile:
    file = RecordingFile.create(path, key, "s1", "r1", RATE)
    for at in range(0, len(pcm), 2 * RATE):
        file.write_frame(pcm[at : at + 2 * RATE])
    return file


def test_speech_takes_less_than_half_of_its_bytes_and_is_the_same_again(path: Path, key: SessionKey, speech: bytes) -> None:
    finished = recorded(path, key, speech).finish()
    assert read(path, key, "s1", "r1") == (speech, RATE)
    assert finished.bytes == path.stat().st_size < len(speech) / 2
    assert (finished.frames, finished.samples) == (SECONDS, len(speech) // 2)
    assert recordings.measured(path.read_bytes()) == (RATE, SECONDS, len(speech) // 2)
    assert recordings.problems(path.read_bytes(), key, "s1", "r1") == []


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000])
def test_whatever_was_recorded_is_the_same_again_at_every_rate(rate: int) -> None:
    dice = np.random.default_rng(rate)
    extremes = np.array([-32768, 32767, 0, -1, 1], dtype="<i2")
    for sound in (dice.integers(-32768, 32768, rate).astype("<i2"), np.zeros(rate, "<i2"), np.resize(extremes, 777)):
        kind, content = packing.packed(sound.tobytes(), rate)
        assert packing.unpacked(kind, content) == sound.tobytes()
        assert len(content) <= sound.nbytes


def test_what_does_not_get_smaller_stays_as_it_is() -> None:
    noise = np.random.default_rng(1).integers(-32768, 32768, RATE).astype("<i2").tobytes()
    assert packing.packed(noise, RATE) == (PCM, noise)
    assert packing.packed(b"\1\0" * 20, 0) == (PCM, b"\1\0" * 20)
    assert packing.packed(bytes(2 * RATE), RATE)[0] == FLAC


def test_a_recording_that_an_older_program_wrote_is_read_and_finished(path: Path, key: SessionKey, speech: bytes) -> None:
    header = struct.pack(">8sBIHH", b"STAMPREC", 1, RATE, 2, 2) + b"s1r1"
    seconds = [speech[at : at + 2 * RATE] for at in range(0, len(speech), 2 * RATE)]
    frames = b"".join(older(key, second, number) for number, second in enumerate(seconds))
    part_of(path).write_bytes(header + frames + older(key, b"", SECONDS, final=True)[:20])
    finished = salvage(path, key, "s1", "r1")
    assert finished is not None
    assert (finished.frames, finished.samples, finished.rate) == (SECONDS, len(speech) // 2, RATE)
    assert read(path, key, "s1", "r1") == (speech, RATE)
    assert path.read_bytes()[: len(header + frames)] == header + frames
    assert recordings.measured(path.read_bytes()) == (RATE, SECONDS, len(speech) // 2)
    assert recordings.problems(path.read_bytes(), key, "s1", "r1") == []


def older(key: SessionKey, pcm: bytes, number: int, *, final: bool = False) -> bytes:
    """A frame as version 1 has it."""
    where = place("s1", "recording", number, final=final, clear=fields("r1", RATE))
    sealed = vault.seal(key.raw, pcm, where)
    return struct.pack(">BI", final, len(sealed)) + sealed


def test_a_frame_that_says_another_packing_or_length_does_not_open(path: Path, key: SessionKey, speech: bytes) -> None:
    recorded(path, key, speech).finish()
    whole, start = path.read_bytes(), recordings.HEADER.size + 4
    for at, value in ((start + 1, PCM), (start + 1, OPUS), (start + 5, 1)):
        changed = bytearray(whole)
        changed[at] ^= value or FLAC
        path.write_bytes(changed)
        with pytest.raises(Trouble) as trouble:
            read(path, key, "s1", "r1")
        assert trouble.value.code == "recording-changed"
        assert recordings.problems(bytes(changed), key, "s1", "r1") != []


def test_a_sealed_frame_that_holds_no_sound_is_named(path: Path, key: SessionKey) -> None:
    file = RecordingFile.create(path, key, "s1", "r1", RATE)
    file.write_opus(b"OggS and nothing more", RATE)
    file.finish()
    with pytest.raises(Trouble, match="frame 0 holds no sound"):
        read(path, key, "s1", "r1")
    assert recordings.problems(path.read_bytes(), key, "s1", "r1") == ["frame 0 holds no sound that can be heard"]


def test_where_the_form_says_opus_a_recording_takes_a_fraction(path: Path, key: SessionKey, speech: bytes) -> None:
    file = recorded(path, key, speech)
    finished = SmallerFile(file, path, key, "s1", "r1").finish()
    heard, rate = read(path, key, "s1", "r1")
    assert (rate, finished.rate, finished.samples) == (RATE, RATE, len(heard) // 2)
    assert abs(len(heard) - len(speech)) <= 2
    assert finished.bytes == path.stat().st_size < len(speech) / 10
    assert finished.sha256 == recordings.sha256_of(path)
    assert recordings.problems(path.read_bytes(), key, "s1", "r1") == []
    loud, quiet = (float(np.square(np.frombuffer(pcm, "<i2").astype(float)).mean()) for pcm in (heard, speech))
    assert loud / quiet == pytest.approx(1.0, abs=0.3)
    assert salvage(path, key, "s1", "r1") == finished
    assert [each.name for each in path.parent.iterdir()] == ["r1.rec"]


def test_where_opus_fails_the_recording_stays_whole(
    path: Path, key: SessionKey, speech: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = recorded(path, key, speech).finish()

    def full(*_args: object, **_more: object) -> None:
        raise soundfile.LibsndfileError(1)

    monkeypatch.setattr(soundfile, "write", full)
    assert shrunk(path, key, "s1", "r1") is None
    assert recordings.sha256_of(path) == finished.sha256
    assert [each.name for each in path.parent.iterdir()] == ["r1.rec"]


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="the recorder is a child that dies")
def test_a_kill_at_any_step_of_making_it_small_leaves_one_whole_recording(tmp_path: Path, key: SessionKey) -> None:
    speech = to_pcm(babble(1.5))
    done = subprocess.run([sys.executable, "-c", DYING, tmp_path], capture_output=True, text=True, check=True, timeout=120)
    steps, packings = int(done.stdout), set()  # before the first step there is no file
    for step in range(2, steps + 1):
        folder = tmp_path / str(step)
        finished = salvage(folder / "r1.rec", key, "s1", "r1")
        assert finished is not None
        pcm, _ = read(folder / "r1.rec", key, "s1", "r1")
        assert len(pcm) // 2 == finished.samples
        packings.add(pcm == speech)
        assert abs(len(pcm) - len(speech)) <= 2
    assert steps > 8
    assert packings == {True, False}
