"""Sound files of any size, in blocks: WAV, FLAC, Ogg, Opus, MP3 at any rate. Of several channels it takes the loudest.

It keeps one block at a time, and repairs nothing: what is no sound, or breaks off, is Trouble("sound-damaged").
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples
from stamp_desktop.trouble import Trouble

BLOCK_FRAMES = 2**17
MOST_CHANNELS = 64


class SoundFile:
    """An open sound file: its rate in Hz, and its samples block by block, as often as wanted."""

    def __init__(self, file: soundfile.SoundFile, name: str) -> None:
        self._file = file
        self._name = name
        self.rate = levels.checked_rate(int(file.samplerate))
        if not 1 <= file.channels <= MOST_CHANNELS:
            raise damaged(name)

    def blocks(self) -> Iterator[Samples]:
        """The samples of the loudest channel from the beginning, float32, shape (n,)."""
        channel = self._loudest()
        for block in self._read():
            yield levels.checked(np.ascontiguousarray(block[:, channel]))

    def _loudest(self) -> int:
        """A headset that fills one of two channels is judged by that one, and not by a mean that is 6 dB lower."""
        if self._file.channels == 1:
            return 0
        energy = np.zeros(self._file.channels)
        for block in self._read():
            energy += np.square(block, dtype=np.float64).sum(axis=0)
        return int(np.argmax(energy)) if np.isfinite(energy).all() else 0

    def _read(self) -> Iterator[levels.Samples]:
        promised = self._file.frames
        size = max(1, BLOCK_FRAMES // self._file.channels)
        read = 0
        try:
            self._file.seek(0)
            while True:
                block = self._file.read(size, dtype="float32", always_2d=True)
                read += len(block)
                if len(block):
                    yield block
                if len(block) < size:
                    break
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise damaged(self._name) from error
        if read < promised:
            raise damaged(self._name)


@contextmanager
def opened(path: Path) -> Iterator[SoundFile]:
    """The file, open. Trouble("sound-missing") where there is none, Trouble("sound-damaged") where it is no sound."""
    if not path.is_file():
        raise Trouble("sound-missing", f"There is no file {path.name}.", "", "Look for a typing mistake in the name.")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, RuntimeError, TypeError, OSError) as error:
        raise damaged(path.name) from error
    with file:
        yield SoundFile(file, path.name)


def damaged(name: str) -> Trouble:
    """The trouble with a file that cannot be read to its end."""
    return Trouble(
        "sound-damaged",
        f"{name} cannot be read as sound.",
        "It is no sound file, breaks off, or holds something that is no sound.",
        "Take it from where it came once more.",
    )
