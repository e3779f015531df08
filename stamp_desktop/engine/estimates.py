"""Estimates beside the score: maximum likelihood and weighted likelihood, from the full pattern. Refuses to name a level.

Between two sets answers are independent given theta, within a set the set effect is integrated out; so a set with its answer
pattern takes the place that an item with its score has in the formulas.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from stamp_desktop.engine import ability, exact, models
from stamp_desktop.engine.ability import Floats
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.items import Item
from stamp_desktop.engine.marks import Marks

# Peaks are looked for at every third point of the grid, a fifth of the prior's SD apart.
_STRIDE = 3
# The search ends when a step is shorter than this; it takes about eight.
_NEAR = 1e-10


@dataclass(frozen=True, slots=True)
class Estimate:
    """Theta and its standard error, 1 / sqrt(information)."""

    theta: float
    se: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """None where the likelihood has no maximum within the grid, as when everything was right."""

    mle: Estimate | None
    wle: Estimate | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The items of one set that count, and the number of the pattern of their answers."""

    items: tuple[Item, ...]
    pattern: int


@dataclass(frozen=True, slots=True)
class Slopes:
    """At each theta: log likelihood and its derivative (the score function), information, and Warm's J = sum P' P'' / P."""

    log_likelihood: Floats
    score: Floats
    information: Floats
    correction: Floats


def answers(stock: Stock, marks: Sequence[Marks]) -> tuple[Answers, ...]:
    """What the marks of scored sets say, set by set."""
    found = []
    for mark in marks:
        item_set = stock[mark.set_id]
        if mark.answers and not item_set.pilot:
            items = tuple(item_set.items[place] for place, _ in mark.answers)
            found.append(Answers(items, ability.pattern_number(items, [score for _, score in mark.answers])))
    return tuple(found)


View: TypeAlias = Callable[[Slopes], tuple[Floats, Floats]]
"""What is to be 0, and what is to be highest there."""


def estimate(given: Sequence[Answers], grid: ability.Grid, set_effect: float) -> Estimates:
    """MLE, and the WLE of Warm (1989): the root of l' + J / (2 I), for any number of scores as in Samejima (1993)."""

    def likely(at: Slopes) -> tuple[Floats, Floats]:
        return at.score, at.log_likelihood

    def weighted(at: Slopes) -> tuple[Floats, Floats]:
        return at.score + at.correction / (2.0 * at.information), at.log_likelihood + 0.5 * exact.log(at.information)

    if not given:
        return Estimates(None, None)
    points = grid.points()[::_STRIDE]
    coarse = slopes(given, points, set_effect)

    def highest(view: View) -> Estimate | None:
        return _highest(lambda theta: slopes(given, np.array([theta]), set_effect), points, coarse, view)

    return Estimates(highest(likely), highest(weighted))


def slopes(given: Sequence[Answers], theta: Floats, set_effect: float) -> Slopes:
    """Sums over the sets, added in their order."""
    log_likelihood, score, information, correction = (np.zeros_like(theta) for _ in range(4))
    for each, (likelihood, slope, bend) in zip(given, tables(given, theta, set_effect), strict=True):
        log_likelihood = log_likelihood + exact.log(likelihood[each.pattern])
        score = score + slope[each.pattern] / likelihood[each.pattern]
        for p, dp, ddp in zip(likelihood, slope, bend, strict=True):
            information = information + dp * dp / p
            correction = correction + dp * ddp / p
    return Slopes(log_likelihood, score, information, correction)


def tables(given: Sequence[Answers], theta: Floats, set_effect: float) -> list[tuple[Floats, Floats, Floats]]:
    """Pattern likelihoods with first and second derivative, set by set; sets of one make are worked out together."""
    makes: dict[tuple[models.Shape, ...], list[int]] = {}
    for i, each in enumerate(given):
        makes.setdefault(tuple(models.shape(item) for item in each.items), []).append(i)
    found: dict[int, tuple[Floats, Floats, Floats]] = {}
    for same in makes.values():
        likelihood, slope, bend = ability.bent_patterns([given[i].items for i in same], theta, set_effect)
        found |= {i: (likelihood[n], slope[n], bend[n]) for n, i in enumerate(same)}
    return [found[i] for i in range(len(given))]


def _highest(at: Callable[[float], Slopes], points: Floats, coarse: Slopes, view: View) -> Estimate | None:
    """The highest of the places where the slope falls through zero; None when an end of the grid is higher."""
    slope, height = (values.tolist() for values in view(coarse))
    peaks = [i for i, (before, after) in enumerate(pairwise(slope)) if before > 0 >= after]
    if not peaks:
        return None
    best = max(peaks, key=lambda i: max(height[i], height[i + 1]))
    if max(height[0], height[-1]) > max(height[best], height[best + 1]):
        return None
    left, right = points[best : best + 2].tolist()
    theta = _root(lambda x: view(at(x))[0].tolist()[0], (left, slope[best]), (right, slope[best + 1]))
    (information,) = at(theta).information.tolist()
    return Estimate(theta, 1.0 / math.sqrt(information))


def _root(of: Callable[[float], float], left: tuple[float, float], right: tuple[float, float]) -> float:
    """Where a function that is positive on the left and not on the right is 0 (Illinois method, Dowell and Jarratt 1971)."""
    (low, above), (high, below) = left, right
    last, theta = math.inf, (low * below - high * above) / (below - above)
    while abs(theta - last) >= _NEAR:
        value = of(theta)
        if value > 0:
            low, above, below = theta, value, (below / 2.0 if low == last else below)
        else:
            high, below, above = theta, value, (above / 2.0 if high == last else above)
        last, theta = theta, (low * below - high * above) / (below - above)
    return theta
