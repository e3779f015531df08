from dataclasses import replace

import pytest

from stamp_desktop.engine import selection
from stamp_desktop.engine.blueprint import Blueprint
from stamp_desktop.engine.events import SetChosen
from stamp_desktop.engine.explain import Explanation, explain
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Bank
from tests.engine.bank import READING, Sitter, by_chance, generated_sets, item_set

PLAIN = replace(READING, stripes=1, max_sets_per_topic=0, sets=4)


@pytest.fixture(scope="module")
def told(form: Form, sitting: Sitter) -> tuple[Explanation, ...]:
    return explain(form, sitting.now)


def test_every_set_and_answer_is_told_in_order(sitting: Sitter, told: tuple[Explanation, ...]) -> None:
    assert [each.section for each in told] == ["reading", "listening"]
    for each in told:
        section = sitting.now.section(each.section)
        assert [step.set_id for step in each.sets] == [given.set_id for given in section.sets]
        answers = [(answer.item, answer.points) for step in each.sets for answer in step.answers]
        assert answers == [(answer.item, answer.correct) for given in section.sets for answer in given.answers]
    chosen = [event.set_id for event, _ in sitting.journal if isinstance(event, SetChosen)]
    assert chosen == [step.set_id for each in told for step in each.sets]


def test_what_is_known_goes_from_the_prior_to_the_score(told: tuple[Explanation, ...]) -> None:
    reading, listening = told
    for each in told:
        assert each.sets[0].before == each.prior
        for step, following in zip(each.sets, each.sets[1:], strict=False):
            assert step.answers[-1].after == following.before
        assert sum(p for _, p in each.sets[-1].answers[-1].after.bands) == pytest.approx(1.0, abs=1e-3)
    assert listening.result.method == "pattern"
    assert listening.sets[-1].answers[-1].after.theta == listening.result.theta
    assert reading.sets[-1].answers[-1].after.theta == reading.beside.eap.theta
    assert not reading.stopped


def test_the_chosen_set_tells_most_of_those_that_no_rule_kept_away(told: tuple[Explanation, ...]) -> None:
    for step in (step for each in told for step in each.sets):
        if step.why == "pilot":
            assert (step.rivals, step.exclusions) == ((), ())
            assert [answer.after for answer in step.answers] == [step.before] * len(step.answers)
            continue
        assert all(rival.information <= step.information for rival in step.rivals)
        assert all(out.best.information >= step.information for out in step.exclusions)
        assert step.candidates > len(step.rivals)
    rules = {out.rule for each in told for step in each.sets for out in step.exclusions}
    assert rules >= {"stripe", "enemies", "start"}


def test_the_look_ahead_is_named_where_it_passed_a_set_over() -> None:
    others = [f"s{n}" for n in range(4)]
    bank = Bank((item_set("hermit", a=2.0, enemies=others), *(item_set(name) for name in others)))
    form = Form(Blueprint("t", "en", (PLAIN,)), bank, "p", "h")
    sitter = Sitter(form).start().answer_all("reading", by_chance(1))
    (told,) = explain(form, sitter.now)
    assert [(out.rule, out.best.set_id) for out in told.sets[0].exclusions] == [("rest", "hermit")]
    assert [out.rule for out in told.sets[1].exclusions] == ["enemies"]
    assert told.sets[0].candidates == 5


def test_rules_that_were_let_go_are_named() -> None:
    form = Form(Blueprint("t", "en", (PLAIN,)), Bank((item_set("easy", level=1), item_set("hard", level=9))), "p", "h")
    sitter = Sitter(form).start().answer_all("reading", by_chance(1))
    (told,) = explain(form, sitter.now)
    assert told.sets[0].dropped == ("start", "rest")
    assert told.sets[0].exclusions == ()


def test_an_open_section_is_told_as_far_as_it_is(form: Form, sitter: Sitter) -> None:
    assert explain(form, sitter.now) == ()
    sitter.open("reading")
    sitter.answer()
    (told,) = explain(form, sitter.now)
    assert [len(step.answers) for step in told.sets] == [1]


def test_a_section_that_stopped_early_says_so() -> None:
    section = replace(PLAIN, stop_probability=0.6, min_sets=2, sets=20)
    form = Form(Blueprint("t", "en", (section,)), Bank(generated_sets(section, 60)), "p", "h")
    sitter = Sitter(form).start().answer_all("reading", lambda _: False)
    (told,) = explain(form, sitter.now)
    assert told.stopped
    assert 2 <= len(told.sets) < 20


def test_a_state_that_the_engine_did_not_lead_to_is_refused(form: Form, sitter: Sitter) -> None:
    sitter.open("reading")
    section = sitter.section
    other = next(s for s in form.stocks["reading"].sets if s.id != section.set_id and not s.pilot)
    changed = replace(section, sets=(replace(section.sets[0], set_id=other.id),))
    sections = tuple(changed if s.id == "reading" else s for s in sitter.now.sections)
    with pytest.raises(LookupError, match="replay the journal first"):
        explain(form, replace(sitter.now, sections=sections))


def test_reasons_cover_every_rule() -> None:
    assert set(selection.RULES) == {"start", "rest", "topic", "level", "stripe", "enemies"}
