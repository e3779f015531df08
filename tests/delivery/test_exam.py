"""A test from the first screen to the last, and the limits of its sections."""

from collections.abc import Callable
from dataclasses import replace

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Pulse
from stamp_desktop.delivery.views import (
    AllDoneView,
    ChoiceTask,
    ConfirmView,
    DashboardView,
    ItemView,
    ProfileView,
    RulesView,
    SectionDoneView,
    SectionIntroView,
    SignInView,
    WritingView,
)
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.engine.codec import kind_of
from stamp_desktop.engine.events import (
    Answered,
    DraftSaved,
    Noted,
    ProfileSaved,
    SectionEnded,
    SessionFinished,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import ChoiceResponse, TextResponse
from stamp_desktop.engine.replay import outcome
from stamp_desktop.storage.reader import Receipt, reading
from stamp_desktop.sync.protocol import OUTCOME
from tests.delivery.rooms import Lab, Somebody

Come = Callable[[], Somebody]


def test_a_whole_test_is_in_the_journal_with_its_outcome(lab: Lab, ana: Somebody) -> None:
    end = ana.take_test()
    assert [line.title for line in end.results] == ["Reading", "Listening", "Writing", "Speaking"]
    assert end.results[0].result.startswith("Level ")
    assert [line.note.split(",")[0] for line in end.results[2:]] == ["3 responses", "3 responses"]
    assert end.receipt == ""
    assert ana.sitting is not None
    worked_out = outcome(ana.sitting.form, ana.sitting.state)
    assert worked_out["finished"]
    ana.leave()
    facts = lab.facts(ana.session)
    assert facts[-2:] == [SessionFinished(), Noted(OUTCOME, worked_out)]
    assert sum(isinstance(fact, Submitted) for fact in facts) == 6
    answered = [fact.item for fact in facts if isinstance(fact, Answered)]
    assert len(answered) == len(set(answered)) == sum(len(section.get("items", ())) for section in worked_out["sections"])
    with reading(lab.folder(ana.session).journal) as journal:
        kept = journal.unsent_recordings()
        assert len(kept) == 3
        assert all(lab.folder(ana.session).recording(each.id).stat().st_size == each.bytes for each in kept)


def test_whoever_says_no_is_asked_again_and_nothing_has_begun(lab: Lab, ana: Somebody) -> None:
    ana.say(intents.SignIn("small-1", "ANA"))
    shown = ana.see(ConfirmView)
    assert (shown.name, shown.place, shown.resume) == ("Ana Lake", "Lake School · 7B", "")
    ana.say(intents.Confirm(False))
    assert ana.see(SignInView).login == ""
    assert lab.house.station.sessions() == []
    assert list(lab.house.folders.sessions.iterdir()) == []


def test_a_name_that_is_not_known_here_is_asked_for_at_the_server(lab: Lab, ana: Somebody) -> None:
    ana.say(intents.SignIn("SMALL-1", "ben"))
    shown = ana.see(SignInView)
    assert shown.trouble is not None
    assert lab.errands.asked == 1

    def arrives() -> None:
        lab.tell(replace(lab.group, roster_control="open"))

    lab.errands.news = arrives
    ana.say(intents.SignIn("SMALL-1", "ben"))
    assert ana.see(ConfirmView).login == "ben"


def test_a_computer_without_the_keys_of_the_test_says_so(lab: Lab, ana: Somebody) -> None:
    lab.house.keys.forget(f"package/{lab.group.package_id}/{lab.group.package_version}")
    ana.say(intents.SignIn("SMALL-1", "ana"))
    trouble = ana.see(SignInView).trouble
    assert trouble is not None
    assert "has not received" in trouble.title


def test_a_test_of_another_language_than_the_groups_is_not_given(lab: Lab, ana: Somebody) -> None:
    lab.let_in(language="es")
    ana.say(intents.SignIn("SMALL-1", "ana"))
    assert ana.see(SignInView).trouble is not None
    lab.let_in(language="en", package_hash="0" * 64)
    ana.say(intents.SignIn("SMALL-1", "ana"))
    assert ana.see(SignInView).trouble is not None


def test_after_a_new_start_the_same_question_is_there_with_what_was_chosen_and_the_time_left(lab: Lab, come: Come) -> None:
    ana = come()
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    ana.answer()
    shown = ana.see(ItemView)
    assert isinstance(shown.task, ChoiceTask)
    taken = ChoiceResponse((shown.task.choices[-1].id,))
    lab.clock.turn(61)
    ana.say(intents.Draft(shown.item, taken))
    assert ana.frame.clock == "58:59"
    ana.leave()

    lab.clock.turn(3_600)
    again = come()
    again.say(intents.SignIn("SMALL-1", "ana"))
    asked = again.see(ConfirmView)
    assert (asked.resume, asked.started) == ("Reading, question 2", "08:00 today")
    again.say(intents.Confirm(True))
    resumed = again.see(ItemView)
    assert replace(resumed, task=shown.task) == shown
    assert isinstance(resumed.task, ChoiceTask)
    assert resumed.task.chosen == taken.choices
    assert again.frame.clock == "58:59"


def test_a_section_that_follows_another_cannot_be_opened_before_it(ana: Somebody) -> None:
    ana.get_ready()
    states = {card.id: card.state for card in ana.see(DashboardView).sections}
    assert states == {"reading": "next", "listening": "open", "writing": "locked", "speaking": "locked"}
    ana.say(intents.BeginSection("writing"), intents.FinishTest())
    assert not ana.see(DashboardView).can_finish


def test_a_section_begins_only_from_its_introduction(ana: Somebody) -> None:
    ana.get_ready()
    ana.say(intents.BeginSection("reading"))
    assert ana.see(SectionIntroView).id == "reading"
    ana.say(intents.BackToDashboard())
    ana.see(DashboardView)
    ana.say(intents.BeginSection("reading"), intents.BeginSection("listening"))
    assert ana.see(SectionIntroView).id == "listening"


def test_intents_that_do_not_fit_change_nothing(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    first = ana.answer()
    before, shown = ana.see(ItemView), lab.errands.woken
    late = (
        intents.Answer(first, ChoiceResponse(("a",))),
        intents.Draft(first, ChoiceResponse(("a",))),
        intents.AcceptRules(),
        intents.SaveProfile({}),
        intents.SignIn("SMALL-1", "ana"),
        intents.Confirm(True),
        intents.BeginSection("listening"),
        intents.FinishTest(),
        intents.KeepRecording(),
        intents.Record(),
        intents.StopRecording(),
        intents.Play(),
        intents.CheckNext(),
        intents.GoOn(),
        intents.Leave(),
        Pulse(),
    )
    assert ana.say(*late) == before
    assert lab.errands.woken == shown


def test_practice_leaves_no_answer_and_no_time_behind(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    practice = ana.see(ItemView)
    ana.say(intents.Draft(practice.item, ChoiceResponse(("b",))))
    task = ana.see(ItemView).task
    assert isinstance(task, ChoiceTask)
    assert task.chosen == ("b",)
    ana.pass_time(600)
    assert ana.frame.clock == "not running"
    ana.practise()
    assert ana.frame.clock == "60:00"
    ana.leave()
    kinds = {type(fact) for fact in lab.facts(ana.session)}
    assert not kinds & {Answered, DraftSaved, Ticked}


def test_when_the_time_is_over_the_section_ends_and_everything_is_kept(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    ana.answer()
    last = ana.see(ItemView)
    ana.say(intents.Draft(last.item, ChoiceResponse(("a",))))
    ana.pass_time(3_000)
    assert ana.frame.clock == "10:00"
    ana.pass_time(301)
    assert ana.frame.clock_low
    ana.pass_time(298.5)
    assert ana.frame.clock == "0:01"
    ana.pass_time(0.5)
    assert (ana.see(ItemView).item, ana.frame.clock) == (last.item, "0:00")  # what was typed in time may still come
    ana.pass_time(0.8)
    done = ana.see(SectionDoneView)
    assert done.note.startswith("The time for this section is over.")
    ana.say(intents.GoOn())
    assert ana.see(DashboardView).sections[0].state == "done"
    ana.leave()
    assert [fact.reason for fact in lab.facts(ana.session) if isinstance(fact, SectionEnded)] == ["time"]


def test_a_tick_is_written_every_five_seconds_while_a_clock_runs(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    for _ in range(60):
        ana.pass_time(1)
    assert ana.room.wake_in() == 1.0
    ana.leave()
    assert sum(isinstance(fact, Ticked) for fact in lab.facts(ana.session)) == 12


def test_what_is_written_is_a_draft_until_it_is_handed_in(lab: Lab, come: Come) -> None:
    ana = come()
    ana.get_ready()
    ana.take_section("reading")
    ana.say(intents.GoOn())
    ana.begin("writing")
    ana.practise()
    task = ana.see(WritingView)
    text = "Ñandú, Øre, ’tis 😀\n\tnew line  "
    ana.say(intents.Draft(task.prompt, TextResponse(text)))
    assert ana.frame.keyboard == "English (United States)"
    ana.leave()
    again = come()
    again.sign_in()
    assert again.see(WritingView).draft == text
    again.say(intents.Answer(task.prompt, TextResponse(text)))
    following = again.see(WritingView)
    assert (following.number, following.draft) == (2, "")
    again.leave()
    assert [fact.response for fact in lab.facts(again.session) if isinstance(fact, Submitted)] == [TextResponse(text)]


def test_calling_the_proctor_is_noted_and_shown(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    before = ana.frame
    assert not before.proctor_called
    ana.say(intents.CallProctor())
    assert ana.frame.proctor_called
    ana.leave()
    assert "proctor_called" in map(kind_of, lab.facts(ana.session))


def test_received_is_said_only_with_a_receipt_that_is_kept(lab: Lab, ana: Somebody) -> None:
    ana.take_test()
    ana.say(Sending(True, 0, 0, receipt="M-1"))
    assert ana.see(AllDoneView).receipt == ""
    with reading(lab.folder(ana.session).journal) as courier:
        courier.mark_acked(courier.head().seq)
        for recording in courier.unsent_recordings():
            courier.mark_received(recording.id)
        courier.store_receipt(Receipt("K-7", b"", b"", 0))
    ana.say(Sending(True))
    done = ana.see(AllDoneView)
    assert (done.receipt, done.sent, done.sending.text) == ("K-7", 1.0, "Received (K-7)")
    ana.say(intents.Leave())
    assert ana.see(SignInView).login == ""


def test_whoever_signs_in_again_after_the_end_sees_the_end(come: Come) -> None:
    ana = come()
    ana.take_test()
    ana.leave()
    again = come()
    again.say(intents.SignIn("SMALL-1", "ana"))
    assert again.see(ConfirmView).resume.startswith("the end")
    again.say(intents.Confirm(True))
    again.see(AllDoneView)


def test_two_people_at_one_computer_have_two_sessions(lab: Lab, come: Come) -> None:
    lab.let_in(roster_control="open")
    sessions = []
    for login in ("ben", "cleo"):
        person = come()
        person.sign_in(login=login)
        person.see(RulesView)
        person.say(intents.AcceptRules())
        person.see(ProfileView)
        person.say(intents.SaveProfile({"grade": login}))
        person.leave()
        sessions.append(person.session)
    profiles = [next(fact for fact in lab.facts(each) if isinstance(fact, ProfileSaved)).answers for each in sessions]
    assert profiles == [{"grade": "ben"}, {"grade": "cleo"}]
    assert [line.login for line in lab.house.station.sessions()] == ["ben", "cleo"]


def test_one_test_is_open_in_one_window_only(come: Come) -> None:
    come().sign_in()
    second = come()
    second.say(intents.SignIn("SMALL-1", "ana"))
    trouble = second.see(SignInView).trouble
    assert trouble is not None
    assert "another window" in trouble.title
