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

PIECE_SECONDS, PLAY_SECONDS = 1.0, 0.3


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
    """How much of what was spoken is in the recording, in its order: -1 to 1; 1 is the same.

    The normalised cross-correlation of each second of speech with its place in the recording, on average. By seconds, as a
    sound server on a busy computer puts in some milliseconds of silence here and there, and what follows is late by these.
    """
    ears, mouth = _plain(recorded), _plain(spoken)
    length, play = int(PIECE_SECONDS * COMPARE_RATE), int(PLAY_SECONDS * COMPARE_RATE)
    found, late = [], _match(np.concatenate([ears, np.zeros(mouth.size, np.float32)]), mouth)[1]
    for start in range(0, max(1, mouth.size - length + 1), length):
        piece = mouth[start : start + length]
        if _loud(piece):
            begin = max(0, late + start - play)
            found.append(_match(ears[begin : late + start + length + play], piece)[0])
    return float(np.mean(found)) if found else 0.0


def likeness_of_part(recorded: Sound, spoken: Sound) -> float:
    """As `likeness`, of a recording that may hold a part only: how much of what is in it was spoken."""
    ears, mouth = _plain(recorded), _plain(spoken)
    length = int(PIECE_SECONDS * COMPARE_RATE)
    padded = np.concatenate([np.zeros(length, np.float32), mouth, np.zeros(length, np.float32)])
    pieces = [ears[start : start + length] for start in range(0, ears.size - length + 1, length)]
    found = [_match(padded, piece)[0] for piece in pieces if _loud(piece)]
    return float(np.mean(found)) if found else 0.0


def _plain(sound: Sound) -> Samples:
    return resampled(sound, COMPARE_RATE)


def _loud(piece: Samples) -> bool:
    return bool(np.sqrt(np.mean(piece**2)) > 0.02)


def _match(long: Samples, short: Samples) -> tuple[float, int]:
    """The best normalised cross-correlation of a short sound with a part of a longer one, and where that part begins."""
    size = long.size - short.size + 1
    if size < 1:
        return 0.0, 0
    full = 1 << int(np.ceil(np.log2(long.size + short.size)))
    products = np.fft.irfft(np.fft.rfft(long, full) * np.conj(np.fft.rfft(short, full)), full)[:size]
    squares = np.concatenate([[0.0], np.cumsum(long.astype(np.float64) ** 2)])
    energy = np.sqrt(np.maximum(squares[short.size :] - squares[:size], 1e-12) * float(np.sum(short.astype(np.float64) ** 2)))
    # where the longer one is silent a quotient says nothing
    quotients = np.where(energy > 0.05 * energy.max(), products / energy, -1.0)
    return float(quotients.max()), int(quotients.argmax())
