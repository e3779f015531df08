"""Speech for the microphone, by espeak-ng, and whether one recording is the speech of another. It plays nothing."""

import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Sound, resampled

RATE = 48_000
LOUDNESS = 0.5
COMPARE_RATE = 8_000
"""Enough for speech; the comparison is quick."""

PIECE_SECONDS = 1.0


def say(text: str, file: Path, voice: str = "en-us") -> Sound:
    """Say it into `file` (WAV, FLAC or Opus by the name's end), 48 kHz mono."""
    spoken = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], check=True, capture_output=True).stdout
    samples, rate = soundfile.read(io.BytesIO(spoken), dtype="float32")
    sound = Sound((LOUDNESS * resampled(Sound(samples, rate), RATE)).astype(np.float32), RATE)
    form = {"format": "OGG", "subtype": "OPUS"} if file.suffix == ".opus" else {"subtype": "PCM_16"}
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, sound.samples, RATE, **form)
    return sound


def silence(seconds: float, file: Path) -> None:
    """Say nothing, into `file`."""
    soundfile.write(file, np.zeros(int(seconds * RATE), np.float32), RATE, subtype="PCM_16")


def likeness(recorded: Sound, spoken: Sound) -> float:
    """The normalised cross-correlation of what was spoken with its place in the recording, -1 to 1; 1 is the same.

    The recording has to hold all of what was spoken.
    """
    return _best(_plain(recorded), _plain(spoken))


def worst_piece(recorded: Sound, spoken: Sound) -> float:
    """As `likeness`, of the second of the recording's speech that is least like any part of what was spoken.

    For a recording that holds a part only: what is in it must be the speech, to its end.
    """
    ears, mouth = _plain(recorded), _plain(spoken)
    length = int(PIECE_SECONDS * COMPARE_RATE)
    pieces = [ears[start : start + length] for start in range(0, ears.size - length + 1, length)]
    loud = [piece for piece in pieces if np.sqrt(np.mean(piece**2)) > 0.02]
    padded = np.concatenate([np.zeros(length, np.float32), mouth, np.zeros(length, np.float32)])
    return min((_best(padded, piece) for piece in loud), default=0.0)


def _plain(sound: Sound) -> Samples:
    return resampled(sound, COMPARE_RATE)


def _best(long: Samples, short: Samples) -> float:
    size = long.size - short.size + 1
    if size < 1:
        return 0.0
    full = 1 << int(np.ceil(np.log2(long.size + short.size)))
    products = np.fft.irfft(np.fft.rfft(long, full) * np.conj(np.fft.rfft(short, full)), full)[:size]
    squares = np.concatenate([[0.0], np.cumsum(long.astype(np.float64) ** 2)])
    energy = np.sqrt(np.maximum(squares[short.size :] - squares[:size], 1e-12) * float(np.sum(short.astype(np.float64) ** 2)))
    # where the recording is silent a quotient says nothing
    enough = energy > 0.05 * energy.max()
    return float(np.max(np.where(enough, products / energy, -1.0)))
