"""The sitting: what happened becomes a fact with all that follows from it, or nothing at all does."""

import dataclasses
from collections.abc import Callable

import pytest

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import form_of
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.views import ConfirmView, ItemView, RulesView, SignInView
from stamp_desktop.engine.codec import kind_of
from stamp_desktop.engine.events import (
    Answered,
    ClockStepped,
    Noted,
    SectionBegan,
    SessionBegan,
    SessionFinished,
    SetChosen,
    Ticked,
)
from stamp_desktop.engine.items import ChoiceResponse
from stamp_desktop.storage import vault
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import OUTCOME
from stamp_desktop.trouble import Trouble
from tests.delivery.rooms import Lab, Somebody

Come = Callable[[], Somebody]


def sitting_of(somebody: Somebody) -> Sitting:
    assert somebody.sitting is not None
    return somebody.sitting


def at_reading(somebody: Somebody) -> Sitting:
    somebody.get_ready()
    somebody.begin("reading")
    somebody.practise()
    return sitting_of(somebody)


def test_an_answer_and_what_the_engine_decides_on_it_are_one_transaction(ana: Somebody) -> None:
    sitting = at_reading(ana)
    before = sitting.journal.head().seq
    while sitting.journal.rows(before)[-1:] == [] or sitting.journal.rows(before)[-1].kind != "set_chosen":
        before = sitting.journal.head().seq
        ana.answer()
    answered, chosen = sitting.journal.rows(before)
    assert (answered.kind, chosen.kind) == ("answered", "set_chosen")
    assert (answered.mono_ms, answered.boot) == (chosen.mono_ms, chosen.boot)
    assert chosen.prev_hash == answered.hash


def test_a_fact_that_does_not_fit_leaves_no_trace(ana: Somebody) -> None:
    sitting = at_reading(ana)
    state, head = sitting.state, sitting.journal.head()
    for event in (Answered("none", ChoiceResponse(())), SessionFinished(), SectionBegan("reading")):
        with pytest.raises(Trouble) as trouble:
            sitting.record(event)
        assert trouble.value.code == "event-out-of-order"
    assert (sitting.state, sitting.journal.head()) == (state, head)


def test_a_decision_that_the_killed_program_did_not_write_is_written_at_the_resuming(lab: Lab, come: Come) -> None:
    ana = come()
    sitting = at_reading(ana)
    package, form, key = sitting.package, sitting.form, sitting.key
    ana.leave()
    source = Journal.open(lab.folder(ana.session).journal, key)
    rows = list(source.read())
    source.close()
    assert rows[-1][0].kind == "set_chosen"
    cut = Journal.create(lab.root / "cut" / "journal.db", ana.session, key, b"", 0)
    for row, body in rows[:-1]:
        cut.append(row.kind, row.item, body, row.wall_ms, row.mono_ms, row.boot)
    resumed = Sitting.resume(form, package, cut, key, lab.clock)
    assert cut.rows()[-1].kind == "set_chosen"
    assert resumed.state.current == sitting.state.current
    cut.close()


def test_a_journal_with_another_decision_than_the_engines_is_refused(lab: Lab, come: Come) -> None:
    ana = come()
    sitting = at_reading(ana)
    package, form, key = sitting.package, sitting.form, sitting.key
    ana.leave()
    facts = lab.facts(ana.session)
    chosen = facts[-1]
    assert isinstance(chosen, SetChosen)
    other = next(each.id for each in package.bank.sets if each.section == "reading" and each.id != chosen.set_id)
    forged = Journal.create(lab.root / "forged" / "journal.db", ana.session, key, b"", 0)
    copied = Journal.open(lab.folder(ana.session).journal, key)
    for row, body in copied.read():
        changed = body.replace(chosen.set_id.encode(), other.encode()) if row.kind == "set_chosen" else body
        forged.append(row.kind, row.item, changed, row.wall_ms, row.mono_ms, row.boot)
    copied.close()
    with pytest.raises(Trouble) as trouble:
        Sitting.resume(form, package, forged, key, lab.clock)
    assert trouble.value.code == "replay-differs"
    forged.close()


