import math
from collections.abc import Sequence

import numpy as np
import pytest

from stamp_desktop.engine import ability, models, personfit
from stamp_desktop.engine.ability import Grid
from stamp_desktop.engine.appraisal import appraise
from stamp_desktop.engine.effort import normative_threshold, response_time_effort
from stamp_desktop.engine.estimates import Answers, estimate
from stamp_desktop.engine.form import Stock, stock
from stamp_desktop.engine.items import Bank, Item
from stamp_desktop.engine.marks import Marks, log_posterior
from tests.engine.bank import READING, generated_sets, item, item_set
from tests.engine.test_models import graded

GRID = Grid(0.0, 1.5)
WIDE = stock(READING, Bank(generated_sets(READING, 66)))


def single(items: Sequence[Item], scores: Sequence[int]) -> list[Answers]:
    """Each item a set of its own."""
    return [Answers((each,), score) for each, score in zip(items, scores, strict=True)]


def test_the_worked_example_of_baker() -> None:
    """Baker (2001), The Basics of Item Response Theory, chapter 5: three items, right, wrong, right; .3249 and 1.23."""
    items = [item("1", a=1.0, b=-1.0), item("2", a=1.2, b=0.0), item("3", a=0.8, b=1.0)]
    found = estimate(single(items, (1, 0, 1)), GRID, 0.0).mle
    assert found is not None
    assert found.theta == pytest.approx(0.3249, abs=1e-4)
    assert found.se == pytest.approx(1.23, abs=5e-3)


def test_the_information_of_baker() -> None:
    """Baker (2001), chapter 6: 2PL with b = 1, a = 1.5 at theta -1, 0, 1, 2; two decimals."""
    found = models.information(item("i", a=1.5, b=1.0), np.array([-1.0, 0.0, 1.0, 2.0]))
    assert [round(value, 2) for value in found.tolist()] == [0.10, 0.34, 0.56, 0.34]


def test_equal_rasch_items_have_the_closed_form() -> None:
    """Of n equal items r are right: MLE log(r / (n - r)); WLE log((r + 1/2) / (n - r + 1/2)) (Warm 1989)."""
    items = [item(f"i{n}") for n in range(10)]
    for right in range(1, 10):
        found = estimate(single(items, [1] * right + [0] * (10 - right)), GRID, 0.0)
        assert found.mle is not None
        assert found.wle is not None
        assert found.mle.theta == pytest.approx(math.log(right / (10 - right)), abs=1e-6)
        assert found.wle.theta == pytest.approx(math.log((right + 0.5) / (10.5 - right)), abs=1e-6)
        assert found.mle.se == pytest.approx(1 / math.sqrt(right * (10 - right) / 10), abs=1e-6)


def test_all_right_has_no_maximum_but_a_weighted_estimate() -> None:
    items = [item(f"i{n}") for n in range(6)]
    found = estimate(single(items, [1] * 6), GRID, 0.0)
    assert found.mle is None
    assert found.wle is not None
    assert found.wle.theta == pytest.approx(math.log(6.5 / 0.5), abs=1e-6)
    assert estimate([], GRID, 0.0).wle is None


