import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine import scoring
from stamp_desktop.engine.form import Stock, stock
from stamp_desktop.engine.items import Bank, ItemSet
from stamp_desktop.engine.marks import Marks
from stamp_desktop.engine.scoring import LevelCount, score
from stamp_desktop.trouble import Trouble
from tests.engine import plain
from tests.engine.bank import CUTS, READING, generated_sets, item, item_set

GENERATED = stock(READING, Bank(generated_sets(READING, 66)))


def shelf(*sets: ItemSet, effect: float = 0.5) -> Stock:
    return stock(replace(READING, set_effect=effect), Bank(sets))


def mark(name: str, *right: int) -> Marks:
    return Marks(name, tuple(enumerate(right)))


def test_nothing_answered_is_scored_by_the_prior_alone() -> None:
    result = score(GENERATED, [Marks("r0001", ())])
    assert (result.theta, result.level, result.scaled, result.flagged) == (0.0, "5", 500, False)
    assert all(row.seen == 0 and row.expected == 0 for row in result.table)


def test_one_right_answer_is_worth_what_the_integral_says() -> None:
    of = shelf(ItemSet("s", "reading", 5, "school", (item("i", a=1.0, b=0.0),)))
    result = score(of, [mark("s", 1)])
    points = [k / 100 for k in range(-600, 601)]
    mass = [math.exp(-x * x / 4.5) / (1 + math.exp(-x)) for x in points]
    assert result.theta == pytest.approx(sum(m * x for m, x in zip(mass, points, strict=True)) / sum(mass), abs=2e-3)
    assert result.scaled == round(500 + 100 * result.theta)
    expected = sum(m / (1 + math.exp(-x)) for m, x in zip(mass, points, strict=True)) / sum(mass)
    assert result.table[4] == LevelCount(5, 1, 1, round(expected, 2))
    assert score(of, [mark("s", 0)]).theta == -result.theta


def test_number_correct_over_two_sets_is_that_of_writing_out_every_pattern() -> None:
    sets = [GENERATED["r0004"], GENERATED["r0013"]]
    tables = [scoring._evidence(GENERATED, mark(s.id, 1, 1, 1)) for s in sets]
    counts = scoring._convolve(tables[0].counts, tables[1].counts)
    for point in (30, 60, 75):
        expected = plain.number_correct([s.items for s in sets], GENERATED.theta[point], 0.5)
        assert counts[:, point] == pytest.approx(expected, abs=1e-5)
    assert counts.sum(axis=0) == pytest.approx(np.ones(121))


def test_equal_items_without_set_effect_score_the_same_both_ways() -> None:
    of = shelf(item_set("a", level=5), item_set("b", level=5), item_set("c", level=3), effect=0.0)
    marks = [mark("a", 1, 0, 1), mark("b", 0, 0, 1), mark("c", 1, 1, 1)]
    by_table = score(of, marks)
    by_pattern = score(replace_score(of), marks)
    assert by_table.theta == pytest.approx(by_pattern.theta, abs=1e-4)
    assert (by_table.method, by_pattern.method) == ("level_table", "pattern")


def test_both_ways_at_once_are_each_way_by_itself() -> None:
    marks = [mark("r0004", 1, 1, 0), mark("r0013", 0, 1, 1), mark("r0031", 1, 0, 0)]
    table, pattern = scoring.score_by(GENERATED, marks, ("level_table", "pattern"))
    assert table == score(GENERATED, marks)
    assert pattern == score(replace_score(GENERATED), marks)
    assert (table.other, pattern.other) == (pattern.level, table.level)


def test_a_stock_keeps_some_tables_and_scores_the_same_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    of = stock(READING, Bank(generated_sets(READING, 66)))
    marks = [mark("r0004", 1, 1, 0), mark("r0013", 0, 1, 1), mark("r0031", 1, 0, 0)]
    first = score(of, marks)
    assert len(of.counts) == 3
    monkeypatch.setattr(scoring, "_KEPT", 2)
    assert score(of, [*marks, mark("r0040", 1)]) == score(GENERATED, [*marks, mark("r0040", 1)])
    assert score(of, marks) == first
    assert len(of.counts) <= 3


