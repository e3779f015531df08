"""Whatever breaks, there is a way on, nothing that was typed is dropped, and the screen claims no more than is true."""

import shutil
from collections.abc import Callable, Sequence

from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.playback import Played
from stamp_desktop.audio.simulated import RATE, StalledMicrophone
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Interrupted, Sound
from stamp_desktop.delivery.views import (
    AllDoneView,
    ConfirmView,
    DashboardView,
    EquipmentView,
    ItemView,
    SignInView,
    SpeakingView,
    StateView,
    WritingView,
)
from stamp_desktop.engine.events import EquipmentChecked, Noted, RecordingEnded
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.journal import Entry, Journal
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import SessionLine
from stamp_desktop.trouble import Trouble
from tests.delivery.rooms import VOICE, Lab, Somebody, some_answer
from tests.delivery.speaking import NoMicrophone, at_speaking
from tests.delivery.test_listening import at_listening, over, player

Come = Callable[[], Somebody]
FAILED = Trouble("disk-error", "The disk fails.")


class OnFailingDisk(Journal):
    """A journal whose disk reports an error and has kept nothing of the entry. The sitting opens it again after that."""

    def append_all(self, _entries: Sequence[Entry]) -> list[Row]:
        raise FAILED


class OnLyingDisk(Journal):
    """A journal whose disk reports an error and has kept the entry all the same, as after an fsync that failed late."""

    def append_all(self, entries: Sequence[Entry]) -> list[Row]:
        before = self._head
        super().append_all(entries)
        self._head = before
        raise FAILED


def disk_fails(somebody: Somebody, how: type[Journal] = OnFailingDisk) -> None:
    """The next thing that somebody's sitting writes meets an error of the disk."""
    assert somebody.sitting is not None
    somebody.sitting.journal.__class__ = how


def test_the_proctor_can_be_called_at_the_end_too(lab: Lab, ana: Somebody) -> None:
    ana.take_test()
    ana.say(intents.CallProctor())
    ana.see(AllDoneView)
    assert ana.frame.proctor_called
    ana.leave()
    assert isinstance(lab.facts(ana.session)[-1], Noted)


def test_the_end_of_a_play_that_could_not_be_written_is_written_later(ana: Somebody) -> None:
    at_listening(ana)
    ana.say(intents.Play())
    while not isinstance(word := ana.words.get(timeout=30), Sound) or not isinstance(word.word, Played):
        ana.say(word)
    disk_fails(ana)
    ana.say(word)
    ana.see(StateView)
    ana.say(intents.GoOn(), intents.Play())
    shown = player(ana.hear(ItemView, over))
    assert (shown.state, shown.plays_left) == ("heard", 0)


def test_a_microphone_that_opens_and_says_nothing_does_not_hold_up_the_room_check(lab: Lab, ana: Somebody) -> None:
    ana.sign_in()
    ana.say(intents.AcceptRules(), intents.SaveProfile({}))
    ana.say(intents.CheckPlay())
    ana.hear(EquipmentView, lambda view: view.activity != "playing")
    ana.say(intents.CheckWord("garden"), intents.CheckNext())

    def dead(pace: Pace) -> StalledMicrophone:
        return StalledMicrophone(VOICE, RATE, pace, after=0.0, until=float("inf"))

    lab.studio.plug(dead)
    for _ in range(2):
        ana.say(intents.CheckListen())
        shown = ana.hear(EquipmentView, lambda view: view.activity == "done")
        assert shown.finding is not None
    assert shown.go_on


def test_an_outcome_of_the_check_that_could_not_be_written_is_the_same_later(lab: Lab, ana: Somebody) -> None:
    ana.sign_in()
    ana.say(intents.AcceptRules(), intents.SaveProfile({}))
    ana.say(intents.CheckPlay())
    ana.hear(EquipmentView, lambda view: view.activity != "playing")
    ana.say(intents.CheckWord("garden"), intents.CheckNext(), intents.CheckListen())
    ana.hear(EquipmentView, lambda view: view.activity == "done")
    ana.say(intents.CheckNext(), intents.CheckListen())
    ana.hear(EquipmentView, lambda view: view.activity == "done")
    ana.say(intents.CheckNext(), intents.CheckTyped("The quick answer: 3 + 4 = 7!"))
    disk_fails(ana)
    ana.say(intents.CheckNext())
    ana.see(StateView)
    ana.say(intents.GoOn())
    ana.see(DashboardView)
    ana.leave()
    (fact,) = (fact for fact in lab.facts(ana.session) if isinstance(fact, EquipmentChecked))
    assert fact.steps["keyboard"] == "ok"


