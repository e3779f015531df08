"""Traits of a stretch: they know nothing of gain, and nothing else than what is there."""

import numpy as np
import pytest

from stamp_desktop.audio import traits
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.measures import FRAME, SECOND, Measures
from stamp_desktop.audio.simulated import babble, noise

RATE = 16_000
ABSOLUTE = {"level", "floor", "peak"}
OF_FULL_SCALE = {"tops", "cut_share", "loud_tops"}
VOICE = babble(4.0, RATE) + noise(4 * RATE, -62.0, np.random.default_rng(1))


def traits_of(sound: Samples, rate: int = RATE) -> dict[str, float]:
    measures = Measures(rate)
    measures.feed(sound[: sound.size // measures.size * measures.size])
    return traits.traits_of(measures.frames, measures.seconds)


def test_they_come_by_the_names_that_the_model_asks_for() -> None:
    assert tuple(traits_of(VOICE)) == traits.NAMES
    assert len(set(traits.NAMES)) == len(traits.NAMES)


def test_turning_the_gain_moves_the_absolute_levels_alone() -> None:
    loud, soft = traits_of(VOICE), traits_of(VOICE / np.float32(4))
    for name in set(traits.NAMES) - OF_FULL_SCALE:
        moved = 12.04 if name in ABSOLUTE else 0.0
        assert loud[name] - soft[name] == pytest.approx(moved, abs=0.3), name


def test_of_next_to_nothing_all_are_zero() -> None:
    assert set(traits_of(np.zeros(RATE, dtype=np.float32)).values()) == {0.0}
    assert set(traits.traits_of(np.zeros(0, FRAME), np.zeros(0, SECOND)).values()) == {0.0}


def test_any_live_sound_has_finite_traits() -> None:
    dice = np.random.default_rng(2)
    for rate in (4_000, 8_000, 48_000, 192_000):
        for seconds in (0.25, 1.0, 3.0):
            sound = noise(round(seconds * rate), float(dice.uniform(-80, -3)), dice)
            found = traits_of(sound, rate)
            assert all(np.isfinite(list(found.values()))), (rate, seconds)


def test_a_voice_is_voiced_and_noise_is_not() -> None:
    assert traits_of(VOICE)["voiced_active"] > 0.5
    assert traits_of(noise(4 * RATE, -30.0, np.random.default_rng(3)))["voiced_active"] < 0.1


def test_holes_are_counted_where_pieces_are_cut_out_of_a_voice() -> None:
    cut = VOICE.copy()
    loud = [second + int(np.argmax(np.abs(VOICE[second : second + RATE]))) for second in range(0, 3 * RATE, RATE)]
    for at in loud:
        cut[at - 160 : at + 640] = 0.0
    assert traits_of(cut)["holes"] == 3.0
    assert traits_of(VOICE)["holes"] == 0.0
