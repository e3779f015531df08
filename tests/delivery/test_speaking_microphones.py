"""Speaking with a microphone that is missing, muted, pulled out or off its clock: it is said, and what was heard is kept."""

import pytest

from stamp_desktop.audio.capture import Recorder
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.pace import FreePace
from stamp_desktop.audio.simulated import RATE, LostMicrophone, SilentMicrophone, SpeakingMicrophone
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.ear import Memory
from stamp_desktop.delivery.microphone import LOST, MUTED
from stamp_desktop.delivery.seat_sound import judged
from stamp_desktop.delivery.views import SpeakingView
from stamp_desktop.engine.events import Noted
from stamp_desktop.storage.reader import reading
from stamp_desktop.sync.sound import (
    FindingNoticed,
    MicrophoneChanged,
    MicrophoneMended,
    ResponseHeard,
    RoomHeard,
    read,
)
from tests.delivery.rooms import VOICE, Lab, Somebody, talking
from tests.delivery.speaking import NoMicrophone, at_speaking, ended, kept_seconds


def test_without_a_microphone_one_is_told_and_can_go_on(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(NoMicrophone)
    for _ in range(3):
        shown = ana.record()
        assert (shown.attempts_left, shown.seconds) == (2, 0.0)
        assert shown.finding is not None
        assert shown.finding.title == "No sound was recorded"
    ana.say(intents.HearRecording())
    assert not ana.see(SpeakingView).playing
    ana.say(intents.KeepRecording())
    assert ana.see(SpeakingView).number == 2
    facts = ended(lab, ana)
    assert {(fact.duration_ms, fact.sha256) for fact in facts} == {(0, "")}
    with reading(lab.folder(ana.session).journal) as journal:
        assert journal.unsent_recordings() == []


def test_a_microphone_that_is_pulled_out_leaves_what_was_said(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(lambda pace: LostMicrophone(VOICE, RATE, pace, after=4.5))
    shown = ana.record()
    assert (shown.seconds, shown.attempts_left) == (4.5, 1)
    (fact,) = ended(lab, ana)
    assert (fact.duration_ms, fact.salvaged) == (4_500, False)
    assert kept_seconds(lab, ana.session, fact.recording) == 4.5


def test_a_dead_microphone_is_said_while_speaking_and_afterwards(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(SilentMicrophone)
    ana.say(intents.Record())
    during = ana.hear(SpeakingView, lambda view: view.finding is not None)
    assert during.stage == "recording"
    assert during.seconds < 2
    after = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert after.finding is not None
    assert after.finding.tone == "bad"
    (fact,) = ended(lab, ana)
    assert fact.findings[0] == "no_signal"


def test_what_is_found_and_the_judgement_of_each_recording_are_told_as_facts(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(SilentMicrophone)
    ana.record()
    lab.studio.plug(talking)
    ana.record()
    ana.leave()
    facts = [fact for event in lab.facts(ana.session) if isinstance(event, Noted) and (fact := read(event))]
    room, noticed, dead, good = facts
    assert isinstance(room, RoomHeard)
    assert room.noise_dbfs < -50
    assert isinstance(noticed, FindingNoticed)
    assert (noticed.code, noticed.severity) == ("no_signal", "likely_nr")
    assert noticed.second <= 1.0
    assert isinstance(dead, ResponseHeard)
    assert isinstance(good, ResponseHeard)
    assert (dead.recording, dead.ratable) == (noticed.recording, "no")
    assert [finding["code"] for finding in dead.findings] == ["no_signal"]
    assert (good.ratable, good.findings, good.faults, good.lost) == ("yes", (), (), 0.0)
    assert good.snr_db > 20


class MutedMicrophone(SilentMicrophone):
    """One that the system has muted."""

    def condition(self) -> Condition:
        return Condition("usb", "Headset", muted=True)


def test_a_microphone_that_is_muted_in_the_system_is_turned_on_when_the_test_taker_says_so(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(MutedMicrophone)
    ana.say(intents.Record())
    shown = ana.hear(SpeakingView, lambda view: view.finding is not None)
    assert shown.finding == MUTED
    assert lab.studio.mended == []
    ana.say(intents.MendMicrophone())
    assert lab.studio.mended == ["usb"]
    kept = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert kept.finding is not None
    assert (kept.finding.mend, kept.finding.todo) == ("Turn it on", "Press “Turn it on”. Then record again.")
    ana.say(intents.MendMicrophone())
    assert lab.studio.mended == ["usb", "usb"]
    shown = ana.see(SpeakingView)
    assert shown.finding is not None
    assert shown.finding.mend == ""
    ana.leave()
    told = [fact for event in lab.facts(ana.session) if isinstance(event, Noted) and (fact := read(event))]
    assert [fact.state for fact in told if isinstance(fact, MicrophoneChanged)] == ["muted"]
    assert [fact.done for fact in told if isinstance(fact, MicrophoneMended)] == [True, True]


def test_a_plug_that_is_put_in_again_goes_on_in_the_same_recording(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(lambda pace: LostMicrophone(VOICE, RATE, pace, after=4.5, away=2.0))
    ana.say(intents.Record())
    gone = ana.hear(SpeakingView, lambda view: view.finding == LOST)
    assert gone.stage == "recording"
    assert gone.seconds == pytest.approx(4.5, abs=0.1)
    kept = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert kept.seconds == 20.0
    assert kept.finding is not None
    assert kept.finding.title == "Parts of your voice are missing"
    (fact,) = ended(lab, ana)
    assert (fact.duration_ms, fact.findings) == (20_000, ("dropouts",))
    assert kept_seconds(lab, ana.session, fact.recording) == 20.0


class DriftingMicrophone(SpeakingMicrophone):
    """Its clock is slow by 100 millionths: 6 ms a minute."""

    def read(self, timeout: float) -> bytes:
        pcm = super().read(timeout)
        self._due += 0.02 * 1e-4
        return pcm


def test_a_microphone_whose_clock_is_off_is_in_the_facts_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    for kind in (SpeakingMicrophone, DriftingMicrophone):
        pace = FreePace()
        recorder = Recorder(kind(VOICE, RATE, pace), Memory, pace, lambda _: None, 40.0)
        recorder.start()
        recorder.wait()
        recorded = recorder.stop()
        assert recorded.verdict is not None
        fact = judged("p1", kind.__name__, recorded.verdict, recorded)
        assert fact.drift_ms_per_minute == recorded.drift_ms_per_minute
    assert fact.drift_ms_per_minute == pytest.approx(6.0, abs=0.2)
    assert [line for line in caplog.messages if "clock is off by" in line] == [
        f"The microphone's clock is off by {fact.drift_ms_per_minute:+.1f} ms a minute (DriftingMicrophone)"
    ]
