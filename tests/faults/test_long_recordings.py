"""Recordings one after the other for a long time: no block is missing, drift is told, memory stays flat.

Real microphone, real sound server, sealed files. The short form records 5 s once; with STAMP_SOAK=1 recordings of two minutes
for two hours (STAMP_SOAK_MINUTES says how many minutes instead).
"""

import gc
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest
import soundfile

from stamp_desktop.audio import devices
from stamp_desktop.audio.capture import Recorded, Recorder
from stamp_desktop.audio.devices import SystemMicrophone
from stamp_desktop.audio.pace import FreePace, RealPace
from stamp_desktop.audio.simulated import SpeakingMicrophone, babble
from stamp_desktop.storage import recordings
from stamp_desktop.storage.recordings import Finished, RecordingFile
from stamp_desktop.storage.vault import SessionKey
from tests import sound_server
from tests.faults.conftest import SOAK
from tests.journeys.desktop import ended
from tests.sound_server import MICROPHONE, RATE, SoundServer

MINUTES = float(os.environ.get("STAMP_SOAK_MINUTES", "120"))
EACH_SECONDS = 120.0 if SOAK else 5.0
ROUNDS = math.ceil(MINUTES * 60 / EACH_SECONDS) if SOAK else 1
WARM_ROUNDS = 3
LEAD_SECONDS = 3.0
SHORTEST_PAUSE = 48
"""Samples: noise has no zeros for so long."""

MOST_GROWTH = 8_000_000
"""Bytes by which the process may grow after the first rounds: less than one recording of two minutes (11.5 MB)."""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(round(MINUTES * 120 + 600) if SOAK else 180),
    pytest.mark.skipif(sys.platform != "linux", reason="the microphone without hardware is a PulseAudio source"),
]
Pcm = npt.NDArray[np.int16]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    if reason := sound_server.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    made = sound_server.start(tmp_path / "sound")
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    devices.rescan()
    yield made
    made.stop()


def test_nothing_is_missing_after_many_recordings(tmp_path: Path, server: SoundServer, report: list[str]) -> None:
    noise = np.random.default_rng(6).standard_normal(round((EACH_SECONDS + 2 * LEAD_SECONDS) * RATE)) * 0.05
    said = (noise * 32767).astype(np.int16)
    soundfile.write(tmp_path / "noise.wav", said, RATE, subtype="PCM_16")
    key, process, sizes, drifts, lost = SessionKey.new(), psutil.Process(), list[int](), list[float](), 0.0
    stalls = silence = 0
    for number in range(ROUNDS):
        path = tmp_path / f"r{number}.rec"
        speaking = server.play(tmp_path / "noise.wav")
        recorded = record(path, key, number)
        ended(speaking)
        assert {fault.code for fault in recorded.faults} <= {"stalled"}, recorded.faults  # late is told; lost it must not be
        stalls += len(recorded.faults)
        pcm, _ = recordings.read(path, key, "soak", f"r{number}")
        heard = np.frombuffer(pcm, dtype="<i2")
        assert heard.size == round(EACH_SECONDS * RATE)
        silence += paused(said, heard)
        drifts.append(recorded.drift_ms_per_minute)
        lost += recorded.lost
        path.unlink()
        del pcm, heard
        gc.collect()
        sizes.append(process.memory_info().rss)
    growth = sizes[-1] - sizes[min(WARM_ROUNDS, len(sizes) - 1)]
    warm = min(WARM_ROUNDS, ROUNDS)
    report.append(
        f"record for long: {ROUNDS} recordings of {EACH_SECONDS:g} s, none with a block missing, {lost:.3f} s told as lost, "
        f"{stalls} stalls, {silence / RATE:.3f} s in which the player said nothing, "
        f"drift told between {min(drifts):+.2f} and {max(drifts):+.2f} ms a minute, "
        f"memory {growth / 1e6:+.1f} MB after the first {warm}"
    )
    assert lost == 0.0
    assert growth < MOST_GROWTH


def test_two_hours_of_recordings_on_free_time_lose_no_sample(report: list[str]) -> None:
    """Without hardware, as fast as the computer can: every sample that the microphone gave, in order, in flat memory."""
    voice, process = babble(20.0), psutil.Process()
    rounds, seconds = (60, 120.0) if SOAK else (2, 10.0)
    sizes, samples = list[int](), 0
    for _ in range(rounds):
        pace, sink = FreePace(), Frames()
        recorder = Recorder(SpeakingMicrophone(voice, RATE, pace), sink.opened, pace, ignored, seconds)
        recorder.start()
        recorder.wait()
        recorded = recorder.stop()
        again = SpeakingMicrophone(voice, RATE, second := FreePace())
        again.open()
        given = b"".join(again.read(1.0) for _ in range(round(seconds * 50)))
        assert second.now() == pytest.approx(seconds)
        assert b"".join(sink.kept) == given
        assert (recorded.faults, recorded.lost, recorded.drift_ms_per_minute) == ((), 0.0, 0.0)
        samples += recorded.frames
        del sink, given, recorder, recorded
        gc.collect()
        sizes.append(process.memory_info().rss)
    growth = sizes[-1] - sizes[min(WARM_ROUNDS, rounds - 1)]
    report.append(
        f"record on free time: {samples / RATE / 3600:.2f} h in {rounds} recordings, no sample missing, memory "
        f"{growth / 1e6:+.1f} MB after the first {min(WARM_ROUNDS, rounds)}"
    )
    assert samples == round(rounds * seconds * RATE)
    assert growth < MOST_GROWTH


class Frames:
    """Keeps the frames in a list."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def opened(self, rate: int) -> "Frames":
        assert rate == RATE
        return self

    def write_frame(self, pcm: bytes) -> None:
        self.kept.append(pcm)

    def finish(self) -> int:
        return len(self.kept)


def ignored(_word: object) -> None:
    """Nobody looks."""


def record(path: Path, key: SessionKey, number: int) -> Recorded[Finished]:
    """One recording, once the voice is there."""
    told = list[object]()
    recorder = Recorder(
        SystemMicrophone(MICROPHONE),
        lambda rate: RecordingFile.create(path, key, "soak", f"r{number}", rate),
        RealPace(),
        told.append,
        EACH_SECONDS,
    )
    RealPace().sleep(LEAD_SECONDS / 2)  # the player has begun by then; what it says before is not needed
    recorder.start()
    recorder.wait()
    return recorder.stop()


def paused(said: Pcm, heard: Pcm) -> int:
    """How many samples of silence the player left, where it could not keep up; it goes on where it stopped.

    A recording that is not, but for these, a part of what was said, bit for bit, fails the test: a recorder that loses a block
    leaves no silence.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], heard == 0, [False]]).astype(np.int8))).reshape(-1, 2)
    silent = np.zeros(heard.size, dtype=np.bool_)
    for start, end in edges[edges[:, 1] - edges[:, 0] >= SHORTEST_PAUSE]:
        silent[start:end] = True
    spoken = heard[~silent]
    short, long = spoken[:RATE].astype(np.float32), said.astype(np.float32)
    size = 1 << (long.size + short.size).bit_length()
    at = int(np.argmax(np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)[: long.size]))
    wrong = np.flatnonzero(said[at : at + spoken.size] != spoken)
    assert not wrong.size, f"not what was said, from sample {wrong[0]} of {spoken.size} on"
    return int(silent.sum())