def test_an_end_of_the_grid_that_is_higher_than_any_peak_is_no_estimate() -> None:
    """A 3PL likelihood of lucky guesses: a small hill, and higher ground at the lower end."""
    items = [item("h1", a=3.0, b=2.0, c=0.3), item("h2", a=0.5, b=-2.0, c=0.0), item("h3", a=3.0, b=2.5, c=0.3)]
    found = estimate(single(items, (1, 0, 1)), GRID, 0.0)
    assert found.mle is None or abs(found.mle.theta) < 6
    scores = [single(items, (x, y, z)) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    assert any(estimate(each, GRID, 0.0).mle is None for each in scores)


def test_the_set_effect_widens_the_standard_error() -> None:
    trio = tuple(item(f"i{n}", b=n - 1.0) for n in range(3))
    given = [Answers(trio, 0b011), Answers(trio, 0b001)]
    with_effect, without = (estimate(given, GRID, effect).mle for effect in (0.7, 0.0))
    assert with_effect is not None
    assert without is not None
    assert with_effect.se > without.se


def snijders(items: Sequence[Item], scores: Sequence[int], theta: float) -> float:
    """lz* over items of one point, as Snijders (2001) and Magis, Raiche and Beland (2012) write it, for the WLE."""
    w, r, variance, top, bottom, j, information = [], [], 0.0, 0.0, 0.0, 0.0, 0.0
    p = [1 / (1 + math.exp(-each.a * (theta - each.b))) for each in items]
    for each, right in zip(items, p, strict=True):
        w.append(math.log(right / (1 - right)))
        r.append(each.a)
        slope = each.a * right * (1 - right)
        top, bottom = top + slope * w[-1], bottom + slope * r[-1]
        information += each.a * slope
        j += each.a**2 * slope * (1 - 2 * right)
    c = top / bottom
    variance = sum((wi - c * ri) ** 2 * pi * (1 - pi) for wi, ri, pi in zip(w, r, p, strict=True))
    residual = sum((x - pi) * wi for x, pi, wi in zip(scores, p, w, strict=True))
    return (residual + c * j / (2 * information)) / math.sqrt(variance)


def test_lz_star_over_sets_without_effect_is_that_of_snijders_over_items() -> None:
    items = [item(f"i{n}", a=0.8 + 0.1 * (n % 5), b=-2 + 0.4 * n) for n in range(9)]
    scores = (1, 1, 0, 1, 1, 0, 1, 0, 0)
    alone = estimate(single(items, scores), GRID, 0.0).wle
    assert alone is not None
    sets = [Answers(tuple(items[k : k + 3]), ability.pattern_number(items[k : k + 3], scores[k : k + 3])) for k in (0, 3, 6)]
    together = estimate(sets, GRID, 0.0).wle
    assert together is not None
    assert together.theta == pytest.approx(alone.theta, abs=1e-9)
    expected = snijders(items, scores, alone.theta)
    assert personfit.lz_star(single(items, scores), alone.theta, 0.0) == pytest.approx(expected, abs=1e-6)
    assert personfit.lz_star(sets, together.theta, 0.0) == pytest.approx(expected, abs=1e-6)


def test_easy_wrong_and_hard_right_is_flagged() -> None:
    of = Marks
    upside_down = [of(f"r{n:04}", tuple((i, int(n % 9 > 4)) for i in range(3))) for n in range(18)]
    straight = [of(f"r{n:04}", tuple((i, int(n % 9 < 4)) for i in range(3))) for n in range(18)]
    assert "fit" in appraise(WIDE, upside_down).flags
    assert appraise(WIDE, straight).flags == ()


def test_equal_items_say_nothing_of_fit() -> None:
    items = [item(f"i{n}") for n in range(6)]
    assert personfit.lz_star(single(items, (1, 0, 1, 0, 1, 0)), 0.0, 0.0) is None


def test_graded_items_are_estimated_too() -> None:
    items = [graded("GRM", (-1.0, 0.5, 1.5)), graded("GPCM", (0.0, 0.2)), graded("GPCM", (-2.0, 2.0))]
    thetas = []
    for scores in ((0, 1, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1)):
        found = estimate(single(items, scores), GRID, 0.0)
        assert found.wle is not None
        thetas.append(found.wle.theta)
    assert thetas == sorted(thetas)


def test_the_appraisal_of_nothing_is_the_prior() -> None:
    found = appraise(WIDE, ())
    assert (found.eap.theta, found.wle, found.mle, found.lz_star, found.effort, found.flags) == (0.0, None, None, None, 1.0, ())


def test_few_answers_with_effort_are_flagged() -> None:
    found = appraise(WIDE, [Marks("r0004", ((1, 1),))], rapid=2)
    assert (found.rapid, found.answered, found.effort, found.flags) == (2, 3, 0.3333, ("effort",))


def test_a_rapid_guess_leaves_the_posterior_as_if_it_had_not_been_given() -> None:
    of: Stock = stock(READING, Bank((item_set("s", a=1.3),)))
    trio = of["s"].items
    some = log_posterior(of, [Marks("s", ((0, 1), (2, 0)))])
    pair = ability.patterns([[trio[0], trio[2]]], of.theta, READING.set_effect).likelihood[0, 0b01]
    expected = of.prior * ability.LOG_UNIT + np.log(pair)
    assert some * ability.LOG_UNIT == pytest.approx(expected, abs=2e-6)
    assert log_posterior(of, [Marks("s", ())]).tolist() == of.prior.tolist()
    assert log_posterior(of, [Marks("s", ((0, 1), (2, 0)))]).tolist() == some.tolist()


def test_thresholds_are_a_tenth_of_the_usual_time_and_ten_seconds_at_most() -> None:
    assert normative_threshold([20_000, 40_000]) == 3_000
    assert normative_threshold([400_000]) == 10_000
    assert normative_threshold([]) == 0
    assert response_time_effort(1, 4) == 0.75
