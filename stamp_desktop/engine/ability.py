"""What the answers say of the ability: likelihood of a set's answers with the set effect integrated out, posterior, summaries.

A posterior is a row of whole numbers over a fixed grid of theta. What leads to it uses exactly rounded operations in a fixed
order (see `exact`), so that station and server agree to the last bit. Refuses to choose sets and to name levels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stamp_desktop.engine import exact, models
from stamp_desktop.engine.items import Item

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

# A grid of 121 points over four prior standard deviations to each side: steps of .1 for a prior of 1.5, a quarter of the
# posterior's spread after 30 items. Each point stands for the step around it.
HALF = 60
POINTS = 2 * HALF + 1
REACH = 4.0

LOG_UNIT = 2.0**-20  # of a log likelihood: an error of one millionth
_WEIGHT_BITS = 40  # of the heaviest grid point; with 121 points and squares of 60 every sum stays below 2^63
_INFORMATION_UNIT = 2.0**-16

# Gauss-Hermite for a normal variate (Abramowitz and Stegun 25.4.46), written out: an eigenvalue routine gives other bits
# elsewhere.
_NODES = np.array([-4.512745863399783, -3.20542900285647, -2.07684797867783, -1.0232556637891326, 0.0])
_NODES = np.concatenate([_NODES, -_NODES[-2::-1]])
_NODE_WEIGHTS = np.array(
    [2.2345844007746607e-05, 0.0027891413212317692, 0.04991640676521782, 0.24409750289493953, 0.40634920634920635]
)
_NODE_WEIGHTS = np.concatenate([_NODE_WEIGHTS, _NODE_WEIGHTS[-2::-1]])


@dataclass(frozen=True, slots=True)
class Grid:
    """Points mean + step * k for k in -60..60."""

    mean: float
    sd: float

    @property
    def step(self) -> float:
        """Distance of two points on theta."""
        return self.sd * REACH / HALF

    def points(self) -> Floats:
        """Theta at each point, shape (121,)."""
        return self.mean + np.arange(-HALF, HALF + 1, dtype=np.float64) * self.step

    def prior(self) -> Integers:
        """Log density of the normal prior, up to a constant, in LOG_UNIT; shape (121,)."""
        deviations = np.arange(-HALF, HALF + 1) * (REACH / HALF)
        return in_units(deviations * deviations * -0.5)


def in_units(log_likelihood: Floats) -> Integers:
    """A log likelihood rounded to whole LOG_UNITs."""
    return np.rint(log_likelihood * (1.0 / LOG_UNIT)).astype(np.int64)


def effect_sd(items: int, set_effect: float) -> float:
    """SD of the set effect in a set of that many items: a stand-alone item has none (Bradlow, Wainer and Wang 1999)."""
    return set_effect if items > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Patterns:
    """For G sets: likelihood of each answer pattern and its slope on theta, both of the shape (G, patterns, points).

    For the numbers of the patterns see `pattern_number`.
    """

    likelihood: Floats
    slope: Floats


def pattern_number(items: Sequence[Item], scores: Sequence[int]) -> int:
    """Number of an answer pattern: the scores as digits, the first the lowest, each to the base of its item's points + 1."""
    number, place = 0, 1
    for item, score in zip(items, scores, strict=False):
        number += score * place
        place *= item.points + 1
    return number


def pattern_points(items: Sequence[Item]) -> tuple[int, ...]:
    """Points of each answer pattern, in the order of the patterns' numbers."""
    points = [0]
    for item in items:
        points = [before + score for score in range(item.points + 1) for before in points]
    return tuple(points)


def patterns(sets: Sequence[Sequence[Item]], theta: Floats, set_effect: float) -> Patterns:
    """Integrate the set effect gamma ~ N(0, set_effect) out of the product of the items' P(score | theta + gamma).

    All sets have the same number of items, and those at the same place the same `models.shape`.
    """
    likelihood, slope, _ = _integrated(sets, theta, set_effect, bent=False)
    return Patterns(likelihood, slope)


