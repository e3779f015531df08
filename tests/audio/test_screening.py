"""Findings on voices by espeak-ng: those that have to come, and those that must not."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stamp_desktop.audio import report
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Sound, resampled
from stamp_desktop.audio.screening import CODES, Screen, Verdict, screen
from stamp_desktop.audio.simulated import babble, noise
from stamp_desktop.trouble import Trouble
from tests.audio.conftest import say

DICE = np.random.default_rng(3)
VOICES = {
    "en": "I usually get up at seven, and then I walk to school with my best friend.",
    "en+f3": "My brother plays the drums in our garage every evening, and it is really loud.",
    "es": "Me llamo Ana y vivo en una casa pequeña con mi familia.",
    "fr+m4": "J'habite dans un petit village près de la mer.",
    "ko": "저는 주말에 친구들과 함께 공원에서 축구를 합니다.",
    "ar": "أنا أسكن في بيت صغير مع عائلتي وأذهب إلى المدرسة كل يوم.",
}


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


def silence(seconds: float, rate: int) -> Samples:
    return np.zeros(round(seconds * rate), dtype=np.float32)


def in_room(sound: Sound, gain: float = 0.5, before: float = 1.0, room_dbfs: float = -62.0) -> Samples:
    """The voice after a pause of `before` seconds, in a room."""
    whole = np.concatenate([silence(before, sound.rate), sound.samples * np.float32(gain), silence(0.5, sound.rate)])
    return whole + noise(whole.size, room_dbfs, DICE)


@pytest.fixture(scope="module", params=VOICES)
def spoken(request: pytest.FixtureRequest) -> Sound:
    return say(VOICES[request.param], request.param)


def test_a_good_voice_has_no_finding(spoken: Sound) -> None:
    verdict = screen(in_room(spoken), spoken.rate)
    assert codes(verdict) == []
    assert verdict.ratable == "yes"
    assert verdict.snr_db > 25
    assert verdict.speech_seconds > 1.5


def test_a_voice_without_any_room_has_no_finding(spoken: Sound) -> None:
    assert codes(screen(spoken.samples, spoken.rate)) == []
    assert codes(screen(spoken.samples / np.abs(spoken.samples).max(), spoken.rate)) == []


def test_a_quiet_but_clear_voice_is_let_be(spoken: Sound) -> None:
    assert codes(screen(in_room(spoken) * np.float32(0.25), spoken.rate)) == []


def test_a_voice_that_is_far_too_low_is_too_quiet(spoken: Sound) -> None:
    verdict = screen(in_room(spoken) * np.float32(0.01), spoken.rate)
    assert codes(verdict) == ["too_quiet"]
    assert verdict.ratable == "no"


def test_a_voice_that_drowns_in_its_room_is_too_quiet_sooner(spoken: Sound) -> None:
    assert "too_quiet" in codes(screen(in_room(spoken, gain=0.06, room_dbfs=-56.0), spoken.rate))


def test_a_voice_that_is_cut_off_is_clipping(spoken: Sound) -> None:
    loud = spoken.samples / np.abs(spoken.samples).max()
    verdict = screen(np.clip(loud * 4, -1, 1).astype(np.float32), spoken.rate)
    assert codes(verdict) == ["clipping"]
    assert verdict.ratable == "no"


def test_one_cut_off_top_is_no_clipping(voice: Sound) -> None:
    sound = voice.samples.copy()
    sound[100_000:100_010] = 1.0
    assert codes(screen(sound, voice.rate)) == []


def test_digital_silence_is_no_signal() -> None:
    verdict = screen(silence(5, 48_000), 48_000)
    assert codes(verdict) == ["no_signal"]
    assert verdict.findings[0].spans == ((0.0, 5.0),)
    assert verdict.ratable == "no"


def test_a_stuck_value_and_a_click_at_the_plug_are_no_signal() -> None:
    stuck = np.full(3 * 44_100, 0.25, dtype=np.float32)
    stuck[1000:1200] = 0.9
    assert codes(screen(stuck, 44_100)) == ["no_signal"]


def test_a_value_that_creeps_back_to_zero_is_no_signal() -> None:
    creeping = 0.3 * np.exp(-np.arange(6 * 16_000) / 32_000)
    assert codes(screen(creeping.astype(np.float32), 16_000)) == ["no_signal"]


def test_a_microphone_that_only_gives_its_own_faint_hiss_is_no_signal() -> None:
    assert codes(screen(noise(5 * 48_000, -84.0, DICE), 48_000)) == ["no_signal"]


def test_a_room_without_a_voice_is_no_response() -> None:
    assert codes(screen(noise(8 * 16_000, -50.0, DICE), 16_000)) == ["no_response"]


def test_a_word_is_too_short() -> None:
    word = say("Yes.")
    verdict = screen(in_room(word, before=2.0), word.rate)
    assert codes(verdict) == ["too_short"]
    assert verdict.ratable == "no"


@pytest.mark.parametrize("click", [0, 200])
def test_a_word_between_zeros_is_too_short_and_no_device_that_stopped(click: int) -> None:
    word = say("Tomorrow.")  # a device may click when it opens: so many samples
    dark, end = silence(3, word.rate), np.argmax(np.abs(word.samples)) + word.rate // 10
    dying = np.exp(-np.maximum(0, np.arange(word.samples.size) - end) / (0.012 * word.rate)).astype(np.float32)
    sound = np.concatenate([noise(click, -50.0, np.random.default_rng(4)), dark, word.samples * dying, dark, dark])
    assert codes(screen(sound, word.rate)) == ["too_short"]


@pytest.mark.parametrize("before", [0, 3])
def test_a_microphone_that_is_muted_within_the_first_word_has_stopped(before: int) -> None:
    word = say("Tomorrow.")
    loudest = int(np.argmax(np.abs(word.samples)))
    sound = np.concatenate([silence(before, word.rate), word.samples[:loudest], silence(6, word.rate)])
    assert codes(screen(sound, word.rate))[0] == "no_signal"


def test_muted_in_the_middle_for_long_is_no_signal_there(voice: Sound) -> None:
    verdict = screen(np.concatenate([voice.samples, silence(4, voice.rate), voice.samples]), voice.rate)
    assert codes(verdict) == ["no_signal"]
    start, end = verdict.findings[0].spans[0]
    assert start == pytest.approx(voice.seconds, abs=0.05)
    assert end - start == pytest.approx(4.0, abs=0.05)


def test_the_pause_before_one_begins_is_not_held_against_anybody(voice: Sound) -> None:
    room = noise(12 * voice.rate, -62.0, DICE)
    watching = Screen(voice.rate)
    assert watching.feed(room) == ()
    for start in range(0, voice.samples.size, 4_800):
        assert watching.feed(voice.samples[start : start + 4_800]) == ()
    assert watching.finish().ratable == "yes"


def test_silence_from_a_device_that_gates_its_pauses_goes_away_with_the_first_word(voice: Sound) -> None:
    watching = Screen(voice.rate)
    assert [finding.code for finding in watching.feed(silence(2, voice.rate))] == ["no_signal"]
    watching.feed(voice.samples[voice.rate :])
    assert watching.current == ()
    assert watching.finish().ratable == "yes"


def test_a_chair_that_moves_before_one_begins_is_no_quiet_talker() -> None:
    rate = 16_000
    rustle = noise(3 * rate, -75.0, DICE)
    for at in (0.5, 1.1, 1.9):
        start = round(at * rate)
        rustle[start : start + 4_000] += noise(4_000, -52.0, DICE)
    assert Screen(rate).feed(rustle) == ()


def first_told(sound: Samples, rate: int, code: str) -> float:
    """When the finding comes, in seconds of sound."""
    watching = Screen(rate)
    for start in range(0, sound.size, rate // 50):
        if code in [finding.code for finding in watching.feed(sound[start : start + rate // 50])]:
            return (start + rate // 50) / rate
    raise AssertionError(f"{code} was never told")


def test_findings_come_within_a_second_of_their_cause(voice: Sound) -> None:
    rate = voice.rate
    loud = np.clip(voice.samples * 20, -1, 1).astype(np.float32)
    assert first_told(silence(3, rate), rate, "no_signal") <= 1.0
    muted = np.concatenate([voice.samples[: 3 * rate], silence(3, rate)])
    assert first_told(muted, rate, "no_signal") <= 4.0
    assert first_told(loud, rate, "clipping") <= 2.0  # the voice begins at 1.0
    assert first_told(voice.samples * np.float32(0.01), rate, "too_quiet") <= 2.0


def test_too_quiet_goes_away_when_one_speaks_up(voice: Sound) -> None:
    watching = Screen(voice.rate)
    watching.feed(voice.samples * np.float32(0.01))
    assert [finding.code for finding in watching.current] == ["too_quiet"]
    watching.feed(voice.samples[voice.rate :])
    assert watching.current == ()
    assert watching.finish().findings == ()


def test_pieces_that_the_device_lost_are_dropouts(voice: Sound) -> None:
    watching = Screen(voice.rate)
    watching.feed(voice.samples)
    watching.missed(1.5, 0.25)
    verdict = watching.finish()
    assert [(f.code, f.severity, f.spans) for f in verdict.findings] == [("dropouts", "advice", ((1.5, 1.75),))]
    assert verdict.ratable == "doubtful"


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_any_rate_gets_the_same_judgement(voice: Sound, rate: int) -> None:
    sound = resampled(voice, rate)
    assert codes(screen(sound, rate)) == []
    assert codes(screen(sound * np.float32(0.003), rate)) == ["too_quiet"]


MIXED = np.concatenate([babble(3, 16_000), silence(1, 16_000), np.clip(babble(2, 16_000, 1) * 20, -1, 1), silence(3, 16_000)])


@given(cuts=st.lists(st.integers(0, MIXED.size), max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_stream_gets_the_verdict_of_the_whole_file(cuts: list[int]) -> None:
    watching = Screen(16_000)
    for piece in np.split(MIXED.astype(np.float32), sorted(cuts)):
        watching.feed(piece)
    assert watching.finish() == screen(MIXED.astype(np.float32), 16_000)


@given(
    sound=arrays.arrays(np.float32, st.integers(0, 20_000), elements=st.floats(-1, 1, width=32), fill=st.just(0.0)),
    rate=st.sampled_from([4_000, 8_000, 11_025, 48_000]),
)
@settings(max_examples=50, deadline=None)
def test_any_sound_has_a_verdict_that_json_can_hold(sound: Samples, rate: int) -> None:
    verdict = screen(sound, rate)
    read = json.loads(report.line("x.wav", verdict), parse_constant=pytest.fail)
    assert read["ratable"] in ("yes", "doubtful", "no")
    for finding in verdict.findings:
        assert finding.code in CODES
        assert 0.5 <= finding.confidence <= 1.0
        assert all(0 <= start < end <= sound.size / rate + 0.01 for start, end in finding.spans)
    assert all(np.isfinite([verdict.level_dbfs, verdict.noise_dbfs, verdict.snr_db, verdict.speech_seconds]))


@pytest.mark.parametrize("size", [0, 1, 100])
def test_next_to_nothing_is_no_signal(size: int) -> None:
    assert codes(screen(np.zeros(size, dtype=np.float32), 48_000)) == ["no_signal"]


@pytest.mark.parametrize(
    "damaged",
    [
        np.array([0.0, np.nan], dtype=np.float32),
        np.array([0.0, np.inf], dtype=np.float32),
        np.zeros((2, 100), dtype=np.float32),
        np.zeros(100, dtype=np.int16),
    ],
    ids=["not a number", "infinite", "two rows", "whole numbers"],
)
def test_what_is_no_sound_is_trouble(damaged: Any) -> None:
    with pytest.raises(Trouble) as caught:
        screen(damaged, 48_000)
    assert caught.value.code == "sound-damaged"
