import math
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine import ability, models
from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapKey, GapResponse, Item, Model
from stamp_desktop.engine.responses import score
from tests.engine.bank import item

THETA = np.linspace(-4, 4, 33)
STEPS = st.lists(st.floats(-2, 2), min_size=1, max_size=4, unique_by=lambda step: round(step, 1))


def graded(model: Model, steps: tuple[float, ...], a: float = 1.2, b: float = 0.3) -> Item:
    parts = GapKey({f"g{n}": ("right",) for n in range(len(steps))})
    return Item("i", parts, a, b, model=model, steps=steps)


def plainly(of: Item, theta: float) -> list[float]:
    """The models as their authors wrote them down."""
    if of.model == "GRM":
        above = [1.0, *(1 / (1 + math.exp(-of.a * (theta - of.b - step))) for step in of.steps), 0.0]
        return [high - low for high, low in pairwise(above)]
    if of.model == "GPCM":
        powers = [math.exp(sum(of.a * (theta - of.b - step) for step in of.steps[:k])) for k in range(of.points + 1)]
        return [power / sum(powers) for power in powers]
    right = of.c + (of.d - of.c) / (1 + math.exp(-of.a * (theta - of.b)))
    return [1 - right, right]


ITEMS = st.one_of(
    st.builds(item, st.just("i"), st.floats(0.3, 2.5), st.floats(-3, 3), st.floats(0, 0.3), st.floats(0.9, 1.0)),
    STEPS.map(lambda steps: graded("GRM", tuple(sorted(steps)))),
    STEPS.map(lambda steps: graded("GPCM", tuple(steps))),
)


@settings(max_examples=60, deadline=None)
@given(ITEMS)
def test_each_model_is_what_its_authors_wrote(of: Item) -> None:
    found = models.probabilities(of, THETA)
    for point, theta in enumerate(THETA.tolist()):
        assert found[:, point].tolist() == pytest.approx(plainly(of, theta), rel=1e-10, abs=1e-14)


@settings(max_examples=40, deadline=None)
@given(ITEMS)
def test_slope_and_bend_are_the_derivatives(of: Item) -> None:
    at, step = models.curves([of], THETA), 1e-5
    below, above = (models.curves([of], THETA + side) for side in (-step, step))
    np.testing.assert_allclose(at.slope, (above.likelihood - below.likelihood) / (2 * step), atol=1e-8)
    np.testing.assert_allclose(at.bend, (above.slope - below.slope) / (2 * step), atol=1e-8)
    assert at.likelihood[0].sum(axis=0) == pytest.approx(1.0)
    assert at.slope[0].sum(axis=0) == pytest.approx(0.0, abs=1e-12)


def test_an_item_of_one_step_is_a_2pl_in_both_graded_models() -> None:
    plain = models.information(item("i", a=1.2, b=0.8), THETA)
    for model in ("GRM", "GPCM"):
        assert models.information(graded(model, (0.5,)), THETA) == pytest.approx(plain)


def test_the_information_of_a_gpcm_is_the_variance_of_its_score() -> None:
    """Muraki (1993): I = a^2 Var(score)."""
    of = graded("GPCM", (-1.0, 0.4, 0.1))
    p = models.probabilities(of, THETA)
    scores = np.arange(4)[:, None]
    variance = (p * scores**2).sum(axis=0) - (p * scores).sum(axis=0) ** 2
    assert models.information(of, THETA) == pytest.approx(of.a**2 * variance)


def test_probabilities_far_out_stay_above_zero() -> None:
    far = np.array([-60.0, 60.0])
    for of in (item("i", a=4.0), graded("GRM", (-1.0, -0.9, 1.0), a=4.0), graded("GPCM", (-1.0, 1.0), a=4.0)):
        assert models.probabilities(of, far).min() > 0


def test_patterns_of_mixed_items_count_in_the_bases_of_their_points() -> None:
    items = [item("a"), graded("GRM", (-1.0, 1.0)), item("b", b=1.0)]
    numbers = {(x, y, z): ability.pattern_number(items, (x, y, z)) for z in (0, 1) for y in (0, 1, 2) for x in (0, 1)}
    assert sorted(numbers.values()) == list(range(12))
    points = ability.pattern_points(items)
    tables = ability.patterns([items], THETA, 0.0)
    singles = [models.probabilities(each, THETA) for each in items]
    for scores, number in numbers.items():
        assert points[number] == sum(scores)
        expected = np.prod([single[score] for single, score in zip(singles, scores, strict=True)], axis=0)
        assert tables.likelihood[0, number] == pytest.approx(expected)


def test_right_parts_earn_points_and_wrong_choices_cost_them() -> None:
    gaps = replace(graded("GRM", (-1.0, 1.0)), key=GapKey({"g1": ("yes",), "g2": ("no",)}))
    assert [score(gaps, GapResponse({"g1": a, "g2": b})) for a, b in (("yes", "no"), ("yes", "x"), ("x", "y"))] == [2, 1, 0]
    some = replace(graded("GPCM", (0.0, 1.0)), key=ChoiceKey(frozenset("ab")))
    taken = {"ab": 2, "a": 1, "ac": 0, "c": 0, "abc": 1, "": 0}
    assert {choices: score(some, ChoiceResponse(tuple(choices))) for choices in taken} == taken


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (item("i", a=math.nan), "a nan"),
        (item("i", b=math.inf), "b inf"),
        (item("i", c=0.3, d=0.2), "c 0.3, d 0.2"),
        (replace(item("i", c=0.2), model="2PL"), "of the model 2PL has the parameters"),
        (replace(item("i", d=0.9), model="3PL"), "of the model 3PL has the parameters"),
        (replace(item("i"), model=cast("Model", "5PL")), "unknown model '5PL'"),
        (replace(item("i"), steps=(1.0,)), "of the model 4PL has steps"),
        (graded("GRM", ()), "has the steps []"),
        (graded("GPCM", (math.nan,)), "has the steps [nan]"),
        (graded("GRM", (1.0, 1.0)), "do not rise"),
        (replace(item("i"), rapid_ms=-1), "response time -1 ms"),
    ],
)
def test_parameters_on_which_nothing_can_stand_are_named(of: Item, says: str) -> None:
    (found,) = models.faults(of)
    assert says in found
    assert "'i'" in found
