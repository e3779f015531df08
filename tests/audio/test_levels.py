"""Levels against sounds whose level is known, and P.56 against the text of the standard."""

import itertools
import math

import numpy as np
import pytest

from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Sound
from stamp_desktop.trouble import Trouble


def sine(seconds: float, amplitude: float, rate: int = 16_000, hertz: float = 997.0) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def p56_by_the_book(samples: Samples, rate: int) -> float:
    """ITU-T P.56 method B, sample by sample, as its text has it."""
    g = math.exp(-1 / (levels.TIME_CONSTANT * rate))
    hold = math.ceil(levels.HANGOVER * rate)
    thresholds = [2.0**-n for n in range(15, 0, -1)]
    active, hung = [0] * len(thresholds), [hold] * len(thresholds)
    p = q = energy = 0.0
    for x in samples.tolist():
        energy += x * x
        p = g * p + (1 - g) * abs(x)
        q = g * q + (1 - g) * p
        for j, threshold in enumerate(thresholds):
            if q >= threshold:
                active[j] += 1
                hung[j] = 0
            elif hung[j] < hold:
                active[j] += 1
                hung[j] += 1
            else:
                break
    points = [(10 * math.log10(energy / a), 20 * math.log10(c)) for a, c in zip(active, thresholds, strict=True) if a]
    for (a0, c0), (a1, c1) in itertools.pairwise(points):
        if a1 - c1 <= levels.MARGIN_DB:
            return a0 + (a1 - a0) * (a0 - c0 - levels.MARGIN_DB) / ((a0 - c0) - (a1 - c1))
    return points[-1][0]


def test_a_square_wave_of_full_scale_is_zero_dbfs_and_a_sine_three_less() -> None:
    assert levels.level(np.sign(sine(1, 1.0)).astype(np.float32)) == pytest.approx(0.0, abs=0.01)
    assert levels.level(sine(1, 1.0)) == pytest.approx(-3.01, abs=0.01)
    assert levels.level(sine(1, 0.1)) == pytest.approx(-23.01, abs=0.01)


def test_nothing_and_silence_have_a_level_that_json_can_hold() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    assert levels.level(nothing) == levels.level(np.zeros(9, dtype=np.float32)) == levels.FLOOR_DBFS
    assert levels.peak(nothing) == 0.0
    assert levels.noise_floor(np.zeros(0)) == levels.FLOOR_DBFS
    assert levels.active_level(nothing, 48_000) == levels.FLOOR_DBFS
    assert levels.SpeechMeter(8_000).activity == 0.0


def test_pcm_goes_both_ways_and_is_cut_at_full_scale() -> None:
    pcm = np.arange(-32_768, 32_768, 7, dtype="<i2").tobytes()
    assert levels.to_pcm(levels.from_pcm(pcm)) == pcm
    assert np.frombuffer(levels.to_pcm(np.array([2.0, -2.0], dtype=np.float32)), "<i2").tolist() == [32_767, -32_768]


def test_block_levels_take_no_notice_of_a_direct_current() -> None:
    clean, shifted = sine(1, 0.1), sine(1, 0.1) + np.float32(0.3)
    assert levels.block_levels(shifted, 320) == pytest.approx(levels.block_levels(clean, 320), abs=0.01)


def test_the_meter_is_60_db_long() -> None:
    assert [levels.meter(db) for db in (-120.0, -60.0, -30.0, 0.0, 3.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_the_noise_floor_is_what_is_there_between_the_words() -> None:
    noise = np.random.default_rng(1).standard_normal(48_000).astype(np.float32) * np.float32(0.001)
    noise[16_000:32_000] += sine(1, 0.3)
    assert levels.noise_floor(levels.block_levels(noise, 320)) == pytest.approx(-60.0, abs=0.6)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000])
def test_p56_agrees_with_the_text_of_the_standard(rate: int) -> None:
    gaps = np.zeros(rate // 2, dtype=np.float32)
    bursts = np.concatenate([gaps, sine(0.7, 0.2, rate), gaps, sine(0.15, 0.02, rate), gaps, sine(1.1, 0.4, rate), gaps, gaps])
    assert levels.active_level(bursts, rate) == pytest.approx(p56_by_the_book(bursts, rate), abs=0.05)


def test_p56_agrees_with_the_text_of_the_standard_on_a_voice(voice: Sound) -> None:
    thin = voice.samples[::6].copy()
    assert levels.active_level(thin, 8_000) == pytest.approx(p56_by_the_book(thin, 8_000), abs=0.05)


def test_p56_does_not_depend_on_how_long_one_pauses(voice: Sound) -> None:
    silence = np.zeros(voice.rate * 20, dtype=np.float32)
    spoken = levels.active_level(voice.samples, voice.rate)
    assert levels.active_level(np.concatenate([voice.samples, silence]), voice.rate) == pytest.approx(spoken, abs=0.2)
    assert levels.active_level(voice.samples * np.float32(0.1), voice.rate) == pytest.approx(spoken - 20, abs=0.2)


def test_activity_of_a_steady_tone_is_one() -> None:
    meter = levels.SpeechMeter(16_000)
    for _ in range(20):
        meter.feed(sine(0.2, 0.3))
    assert meter.activity == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("rate", [-1, 0, 100, 10**9])
def test_a_rate_that_is_none_is_trouble(rate: int) -> None:
    with pytest.raises(Trouble, match="samples a second"):
        levels.SpeechMeter(rate)
