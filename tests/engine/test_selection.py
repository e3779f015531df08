import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine import selection
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.events import Seat
from stamp_desktop.engine.form import Stock, stock
from stamp_desktop.engine.items import Bank, ItemSet
from stamp_desktop.engine.selection import Course, choose, digest, log_posterior, pilot_places, stripe_of
from tests.engine import plain
from tests.engine.bank import READING, generated_sets, item_set

PLAIN = replace(READING, stripes=1, max_sets_per_topic=0, sets=4)
GENERATED = stock(READING, Bank(generated_sets(READING, 66)))


def shelf(*sets: ItemSet, section: AdaptiveSection = PLAIN) -> Stock:
    return stock(section, Bank(sets))


def take(of: Stock, course: Course, count: int, pattern: int = 0b101) -> tuple[str, ...]:
    """Choose so many sets, each answered with the same pattern."""
    for _ in range(count):
        chosen = choose(of, course, log_posterior(of, [(name, pattern) for name in course.given if not of[name].pilot]))
        if chosen is None:
            break
        course = replace(course, given=(*course.given, chosen))
    return course.given


def test_seats_side_by_side_and_behind_each_other_have_different_stripes() -> None:
    def of(row: int, column: int) -> int:
        return stripe_of(Seat(row, column), "ana", 1, 3)

    assert [[of(row, column) for column in range(4)] for row in range(3)] == [[0, 1, 2, 0], [2, 0, 1, 2], [1, 2, 0, 1]]


def test_without_a_seat_the_lot_of_the_login_spreads_over_the_stripes() -> None:
    found = Counter(stripe_of(None, f"login-{n}", 11, 3) for n in range(300))
    assert set(found) == {0, 1, 2}
    assert min(found.values()) > 70


def test_the_first_set_is_intermediate() -> None:
    easy_but_sharp = item_set("easy", level=1, a=4.0)
    of = shelf(easy_but_sharp, *(item_set(f"mid{n}", level=5) for n in range(4)))
    assert of[take(of, Course(1, 0), 1)[0]].level == 5


def test_the_most_informative_set_at_the_posterior_is_chosen() -> None:
    free = tuple(replace(s, enemies=frozenset()) for s in GENERATED.sets)
    of = stock(replace(READING, max_sets_per_topic=0, set_effect=0.0), Bank(free))
    given = ("r0004", "r0013")
    posterior = log_posterior(of, [(name, 0b111) for name in given])
    mass = [math.exp((int(p) - int(posterior.max())) * 2.0**-20) for p in posterior]

    def worth(candidate: ItemSet) -> float:
        return sum(
            weight * plain.information(candidate.items, theta, effect=0.0)
            for weight, theta in zip(mass, of.theta, strict=True)
            if weight > 1e-4
        )

    rivals = [s for s in of.sets if s.stripe == 0 and s.id not in given]
    assert choose(of, Course(5, 0, given), posterior) == max(rivals, key=worth).id


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2), st.lists(st.integers(0, 7), min_size=10, max_size=10))
def test_no_rule_is_broken_whatever_is_answered(seed: int, stripe: int, patterns: list[int]) -> None:
    course = Course(seed, stripe)
    answered: list[tuple[str, int]] = []
    for pattern in patterns:
        chosen = choose(GENERATED, course, log_posterior(GENERATED, answered))
        assert chosen is not None
        answered.append((chosen, pattern))
        course = replace(course, given=(*course.given, chosen))
    given_sets = [GENERATED[name] for name in course.given]
    assert len(set(course.given)) == 10
    assert {s.stripe for s in given_sets} == {stripe}
    assert max(Counter(s.topic for s in given_sets).values()) <= READING.max_sets_per_topic
    assert not {enemy for s in given_sets for enemy in s.enemies} & set(course.given)
    assert given_sets[0].level in range(4, 7)
    assert choose(GENERATED, course, log_posterior(GENERATED, answered)) is None


def test_equal_sets_are_decided_by_lot_of_the_seed() -> None:
    of = shelf(*(item_set(f"s{n}") for n in range(8)))
    first = {take(of, Course(seed, 0), 1) for seed in range(60)}
    assert len(first) == 8
    assert take(of, Course(3, 0), 4) == take(of, Course(3, 0), 4)


def test_an_attractive_set_that_would_leave_the_rest_unfillable_is_passed_over() -> None:
    others = [f"s{n}" for n in range(4)]
    of = shelf(item_set("hermit", a=2.0, enemies=others), *(item_set(name) for name in others))
    assert "hermit" not in take(of, Course(1, 0), 4)


