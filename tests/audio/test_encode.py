"""A finished recording as a small file that others can play."""

import numpy as np
import pytest

from stamp_desktop.audio import levels
from stamp_desktop.audio.encode import to_opus
from stamp_desktop.audio.playback import Sound, decode, resampled


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_opus_is_small_and_as_long_and_sounds_the_same(voice: Sound, rate: int) -> None:
    file = to_opus(levels.to_pcm(resampled(voice, rate)), rate)
    heard = decode(file)
    assert heard.rate == 48_000
    assert heard.seconds == pytest.approx(voice.seconds, abs=0.03)
    assert len(file) * 8 / voice.seconds == pytest.approx(32_000, rel=0.35)
    size = min(heard.samples.size, voice.samples.size)
    apart = [np.corrcoef(heard.samples[late:size], voice.samples[: size - late])[0, 1] for late in range(8)]
    assert max(apart) > 0.9


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        to_opus(b"\x00\x01\x02", 48_000)
