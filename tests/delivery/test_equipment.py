"""The equipment check: it advises, never blocks, and sends nothing anywhere."""

from collections.abc import Callable

import numpy as np

from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.simulated import (
    RATE,
    LostMicrophone,
    NullLoudspeaker,
    QuietMicrophone,
    SilentMicrophone,
    SpeakingMicrophone,
)
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.equipment import steps_for
from stamp_desktop.delivery.microphone import MUTED, NARROW
from stamp_desktop.delivery.views import DashboardView, EquipmentView
from stamp_desktop.engine.events import EquipmentChecked, Noted
from stamp_desktop.sync.sound import MicrophoneChanged, RoomHeard, read
from tests.delivery.rooms import VOICE, HeldPace, Lab, Somebody, talking
from tests.delivery.speaking import NoMicrophone
from tests.delivery.test_listening import NoLoudspeaker


def at_check(somebody: Somebody, steps: int = 0) -> Somebody:
    """In front of the check, with so many of the steps headphones, room and voice passed."""
    somebody.sign_in()
    somebody.say(intents.AcceptRules(), intents.SaveProfile({"grade": "Grade 7"}))
    if steps > 0:
        somebody.say(intents.CheckPlay())
        somebody.hear(EquipmentView, idle)
        somebody.say(intents.CheckWord("garden"), intents.CheckNext())
    for _ in range(steps - 1):
        assert listened(somebody).passed
        somebody.say(intents.CheckNext())
    return somebody


def idle(view: EquipmentView) -> bool:
    return view.activity in {"idle", "done"}


def listened(somebody: Somebody) -> EquipmentView:
    somebody.say(intents.CheckListen())
    return somebody.hear(EquipmentView, idle)


def checked(lab: Lab, somebody: Somebody) -> EquipmentChecked:
    somebody.leave()
    return next(fact for fact in lab.facts(somebody.session) if isinstance(fact, EquipmentChecked))


def test_all_four_steps_pass_with_good_equipment(lab: Lab, ana: Somebody) -> None:
    at_check(ana)
    first = ana.see(EquipmentView)
    assert (first.step, first.count, first.words, first.go_on) == ("headphones", 4, ("garden", "river"), "")
    ana.check_equipment()
    ana.see(DashboardView)
    fact = checked(lab, ana)
    assert dict(fact.steps) == dict.fromkeys(("headphones", "room", "voice", "keyboard"), "ok")
    assert fact.findings == {}
    assert not list(lab.folder(ana.session).recordings.iterdir())


def test_a_step_cannot_be_left_before_it_was_tried(ana: Somebody) -> None:
    at_check(ana)
    ana.say(intents.CheckWord("garden"), intents.CheckNext())
    shown = ana.see(EquipmentView)
    assert (shown.step, shown.chosen_word) == ("headphones", "")


def test_the_wrong_word_is_explained_and_after_a_second_try_one_may_go_on(ana: Somebody) -> None:
    at_check(ana)
    ana.say(intents.CheckPlay())
    ana.hear(EquipmentView, idle)
    ana.say(intents.CheckWord("river"))
    shown = ana.see(EquipmentView)
    assert shown.finding is not None
    assert (shown.passed, shown.go_on) == (False, "")
    ana.say(intents.CheckWord("river"))
    assert ana.see(EquipmentView).go_on
    ana.say(intents.CheckNext())
    assert ana.see(EquipmentView).step == "room"
    assert ana.see(EquipmentView).lines[0].state == "advised"


def test_headphones_that_are_not_there_are_said(lab: Lab, ana: Somebody) -> None:
    lab.studio.speaker = NoLoudspeaker
    at_check(ana)
    for way_out in ("", "Go on anyway"):
        ana.say(intents.CheckPlay())
        shown = ana.hear(EquipmentView, idle)
        assert shown.finding is not None
        assert shown.go_on == way_out
    lab.studio.speaker = NullLoudspeaker
    ana.say(intents.CheckPlay())
    ana.hear(EquipmentView, idle)
    ana.say(intents.CheckWord("garden"))
    assert ana.see(EquipmentView).passed


def test_a_missing_microphone_is_said_and_does_not_stop_anybody(lab: Lab, ana: Somebody) -> None:
    lab.studio.plug(NoMicrophone)
    at_check(ana, steps=1)
    for step in ("room", "voice"):
        assert listened(ana).go_on == ""
        shown = listened(ana)
        assert (shown.step, shown.passed, shown.go_on, shown.can_hear_self) == (step, False, "Go on anyway", False)
        assert shown.finding is not None
        assert shown.finding.title == "There is no microphone."
        ana.say(intents.CheckNext())
    ana.say(intents.CheckNext())
    ana.see(DashboardView)
    fact = checked(lab, ana)
    assert dict(fact.steps) == {"headphones": "ok", "room": "advised", "voice": "advised", "keyboard": "skipped"}
    assert fact.findings == {"room": ("device-lost",), "voice": ("device-lost",)}


