"""What accuracy and consistency the scores themselves promise, without knowing the truth: by Rudner's and by Lee's method.

Rudner, L. M. (2005). Expected classification accuracy. Practical Assessment, Research and Evaluation 10(13): normal errors
around each estimate. Lee, W.-C. (2010). Classification consistency and accuracy for complex assessments using item response
theory. Journal of Educational Measurement 47: the distribution of the number correct at each estimate (his P method), over the
sets that this taker had; a level is reached where the number correct reaches what is expected at its cut.
"""

from bisect import bisect_right
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from stamp_desktop.engine import ability
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.simulation.accuracy import Columns, Floats, Plain
from stamp_desktop.engine.simulation.sittings import Sitting

_NORMAL = NormalDist()


def rudner(found: Columns, cuts: Sequence[float]) -> Plain:
    """Expected accuracy (P of the reported level) and consistency (P that a second test gives the same)."""
    bounds = np.array([[_NORMAL.cdf((cut - t) / s) for cut in cuts] for t, s in zip(found.estimate, found.sd, strict=True)])
    bounds = bounds.reshape(len(found.estimate), len(cuts))
    edge = np.ones((len(bounds), 1))
    chances = np.diff(np.hstack([0 * edge, bounds, edge]), axis=1)
    picked = chances[np.arange(len(chances)), found.level]
    return {"accuracy": float(picked.mean()), "consistency": float((chances**2).sum(axis=1).mean())}


def lee(sittings: Sequence[Sitting], found: Columns, stock: Stock, cuts: Sequence[float]) -> Plain:
    """Expected accuracy and consistency of levels by the number correct."""
    tables = _number_correct(stock)
    at_cuts = np.array([_along(stock, cut) for cut in cuts])
    accuracy, consistency = [], []
    for sitting, estimate in zip(sittings, found.estimate, strict=True):
        given = [i for i in sitting.sets if not stock.pilot[i]]
        counts = np.ones(1)
        expected = np.zeros(len(cuts))
        for i in given:
            counts = np.convolve(counts, _between(tables[i], _along(stock, estimate)))
            points = np.arange(len(tables[i]))
            expected += [points @ _between(tables[i], place) for place in at_cuts]
        reached = np.searchsorted(expected, np.arange(len(counts)) + 1e-9, side="right")
        chances = np.bincount(reached, weights=counts, minlength=len(cuts) + 1)
        accuracy.append(chances[bisect_right(cuts, estimate)])
        consistency.append((chances**2).sum())
    return {"accuracy": float(np.mean(accuracy)), "consistency": float(np.mean(consistency))}


def _number_correct(stock: Stock) -> list[Floats]:
    """P(points) in each set over the grid, (points + 1, points of the grid)."""
    tables = []
    for item_set in stock.sets:
        likelihood = ability.patterns([item_set.items], stock.theta, stock.section.set_effect).likelihood[0]
        counts = np.zeros((sum(item.points for item in item_set.items) + 1, len(stock.theta)))
        for points, row in zip(ability.pattern_points(item_set.items), likelihood, strict=True):
            counts[points] += row
        tables.append(counts)
    return tables


def _along(stock: Stock, theta: float) -> float:
    """Theta as a place on the grid."""
    place = (theta - float(stock.theta[0])) / stock.grid.step
    return min(max(place, 0.0), len(stock.theta) - 1.0)


def _between(table: Floats, place: float) -> Floats:
    """A column of the table at a place between two points of the grid."""
    low = min(int(place), table.shape[1] - 2)
    part = place - low
    column: Floats = table[:, low] * (1 - part) + table[:, low + 1] * part
    return column