def test_a_recording_whose_file_cannot_be_begun_ends_with_a_word_about_it(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    folder = lab.folder(ana.session).recordings
    shutil.rmtree(folder)
    shown = ana.record()
    assert shown.attempts_left == 2
    folder.mkdir()
    assert ana.record().seconds > 0


def test_a_recording_that_cannot_be_read_back_can_still_be_handed_in(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    ana.record()
    (file,) = lab.folder(ana.session).recordings.iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    ana.say(intents.HearRecording())
    shown = ana.see(SpeakingView)
    assert shown.finding is not None
    assert not shown.playing
    ana.say(intents.KeepRecording())
    assert ana.see(SpeakingView).number == 2


def test_a_recording_that_is_beyond_salvaging_does_not_keep_the_test_closed(lab: Lab, come: Come) -> None:
    ana = at_speaking(come())
    ana.record()
    folder = lab.folder(ana.session).recordings
    before = set(folder.iterdir())
    ana.say(intents.Record())
    disk_fails(ana)
    ana.leave()
    (file,) = set(folder.iterdir()) - before
    file.write_bytes(bytes(600))
    again = come()
    again.sign_in()
    shown = again.see(SpeakingView)
    assert (shown.stage, shown.attempts_left) == ("kept", 1)
    assert file.read_bytes() == bytes(600)


def test_a_recording_that_was_begun_after_all_goes_on_under_its_name(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    disk_fails(ana, OnLyingDisk)
    ana.say(intents.Record())
    ana.see(StateView)
    ana.say(intents.GoOn())
    shown = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert shown.attempts_left == 1
    ana.leave()
    (fact,) = (fact for fact in lab.facts(ana.session) if isinstance(fact, RecordingEnded))
    assert lab.folder(ana.session).recording(fact.recording).exists()


def test_time_after_an_error_of_a_disk_that_kept_the_entry_is_a_pause_and_ends(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    shown = ana.see(ItemView)
    disk_fails(ana, OnLyingDisk)
    ana.say(intents.Draft(shown.item, some_answer(shown)))
    ana.see(StateView)
    lab.clock.turn(600)
    ana.say(intents.GoOn())
    assert ana.frame.clock == "60:00"
    lab.clock.turn(40)
    ana.say(intents.Draft(shown.item, some_answer(shown)))
    assert ana.frame.clock == "59:20"


def test_what_was_typed_while_the_disk_did_not_answer_is_kept(ana: Somebody) -> None:
    ana.get_ready()
    ana.take_section("reading")
    ana.say(intents.GoOn())
    ana.begin("writing")
    ana.practise()
    prompt = ana.see(WritingView).prompt
    disk_fails(ana)
    for text in ("One", "One two", "One two three"):
        ana.say(intents.Draft(prompt, TextResponse(text)))
    ana.see(StateView)
    ana.say(intents.GoOn())
    assert ana.see(WritingView).draft == "One two three"


def test_what_was_typed_while_the_disk_did_not_answer_is_kept_when_the_window_closes(come: Come) -> None:
    ana = come()
    ana.get_ready()
    ana.take_section("reading")
    ana.say(intents.GoOn())
    ana.begin("writing")
    ana.practise()
    prompt = ana.see(WritingView).prompt
    disk_fails(ana)
    ana.say(intents.Draft(prompt, TextResponse("One")), intents.Draft(prompt, TextResponse("One two")))
    assert isinstance(ana.room, Interrupted)
    ana.leave()
    again = come()
    again.sign_in()
    assert again.see(WritingView).draft == "One two"


def test_a_test_whose_key_is_missing_is_not_called_finished_or_received(lab: Lab, come: Come) -> None:
    ana = come()
    ana.get_ready()
    ana.leave()
    lab.house.keys.forget(key_name(ana.session))
    again = come()
    again.say(intents.SignIn("SMALL-1", "ana"))
    notice = again.see(SignInView).trouble
    assert notice is not None
    assert "finished" not in notice.title
    assert "server has all" not in notice.text


def test_a_test_that_was_received_and_has_left_this_computer_is_not_begun_again(lab: Lab, ana: Somebody) -> None:
    session = lab.session("ana")
    lab.house.station.keep_session(SessionLine(session, "g1", "ana", 5, "purged", "K-7"))
    ana.say(intents.SignIn("SMALL-1", "ana"))
    notice = ana.see(SignInView).trouble
    assert notice is not None
    assert "K-7" in notice.text
    assert not lab.folder(session).path.exists()


def test_no_sound_is_never_called_kept_or_safe(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.plug(NoMicrophone)
    shown = ana.record()
    assert shown.empty
    assert shown.safe_text == ""
    ana.say(intents.KeepRecording())
    assert "recording" not in ana.frame.saved.text


def test_an_attempt_without_sound_after_a_good_one_says_which_is_kept(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    first = ana.record()
    assert not first.empty
    lab.studio.plug(NoMicrophone)
    shown = ana.record()
    assert shown.finding is not None
    assert shown.finding.title == "No sound was recorded"
    assert "earlier recording" in shown.finding.text
    assert not shown.empty


def test_half_a_character_in_the_profile_does_not_end_the_program(ana: Somebody) -> None:
    ana.sign_in()
    ana.say(intents.AcceptRules(), intents.SaveProfile({"grade": "7\ud800"}))
    ana.see(EquipmentView)


def test_a_package_that_was_damaged_is_asked_for_again_at_the_sign_in(lab: Lab, ana: Somebody) -> None:
    path = lab.house.folders.packages / "small.stamp"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])

    def fetch() -> None:
        path.write_bytes(whole)

    lab.errands.news = fetch
    ana.say(intents.SignIn("SMALL-1", "ana"))
    ana.see(ConfirmView)
    assert lab.errands.asked == 1
