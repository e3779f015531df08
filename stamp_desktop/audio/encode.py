"""A finished recording as a sound file. It never works on a recording that is still running."""

import io

import numpy as np
import soundfile
import soxr

OPUS_RATE = 48_000
OPUS_KBITS = 32
"""Speech at 32 kbit/s mono is beyond telephone quality by far; a tenth of FLAC."""

_LEAST_KBITS, _MOST_KBITS = 6, 256
"""libsndfile maps its compression level, 0 to 1, to these bit rates for one channel, the most first."""


def to_flac(pcm: bytes, rate: int) -> bytes:
    """int16 little-endian mono PCM at `rate` Hz as FLAC, the same bytes for the same sound; ValueError for half a sample."""
    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(pcm, dtype="<i2"), rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def to_opus(pcm: bytes, rate: int, kbits: int = OPUS_KBITS) -> bytes:
    """The same as an Ogg Opus file of about `kbits` kbit/s, at 48000 Hz; ValueError for half a sample."""
    sound = np.frombuffer(pcm, dtype="<i2")
    if rate != OPUS_RATE:
        sound = soxr.resample(sound, rate, OPUS_RATE)
    level = 1 - (kbits - _LEAST_KBITS) / (_MOST_KBITS - _LEAST_KBITS)
    file = io.BytesIO()
    soundfile.write(file, sound, OPUS_RATE, format="OGG", subtype="OPUS", compression_level=level)
    return file.getvalue()