def test_the_look_ahead_sees_the_topics_too() -> None:
    section = replace(PLAIN, sets=3, max_sets_per_topic=2)
    of = shelf(
        *(item_set(f"art{n}", topic="art") for n in range(3)),
        item_set("food", topic="food", enemies=["sharp"]),
        item_set("sharp", topic="art", a=3.0),
        section=section,
    )
    assert set(take(of, Course(1, 0), 3)) >= {"food"}


@pytest.mark.parametrize(
    ("sets", "section", "expected"),
    [
        ([item_set("easy", level=1)], PLAIN, ("easy",)),
        ([item_set("a", enemies=["b"]), item_set("b", a=0.5)], PLAIN, ("a", "b")),
        (
            [item_set("a"), item_set("b", a=0.5), item_set("c", a=0.25, topic="art")],
            replace(PLAIN, max_sets_per_topic=1),
            ("a", "c", "b"),
        ),
        ([item_set("a"), item_set("b", stripe=1, a=2.0)], replace(PLAIN, stripes=2), ("a", "b")),
        ([item_set("a"), item_set("b", a=0.5, enemies=["a"])], replace(PLAIN, sets=2), ("a", "b")),
        ([], PLAIN, ()),
    ],
    ids=["start", "enemies", "topic", "stripe", "rest", "none"],
)
def test_rules_are_let_go_before_a_test_taker_is_left_without_a_set(
    sets: list[ItemSet], section: AdaptiveSection, expected: tuple[str, ...]
) -> None:
    assert take(shelf(*sets, section=section), Course(1, 0), 4) == expected


def test_the_stripe_is_let_go_before_an_enemy_is_met() -> None:
    of = shelf(item_set("a", enemies=["b"]), item_set("b"), item_set("c", stripe=1), section=replace(PLAIN, stripes=2))
    assert take(of, Course(2, 0), 3)[1] == "c"


def test_pilots_come_at_seeded_places_beside_the_scored_sets() -> None:
    section = replace(PLAIN, pilots=2)
    of = shelf(*(item_set(f"s{n}") for n in range(6)), *(item_set(f"p{n}", pilot=True) for n in range(3)), section=section)
    places = {seed: pilot_places(of, seed) for seed in range(30)}
    assert set().union(*places.values()) == set(range(2, 7))
    for seed, expected in places.items():
        given = take(of, Course(seed, 0), 9)
        assert len(given) == 6
        assert {n for n, name in enumerate(given, 1) if of[name].pilot} == expected


def test_a_pilot_of_the_own_stripe_and_without_enemies_is_preferred() -> None:
    section = replace(PLAIN, sets=2, pilots=1, stripes=2)
    scored = [item_set(f"s{n}", enemies=["foe"]) for n in range(3)]
    pilots = [item_set("foe", pilot=True), item_set("far", pilot=True, stripe=1), item_set("own", pilot=True)]
    of = shelf(*scored, *pilots, section=section)
    assert {name for seed in range(10) for name in take(of, Course(seed, 0), 3) if of[name].pilot} == {"own"}


def test_fewer_pilots_than_asked_for_shorten_the_test() -> None:
    of = shelf(*(item_set(f"s{n}") for n in range(6)), section=replace(PLAIN, pilots=2))
    assert len(take(of, Course(1, 0), 9)) == 4


def test_the_digest_names_the_posterior_in_bytes_of_a_fixed_order() -> None:
    posterior = np.array([0, -1, 2**40], dtype=np.int64)
    assert digest(posterior) == digest(posterior.astype(">i8"))
    assert digest(posterior) != digest(posterior + 1)
    assert len(digest(posterior)) == 16


def test_every_processor_chooses_this_course() -> None:
    course = take(GENERATED, Course(7, 1), 10, pattern=0b011)
    posterior = log_posterior(GENERATED, [(name, 0b011) for name in course])
    assert (course[:3], digest(posterior)) == (("r0041", "r0038", "r0065"), "d136fd5a688aeafd")


def test_what_is_summed_stays_below_63_bits() -> None:
    sharp = shelf(*(item_set(f"s{n}", items=6, a=50.0) for n in range(3)))
    largest = int(sharp.pools[-1].information.max()) * int(selection.selection_weights(sharp.prior).sum())
    assert largest < 2**63
