"""The recorder with microphones that are simulated: what is kept, what is told, and what fails."""

import math
import threading

import numpy as np
import pytest

from stamp_desktop.audio import levels
from stamp_desktop.audio.capture import Back, Ended, Recorded, Recorder
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.pace import FreePace, RealPace
from stamp_desktop.audio.playback import Sound
from stamp_desktop.audio.screening import screen
from stamp_desktop.audio.simulated import (
    LostMicrophone,
    QuietMicrophone,
    SilentMicrophone,
    SpeakingMicrophone,
    StalledMicrophone,
)
from stamp_desktop.audio.take import Heard
from stamp_desktop.trouble import Trouble
from tests.audio.conftest import Ear, MemorySink

FULL = Trouble("disk-full", "The disk is full.", "Two seconds are kept.", "Call the proctor.")


class Desk:
    """A recorder on free time, its sink and its ear."""

    def __init__(self, microphone: SpeakingMicrophone, pace: FreePace, limit: float, sink: MemorySink | None = None) -> None:
        self.ear = Ear()
        self.sink = sink or MemorySink(48_000)
        self.recorder = Recorder(microphone, self._open, pace, self.ear, limit)

    def _open(self, rate: int) -> MemorySink:
        self.sink.rate = rate
        return self.sink

    def run(self) -> Recorded[int]:
        self.recorder.start()
        self.ear.wait(lambda told: isinstance(told, Ended))
        return self.recorder.stop()

    @property
    def heard(self) -> list[Heard]:
        return [told for told in self.ear.all if isinstance(told, Heard)]

    @property
    def faults(self) -> list[str]:
        return [told.code for told in self.ear.all if isinstance(told, Fault)]


@pytest.fixture
def pace() -> FreePace:
    return FreePace()


def test_each_full_second_is_a_frame_and_the_rest_the_last(voice: Sound, pace: FreePace) -> None:
    desk = Desk(SpeakingMicrophone(voice.samples, voice.rate, pace), pace, 3.3)
    recorded = desk.run()
    assert [len(frame) for frame in desk.sink.frames] == [96_000, 96_000, 96_000, 28_800]
    assert (recorded.frames, recorded.rate) == (158_400, 48_000)
    assert recorded.seconds == pytest.approx(3.3)
    assert (recorded.kept, recorded.faults, recorded.drift) == (4, (), 0.0)
    assert desk.sink.finished
    assert np.corrcoef(desk.sink.samples, voice.samples[:158_400])[0, 1] > 0.99


def test_the_verdict_is_that_of_what_was_kept(voice: Sound, pace: FreePace) -> None:
    desk = Desk(QuietMicrophone(voice.samples, voice.rate, pace), pace, 5.17)
    assert desk.run().verdict == screen(desk.sink.samples, voice.rate)


def test_a_device_at_another_rate_is_recorded_at_its_own(voice: Sound, pace: FreePace) -> None:
    desk = Desk(SpeakingMicrophone(voice.samples[::3].copy(), 16_000, pace), pace, 2.0)
    assert desk.run().rate == desk.sink.rate == 16_000


def test_levels_come_twenty_times_a_second_with_a_peak_each(voice: Sound, pace: FreePace) -> None:
    desk = Desk(SpeakingMicrophone(voice.samples, voice.rate, pace), pace, 4.0)
    desk.run()
    assert len(desk.heard) <= 80
    peaks = [peak for heard in desk.heard for peak in heard.peaks]
    assert len(peaks) == 80
    expected = levels.block_peaks(desk.sink.samples, 2_400)
    assert peaks == pytest.approx(expected, abs=1e-4)
    assert desk.heard[-1].second == pytest.approx(4.0)
    assert desk.heard[-1].level_dbfs == pytest.approx(levels.level(desk.sink.samples[-2_400:]), abs=0.1)


def test_a_muted_microphone_is_told_within_a_second(pace: FreePace) -> None:
    desk = Desk(SilentMicrophone(pace), pace, 2.0)
    recorded = desk.run()
    first = next(heard for heard in desk.heard if heard.findings)
    assert first.findings[0].code == "no_signal"
    assert first.second <= 1.0
    assert recorded.verdict is not None
    assert recorded.verdict.ratable == "no"


def test_a_lost_microphone_leaves_what_was_heard(voice: Sound, pace: FreePace) -> None:
    desk = Desk(LostMicrophone(voice.samples, voice.rate, pace, after=2.5), pace, 60.0)
    recorded = desk.run()
    assert [fault.code for fault in recorded.faults] == desk.faults == ["device-lost"]
    assert recorded.seconds == pytest.approx(2.5)
    assert desk.sink.finished