def replace_score(of: Stock) -> Stock:
    return stock(replace(of.section, score="pattern"), Bank(of.sets))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([s.id for s in GENERATED.sets]), st.integers(0, 7)),
        min_size=1,
        max_size=10,
        unique_by=lambda x: x[0],
    )
)
def test_the_level_table_is_all_that_the_score_rests_on(given_sets: list[tuple[str, int]]) -> None:
    """Answers that are exchanged within one level leave the score as it is."""
    marks = [mark(name, *((pattern >> i) & 1 for i in range(3))) for name, pattern in given_sets]
    result = score(GENERATED, marks)
    turned = [
        Marks(m.set_id, tuple((place, right) for (place, _), (_, right) in zip(m.answers, reversed(m.answers), strict=True)))
        for m in marks
    ]
    again = score(GENERATED, turned)
    assert (again.theta, again.level, again.scaled, again.bands, again.table) == (
        result.theta,
        result.level,
        result.scaled,
        result.bands,
        result.table,
    )
    assert sum(row.seen for row in result.table) == 3 * len(marks)
    assert sum(p for _, p in result.bands) == pytest.approx(1.0, abs=1e-3)
    assert sum(row.expected for row in result.table) == pytest.approx(
        sum(row.correct for row in result.table), abs=3 * len(marks)
    )


def test_the_order_of_the_sets_does_not_matter() -> None:
    marks = [mark(f"r{n:04}", n & 1, n & 2 and 1, 1) for n in range(0, 60, 7)]
    assert score(GENERATED, marks) == score(GENERATED, marks[::-1])


def test_more_right_answers_never_lower_the_score() -> None:
    names = [f"r{n:04}" for n in range(0, 60, 7)]
    thetas = [score(GENERATED, [mark(name, *([1] * k + [0] * (3 - k))) for name in names]).theta for k in range(4)]
    assert thetas == sorted(thetas)
    assert thetas[0] < -1 < 1 < thetas[3]


def test_pilot_sets_and_unanswered_items_do_not_count() -> None:
    of = shelf(item_set("a"), item_set("b"), item_set("p", pilot=True))
    assert score(of, [mark("a", 1, 0, 1), mark("p", 1, 1, 1), Marks("b", ())]) == score(of, [mark("a", 1, 0, 1)])
    partial = score(of, [mark("a", 1)])
    assert (partial.table[4].seen, partial.table[4].correct) == (1, 1)
    assert partial.theta < score(of, [mark("a", 1, 1, 1)]).theta


def test_the_band_above_the_last_level_is_reported_as_six_plus() -> None:
    stampe = replace(READING, levels=(1, 6), cuts=CUTS[:6])
    of = stock(stampe, Bank(tuple(item_set(f"s{n}", level=n + 1, a=2.0) for n in range(6))))
    result = score(of, [mark(f"s{n}", 1, 1, 1) for n in range(6)])
    assert result.level == "6+"
    assert [code for code, _ in result.bands] == ["1", "2", "3", "4", "5", "6", "6+"]
    assert [row.level for row in result.table] == [1, 2, 3, 4, 5, 6]


def test_a_pattern_that_speaks_for_another_level_than_the_counts_is_flagged() -> None:
    sharp = item("sharp", a=3.0, b=0.5)
    dull = item("dull", a=0.3, b=0.5)
    of = shelf(ItemSet("s", "reading", 5, "school", (sharp, dull)), effect=0.0)
    result = score(of, [mark("s", 1, 0)])
    assert result.flagged
    assert result.level != result.other


def test_thirty_hopeless_answers_do_not_break_the_arithmetic() -> None:
    of = shelf(*(item_set(f"s{n}", items=6, a=30.0) for n in range(6)))
    assert score(of, [mark(f"s{n}", *([n % 2] * 6)) for n in range(6)]).level in ("4", "5", "6")


def test_all_that_a_section_cannot_have_had_is_said_at_once() -> None:
    of = shelf(item_set("a"), item_set("b"))
    wrong = [mark("a", 1, 0, 2), mark("a", 1), Marks("b", ((3, 1),)), Marks("b", ((1, 1), (0, 1))), mark("z", 1), mark("a", -1)]
    with pytest.raises(Trouble) as caught:
        score(of, wrong)
    what = caught.value.advice.what
    for part in (
        "'a-3' of 1 points has the score 2",
        "'a' comes twice",
        "answers to [3]",
        "answers to [1, 0]",
        "no set 'z'",
        "score -1",
    ):
        assert part in what
