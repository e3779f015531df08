from dataclasses import replace

import pytest

from stamp_desktop.engine import questions
from stamp_desktop.engine.blueprint import Blueprint
from stamp_desktop.engine.events import Answered, DraftSaved, PlayBegan, PlayEnded, SessionOpened, SetChosen, Ticked
from stamp_desktop.engine.items import ChoiceResponse, TextResponse
from stamp_desktop.engine.session import Form
from stamp_desktop.trouble import Trouble
from tests.engine.bank import LISTENING, READING, RIGHT, WRONG, Sitter, generated_sets, item_set
from tests.engine.test_session import refused


def test_items_come_one_by_one_with_their_number(sitter: Sitter) -> None:
    sitter.open("reading")
    first = sitter.section.sets[0]
    items = [i.id for i in sitter.form.stocks["reading"][first.set_id].items]
    assert (sitter.section.item, sitter.section.number, sitter.section.about) == (items[0], 1, 30)
    assert sitter.answer() == ()
    assert (sitter.section.item, sitter.section.number) == (items[1], 2)
    sitter.answer()
    (chosen,) = sitter.answer()
    assert isinstance(chosen, SetChosen)
    assert chosen.ordinal == 2
    assert (sitter.section.number, sitter.section.set_id) == (4, chosen.set_id)


def test_about_how_many_items_is_put_right_as_sets_of_other_sizes_come(form: Form) -> None:
    sets = (item_set("one", items=1, a=3.0), item_set("five", items=5, a=0.5))
    section = replace(READING, sets=2, stripes=1)
    small = Form(Blueprint("stamp", "es", (section,)), replace(form.bank, sets=sets, prompts=()), "p", "h")
    sitter = Sitter(small).start().open("reading")
    about = [sitter.section.about]
    sitter.answer()
    about.append(sitter.section.about)
    assert sorted(about) in ([4, 6], [6, 8])
    assert about[1] == 6


def test_an_answer_is_kept_with_its_worth_and_its_time(sitter: Sitter) -> None:
    sitter.open("reading")
    sitter.do(Ticked(), 2_000)
    sitter.answer(right=False, after_ms=3_000)
    sitter.answer(right=True, after_ms=700)
    answers = sitter.section.sets[0].answers
    assert [(a.correct, a.response_ms) for a in answers] == [(0, 5_000), (1, 700)]


def test_only_the_current_item_can_be_answered(sitter: Sitter) -> None:
    sitter.open("reading")
    first = sitter.item().id
    sitter.answer()
    assert "not the current one" in refused(sitter, Answered(first, RIGHT))
    assert "not the current one" in refused(sitter, DraftSaved(first, RIGHT))


def test_a_draft_is_kept_until_the_answer(sitter: Sitter) -> None:
    sitter.open("reading")
    while not isinstance(sitter.item().key, type(sitter.form.bank.sets[0].items[0].key)):
        sitter.answer()
    sitter.do(DraftSaved(sitter.item().id, WRONG))
    assert sitter.section.draft == WRONG
    sitter.do(SessionOpened("station-1"))
    assert sitter.section.draft == WRONG
    sitter.answer()
    assert sitter.section.draft is None


@pytest.mark.parametrize("kind", [Answered, DraftSaved])
def test_a_response_of_another_kind_leaves_the_item_as_it_was(sitter: Sitter, kind: type[Answered] | type[DraftSaved]) -> None:
    sitter.open("reading")
    before = sitter.now
    with pytest.raises(Trouble) as trouble:
        sitter.do(kind(sitter.item().id, TextResponse("right")))
    assert trouble.value.code == "response-unfit"
    assert sitter.now is before


def test_pilot_sets_are_given_and_not_scored(form: Form) -> None:
    sitter = Sitter(form).start().answer_all("listening", lambda _: True)
    section = sitter.now.section("listening")
    assert [given.pilot for given in section.sets].count(True) == LISTENING.pilots
    assert not section.sets[0].pilot
    assert sum(row.seen for row in questions.result(form, section).table) == 3 * LISTENING.sets


def test_a_recording_is_heard_as_often_as_its_section_allows(sitter: Sitter) -> None:
    sitter.open("listening")
    set_id = sitter.section.set_id or ""
    refused(sitter, PlayEnded(set_id, 1, 0, complete=True))
    refused(sitter, PlayBegan(set_id, 2))
    refused(sitter, PlayBegan("another", 1))
    sitter.do(PlayBegan(set_id, 1))
    refused(sitter, PlayBegan(set_id, 2))
    refused(sitter, PlayEnded(set_id, 2, 0, complete=True))
    refused(sitter, PlayEnded("another", 1, 0, complete=True))
    sitter.do(PlayEnded(set_id, 1, 4_000, complete=True))
    sitter.answer()
    sitter.do(PlayBegan(set_id, 2))
    sitter.do(PlayEnded(set_id, 2, 4_000, complete=True))
    assert "cannot be heard again" in refused(sitter, PlayBegan(set_id, 3))
    sitter.answer()
    sitter.answer()
    assert (sitter.section.plays_used, sitter.section.playing) == (0, False)


def test_a_play_that_the_machine_cut_short_does_not_count(sitter: Sitter) -> None:
    sitter.open("listening")
    set_id = sitter.section.set_id or ""
    sitter.do(PlayBegan(set_id, 1))
    assert (sitter.section.plays_used, sitter.section.playing) == (1, True)
    sitter.do(PlayEnded(set_id, 1, 900, complete=False))
    assert (sitter.section.plays_used, sitter.section.playing) == (0, False)
    sitter.do(PlayBegan(set_id, 1))
    sitter.do(SessionOpened("station-1"))
    assert (sitter.section.plays_used, sitter.section.playing) == (0, False)


def test_a_play_may_go_on_over_the_items_of_its_set_and_ends_with_it(sitter: Sitter) -> None:
    sitter.open("listening")
    sitter.do(PlayBegan(sitter.section.set_id or "", 1))
    sitter.answer()
    assert sitter.section.playing
    sitter.answer()
    sitter.answer()
    assert not sitter.section.playing


def test_without_a_limit_a_recording_is_heard_at_will(form: Form) -> None:
    section = replace(LISTENING, plays=0, pilots=0, sets=1)
    at_will = Form(
        Blueprint("stamp", "es", (section,)), replace(form.bank, sets=generated_sets(section, 9), prompts=()), "p", "h"
    )
    sitter = Sitter(at_will).start().open("listening")
    set_id = sitter.section.set_id or ""
    for play in range(1, 6):
        sitter.do(PlayBegan(set_id, play))
        sitter.do(PlayEnded(set_id, play, 4_000, complete=True))
    assert sitter.section.plays_used == 5


def test_choices_that_were_not_offered_are_simply_wrong(sitter: Sitter) -> None:
    sitter.open("reading")
    while sitter.item().key != sitter.form.bank.sets[0].items[0].key:
        sitter.answer()
    number = len(sitter.section.sets[-1].answers)
    set_at = len(sitter.section.sets) - 1
    sitter.do(Answered(sitter.item().id, ChoiceResponse(("z",))))
    assert sitter.section.sets[set_at].answers[number].correct == 0
