"""Whatever is wrong with a blueprint or a bank is named, all of it at once."""

import math
from dataclasses import replace

import pytest

from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, LevelLimit, PromptSection, SelfSection
from stamp_desktop.engine.items import Bank, ItemSet, Statement
from stamp_desktop.engine.soundness import faults
from tests.engine.bank import READING, WRITING, item_set
from tests.engine.test_models import graded
from tests.engine.test_properties import STAGED, staged_bank

SELF = SelfSection("self", (1, 2), 0)


def found(section: AdaptiveSection | PromptSection | SelfSection, bank: Bank | None = None) -> str:
    return "; ".join(faults(Blueprint("t", "en", (section,)), bank or Bank(())))


def limited(*limits: tuple[int, int, int, int]) -> AdaptiveSection:
    return replace(READING, level_limits=tuple(LevelLimit((low, high), least, most) for low, high, least, most in limits))


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (replace(READING, prior_sd=math.nan), "prior SD of nan"),
        (replace(READING, prior_mean=math.inf), "prior mean of inf"),
        (replace(READING, set_effect=math.nan), "set effect of nan"),
        (replace(READING, cuts=(math.nan, *READING.cuts[1:])), "do not rise"),
        (replace(READING, scaled_slope=math.nan), "scaled slope of nan"),
        (replace(READING, sets=0), "0 sets"),
        (replace(READING, pilots=-1), "-1 pilots"),
        (replace(READING, stop_probability=1.0), "stops at a probability of 1.0"),
        (replace(READING, stop_probability=0.8, min_sets=11), "after 11 sets"),
        (replace(READING, stop_probability=math.nan), "stops at a probability of nan"),
        (replace(STAGED, stop_probability=0.8), "stages beside a stopping rule"),
        (limited((0, 3, 0, 5)), "limits the levels 0 to 3"),
        (limited((1, 3, 4, 2)), "to 4 to 2 sets"),
        (limited((1, 3, 0, 5), (3, 4, 0, 5)), "overlap"),
        (limited((1, 3, 6, 9), (4, 6, 5, 9)), "ask for 11 of 10 sets"),
        (limited((1, 5, 0, 4), (6, 9, 0, 5)), "allow 9 of 10 sets"),
        (replace(WRITING, follows="", tasks=0), "has 0 tasks"),
        (replace(WRITING, follows="", levels=(3, 2)), "has the levels 3 to 2"),
        (SELF, "has no statement of level 1, 2"),
    ],
)
def test_a_section_on_which_nothing_could_stand_is_named(
    section: AdaptiveSection | PromptSection | SelfSection, says: str
) -> None:
    assert says in found(section)


def test_limits_that_leave_levels_free_may_allow_fewer_sets_than_are_given() -> None:
    assert found(limited((1, 3, 0, 2))) == ""


def test_statements_belong_to_a_self_evaluation_and_to_its_levels() -> None:
    both = (Statement("a", "self", 1), Statement("b", "self", 2))
    assert found(SELF, Bank((), (), both)) == ""
    assert "statement 'c' has level 3" in found(SELF, Bank((), (), (*both, Statement("c", "self", 3))))
    assert "belongs to no self-evaluation" in found(READING, Bank((), (), both))


def test_keys_have_as_many_parts_as_the_item_has_points() -> None:
    short = replace(graded("GRM", (-1.0, 0.0, 1.0)), key=graded("GRM", (0.0, 1.0)).key)
    bank = Bank((ItemSet("s", "reading", 5, "school", (short,)),))
    assert found(READING, bank) == "item 'i' has 3 points and 2 parts of its key"


def test_a_set_has_a_bounded_number_of_patterns() -> None:
    steps = tuple(0.1 * n for n in range(10))
    many = tuple(replace(graded("GPCM", steps), id=f"i{n}") for n in range(3))
    assert "more than 1024 answer patterns" in found(READING, Bank((ItemSet("s", "reading", 5, "school", many),)))


def staged(change: str) -> Bank:
    bank = staged_bank()
    match change:
        case "short":
            return replace(bank, sets=(*bank.sets[:4], *bank.sets[5:]))
        case "enemies":
            return replace(bank, sets=(replace(bank.sets[0], enemies=frozenset({bank.sets[2].id})), *bank.sets[1:]))
        case _:
            return bank


@pytest.mark.parametrize(
    ("section", "change", "says"),
    [
        (STAGED, "", ""),
        (STAGED, "short", "stripe 1 of section 'reading' has modules of one stage with different numbers of sets"),
        (replace(STAGED, sets=7), "", "have 6 sets in place of 7"),
        (STAGED, "enemies", "has enemies on the way start - low - lowest"),
        (replace(STAGED, max_sets_per_topic=2), "", "more than 2 sets of one topic on the way start - low - lowest"),
        (replace(STAGED, stages=(("start",), ("start", "low"))), "", "has the module 'start' twice"),
        (replace(STAGED, stages=(("start",), ("away",))), "", "or without any"),
    ],
)
def test_every_way_through_the_modules_keeps_the_rules(section: AdaptiveSection, change: str, says: str) -> None:
    named = found(section, staged(change))
    assert says in named if says else named == ""


def test_a_bank_of_one_is_sound_for_one_set() -> None:
    assert found(replace(READING, sets=1), Bank((item_set("alone"),))) == ""
