from dataclasses import replace

import pytest

from stamp_desktop.engine.events import (
    Answered,
    ClockStepped,
    DraftSaved,
    EquipmentChecked,
    Event,
    Moment,
    Noted,
    Paused,
    PracticeFinished,
    ProctorCalled,
    ProfileSaved,
    PromptsChosen,
    Resumed,
    RulesAccepted,
    Seat,
    SectionBegan,
    SectionEnded,
    SessionFinished,
    SessionOpened,
    SetChosen,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.engine.session import Form, State, step
from stamp_desktop.trouble import Trouble
from tests.engine.bank import RIGHT, Sitter, began, by_chance, whole_sitting

CHECKED = EquipmentChecked({"voice": "ok"})


def refused(sitter: Sitter, event: Event) -> str:
    """That the event is out of order, and why."""
    with pytest.raises(Trouble) as trouble:
        step(sitter.form, sitter.state, event, Moment(0, sitter.mono_ms, sitter.boot))
    assert trouble.value.code == "event-out-of-order"
    return trouble.value.advice.what


def test_a_sitting_goes_from_the_rules_to_the_end(form: Form) -> None:
    sitter = Sitter(form)
    phases = []
    start: tuple[Event, ...] = (began(form), RulesAccepted(), ProfileSaved({"grade": "9"}), CHECKED)
    for event in (*start, SectionBegan("reading"), PracticeFinished("reading")):
        sitter.do(event)
        phases.append(sitter.now.phase)
    assert phases == ["rules", "profile", "equipment", "dashboard", "practice", "item"]

    whole = whole_sitting(form, by_chance(2)).now
    assert whole.phase == "finished"
    assert [(s.status, s.end) for s in whole.sections] == [("ended", "complete")] * 4
    assert [len(s.sets) for s in whole.sections] == [10, 5, 0, 0]
    assert [len(s.submissions) for s in whole.sections] == [0, 0, 3, 3]


def test_the_state_says_who_sits_where(form: Form) -> None:
    state = Sitter(form).start(seed=9, seat=Seat(2, 1), login="ben").now
    assert (state.session.login, state.session.seed, state.session.seat) == ("ben", 9, Seat(2, 1))
    assert (state.profile, state.equipment, state.device) == ({"grade": "9"}, CHECKED, "station-1")


def test_nothing_comes_before_the_beginning_and_nothing_begins_twice(form: Form, sitter: Sitter) -> None:
    assert "has not begun" in refused(Sitter(form), RulesAccepted())
    refused(sitter, began(form))


def test_another_package_is_refused(form: Form) -> None:
    with pytest.raises(Trouble) as trouble:
        step(form, None, replace(began(form), package_hash="dead" * 16), Moment(0, 0, "b"))
    assert trouble.value.code == "package-differs"


@pytest.mark.parametrize(
    "event",
    [
        RulesAccepted(),
        ProfileSaved({}),
        PracticeFinished("reading"),
        Answered("r0001-1", RIGHT),
        DraftSaved("r0001-1", RIGHT),
        Submitted("wp10", TextResponse("")),
        SetChosen("reading", "r0001", 1, ""),
        SectionEnded("reading", "complete"),
        SectionBegan("writing"),
        SectionBegan("music"),
        SessionFinished(),
        Resumed("proctor"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_does_not_fit_at_the_dashboard_is_refused(sitter: Sitter, event: Event) -> None:
    before = sitter.now
    assert "does not fit" in refused(sitter, event)
    assert sitter.now is before


def test_profile_and_equipment_wait_for_their_turn(form: Form) -> None:
    sitter = Sitter(form)
    sitter.do(began(form))
    for event in (ProfileSaved({}), CHECKED, SectionBegan("reading")):
        refused(sitter, event)


def test_one_section_at_a_time_and_each_once(sitter: Sitter) -> None:
    sitter.do(SectionBegan("reading"))
    refused(sitter, SectionBegan("listening"))
    refused(sitter, PracticeFinished("listening"))
    sitter.do(PracticeFinished("reading"))
    refused(sitter, PracticeFinished("reading"))
    while sitter.now.open:
        sitter.answer()
    assert "cannot be begun" in refused(sitter, SectionBegan("reading"))
    assert "listening comes first" in refused(sitter, SectionBegan("speaking"))
    sitter.do(SectionBegan("writing"))


def test_the_equipment_is_checked_between_items_not_over_one(sitter: Sitter) -> None:
    again = EquipmentChecked({"voice": "advised"}, {"voice": ("low-level",)})
    sitter.do(again)
    sitter.do(SectionBegan("reading"))
    sitter.do(CHECKED)
    sitter.do(PracticeFinished("reading"))
    refused(sitter, again)
    sitter.do(Paused("microphone"))
    sitter.do(again)
    assert sitter.now.equipment == again


def test_notes_calls_and_ticks_fit_anywhere_until_the_end(form: Form) -> None:
    sitter = Sitter(form)
    sitter.do(began(form))
    for event in (Noted("mic-changed", {"name": "USB"}), ProctorCalled("help"), ClockStepped(200_000), Ticked()):
        sitter.do(event)
    assert sitter.now.phase == "rules"
    finished = whole_sitting(form, by_chance(3))
    finished.do(Noted("late"))
    assert "has ended" in refused(finished, Ticked())
    refused(finished, SessionOpened("station-2"))


def test_opening_again_notes_the_device(sitter: Sitter) -> None:
    sitter.do(SessionOpened("station-2"))
    assert (sitter.now.device, sitter.now.session.device) == ("station-2", "station-1")


def test_a_pause_lets_through_only_what_was_on_its_way(sitter: Sitter) -> None:
    sitter.open("reading")
    item = sitter.item().id
    sitter.do(Paused("fire alarm"))
    assert (sitter.now.paused, sitter.now.phase) == ("fire alarm", "item")
    refused(sitter, Paused("again"))
    assert "is paused" in refused(sitter, Answered(item, RIGHT))
    sitter.do(Ticked())
    sitter.do(SessionOpened("station-1"))
    sitter.do(Resumed("proctor"))
    assert sitter.now.paused is None
    sitter.answer()


def test_the_end_waits_for_every_section(form: Form) -> None:
    sitter = Sitter(form).start().answer_all("reading", lambda _: True)
    assert "has not ended" in refused(sitter, SessionFinished())


# The clock of a section


def used(sitter: Sitter, section: str = "listening") -> int:
    return sitter.now.section(section).used_ms


def test_the_clock_runs_from_the_end_of_practice(sitter: Sitter) -> None:
    sitter.do(SectionBegan("listening"))
    sitter.do(Ticked(), 60_000)
    sitter.do(PracticeFinished("listening"), 60_000)
    assert (used(sitter), sitter.now.remaining_ms("listening")) == (0, 30 * 60_000)
    sitter.do(Ticked(), 4_000)
    sitter.do(Noted("x"), 1_000)
    assert (used(sitter), sitter.now.remaining_ms("listening")) == (5_000, 30 * 60_000 - 5_000)
    assert sitter.now.remaining_ms("reading") is None


def test_the_clock_stands_still_in_a_pause(sitter: Sitter) -> None:
    sitter.open("listening")
    sitter.do(Paused("break"), 3_000)
    sitter.do(Ticked(), 500_000)
    sitter.do(Resumed("proctor"), 500_000)
    sitter.do(Ticked(), 2_000)
    assert used(sitter) == 5_000


def test_no_time_passes_while_the_program_is_closed(sitter: Sitter) -> None:
    sitter.open("listening")
    sitter.do(Ticked(), 3_000)
    sitter.do(SessionOpened("station-1"), 900_000)
    sitter.do(Ticked(), 2_000)
    assert used(sitter) == 5_000


def test_another_boot_or_a_clock_that_runs_backwards_adds_nothing(sitter: Sitter) -> None:
    sitter.open("listening")
    sitter.boot = "boot-2"
    sitter.do(Ticked(), 900_000)
    sitter.do(Ticked(), -5_000)
    assert used(sitter) == 0
    sitter.do(Ticked(), 1_000)
    assert used(sitter) == 1_000


def test_a_decision_that_is_written_late_takes_no_time(sitter: Sitter) -> None:
    sitter.do(SectionBegan("listening"))
    state, decided = step(sitter.form, sitter.state, PracticeFinished("listening"), Moment(0, 10_000, "boot-1"))
    assert state.pending == decided
    state, _ = step(sitter.form, state, decided[0], Moment(0, 600_000, "boot-1"))
    assert state.section("listening").used_ms == 0


def test_when_the_time_is_used_up_the_event_counts_and_the_section_ends(sitter: Sitter) -> None:
    sitter.open("listening")
    first = sitter.item().id
    decided = sitter.answer(right=True, after_ms=31 * 60_000)
    assert decided == (SectionEnded("listening", "time"),)
    section = sitter.now.section("listening")
    assert [answer.item for given in section.sets for answer in given.answers] == [first]
    assert (section.status, section.end, section.item, section.remaining_ms) == ("ended", "time", None, 0)
    assert sitter.now.phase == "dashboard"


def test_the_last_answer_completes_the_section_even_when_the_time_is_up(sitter: Sitter) -> None:
    sitter.open("listening")
    while sitter.section.number < sitter.section.about:
        sitter.answer()
    assert sitter.answer(after_ms=31 * 60_000) == (SectionEnded("listening", "complete"),)


def test_the_time_may_run_out_at_the_end_of_a_set(sitter: Sitter) -> None:
    sitter.open("listening")
    sitter.answer()
    sitter.answer()
    assert sitter.answer(after_ms=31 * 60_000) == (SectionEnded("listening", "time"),)


def test_the_time_may_run_out_at_the_word_pause(sitter: Sitter) -> None:
    sitter.open("listening")
    assert sitter.do(Paused("break"), 31 * 60_000) == (SectionEnded("listening", "time"),)
    assert sitter.now.paused == "break"


# Decisions


def half_done(sitter: Sitter) -> tuple[State, Event]:
    """A section whose first set is decided and not yet written down."""
    sitter.do(SectionBegan("reading"))
    state, decided = step(sitter.form, sitter.state, PracticeFinished("reading"), Moment(0, sitter.mono_ms, "boot-1"))
    return state, decided[0]


def test_a_decision_is_written_down_before_anything_else(sitter: Sitter) -> None:
    state, decision = half_done(sitter)
    waiting = Sitter(sitter.form, state, mono_ms=sitter.mono_ms)
    assert "written down first" in refused(waiting, DraftSaved("r0001-1", RIGHT))
    assert isinstance(decision, SetChosen)
    refused(waiting, replace(decision, set_id="r0001"))
    refused(waiting, PromptsChosen("writing", (), 5))
    for event in (SessionOpened("station-2"), Ticked(), Noted("x")):
        waiting.state, decided = step(waiting.form, waiting.state, event, Moment(0, 0, "boot-2"))
        assert decided == ()
        assert waiting.now.pending == (decision,)
    waiting.do(decision)
    assert waiting.now.phase == "item"


def test_the_time_that_ran_out_before_a_decision_was_written_ends_the_section_after_it(sitter: Sitter) -> None:
    sitter.do(SectionBegan("listening"))
    state, decided = step(sitter.form, sitter.state, PracticeFinished("listening"), Moment(0, 0, "boot-1"))
    state, _ = step(sitter.form, state, Ticked(), Moment(0, 31 * 60_000, "boot-1"))
    state, then = step(sitter.form, state, decided[0], Moment(0, 31 * 60_000, "boot-1"))
    assert then == (SectionEnded("listening", "time"),)
    assert state.section("listening").item is not None


def test_the_same_seed_gives_the_same_sitting_and_another_seat_other_sets(form: Form) -> None:
    def sets(seed: int, seat: Seat) -> list[str]:
        sitter = Sitter(form).start(seed=seed, seat=seat).answer_all("reading", lambda item: item.b < 0)
        return [given.set_id for given in sitter.now.section("reading").sets]

    assert sets(1, Seat(0, 0)) == sets(1, Seat(0, 0))
    assert not set(sets(1, Seat(0, 0))) & set(sets(1, Seat(0, 1)))
    assert not set(sets(1, Seat(0, 0))) & set(sets(1, Seat(1, 0)))


def test_a_section_without_sets_or_prompts_ends_at_once(form: Form) -> None:
    bare = Form(form.blueprint, replace(form.bank, sets=(), prompts=()), form.package_id, form.package_hash)
    sitter = Sitter(bare).start()
    sitter.do(SectionBegan("reading"))
    assert sitter.do(PracticeFinished("reading")) == (SectionEnded("reading", "complete"),)
    sitter.do(SectionBegan("writing"))
    assert sitter.do(PracticeFinished("writing")) == (PromptsChosen("writing", (), 5), SectionEnded("writing", "complete"))


def test_a_section_that_is_not_there_is_a_key_error(sitter: Sitter) -> None:
    with pytest.raises(KeyError):
        sitter.now.section("music")
    with pytest.raises(KeyError):
        sitter.form.blueprint.section("music")
