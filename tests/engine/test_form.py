from dataclasses import replace

import numpy as np
import pytest

from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection
from stamp_desktop.engine.form import Form, stock
from stamp_desktop.engine.items import Bank, ItemSet, Prompt
from stamp_desktop.engine.soundness import faults
from stamp_desktop.trouble import Trouble
from tests.engine.bank import BLUEPRINT, LISTENING, READING, WRITING, generated_bank, generated_sets, item, item_set


def blueprint(*sections: AdaptiveSection | PromptSection) -> Blueprint:
    return Blueprint("stamp", "es", sections)


def test_a_sound_form_has_no_faults(form: Form) -> None:
    assert faults(form.blueprint, form.bank) == ()
    assert set(form.stocks) == {"reading", "listening"}
    assert set(form.tasks) == {"writing", "speaking"}
    assert form.blueprint.section("writing") == WRITING
    assert form == Form(BLUEPRINT, generated_bank(), form.package_id, form.package_hash)


@pytest.mark.parametrize(
    ("section", "phrase"),
    [
        (replace(READING, levels=(0, 8)), "has the levels 0 to 8"),
        (replace(READING, cuts=READING.cuts[:5]), "has 5 cuts"),
        (replace(READING, cuts=(*READING.cuts, 3.0)), "only 6+ is known"),
        (replace(READING, cuts=READING.cuts[::-1]), "do not rise"),
        (replace(READING, prior_sd=0.0), "prior SD"),
        (replace(READING, set_effect=-0.1), "set effect"),
        (replace(READING, stripes=0), "0 stripes"),
    ],
)
def test_a_section_on_which_nothing_could_stand_is_named(section: AdaptiveSection, phrase: str) -> None:
    found = faults(blueprint(section), Bank(()))
    assert len(found) == 1
    assert phrase in found[0]


def test_the_plus_band_is_sound_above_level_six() -> None:
    assert faults(blueprint(replace(READING, levels=(1, 6), cuts=READING.cuts[:6])), Bank(())) == ()


def test_sections_are_named_once_and_follow_earlier_ones() -> None:
    assert "comes twice" in faults(blueprint(READING, READING), Bank(()))[0]
    assert "does not come before" in faults(blueprint(WRITING, READING), Bank(()))[0]
    assert faults(blueprint(replace(WRITING, follows="")), Bank(())) == ()


@pytest.mark.parametrize(
    ("sets", "phrase"),
    [
        ((item_set("a", section="music"),), "belongs to no section"),
        ((item_set("a", level=9), item_set("b", level=9, section="listening")), "set 'b' has level 9"),
        ((item_set("a", items=7),), "has 7 items"),
        ((item_set("a", items=0),), "has 0 items"),
        ((ItemSet("a", "reading", 5, "school", (item("i", a=0.0),)),), "item 'i' has the parameters"),
        ((ItemSet("a", "reading", 5, "school", (item("i", c=0.5, d=0.5),)),), "item 'i' has the parameters"),
        ((ItemSet("a", "reading", 5, "school", (item("i", b=float("nan")),)),), "item 'i' has the parameters"),
        ((ItemSet("a", "reading", 5, "school", (item("i"), item("i"))),), "'i' is used 2 times"),
        ((item_set("a"), item_set("a", items=1)), "'a' is used 2 times"),
    ],
)
def test_what_is_wrong_in_a_bank_is_named(sets: tuple[ItemSet, ...], phrase: str) -> None:
    short = replace(LISTENING, levels=(1, 6), cuts=LISTENING.cuts[:5])
    assert phrase in faults(blueprint(READING, short), Bank(sets))[0]


def test_prompts_belong_to_a_section_of_tasks() -> None:
    assert "prompt 'p'" in faults(blueprint(READING), Bank((), (Prompt("p", "reading", 1, "food"),)))[0]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Trouble) as trouble:
        Form(blueprint(replace(READING, stripes=0)), Bank((item_set("a", items=0),)), "p", "h")
    assert trouble.value.code == "form-unfit"
    assert "0 stripes" in trouble.value.advice.what
    assert "0 items" in trouble.value.advice.what


def test_tables_do_not_depend_on_the_order_of_the_bank() -> None:
    sets = (*generated_sets(READING, 20), item_set("single", items=1), item_set("six", items=6))
    one, other = stock(READING, Bank(sets)), stock(READING, Bank(sets[::-1]))
    assert [s.id for s in one.sets] == [s.id for s in other.sets]
    assert all(np.array_equal(a, b) for a, b in zip(one.rows, other.rows, strict=True))
    assert {len(rows) for rows in one.rows} == {2, 8, 64}


def test_enmity_is_mutual_and_knows_only_sets_of_its_section() -> None:
    of = stock(READING, Bank((item_set("a", enemies=["b", "elsewhere", "a"]), item_set("b"), item_set("c"))))
    assert of.enemies == (frozenset({1}), frozenset({0}), frozenset())
    assert of.pools[-1].friendly == (2, 0, 1)
