"""The item response models: how likely each score of an item is at an ability. Logistic metric with D = 1 throughout.

1PL to 4PL: P(1) = c + (d - c) / (1 + exp(-a (theta - b))) (Birnbaum 1968; Barton and Lord 1981). With the steps at
b + steps[k - 1]: GRM, P(k or more) = 1 / (1 + exp(-a (theta - step k))) (Samejima 1969), and GPCM, P(k) in proportion to
exp(sum over the first k steps of a (theta - step)) (Muraki 1992). Only exactly rounded operations in a fixed order (`exact`).
Refuses to estimate: it knows items, not people.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stamp_desktop.engine import exact
from stamp_desktop.engine.items import LOGISTIC, MODELS, Item

Floats: TypeAlias = NDArray[np.float64]
Shape: TypeAlias = tuple[str, int]

# Beyond it a logistic curve is flat to 4e-18; with six items the product stays far from underflow.
FLAT = 40.0
# Two thresholds of the GRM nearer than this, in a (theta - b), leave a score that nobody gets.
_NEAREST = 1e-6


@dataclass(frozen=True, slots=True)
class Curves:
    """For G items of one shape: P of each score, its first and second derivative on theta; (G, points + 1, *theta.shape)."""

    likelihood: Floats
    slope: Floats
    bend: Floats


def shape(item: Item) -> Shape:
    """What items have in common that can be worked out together: the family of the model and the points."""
    return ("logistic" if item.model in LOGISTIC else item.model), item.points


def curves(items: Sequence[Item], theta: Floats) -> Curves:
    """The curves of items that all have the same `shape`."""
    match shape(items[0])[0]:
        case "GRM":
            return _graded(items, theta)
        case "GPCM":
            return _partial_credit(items, theta)
    return _logistic(items, theta)


def probabilities(item: Item, theta: Floats) -> Floats:
    """P of each score from 0; shape (points + 1, *theta.shape)."""
    found: Floats = curves([item], theta).likelihood[0]
    return found


def information(item: Item, theta: Floats) -> Floats:
    """Fisher information of one item by itself, sum over scores of P'^2 / P; the shape of theta."""
    found = curves([item], theta)
    total = np.zeros_like(theta)
    for likelihood, slope in zip(found.likelihood[0], found.slope[0], strict=True):
        total = total + slope * slope / likelihood
    return total


def faults(item: Item) -> Iterator[str]:
    """What is wrong with the parameters of an item, as phrases that name it."""
    name = f"item {item.id!r}"
    if item.model not in MODELS:
        yield f"{name} has the unknown model {item.model!r}"
        return
    values = f"a {item.a}, b {item.b}, c {item.c}, d {item.d}"
    if not (0 < item.a < math.inf and math.isfinite(item.b) and 0 <= item.c < item.d <= 1):
        yield f"{name} has the parameters {values}"
    elif (item.c and item.model not in ("3PL", "4PL")) or (item.d != 1 and item.model != "4PL"):
        yield f"{name} of the model {item.model} has the parameters {values}"
    if item.model in LOGISTIC:
        if item.steps:
            yield f"{name} of the model {item.model} has steps"
    elif not item.steps or not all(math.isfinite(step) for step in item.steps):
        yield f"{name} of the model {item.model} has the steps {list(item.steps)}"
    elif item.model == "GRM" and any(item.a * (high - low) < _NEAREST for low, high in pairwise(item.steps)):
        yield f"the steps of {name} do not rise"
    if item.rapid_ms < 0:
        yield f"{name} has the response time {item.rapid_ms} ms as a limit"


def _column(values: Sequence[float], theta: Floats) -> Floats:
    return np.array(values, dtype=np.float64).reshape(-1, *(1,) * theta.ndim)


def _logistic(items: Sequence[Item], theta: Floats) -> Curves:
    a, b, c, d = (_column([getattr(item, name) for item in items], theta) for name in "abcd")
    odds_against = exact.exp(-np.clip(a * (theta - b), -FLAT, FLAT))
    rises, falls = 1.0 / (1.0 + odds_against), odds_against / (1.0 + odds_against)
    right = c + (d - c) * rises
    wrong = (1.0 - d) + (d - c) * falls  # not 1 - right, which would be 0 where only its last bits are left
    steep = (d - c) * a * rises * falls
    bend = steep * a * (falls - rises)
    return Curves(np.stack([wrong, right], axis=1), np.stack([-steep, steep], axis=1), np.stack([-bend, bend], axis=1))


def _steps(items: Sequence[Item], theta: Floats) -> list[Floats]:
    """theta minus each step, times a; each of the shape (G, *theta.shape)."""
    a = _column([item.a for item in items], theta)
    return [a * (theta - _column([item.b + item.steps[k] for item in items], theta)) for k in range(len(items[0].steps))]


def _graded(items: Sequence[Item], theta: Floats) -> Curves:
    """P(k) as a product, P*(k) Q*(k + 1) (1 - exp(-a (b(k+1) - b(k)))): a difference would lose its bits far out."""
    a = _column([item.a for item in items], theta)
    whole = np.ones((len(items), *theta.shape))
    above, below = [whole], [whole * 0.0]  # P* and Q* of each step, from the step before the first
    for distance in _steps(items, theta):
        odds_against = exact.exp(-np.clip(distance, -FLAT, FLAT))
        above.append(1.0 / (1.0 + odds_against))
        below.append(odds_against / (1.0 + odds_against))
    above.append(whole * 0.0)
    below.append(whole)
    likelihood, slope, bend = [], [], []
    last = len(items[0].steps)
    for k in range(last + 1):
        p = above[k] * below[k + 1]
        if 0 < k < last:
            gap = [item.a * (item.steps[k] - item.steps[k - 1]) for item in items]
            p = p * (1.0 - exact.exp(-np.minimum(_column(gap, theta), 2 * FLAT)))
        pull = a * (below[k] - above[k + 1])
        turn = a * a * (above[k] * below[k] + above[k + 1] * below[k + 1])
        likelihood.append(p)
        slope.append(p * pull)
        bend.append(p * (pull * pull - turn))
    return Curves(np.stack(likelihood, axis=1), np.stack(slope, axis=1), np.stack(bend, axis=1))


def _partial_credit(items: Sequence[Item], theta: Floats) -> Curves:
    a = _column([item.a for item in items], theta)
    heights = [np.zeros((len(items), *theta.shape))]
    for distance in _steps(items, theta):
        heights.append(heights[-1] + distance)
    top = heights[0]
    for height in heights[1:]:
        top = np.maximum(top, height)
    parts = [exact.exp(np.maximum(height - top, -FLAT)) for height in heights]
    total, mean, square = np.zeros_like(top), np.zeros_like(top), np.zeros_like(top)
    for part in parts:
        total = total + part
    chances = [part / total for part in parts]
    for k, p in enumerate(chances):
        mean = mean + k * p
        square = square + (k * k) * p
    variance = square - mean * mean
    slope = [p * (a * (k - mean)) for k, p in enumerate(chances)]
    bend = [p * (a * a * ((k - mean) * (k - mean) - variance)) for k, p in enumerate(chances)]
    return Curves(np.stack(chances, axis=1), np.stack(slope, axis=1), np.stack(bend, axis=1))
