"""A finished recording as a file that others can play."""

import numpy as np
import pytest

from stamp_desktop.audio import levels
from stamp_desktop.audio.encode import to_flac, to_opus
from stamp_desktop.audio.playback import Sound, decode, resampled


def pcm_of(sound: Sound) -> bytes:
    return levels.to_pcm(sound.samples)


def test_flac_gives_back_every_sample_and_the_same_bytes(voice: Sound) -> None:
    pcm = pcm_of(voice)
    file = to_flac(pcm, voice.rate)
    assert file == to_flac(pcm, voice.rate)
    assert levels.to_pcm(decode(file).samples) == pcm


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_opus_is_small_and_as_long_and_sounds_the_same(voice: Sound, rate: int) -> None:
    file = to_opus(pcm_of(Sound(resampled(voice, rate), rate)), rate)
    heard = decode(file)
    assert heard.rate == 48_000
    assert heard.seconds == pytest.approx(voice.seconds, abs=0.03)
    assert len(file) * 8 / voice.seconds == pytest.approx(32_000, rel=0.35)
    size = min(heard.samples.size, voice.samples.size)
    apart = [np.corrcoef(heard.samples[late:size], voice.samples[: size - late])[0, 1] for late in range(8)]
    assert max(apart) > 0.9


def test_half_a_sample_is_refused() -> None:
    for encoded in (to_flac, to_opus):
        with pytest.raises(ValueError, match="multiple"):
            encoded(b"\x00\x01\x02", 48_000)