def test_a_microphone_that_is_plugged_in_later_is_found_and_taken(lab: Lab, ana: Somebody) -> None:
    lab.studio.plug(NoMicrophone)
    at_check(ana, steps=1)
    listened(ana)
    lab.studio.named = {"Headset": NoMicrophone, "USB": talking}
    ana.say(intents.CheckDevice("USB"))
    assert ana.see(EquipmentView).devices == ("Headset", "USB")
    shown = listened(ana)
    assert (shown.passed, shown.device, shown.finding) == (True, "USB", None)


def findings_of(lab: Lab, somebody: Somebody, microphone: Callable[[Pace], SilentMicrophone | QuietMicrophone]) -> str:
    at_check(somebody, steps=2)
    lab.studio.plug(microphone)
    shown = listened(somebody)
    assert shown.finding is not None
    assert not shown.passed
    listened(somebody)
    somebody.say(intents.CheckNext(), intents.CheckNext())
    return checked(lab, somebody).findings["voice"][0]


def test_a_muted_microphone_is_found(lab: Lab, ana: Somebody) -> None:
    assert findings_of(lab, ana, SilentMicrophone) == "no_signal"


def test_a_microphone_that_is_turned_down_is_found(lab: Lab, ana: Somebody) -> None:
    assert findings_of(lab, ana, lambda pace: QuietMicrophone(VOICE, RATE, pace)) == "too_quiet"


def test_one_can_hear_oneself(lab: Lab, ana: Somebody) -> None:
    at_check(ana, steps=2)
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.CheckListen())
    speaking = ana.hear(EquipmentView, lambda view: len(view.peaks) > 50)
    assert (speaking.activity, speaking.can_hear_self) == ("recording", False)
    assert speaking.level is not None
    ana.say(intents.CheckStop())
    pace.let_go()
    said = ana.hear(EquipmentView, idle)
    assert (said.passed, said.can_hear_self) == (True, True)
    ana.say(intents.CheckHearSelf())
    assert ana.see(EquipmentView).activity == "playing"
    ana.hear(EquipmentView, idle)


def test_a_microphone_that_is_pulled_out_during_the_sentence_is_said(lab: Lab, ana: Somebody) -> None:
    at_check(ana, steps=2)
    lab.studio.plug(lambda pace: LostMicrophone(VOICE, RATE, pace, after=2.0))
    shown = listened(ana)
    assert shown.finding is not None
    assert "gone" in shown.finding.title
    lab.studio.plug(talking)
    assert listened(ana).passed


def test_leaving_the_program_in_the_middle_of_the_check_lets_the_microphone_go(lab: Lab, ana: Somebody) -> None:
    at_check(ana, steps=2)
    lab.studio.pace = pace = HeldPace(1.0)
    ana.say(intents.CheckListen())
    pace.let_go()
    ana.leave()


def test_only_what_the_test_needs_is_checked() -> None:
    assert steps_for({"reading"}) == ()
    assert steps_for({"reading", "writing"}) == ("keyboard",)
    assert steps_for({"listening"}) == ("headphones",)
    assert steps_for({"speaking"}) == ("headphones", "room", "voice")


class MutedMicrophone(SilentMicrophone):
    """One that the system has muted until it is mended."""

    def __init__(self, lab: Lab, pace: Pace) -> None:
        super().__init__(pace)
        self._lab = lab

    def condition(self) -> Condition:
        return Condition("usb", "Headset", muted=not self._lab.studio.mended)


def test_a_muted_microphone_is_named_and_mended_and_the_step_tried_again_with_one_press(lab: Lab, ana: Somebody) -> None:
    at_check(ana, steps=1)
    lab.studio.plug(lambda pace: MutedMicrophone(lab, pace) if not lab.studio.mended else talking(pace))
    shown = listened(ana)
    assert (shown.step, shown.passed) == ("room", False)
    assert shown.finding is not None
    assert (shown.finding.title, shown.finding.mend) == (MUTED.title, "Turn it on")
    ana.say(intents.MendMicrophone())
    assert lab.studio.mended == ["usb"]
    assert ana.see(EquipmentView).activity == "listening"
    assert ana.hear(EquipmentView, idle).finding is None
    ana.leave()
    told = [fact for event in lab.facts(ana.session) if isinstance(event, Noted) and (fact := read(event))]
    assert [fact.state for fact in told if isinstance(fact, MicrophoneChanged)] == ["muted"]
    assert [type(fact) for fact in told].count(RoomHeard) == 2


class WirelessMicrophone(SpeakingMicrophone):
    """A wireless headset in its call mode."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(np.zeros(RATE, dtype=np.float32), RATE, pace)

    def condition(self) -> Condition:
        return Condition("wireless", "Headset", rate=8_000)


def test_a_wireless_headset_in_its_call_mode_is_told_before_the_test_and_stops_nobody(lab: Lab, ana: Somebody) -> None:
    at_check(ana, steps=1)
    lab.studio.plug(WirelessMicrophone)
    shown = listened(ana)
    assert (shown.step, shown.passed, shown.finding) == ("room", True, NARROW)
    lab.studio.plug(talking)
    assert listened(ana).finding is None
    lab.studio.plug(WirelessMicrophone)
    listened(ana)
    ana.say(intents.CheckNext())
    assert ana.see(EquipmentView).step == "voice"
    ana.leave()
