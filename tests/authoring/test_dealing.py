import math
from collections import Counter
from dataclasses import replace

import pytest

from stamp_desktop.authoring.dealing import deal
from stamp_desktop.authoring.proof import prove, thin_cells, unfillable
from stamp_desktop.engine.blueprint import AdaptiveSection, LevelLimit
from stamp_desktop.engine.items import ItemSet
from stamp_desktop.trouble import Trouble
from tests.engine.bank import READING, generated_sets, item_set

SECTION: AdaptiveSection = replace(READING, levels=(4, 6), cuts=(-1.0, 1.0), sets=4, stripes=3, max_sets_per_topic=2)
SETS = tuple(replace(each, stripe=0) for each in generated_sets(SECTION, 40, pilots=4))


@pytest.fixture(scope="module")
def dealt() -> tuple[ItemSet, ...]:
    return deal(SETS, 3)


def test_every_cell_level_and_topic_is_spread_as_evenly_as_its_number_allows(dealt: tuple[ItemSet, ...]) -> None:
    scored = [each for each in dealt if not each.pilot]
    for cell in (lambda s: (s.level, s.topic), lambda s: s.level, lambda s: s.topic, lambda _: "all"):
        whole = Counter(cell(each) for each in scored)
        by_stripe = Counter((cell(each), each.stripe) for each in scored)
        for key, number in whole.items():
            assert {by_stripe[key, stripe] for stripe in range(3)} <= {number // 3, math.ceil(number / 3)}


def test_nothing_but_the_stripe_is_changed_and_enemies_are_parted(dealt: tuple[ItemSet, ...]) -> None:
    assert {each.id: replace(each, stripe=0) for each in dealt} == {each.id: each for each in SETS}
    stripe = {each.id: each.stripe for each in dealt}
    assert all(stripe[each.id] != stripe[enemy] for each in dealt if not each.pilot for enemy in each.enemies)
    assert Counter(each.stripe for each in dealt if each.pilot) == {0: 2, 1: 1, 2: 1}


def test_the_order_of_the_sets_and_a_second_deal_change_nothing(dealt: tuple[ItemSet, ...]) -> None:
    assert deal(tuple(reversed(SETS)), 3) == dealt


def test_one_stripe_and_no_set_need_no_solver() -> None:
    assert {each.stripe for each in deal(SETS, 1)} == {0}
    assert deal((), 3) == ()


def test_a_dealt_bank_is_proved(dealt: tuple[ItemSet, ...]) -> None:
    assert unfillable(SECTION, dealt) == ()
    assert prove(SECTION, dealt)[0] == "proved: a test of 4 sets can be made up in each of 3 stripes"


def test_what_is_short_is_named_with_its_cell_and_number() -> None:
    few = (*(item_set(f"a{n}", level=4, topic="food") for n in range(5)), item_set("b", level=6, topic="art", stripe=1))
    with pytest.raises(Trouble) as refused:
        prove(SECTION, few)
    assert refused.value.code == "blueprint-unfillable"
    what = refused.value.advice.what
    assert "level 5: 0 of 1 sets, 1 short" in what
    assert "stripe 1 of 3: 2 of 4 sets, 2 short (sets on a new topic)" in what
    assert "stripe 2 of 3: 1 of 4 sets, 3 short (sets on a new topic, or on art 1 of 2)" in what
    assert "stripe 3 of 3: 0 of 4 sets, 4 short (sets on a new topic)" in what


def test_enemies_count_where_counting_sets_would_not_see_it() -> None:
    section = replace(SECTION, levels=(5, 5), cuts=(), stripes=1, sets=3, max_sets_per_topic=0)
    ring = tuple(item_set(f"r{n}", enemies=(f"r{(n + 1) % 5}",)) for n in range(5))
    (short,) = unfillable(section, ring)
    assert str(short) == "stripe 1 of 1: 2 of 3 sets, 1 short (sets on any topic)"
    assert unfillable(replace(section, sets=2), ring) == ()


def test_level_limits_count() -> None:
    limited = replace(SECTION, stripes=1, level_limits=(LevelLimit((4, 4), 2, 4), LevelLimit((6, 6), 0, 1)))
    sets = (item_set("a", level=4), *(item_set(f"b{n}", level=5, topic=f"t{n}") for n in range(2)))
    sets += tuple(item_set(f"c{n}", level=6, topic=f"u{n}") for n in range(3))
    assert [str(each) for each in unfillable(limited, sets)] == ["stripe 1 of 1, levels 4 to 4: 1 of 2 sets, 1 short"]


def test_cells_that_do_not_reach_every_stripe_are_listed() -> None:
    sets = (item_set("a", topic="food"), item_set("b", topic="art"), *(item_set(f"c{n}", topic="self") for n in range(3)))
    assert [str(each) for each in thin_cells(SECTION, sets)] == [
        "level 5, art: 1 of 3 sets, 2 short",
        "level 5, food: 1 of 3 sets, 2 short",
    ]