def test_a_microphone_that_comes_back_goes_on_in_the_same_recording(voice: Sound, pace: FreePace) -> None:
    long = np.tile(voice.samples, 3)
    desk = Desk(LostMicrophone(long, voice.rate, pace, after=2.5, away=3.0), pace, 8.0)
    recorded = desk.run()
    assert desk.faults == ["device-lost"]
    (back,) = [told for told in desk.ear.all if isinstance(told, Back)]
    assert back.away == pytest.approx(3.0, abs=0.5)
    assert recorded.seconds == pytest.approx(8.0)
    assert recorded.kept == len(desk.sink.frames)
    assert recorded.lost == pytest.approx(back.away, abs=0.1)
    assert recorded.verdict is not None
    lost = next(finding for finding in recorded.verdict.findings if finding.code == "dropouts")
    assert lost.spans[0] == pytest.approx((2.5, 2.5 + back.away), abs=0.15)
    cut = round(2.5 * voice.rate)
    skipped = round(back.away * voice.rate)
    heard = desk.sink.samples
    assert np.corrcoef(heard[:cut], long[:cut])[0, 1] > 0.99
    assert np.corrcoef(heard[cut:], long[cut + skipped :][: heard.size - cut])[0, 1] > 0.99


class OtherRateMicrophone(LostMicrophone):
    """Comes back as a device of half the rate."""

    def open(self) -> int:
        rate = super().open()
        if self._back:
            self._samples, self._rate, self._at = self._samples[::2].copy(), rate // 2, self._at // 2
        return self._rate


def test_another_device_at_another_rate_is_brought_to_the_recordings_own(voice: Sound, pace: FreePace) -> None:
    tone = (0.25 * np.sin(2 * np.pi * 440 * np.arange(voice.rate * 20) / voice.rate)).astype(np.float32)
    desk = Desk(OtherRateMicrophone(tone, voice.rate, pace, after=2.0, away=1.0), pace, 6.0)
    recorded = desk.run()
    assert recorded.rate == 48_000
    assert recorded.seconds == pytest.approx(6.0)
    late = desk.sink.samples[-2 * voice.rate :]
    spectrum = np.abs(np.fft.rfft(late * np.hanning(late.size)))
    assert int(np.argmax(spectrum)) / 2 == pytest.approx(440, abs=1)


def test_a_microphone_that_does_not_come_back_is_not_waited_for_without_end(voice: Sound, pace: FreePace) -> None:
    desk = Desk(LostMicrophone(voice.samples, voice.rate, pace, after=0.2, away=60.0), pace, 5.0)
    assert desk.run().seconds == pytest.approx(0.2)
    assert 30.0 <= pace.now() < 32.0


class DriftingMicrophone(SpeakingMicrophone):
    """Its clock is slow: `rate` samples take a little more than a second."""

    def read(self, timeout: float) -> bytes:
        pcm = super().read(timeout)
        self._due += 0.02 * 1e-4
        return pcm


def test_drift_is_measured_by_the_minute(voice: Sound, pace: FreePace) -> None:
    desk = Desk(DriftingMicrophone(voice.samples, voice.rate, pace), pace, 90.0)
    recorded = desk.run()
    assert recorded.drift_ms_per_minute == pytest.approx(6.0, abs=0.2)
    assert recorded.lost == 0.0


def test_a_microphone_that_keeps_time_does_not_drift_though_pieces_are_lost(voice: Sound, pace: FreePace) -> None:
    desk = Desk(StalledMicrophone(voice.samples, voice.rate, pace, after=20.0, until=22.0), pace, 60.0)
    recorded = desk.run()
    assert abs(recorded.drift_ms_per_minute) < 1.0
    assert recorded.lost == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("at", [0.3, 5.6], ids=["first half second", "last half second"])
def test_a_plug_that_is_pulled_in_the_first_or_last_half_second(voice: Sound, pace: FreePace, at: float) -> None:
    long = np.tile(voice.samples, 3)
    desk = Desk(LostMicrophone(long, voice.rate, pace, after=at, away=1.0), pace, 6.0)
    recorded = desk.run()
    assert desk.faults == ["device-lost"]
    assert recorded.seconds == pytest.approx(6.0)
    assert recorded.lost == pytest.approx(1.0, abs=0.5)
    assert recorded.verdict is not None
    assert "dropouts" in [finding.code for finding in recorded.verdict.findings]


