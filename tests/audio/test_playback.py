"""The player without hardware: how much was heard, and every way in which a play can end. Decoding and encoding."""

import io

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio import levels
from stamp_desktop.audio.encode import to_flac
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import FreePace, Pace
from stamp_desktop.audio.playback import Opened, Played, Player, Playing, Sound, decode, resampled
from stamp_desktop.audio.simulated import NullLoudspeaker
from stamp_desktop.trouble import Trouble
from tests.audio.conftest import Ear


class TapedLoudspeaker(NullLoudspeaker):
    """Keeps what it plays; may have its own rate and latency, and break or fall silent after some samples."""

    def __init__(self, pace: Pace, rate: int = 0, latency: float = 0.0, blocks: int = 10**9, *, silent: bool = False) -> None:
        super().__init__(pace)
        self.tape: list[Samples] = []
        self.closed = 0
        self._own, self._latency = rate, latency
        self._left = blocks
        self._silent = silent
        self._free = pace

    def open(self, rate: int) -> Opened:
        return Opened(super().open(self._own or rate).rate, self._latency)

    def write(self, samples: Samples, timeout: float) -> int:
        self._left -= 1
        if self._left < 0 and self._silent:
            self._free.sleep(timeout)
            return 0
        if self._left < 0:
            raise Trouble("device-lost", "The loudspeaker is gone.")
        taken = super().write(samples, timeout)
        self.tape.append(samples[:taken])
        return taken

    def close(self) -> None:
        self.closed += 1


def play(loudspeaker: NullLoudspeaker, pace: FreePace, sound: Sound, volume: float = 1.0) -> tuple[Played, list[Playing]]:
    ear = Ear()
    player = Player(loudspeaker, pace, ear)
    player.volume = volume
    player.play(sound)
    player.wait()
    player.stop()
    played = ear.all[-1]
    assert isinstance(played, Played)
    return played, [told for told in ear.all if isinstance(told, Playing)]


@pytest.fixture
def pace() -> FreePace:
    return FreePace()


def test_a_whole_play_is_complete_and_tells_its_place_ten_times_a_second(voice: Sound, pace: FreePace) -> None:
    loudspeaker = TapedLoudspeaker(pace, latency=0.2)
    played, places = play(loudspeaker, pace, voice)
    assert played == Played(round(voice.seconds * 1000), complete=True, start_ms=200)
    assert np.array_equal(np.concatenate(loudspeaker.tape), voice.samples)
    assert pace.now() == pytest.approx(voice.seconds + 0.2, abs=0.06)
    positions = [place.position for place in places]
    assert positions == sorted(positions)
    assert 6 <= len(places) / voice.seconds <= 10
    assert loudspeaker.closed == 1


def test_the_volume_is_applied(voice: Sound, pace: FreePace) -> None:
    loudspeaker = TapedLoudspeaker(pace)
    play(loudspeaker, pace, voice, volume=0.5)
    assert np.concatenate(loudspeaker.tape) == pytest.approx(voice.samples * 0.5)


def test_a_stop_tells_how_much_was_heard(voice: Sound, pace: FreePace) -> None:
    ear = Ear()
    ends: list[Player] = []

    def told(message: object) -> None:
        ear(message)
        if isinstance(message, Playing) and message.position > 1.0:
            ends[0]._stop.set()  # as a stop from the owner's thread at exactly this moment

    ends.append(Player(TapedLoudspeaker(pace, latency=0.2), pace, told))
    ends[0].play(voice)
    ends[0].wait()
    played = ear.all[-1]
    assert isinstance(played, Played)
    assert (played.complete, played.fault) == (False, None)
    assert 1000 <= played.heard_ms <= 1250


def test_a_loudspeaker_that_is_pulled_out_makes_the_play_incomplete(voice: Sound, pace: FreePace) -> None:
    played, _ = play(TapedLoudspeaker(pace, latency=0.2, blocks=30), pace, voice)
    assert (played.complete, played.heard_ms) == (False, 1300)
    assert played.fault is not None
    assert played.fault.code == "device-lost"


def test_a_loudspeaker_that_takes_nothing_any_more_makes_the_play_incomplete(voice: Sound, pace: FreePace) -> None:
    played, _ = play(TapedLoudspeaker(pace, blocks=30, silent=True), pace, voice)
    assert (played.complete, played.heard_ms) == (False, 1500)
    assert played.fault is not None
    assert played.fault.code == "stalled"


class AbsentLoudspeaker(NullLoudspeaker):
    def open(self, rate: int) -> Opened:
        raise Trouble("no-sound-device", f"Nothing plays {rate}.")


