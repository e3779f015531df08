"""The sound of a frame made small, and as it was again: FLAC, bit for bit, or Ogg Opus where the form of the test says so.

It keeps nothing and seals nothing. What FLAC does not make smaller, or does not give back exactly, stays PCM.
"""

import io
from typing import Final

import numpy as np
import soundfile

from stamp_desktop.audio.encode import OPUS_RATE, to_flac, to_opus

PCM, FLAC, OPUS = 0, 1, 2
PACKINGS: Final = (PCM, FLAC, OPUS)
SAMPLE = 2  # bytes, int16


def packed(pcm: bytes, rate: int) -> tuple[int, bytes]:
    """int16 little-endian mono PCM as FLAC, where that is smaller and was decoded back to the same bits; else as it is."""
    try:
        small = to_flac(pcm, rate)
        if len(small) < len(pcm) and unpacked(FLAC, small) == pcm:
            return FLAC, small
    except (soundfile.LibsndfileError, RuntimeError, ValueError):
        pass  # a rate that FLAC does not know: nobody's speech hangs on that
    return PCM, pcm


def as_opus(pcm: bytes, rate: int) -> bytes:
    """All of a recording as one Ogg Opus file at `OPUS_RATE`; ValueError when it does not decode to as much sound."""
    small = to_opus(pcm, rate)
    wanted = round(len(pcm) / SAMPLE * OPUS_RATE / rate)
    if abs(len(unpacked(OPUS, small)) // SAMPLE - wanted) > 1:
        raise ValueError("it does not decode to as much sound")
    return small


def unpacked(packing: int, content: bytes) -> bytes:
    """The PCM again; ValueError when it is no such sound."""
    if packing == PCM:
        return content
    try:
        samples, _ = soundfile.read(io.BytesIO(content), dtype="int16")
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        raise ValueError("it does not decode") from error
    return np.ascontiguousarray(samples, dtype="<i2").tobytes()
