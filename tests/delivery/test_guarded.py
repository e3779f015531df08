"""The room round all others: the guardian's words become facts of the session, and a pause stops everything but saving."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.guarded import Guarded
from stamp_desktop.delivery.runner import Interrupted
from stamp_desktop.delivery.views import (
    DashboardView,
    ItemView,
    LockView,
    RulesView,
    SignInView,
    SpeakingView,
    WritingView,
)
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.engine.events import DraftSaved, Noted, Paused, PlayEnded, RecordingEnded, Resumed
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.kiosk.words import (
    AnswerChallenge,
    AskChallenge,
    Closed,
    Damaged,
    FromExam,
    Lock,
    Opened,
    Pin,
    Refused,
    Shown,
    Ticket,
    Told,
    Unlock,
    Welcome,
)
from stamp_desktop.sync.words import Signed
from tests.delivery.rooms import CODE, LOGIN, NOW, Lab, Somebody
from tests.delivery.speaking import at_speaking
from tests.delivery.test_listening import at_listening, player

Come = Callable[[], Somebody]
LOGGER = Lock("key-logger", "A program was found that listens to the keys.", "proctor", NOW, "xinput 7", {"pid": 7})
UNLOCK = Unlock("proctor's PIN", "key-logger", dismissed=True)


def guard(somebody: Somebody) -> list[FromExam]:
    """Put the guardian's room round somebody's; what it is told."""
    said: list[FromExam] = []
    somebody.room = Guarded(somebody.room, said.append, lambda: NOW, timedelta())
    return said


def notes(lab: Lab, somebody: Somebody) -> list[Noted]:
    somebody.leave()
    return [fact for fact in lab.facts(somebody.session) if isinstance(fact, Noted) and fact.code.startswith("guard.")]


def test_a_lock_says_the_reason_and_the_time_and_lets_nothing_through(ana: Somebody) -> None:
    guard(ana)
    ana.say(LOGGER)
    view = ana.see(LockView)
    assert (view.reason, view.at, view.lifts_itself) == (LOGGER.said, "08:00", False)
    ana.say(intents.SignIn("x", "y"), intents.GoOn(), intents.Leave())
    assert isinstance(ana.screen, LockView)
    ana.say(UNLOCK)
    ana.see(SignInView)


def test_the_servers_tickets_are_carried_once_a_pause_and_asked_for_only_then(ana: Somebody) -> None:
    paused: list[bool] = []
    said: list[FromExam] = []
    ana.room = Guarded(ana.room, said.append, lambda: NOW, timedelta(), paused.append)
    came = Sending(reachable=True, tickets=(Signed("text", "signature"),))
    ana.say(came, LOGGER)
    assert (paused, said) == ([True], [])
    ana.say(came, came)
    assert said == [Ticket("text", "signature")]
    assert ana.see(LockView).away
    ana.say(Sending(reachable=False))
    assert not ana.see(LockView).away
    ana.say(UNLOCK)
    assert paused == [True, False]
    ana.say(LOGGER, came)
    assert said == [Ticket("text", "signature")] * 2


def test_a_session_that_goes_on_elsewhere_is_told_to_be_closed_once(lab: Lab, ana: Somebody) -> None:
    said = guard(ana)
    ana.get_ready()
    assert isinstance(said[-1], Opened)
    line = next(each for each in lab.house.station.sessions() if each.id == ana.session)
    lab.house.station.keep_session(replace(line, state="moved"))
    ana.say(Sending(moved=frozenset({ana.session})), Sending())
    ana.see(SignInView)
    assert [word for word in said if not isinstance(word, Opened)] == [Closed()]
    assert isinstance(said[-1], Closed)


def test_a_pause_and_its_end_are_facts_of_the_session(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.get_ready()
    ana.say(LOGGER, intents.BeginSection("reading"), UNLOCK)
    ana.see(DashboardView)
    ana.leave()
    facts = lab.facts(ana.session)
    assert Paused("guard: key-logger") in facts
    assert Resumed("proctor's PIN") in facts
    noted = {fact.code: fact.detail for fact in facts if isinstance(fact, Noted)}
    assert noted["guard.key-logger"] == {"severity": "pause", "at_ms": NOW, "subject": "xinput 7", "pid": 7}
    assert noted["guard.unlocked"] == {"by": "proctor's PIN", "code": "key-logger", "false_alarm": True}


def test_a_finding_that_only_warns_is_noted_and_holds_nobody_up(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.get_ready()
    ana.say(Told("foreign-window", "A window was hidden.", "warn", "xterm", {"program": "xterm"}))
    ana.see(DashboardView)
    assert [(each.code, each.detail) for each in notes(lab, ana)] == [
        ("guard.foreign-window", {"severity": "warn", "subject": "xterm", "program": "xterm"})
    ]


def test_what_was_found_before_the_sign_in_is_noted_after_it(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.say(LOGGER, UNLOCK, Told("virtual-machine", "It looks like one.", "warn"))
    ana.sign_in()
    ana.see(RulesView)
    assert [each.code for each in notes(lab, ana)] == ["guard.key-logger", "guard.unlocked", "guard.virtual-machine"]


def test_the_clock_stands_while_it_is_locked(ana: Somebody) -> None:
    guard(ana)
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    ana.pass_time(10)
    clock = ana.frame.clock
    ana.say(LOGGER)
    ana.pass_time(600)
    assert ana.see(LockView).clock == clock
    ana.say(UNLOCK)
    assert (ana.frame.clock, type(ana.screen)) == (clock, ItemView)


def test_text_that_was_on_its_way_is_saved_under_the_lock(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.get_ready()
    ana.take_section("reading")
    ana.say(intents.GoOn())
    ana.begin("writing")
    ana.practise()
    shown = ana.see(WritingView)
    ana.say(LOGGER, intents.Draft(shown.prompt, TextResponse("up to here")), UNLOCK)
    assert ana.see(WritingView).draft == "up to here"
    ana.leave()
    assert DraftSaved(shown.prompt, TextResponse("up to here")) in lab.facts(ana.session)


def test_a_play_that_the_lock_cuts_short_does_not_count(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    at_listening(ana)
    left = player(ana.see(ItemView)).plays_left
    ana.say(intents.Play(), LOGGER, UNLOCK)
    assert player(ana.see(ItemView)).plays_left == left
    ana.leave()
    assert [fact.complete for fact in lab.facts(ana.session) if isinstance(fact, PlayEnded)] == [False]


def test_a_recording_that_the_lock_ends_is_kept(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    at_speaking(ana)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.stage == "recording" and view.seconds >= 1)
    ana.say(LOGGER, UNLOCK)
    assert ana.see(SpeakingView).stage == "kept"
    ana.leave()
    (ended,) = [fact for fact in lab.facts(ana.session) if isinstance(fact, RecordingEnded)]
    assert ended.duration_ms >= 1000


def test_pins_and_challenges_go_to_the_guardian_and_its_refusal_to_the_screen(ana: Somebody) -> None:
    said = guard(ana)
    ana.say(intents.EnterPin("1"), LOGGER, intents.EnterPin("2468", dismiss=True))
    assert ana.see(LockView).busy
    ana.say(Refused(5_000))
    view = ana.see(LockView)
    assert (view.busy, view.refused, view.wait_seconds) == (False, 1, 5)
    ana.say(intents.AskChallenge(), Shown("ABC"), intents.AnswerChallenge("12"))
    assert ana.see(LockView).challenge == "ABC"
    assert said == [Pin("2468", dismiss=True), AskChallenge(), AnswerChallenge("12")]


def test_a_pin_that_a_dead_guardian_took_with_it_can_be_entered_again(ana: Somebody) -> None:
    said = guard(ana)
    ana.say(LOGGER, intents.EnterPin("2468"))
    assert ana.see(LockView).busy
    ana.say(Welcome("A"), LOGGER)
    assert not ana.see(LockView).busy
    ana.say(intents.EnterPin("2468"))
    assert len(said) == 2


def test_the_guardian_learns_how_far_the_journal_is(ana: Somebody) -> None:
    said = guard(ana)
    ana.sign_in()
    ana.say(intents.AcceptRules())
    opened = [word for word in said if isinstance(word, Opened)]
    assert opened[0].session == ana.session
    assert opened[-1].seq > opened[0].seq


def test_trouble_inside_never_hides_the_lock(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.get_ready()
    (lab.house.folders.packages / "small.stamp").unlink()
    ana.say(LOGGER)
    assert isinstance(ana.screen, LockView)
    assert not isinstance(ana.room, Interrupted)


def test_a_test_that_was_left_locked_goes_on_when_it_is_opened_again(lab: Lab, ana: Somebody, come: Come) -> None:
    guard(ana)
    ana.get_ready()
    ana.say(LOGGER)
    ana.leave()
    again = come()
    again.sign_in()
    again.see(DashboardView)
    again.leave()
    assert Resumed("opened again") in lab.facts(ana.session)


def test_under_which_policy_the_test_is_given_is_a_fact_and_is_noted_once(lab: Lab, ana: Somebody) -> None:
    guard(ana)
    ana.say(Welcome("A", "digest", "the administrator"))
    ana.sign_in()
    ana.say(Welcome("A", "digest", "the administrator"))
    facts = {"severity": "inform", "grade": "A", "policy": "digest", "signed_by": "the administrator"}
    assert [(each.code, each.detail) for each in notes(lab, ana)] == [("guard.began", facts)]


def test_the_guardian_is_told_of_a_session_that_was_changed(lab: Lab, ana: Somebody, come: Come) -> None:
    ana.get_ready()
    ana.leave()
    with closing(sqlite3.connect(lab.folder(ana.session).journal)) as journal, journal:
        journal.execute("DROP TRIGGER event_is_never_changed")
        journal.execute("UPDATE event SET body = zeroblob(length(body)) WHERE seq = 2")
    again = come()
    said = guard(again)
    again.say(intents.SignIn(CODE, LOGIN))
    assert [type(word) for word in said] == [Damaged]
    again.say(intents.SignIn(CODE, LOGIN))
    assert len(said) == 1
