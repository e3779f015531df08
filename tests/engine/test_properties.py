"""What must hold whatever the bank, the blueprint and the answers are."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine import ability
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, LevelLimit
from stamp_desktop.engine.events import Answered
from stamp_desktop.engine.form import Form, Stock, stock
from stamp_desktop.engine.items import Bank, Item, ItemSet
from stamp_desktop.engine.marks import Marks, log_posterior
from stamp_desktop.engine.scoring import score
from stamp_desktop.engine.selection import Course, certain, decide
from tests.engine.bank import READING, Sitter, answer, generated_sets, item_set
from tests.engine.test_models import graded

LIMITS = (LevelLimit((1, 3), 2, 4), LevelLimit((4, 6), 2, 5), LevelLimit((7, 9), 1, 4))
RULED = replace(READING, level_limits=LIMITS, max_sets_per_topic=2, sets=9, stripes=2)
BANKS = {seed: stock(RULED, Bank(generated_sets(RULED, 120, seed))) for seed in range(4)}


def course_of(of: Stock, seed: int, stripe: int, patterns: list[int]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A whole section with these answers: the sets given, and the rules that each choice let go."""
    course, marks, dropped = Course(seed, stripe), list[Marks](), list[tuple[str, ...]]()
    while True:
        posterior = log_posterior(of, marks)
        chosen = None if certain(of, course, posterior) else decide(of, course, posterior)
        if chosen is None:
            return course.given, dropped
        pattern = patterns[len(marks) % len(patterns)]
        scores = tuple(((i), (pattern >> i) & 1) for i in range(len(of[chosen.set_id].items)))
        marks.append(Marks(chosen.set_id, scores))
        dropped.append(chosen.dropped)
        course = replace(course, given=(*course.given, chosen.set_id))


PATTERNS = st.lists(st.integers(0, 7), min_size=9, max_size=9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.integers(0, 2**32), st.integers(0, 1), PATTERNS)
def test_no_constraint_is_ever_violated_and_no_set_given_twice(bank: int, seed: int, stripe: int, patterns: list[int]) -> None:
    of = BANKS[bank]
    given_ids, dropped = course_of(of, seed, stripe, patterns)
    sets = [of[set_id] for set_id in given_ids]
    assert len(set(given_ids)) == len(sets) == RULED.sets
    assert set(dropped) == {()}
    assert {s.stripe for s in sets} == {stripe}
    assert max(Counter(s.topic for s in sets).values()) <= RULED.max_sets_per_topic
    assert not {enemy for s in sets for enemy in s.enemies} & set(given_ids)
    for limit in LIMITS:
        assert limit.least <= sum(limit.levels[0] <= s.level <= limit.levels[1] for s in sets) <= limit.most


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32), PATTERNS, st.randoms(use_true_random=False))
def test_a_permutation_of_the_banks_rows_changes_nothing(seed: int, patterns: list[int], dice: random.Random) -> None:
    sets = list(BANKS[0].sets)
    dice.shuffle(sets)
    assert course_of(stock(RULED, Bank(tuple(sets))), seed, 1, patterns) == course_of(BANKS[0], seed, 1, patterns)


SLOPES = st.lists(st.floats(-3, 3), min_size=2, max_size=5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 2.5), SLOPES), min_size=1, max_size=3), st.sampled_from([0.0, 0.5]), st.data())
def test_a_correct_answer_never_lowers_the_estimate_in_a_set_of_equal_slopes(
    sets: list[tuple[float, list[float]]], effect: float, data: st.DataObject
) -> None:
    made = tuple(
        replace(item_set(f"s{n}", items=len(places)), items=tuple(Item(f"s{n}-{i}", KEY, a, b) for i, b in enumerate(places)))
        for n, (a, places) in enumerate(sets)
    )
    of = stock(replace(READING, set_effect=effect), Bank(made))
    answers = [data.draw(st.lists(st.integers(0, 1), min_size=len(s.items), max_size=len(s.items))) for s in made]
    marks = [Marks(s.id, tuple(enumerate(right))) for s, right in zip(made, answers, strict=True)]
    before = ability.summary(of.grid, log_posterior(of, marks), READING.cuts).theta
    for n, right in enumerate(answers):
        for i, given_answer in enumerate(right):
            if not given_answer:
                better = [*right[:i], 1, *right[i + 1 :]]
                changed = [*marks[:n], Marks(made[n].id, tuple(enumerate(better))), *marks[n + 1 :]]
                assert ability.summary(of.grid, log_posterior(of, changed), READING.cuts).theta > before - 1e-9
                assert score(of, changed).theta >= score(of, marks).theta


