"""The recorder with microphones that are simulated: what is kept, what is told, and what fails."""

import math
import threading

import numpy as np
import pytest

from stamp_desktop.audio import levels
from stamp_desktop.audio.capture import Ended, Recorded, Recorder
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