def test_a_loudspeaker_that_cannot_be_opened_is_told(voice: Sound, pace: FreePace) -> None:
    played, _ = play(AbsentLoudspeaker(pace), pace, voice)
    assert (played.heard_ms, played.complete) == (0, False)
    assert played.fault is not None
    assert played.fault.trouble is not None


def test_a_bug_reaches_the_owner(voice: Sound, pace: FreePace) -> None:
    class Buggy(NullLoudspeaker):
        def write(self, samples: Samples, timeout: float) -> int:
            raise ZeroDivisionError(f"{samples.size} {timeout}")

    ear = Ear()
    player = Player(Buggy(pace), pace, ear)
    player.play(voice)
    player.wait()
    with pytest.raises(ZeroDivisionError):
        player.stop()
    assert isinstance(ear.all[-1], Played)
    player.stop()


def test_a_new_play_ends_the_old_one(voice: Sound, pace: FreePace) -> None:
    ear = Ear()
    player = Player(NullLoudspeaker(pace), pace, ear)
    player.play(voice)
    player.play(Sound(voice.samples[:9_600], voice.rate))
    player.wait()
    ends = [told for told in ear.all if isinstance(told, Played)]
    assert len(ends) == 2
    assert ends[1] == Played(200, complete=True, start_ms=0)


def test_a_device_with_another_rate_gets_the_same_sound(voice: Sound, pace: FreePace) -> None:
    loudspeaker = TapedLoudspeaker(pace, rate=44_100)
    played, _ = play(loudspeaker, pace, voice)
    assert played.complete
    assert played.heard_ms == round(voice.seconds * 1000)
    tape = np.concatenate(loudspeaker.tape)
    assert tape.size == pytest.approx(voice.seconds * 44_100, abs=1)
    assert levels.active_level(tape, 44_100) == pytest.approx(levels.active_level(voice.samples, voice.rate), abs=0.1)


@pytest.mark.parametrize(("of", "to"), [(48_000, 44_100), (22_050, 48_000), (8_000, 48_000)])
def test_resampling_keeps_a_tone_to_the_thousandth(of: int, to: int) -> None:
    tone = np.sin(2 * np.pi * 1_000 * np.arange(of) / of).astype(np.float32)
    turned = resampled(Sound(tone, of), to)
    expected = np.sin(2 * np.pi * 1_000 * np.arange(to) / to)
    middle = slice(to // 10, -to // 10)
    assert turned.size == to
    assert np.abs(turned[middle] - expected[middle]).max() < 1e-3


def encoded(voice: Sound, form: str, subtype: str | None = None, channels: int = 1) -> bytes:
    file = io.BytesIO()
    samples = np.repeat(voice.samples[:, None], channels, axis=1)
    soundfile.write(file, samples, voice.rate, format=form, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(("form", "subtype"), [("WAV", None), ("FLAC", None), ("OGG", "OPUS"), ("OGG", "VORBIS")])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_form_of_a_package_is_decoded(voice: Sound, form: str, subtype: str | None, channels: int) -> None:
    sound = decode(encoded(voice, form, subtype, channels))
    assert sound.rate == 48_000
    assert sound.samples.dtype == np.float32
    assert sound.seconds == pytest.approx(voice.seconds, abs=0.01)
    assert np.corrcoef(sound.samples[: voice.samples.size], voice.samples[: sound.samples.size])[0, 1] > 0.95


@pytest.mark.parametrize("damage", ["empty", "text", "cut short", "no samples"])
def test_a_damaged_sound_is_trouble(voice: Sound, damage: str) -> None:
    whole = encoded(voice, "FLAC")
    data = {
        "empty": b"",
        "text": b"not a sound at all",
        "cut short": whole[: len(whole) // 2],
        "no samples": encoded(Sound(voice.samples[:0], 48_000), "WAV"),
    }[damage]
    with pytest.raises(Trouble) as caught:
        decode(data)
    assert caught.value.code == "sound-damaged"


def test_flac_is_the_same_every_time_and_loses_nothing(voice: Sound) -> None:
    pcm = levels.to_pcm(voice.samples)
    flac = to_flac(pcm, voice.rate)
    assert flac == to_flac(pcm, voice.rate)
    assert len(flac) < len(pcm)
    assert levels.to_pcm(decode(flac).samples) == pcm


def test_half_a_sample_is_no_recording() -> None:
    with pytest.raises(ValueError, match="multiple"):
        to_flac(b"\x00\x00\x00", 48_000)