def test_a_jump_of_the_wall_clock_is_a_fact_and_takes_no_time_away(lab: Lab, ana: Somebody) -> None:
    sitting = at_reading(ana)
    left = sitting.state.remaining_ms("reading")
    lab.clock.wall += 3_600_000
    ana.answer()
    assert sitting.state.remaining_ms("reading") == left
    lab.clock.wall -= 110_000
    ana.answer()
    ana.leave()
    assert [fact.by_ms for fact in lab.facts(ana.session) if isinstance(fact, ClockStepped)] == [3_600_000]


def test_time_between_two_starts_of_the_computer_is_nobodys(lab: Lab, come: Come) -> None:
    ana = come()
    at_reading(ana)
    ana.pass_time(100)
    ana.leave()
    lab.clock.start, lab.clock.mono = "boot-2", 9_000_000
    again = come()
    again.sign_in()
    again.pass_time(7)
    assert sitting_of(again).state.section("reading").used_ms == 107_000


def test_the_end_states_the_outcome_once(lab: Lab, ana: Somebody) -> None:
    ana.take_test()
    sitting_of(ana).journal.close()
    facts = lab.facts(ana.session)
    assert [kind_of(fact) for fact in facts].count("session_finished") == 1
    assert sum(isinstance(fact, Noted) and fact.code == OUTCOME for fact in facts) == 1


def test_a_program_that_died_before_its_first_fact_begins_the_test(lab: Lab, ana: Somebody) -> None:
    """Key put, journal made, killed: what is there is used, and the sealed key is the one of the journal."""
    session, key = lab.session("ana"), SessionKey.new()
    folder = lab.house.folders.make_session(session)
    lab.house.keys.put(key_name(session), key.raw)
    Journal.create(folder.journal, session, key, vault.wrap(key, session, lab.house.device.server_hpke_key), 5).close()
    ana.say(intents.SignIn("SMALL-1", "ana"))
    assert ana.see(ConfirmView).resume == ""
    ana.say(intents.Confirm(True))
    ana.see(RulesView)
    about = sitting_of(ana).journal.about
    assert vault.unwrap(about.wrapped_key, session, lab.server).raw == key.raw == sitting_of(ana).key.raw
    ana.leave()
    assert [type(fact) for fact in lab.facts(session)] == [SessionBegan]


def test_a_session_that_was_not_noted_for_the_courier_is_noted_at_the_resuming(lab: Lab, ana: Somebody) -> None:
    """The program died between the first fact and the note."""
    package = lab.open()
    ana.say(intents.SignIn("SMALL-1", "ana"))
    ana.see(ConfirmView)
    session = lab.session("ana")
    key = SessionKey.new()
    lab.house.keys.put(key_name(session), key.raw)
    folder = lab.house.folders.make_session(session)
    journal = Journal.create(folder.journal, session, key, b"", 5)
    began = SessionBegan(lab.group.package_id, package.hash, lab.group.id, "ana", "seat-12", 1)
    Sitting.begin(form_of(package), package, journal, key, lab.clock, began)
    journal.close()
    assert lab.house.station.sessions() == []
    ana.sign_in()
    (line,) = lab.house.station.sessions()
    assert (line.id, line.group_id, line.login, line.created) == (session, "g1", "ana", 5)


def test_a_finished_test_whose_key_is_gone_names_its_receipt(lab: Lab, come: Come) -> None:
    ana = come()
    ana.take_test()
    ana.leave()
    (line,) = lab.house.station.sessions()
    lab.house.station.keep_session(dataclasses.replace(line, state="received", receipt="K-7"))
    lab.house.keys.forget(key_name(line.id))
    again = come()
    again.say(intents.SignIn("SMALL-1", "ana"))
    trouble = again.see(SignInView).trouble
    assert trouble is not None
    assert trouble.title == "You have finished this test."
    assert "K-7" in trouble.text


def test_a_tick_moves_nothing_but_the_clock(ana: Somebody) -> None:
    sitting = at_reading(ana)
    shown = ana.see(ItemView)
    sitting.record(Ticked())
    assert ana.see(ItemView) == shown