def bent_patterns(sets: Sequence[Sequence[Item]], theta: Floats, set_effect: float) -> tuple[Floats, Floats, Floats]:
    """As `patterns`, with the second derivative: likelihood, slope, bend."""
    return _integrated(sets, theta, set_effect, bent=True)


def _integrated(
    sets: Sequence[Sequence[Item]], theta: Floats, set_effect: float, *, bent: bool
) -> tuple[Floats, Floats, Floats]:
    size = len(sets[0])
    spread = effect_sd(size, set_effect)
    nodes, weights = (_NODES, _NODE_WEIGHTS) if spread else (np.zeros(1), np.ones(1))
    shifted = theta[None, :] + spread * nodes[:, None]
    likelihood = np.ones((len(sets), 1, *shifted.shape))
    slope = np.zeros_like(likelihood)
    bend = np.zeros_like(likelihood)
    for place in range(size):
        of = models.curves([items[place] for items in sets], shifted)
        each = [slice(k, k + 1) for k in range(of.slope.shape[1])]
        scores = [(of.likelihood[:, k], of.slope[:, k], of.bend[:, k]) for k in each]
        if bent:
            bend = np.concatenate([bend * p + 2.0 * slope * dp + likelihood * ddp for p, dp, ddp in scores], axis=1)
        slope = np.concatenate([slope * p + likelihood * dp for p, dp, _ in scores], axis=1)
        likelihood = np.concatenate([likelihood * p for p, _, _ in scores], axis=1)
    return _over_nodes(likelihood, weights), _over_nodes(slope, weights), _over_nodes(bend, weights)


def _over_nodes(values: Floats, weights: Floats) -> Floats:
    """Weighted sum over axis 2 in the order of the nodes: `sum` may add in another order on another processor."""
    total: Floats = values[:, :, 0] * weights[0]
    for node in range(1, len(weights)):
        total = total + values[:, :, node] * weights[node]
    return total


def information(tables: Patterns) -> Integers:
    """Fisher information of each set about theta, sum over patterns of slope^2 / likelihood; in 2^-16, shape (G, points)."""
    total = np.zeros_like(tables.likelihood[:, 0])
    for pattern in range(tables.likelihood.shape[1]):
        slope = tables.slope[:, pattern]
        total = total + slope * slope / tables.likelihood[:, pattern]
    return np.rint(total * (1.0 / _INFORMATION_UNIT)).astype(np.int64)


def weights(log_posterior: Integers) -> Integers:
    """The posterior as whole numbers, 2^40 at its heaviest point; points lighter than 2^-41 of it are 0."""
    below = np.maximum(log_posterior - log_posterior.max(), int(-600 / LOG_UNIT))
    return np.rint(exact.exp(below * LOG_UNIT) * 2.0**_WEIGHT_BITS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Summary:
    """EAP and SD of theta, and the probability of each band, all unrounded."""

    theta: float
    sd: float
    bands: tuple[float, ...]


def summary(grid: Grid, log_posterior: Integers, cuts: Sequence[float]) -> Summary:
    """Summarise a posterior. Sums are of whole numbers; a cut divides the step that it falls in in proportion."""
    mass = weights(log_posterior)
    index = np.arange(-HALF, HALF + 1)
    total = int(mass.sum())
    first = int((mass * index).sum())
    second = int((mass * index * index).sum())
    below = [0.0, *(_below(grid, mass, cut) / total for cut in cuts), 1.0]
    return Summary(
        theta=grid.mean + grid.step * (first / total),
        sd=grid.step * math.sqrt((second * total - first * first) / (total * total)),
        bands=tuple(max(high - low, 0.0) for low, high in pairwise(below)),
    )


def _below(grid: Grid, mass: Integers, cut: float) -> float:
    steps = min(max((cut - grid.mean) / grid.step + HALF + 0.5, 0.0), float(POINTS))
    whole = int(steps)
    part = (steps - whole) * int(mass[whole]) if whole < POINTS else 0.0
    return int(mass[:whole].sum()) + part
