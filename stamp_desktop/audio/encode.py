"""A finished recording as FLAC, the same bytes for the same sound. It never works on a recording that is still running."""

import io

import numpy as np
import soundfile


def to_flac(pcm: bytes, rate: int) -> bytes:
    """int16 little-endian mono PCM at `rate` Hz as a FLAC file; ValueError for half a sample."""
    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(pcm, dtype="<i2"), rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()