KEY = item_set("k").items[0].key


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.booleans(), min_size=40, max_size=40))
def test_no_item_is_shown_twice_in_a_sitting(form: Form, seed: int, right: list[bool]) -> None:
    sitter, seen = Sitter(form).start(seed=seed).open("listening"), list[str]()
    while sitter.now.open:
        seen.append(sitter.item().id)
        sitter.do(Answered(seen[-1], answer(sitter.item(), right[len(seen)])))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_more_points_never_lower_the_score_of_a_graded_item(model: str) -> None:
    trio = tuple(replace(graded("GRM" if model == "GRM" else "GPCM", (-1.0, 0.0, 1.2)), id=f"g{n}") for n in range(2))
    of = stock(READING, Bank((ItemSet("s", "reading", 5, "school", trio),)))
    thetas = [score(of, [Marks("s", ((0, points), (1, 1)))]).theta for points in range(4)]
    assert thetas == sorted(thetas)
    rows = score(of, [Marks("s", ((0, 3), (1, 1)))]).table
    assert [(row.seen, row.correct) for row in rows if row.seen] == [(6, 4)]


# Stopping, stages


def test_a_section_stops_once_a_level_is_probable_and_nothing_is_owed() -> None:
    section = replace(READING, stop_probability=0.7, min_sets=3, sets=30, max_sets_per_topic=0, stripes=1, pilots=2)
    sets = generated_sets(section, 120, pilots=4)
    of = stock(section, Bank(sets))
    lengths = {len(course_of(of, seed, 0, [pattern])[0]) for seed, pattern in ((1, 0), (2, 7), (3, 5), (4, 2))}
    assert min(lengths) >= 5  # three scored sets and two pilots
    assert max(lengths) < 32
    owing = stock(replace(section, level_limits=(LevelLimit((9, 9), 6, 30),)), Bank(sets))
    given_ids, _ = course_of(owing, 1, 0, [0])
    assert sum(owing[set_id].level == 9 and not owing[set_id].pilot for set_id in given_ids) >= 6


STAGES = (("start",), ("low", "middle", "high"), ("lowest", "mid", "highest"))
STAGED = replace(READING, stages=STAGES, sets=6, stripes=2, max_sets_per_topic=0, pilots=1)
PLACES = {"start": 5, "low": 2, "middle": 5, "high": 8, "lowest": 1, "mid": 5, "highest": 9}


def staged_bank(section: AdaptiveSection = STAGED) -> Bank:
    sets = [
        replace(item_set(f"{module}-{n}", level=level, stripe=n % section.stripes), module=module)
        for module, level in PLACES.items()
        for n in range(2 * section.stripes)
    ]
    return Bank((*sets, item_set("pilot", pilot=True)))


@pytest.mark.parametrize(
    ("right", "way"),
    [(False, ["start", "low", "lowest"]), (True, ["start", "high", "highest"]), (None, ["start", "middle", "mid"])],
)
def test_answers_lead_through_the_modules(right: bool | None, way: list[str]) -> None:
    form = Form(Blueprint("mst", "en", (STAGED,)), staged_bank(), "p", "h")
    sitter = Sitter(form).start()
    turns = iter(range(100))
    sitter.answer_all("reading", lambda _: next(turns) % 2 == 0 if right is None else right)
    given_sets = [form.stocks["reading"][given.set_id] for given in sitter.now.section("reading").sets]
    modules = [s.module for s in given_sets if not s.pilot]
    assert modules == [module for module in way for _ in range(2)]
    assert sum(s.pilot for s in given_sets) == 1
    assert len({s.stripe for s in given_sets if not s.pilot}) == 1