def test_a_microphone_that_falls_silent_is_told_once_and_what_is_lost_is_found(voice: Sound, pace: FreePace) -> None:
    desk = Desk(StalledMicrophone(voice.samples, voice.rate, pace, after=2.4, until=4.0), pace, 6.0)
    recorded = desk.run()
    assert desk.faults == ["stalled"]
    assert len(desk.sink.frames[2]) < 96_000  # what was pending went to the disk when the silence began
    assert recorded.verdict is not None
    (lost,) = recorded.verdict.findings
    assert lost.code == "dropouts"
    assert lost.spans[0][0] == pytest.approx(2.4, abs=0.05)
    assert lost.spans[0][1] == pytest.approx(4.0, abs=0.15)
    assert recorded.drift == pytest.approx(1.6, abs=0.15)


def test_a_microphone_that_never_begins_is_given_more_time(voice: Sound, pace: FreePace) -> None:
    slow = Desk(StalledMicrophone(voice.samples, voice.rate, pace, after=0.0, until=2.0), pace, 1.0)
    assert slow.run().faults == ()
    never = Desk(StalledMicrophone(voice.samples, voice.rate, pace, after=0.0, until=9.0), pace, 1.0)
    assert [fault.code for fault in never.run().faults] == ["stalled"]


@pytest.mark.parametrize("error", [FULL, OSError(28, "No space left on device")], ids=["trouble", "os error"])
def test_a_full_disk_ends_the_recording_and_keeps_what_is_whole(voice: Sound, pace: FreePace, error: Exception) -> None:
    sink = MemorySink(48_000, fails_at=2, error=error)
    desk = Desk(SpeakingMicrophone(voice.samples, voice.rate, pace), pace, 60.0, sink)
    recorded = desk.run()
    (fault,) = recorded.faults
    assert (fault.code, recorded.seconds, recorded.kept, sink.finished) == ("disk", 2.0, 2, True)
    assert fault.trouble is not None
    assert fault.trouble.advice.todo == "Call the proctor."


class StubbornSink(MemorySink):
    def finish(self) -> int:
        raise FULL


def test_a_recording_that_cannot_be_closed_is_told_too(voice: Sound, pace: FreePace) -> None:
    desk = Desk(SpeakingMicrophone(voice.samples, voice.rate, pace), pace, 1.0, StubbornSink(48_000))
    recorded = desk.run()
    assert (recorded.kept, recorded.frames) == (None, 48_000)
    assert recorded.faults == (Fault("disk", FULL),)


class AbsentMicrophone(SpeakingMicrophone):
    def open(self) -> int:
        raise Trouble("no-sound-device", "No microphone.", "", "Plug one in.")


def test_a_microphone_that_cannot_be_opened_is_told(voice: Sound, pace: FreePace) -> None:
    desk = Desk(AbsentMicrophone(voice.samples, voice.rate, pace), pace, 1.0)
    recorded = desk.run()
    assert desk.faults == ["device-lost"]
    assert (recorded.frames, recorded.rate, recorded.verdict, recorded.kept) == (0, 0, None, None)


def test_a_bug_in_the_sink_reaches_the_owner_after_the_recording_was_closed(voice: Sound, pace: FreePace) -> None:
    sink = MemorySink(48_000, fails_at=1, error=ZeroDivisionError("a bug"))
    desk = Desk(SpeakingMicrophone(voice.samples, voice.rate, pace), pace, 9.0, sink)
    with pytest.raises(ZeroDivisionError):
        desk.run()
    assert desk.faults == ["failed"]
    assert sink.finished


def test_a_bug_in_the_owner_reaches_the_owner(voice: Sound, pace: FreePace) -> None:
    def told(_: object) -> None:
        raise ZeroDivisionError("a bug")

    sink = MemorySink(48_000)
    recorder = Recorder(SpeakingMicrophone(voice.samples, voice.rate, pace), lambda _: sink, pace, told, 9.0)
    recorder.start()
    with pytest.raises(ZeroDivisionError):
        recorder.stop()
    assert sink.finished


def test_what_is_said_up_to_the_stop_is_kept_and_no_thread_stays(voice: Sound) -> None:
    ear, sink = Ear(), MemorySink(48_000)
    microphone = SpeakingMicrophone(voice.samples, voice.rate, RealPace())
    recorder = Recorder(microphone, lambda _: sink, RealPace(), ear, math.inf)
    recorder.start()
    stopped_at = ear.wait(lambda told: isinstance(told, Heard) and told.second > 0.4)
    assert isinstance(stopped_at, Heard)
    recorded = recorder.stop()
    assert recorded.seconds >= stopped_at.second + 0.2
    assert recorder.stop() == recorded
    assert "recorder" not in [thread.name for thread in threading.enumerate()]
