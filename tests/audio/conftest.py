"""Voices, sinks, ears on what a thread tells, and a sound server of one's own."""

import io
import os
import queue
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio import devices
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Sound, resampled
from tests import sound_server
from tests.sound_server import SoundServer

SENTENCE = "On Saturdays I help my father in the garden, and then we go to the market together. My sister likes apples."


def lacking(reason: str) -> None:
    """Skip, but never where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class MemorySink:
    """Keeps frames in memory; `fails_at` is the frame that it cannot keep any more."""

    def __init__(self, rate: int, fails_at: int = -1, error: Exception | None = None) -> None:
        self.rate = rate
        self.frames: list[bytes] = []
        self.finished = False
        self._fails_at, self._error = fails_at, error

    def write_frame(self, pcm: bytes) -> None:
        if len(self.frames) == self._fails_at and self._error is not None:
            raise self._error
        self.frames.append(pcm)

    def finish(self) -> int:
        self.finished = True
        return len(self.frames)

    @property
    def samples(self) -> Samples:
        return (np.frombuffer(b"".join(self.frames), dtype="<i2") / 32768).astype(np.float32)


class Ear:
    """Hears what a thread tells: give it as `told`, then wait for what is expected."""

    def __init__(self) -> None:
        self.all: list[object] = []
        self._fresh: queue.SimpleQueue[object] = queue.SimpleQueue()

    def __call__(self, message: object) -> None:
        self.all.append(message)
        self._fresh.put(message)

    def wait(self, wanted: Callable[[object], bool], seconds: float = 10.0) -> object:
        """The next message of that kind; queue.Empty when none comes."""
        while True:
            message = self._fresh.get(timeout=seconds)
            if wanted(message):
                return message


def say(text: str, voice: str = "en") -> Sound:
    """A sentence by espeak-ng."""
    if shutil.which("espeak-ng") is None:
        lacking("not installed: espeak-ng")
    spoken = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], check=True, capture_output=True).stdout
    # Written to a pipe, the header cannot know the length: read what is there.
    samples, rate = soundfile.read(io.BytesIO(spoken), dtype="float32")
    return Sound(samples, rate)


@pytest.fixture(scope="session")
def voice() -> Sound:
    """A good voice in a quiet room: a second of the room before it, 48000 Hz."""
    spoken = say(SENTENCE)
    speech = 0.5 * resampled(spoken, 48_000)
    sound = np.concatenate([np.zeros(48_000, dtype=np.float32), speech])
    room = np.random.default_rng(7).standard_normal(sound.size) * 10 ** (-62 / 20)
    return Sound((sound + room).astype(np.float32), 48_000)


@pytest.fixture(scope="session")
def voice_file(voice: Sound, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    soundfile.write(path, voice.samples, voice.rate, subtype="PCM_16")
    return path


def _server(folder: Path) -> Iterator[SoundServer]:
    if reason := sound_server.missing():
        lacking(reason)
    server = sound_server.start(folder)
    before = {name: os.environ.get(name) for name in server.env}
    os.environ.update(server.env)
    try:
        devices.rescan()
        yield server
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    """A sound server for a whole module; leave it as it was."""
    yield from _server(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[SoundServer]:
    """A sound server to kill."""
    yield from _server(tmp_path)
