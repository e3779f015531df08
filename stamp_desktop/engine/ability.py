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

from stamp_desktop.engine import exact
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

# Beyond it a logistic curve is flat to 4e-18; with six items the product stays far from underflow.
_FLAT = 40.0


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
    """For G sets of n items: likelihood of each answer pattern and its slope on theta, both of shape (G, 2^n, points).

    Bit i of a pattern's number is set when item i was answered correctly.
    """

    likelihood: Floats
    slope: Floats


def patterns(sets: Sequence[Sequence[Item]], theta: Floats, set_effect: float) -> Patterns:
    """Integrate the set effect gamma ~ N(0, set_effect) out of prod P(theta + gamma)^u Q(theta + gamma)^(1 - u).

    All sets have the same number of items. P is the 4PL of `Item`.
    """
    size = len(sets[0])
    spread = effect_sd(size, set_effect)
    nodes, weights = (_NODES, _NODE_WEIGHTS) if spread else (np.zeros(1), np.ones(1))
    a, b, c, d = (
        np.array([[getattr(item, name) for item in items] for items in sets], dtype=np.float64)[:, :, None, None]
        for name in "abcd"
    )
    shifted = theta[None, :] + spread * nodes[:, None]
    logit = np.clip(a * (shifted - b), -_FLAT, _FLAT)
    odds_against = exact.exp(-logit)
    rises, falls = 1.0 / (1.0 + odds_against), odds_against / (1.0 + odds_against)
    right = c + (d - c) * rises
    wrong = (1.0 - d) + (d - c) * falls  # not 1 - right, which would be 0 where only its last bits are left
    steep = (d - c) * a * rises * falls
    likelihood = np.ones((len(sets), 1, *shifted.shape))
    slope = np.zeros_like(likelihood)
    for i in range(size):
        p, q, dp = right[:, i : i + 1], wrong[:, i : i + 1], steep[:, i : i + 1]
        slope = np.concatenate([slope * q - likelihood * dp, slope * p + likelihood * dp], axis=1)
        likelihood = np.concatenate([likelihood * q, likelihood * p], axis=1)
    return Patterns(_over_nodes(likelihood, weights), _over_nodes(slope, weights))


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
