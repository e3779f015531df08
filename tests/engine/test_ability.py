import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine import ability
from stamp_desktop.engine.ability import HALF, LOG_UNIT, POINTS, Grid
from stamp_desktop.engine.items import Item
from tests.engine import plain
from tests.engine.bank import item

GRID = Grid(0.0, 1.5)
ITEMS = st.builds(
    item,
    st.just("i"),
    st.floats(0.3, 2.5),
    st.floats(-3, 3),
    st.floats(0, 0.3),
    st.floats(0.9, 1.0),
)


def test_the_grid_reaches_four_deviations_to_each_side() -> None:
    points = GRID.points()
    assert (points[0], points[HALF], points[-1]) == (-6.0, 0.0, 6.0)
    assert GRID.step == pytest.approx(0.1)


@settings(max_examples=25)
@given(st.lists(ITEMS, min_size=1, max_size=4), st.sampled_from([0.0, 0.5, 0.7]), st.integers(0, POINTS - 1))
def test_pattern_likelihoods_are_those_of_a_plain_integration(items: list[Item], effect: float, point: int) -> None:
    theta = GRID.points()
    tables = ability.patterns([items], theta, effect)
    for number, right in enumerate(product((0, 1), repeat=len(items))):
        pattern = sum(mark << i for i, mark in enumerate(right))
        expected = plain.likelihood(items, right, theta[point], effect)
        assert tables.likelihood[0, pattern, point] == pytest.approx(expected, rel=2e-3, abs=1e-6), number
    assert tables.likelihood[0].sum(axis=0) == pytest.approx(1.0)
    assert tables.slope[0].sum(axis=0) == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=25)
@given(st.lists(ITEMS, min_size=1, max_size=3), st.sampled_from([0.0, 0.5]), st.integers(30, 90))
def test_information_is_that_of_a_numeric_derivative(items: list[Item], effect: float, point: int) -> None:
    theta = GRID.points()
    found = ability.information(ability.patterns([items], theta, effect))[0, point] / 2**16
    assert found == pytest.approx(plain.information(items, theta[point], effect), rel=5e-3, abs=1e-4)


def test_a_rasch_item_at_its_difficulty_gives_a_quarter() -> None:
    tables = ability.patterns([[item("i", a=1.0, b=0.0)]], GRID.points(), 0.5)
    assert ability.information(tables)[0, HALF] == 2**16 // 4


def test_the_set_effect_costs_information_and_a_single_item_has_none() -> None:
    trio, one = [item(f"i{n}") for n in range(3)], [item("i")]
    theta = GRID.points()

    def at_zero(items: list[Item], effect: float) -> int:
        return int(ability.information(ability.patterns([items], theta, effect))[0, HALF])

    assert at_zero(trio, 0.7) < at_zero(trio, 0.5) < at_zero(trio, 0.0) == 3 * at_zero(one, 0.0)
    assert at_zero(one, 0.7) == at_zero(one, 0.0)


def test_the_most_extreme_items_stay_above_zero() -> None:
    far = [item(f"i{n}", a=6.0, b=8.0) for n in range(6)]
    assert ability.patterns([far], GRID.points(), 0.5).likelihood.min() > 0


def test_nothing_answered_gives_the_prior_back() -> None:
    summary = ability.summary(GRID, GRID.prior(), (-1.5, 0.0, 1.5))
    assert summary.theta == 0.0
    assert summary.sd == pytest.approx(1.5, rel=2e-3)  # the grid ends at four deviations
    expected = [plain.normal_below(-1), 0.5 - plain.normal_below(-1), 0.5 - plain.normal_below(-1), plain.normal_below(-1)]
    assert summary.bands == pytest.approx(expected, abs=1e-3)


def test_a_posterior_summary_is_that_of_a_fine_integration() -> None:
    items = [item("i1", a=1.2, b=-0.5), item("i2", a=0.8, b=0.4), item("i3", a=1.5, b=1.0, c=0.2)]
    right, cuts = (1, 1, 0), (-1.37, 0.11, 0.95)
    row = ability.in_units(np.log(ability.patterns([items], GRID.points(), 0.5).likelihood[0, 0b011]))
    summary = ability.summary(GRID, GRID.prior() + row, cuts)

    fine = [k / 100 for k in range(-600, 601)]
    mass = [math.exp(-x * x / 4.5) * plain.likelihood(items, right, x, 0.5) for x in fine]
    total = sum(mass)
    mean = sum(m * x for m, x in zip(mass, fine, strict=True)) / total
    spread = math.sqrt(sum(m * (x - mean) ** 2 for m, x in zip(mass, fine, strict=True)) / total)
    edges = (-math.inf, *cuts, math.inf)
    bands = [sum(m for m, x in zip(mass, fine, strict=True) if low <= x < high) / total for low, high in pairwise(edges)]
    assert summary.theta == pytest.approx(mean, abs=1e-3)
    assert summary.sd == pytest.approx(spread, abs=1e-3)
    assert summary.bands == pytest.approx(bands, abs=3e-3)
    assert sum(summary.bands) == pytest.approx(1.0)


def test_cuts_beyond_the_grid_leave_empty_bands() -> None:
    assert ability.summary(GRID, GRID.prior(), (-50.0, 50.0)).bands == (0.0, 1.0, 0.0)


def test_weights_are_whole_and_forget_what_is_hopeless() -> None:
    posterior = np.zeros(POINTS, dtype=np.int64)
    posterior[0] = -int(5000 / LOG_UNIT)
    posterior[1] = -int(1 / LOG_UNIT)
    weights = ability.weights(posterior)
    assert (weights[0], weights[2]) == (0, 2**40)
    assert weights[1] == pytest.approx(2**40 / math.e)
