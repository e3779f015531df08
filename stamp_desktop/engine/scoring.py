"""From answers to a level: by how many items were answered correctly at each level, or by the full response pattern.

Refuses to invent: a section without a scored answer gets what the prior says, and says so by its counts. Everything reported is
rounded here, once, so that two machines that agree to the last bit before also agree in print.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stamp_desktop.engine import ability, exact, levels
from stamp_desktop.engine.ability import Floats, Integers
from stamp_desktop.engine.blueprint import Score as Method
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.items import Item
from stamp_desktop.engine.marks import Marks, faults, log_posterior
from stamp_desktop.trouble import Trouble

# Below it a likelihood is flattened before its logarithm is taken: e^-690, far under anything that weighs in a posterior.
_FAINTEST = 1e-300
# Tables of P(points) that a stock keeps, 4 kB for a set of three: enough for a bank of 6,000 items, never over some megabytes.
_KEPT = 2000


@dataclass(frozen=True, slots=True)
class LevelCount:
    """One line of the table that the score rests on. `expected` correct answers at the ability found, to two decimals.

    Items of several points count by their points: `seen` are those that could be had.
    """

    level: int
    seen: int
    correct: int
    expected: float


@dataclass(frozen=True, slots=True)
class Result:
    """The score of a section. `level` is a code of `levels`; `theta`, `sd` and `bands` (P of each level) have four decimals.

    `flagged`: the full response pattern and the level table give different levels; `other` is the level of the method not
    chosen.
    """

    method: Method
    level: str
    scaled: int
    theta: float
    sd: float
    bands: tuple[tuple[str, float], ...]
    table: tuple[LevelCount, ...]
    other: str

    @property
    def flagged(self) -> bool:
        """Whether the two ways to score disagree on the level."""
        return self.level != self.other


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """One set as it counts: points that could be and were had, and P of each number of points over the grid."""

    level: int
    seen: int
    correct: int
    counts: Floats


@dataclass(frozen=True, slots=True)
class _Reading:
    summary: ability.Summary
    theta: float
    level: str


def score(stock: Stock, marks: Sequence[Marks]) -> Result:
    """Score a section from the marks of its sets; pilot sets and items without an answer are left out.

    Trouble "marks-unfit" names everything in the marks that the section cannot have had.
    """
    return score_by(stock, marks, (stock.section.score,))[0]


def score_by(stock: Stock, marks: Sequence[Marks], methods: Sequence[Method]) -> tuple[Result, ...]:
    """The score by each of these methods, whatever the blueprint's is; Trouble as in `score`."""
    if found := faults(stock, marks):
        raise Trouble(
            "marks-unfit",
            f"These answers cannot be scored: {'; '.join(found)}.",
            "Nothing was scored; the answers are as they were.",
            "Score them with the package that they were given with.",
        )
    evidence = [_evidence(stock, mark) for mark in marks if mark.answers and not stock[mark.set_id].pilot]
    posteriors: dict[Method, Integers] = {"level_table": _by_table(stock, evidence), "pattern": log_posterior(stock, marks)}
    readings = {method: _read(stock, posterior) for method, posterior in posteriors.items()}
    return tuple(
        Result(
            method=method,
            level=readings[method].level,
            scaled=round(stock.section.scaled_intercept + stock.section.scaled_slope * readings[method].theta),
            theta=readings[method].theta,
            sd=round(readings[method].summary.sd, 4),
            bands=tuple(zip(levels.codes(stock.section), (round(p, 4) for p in readings[method].summary.bands), strict=True)),
            table=_table(stock, evidence, posteriors[method]),
            other=readings["pattern" if method == "level_table" else "level_table"].level,
        )
        for method in methods
    )


def _evidence(stock: Stock, mark: Marks) -> _Evidence:
    """What a set counts for. Its table is worked out when it is first needed; some of them are kept."""
    at, places = stock.position[mark.set_id], tuple(place for place, _ in mark.answers)
    items = tuple(stock.sets[at].items[place] for place in places)
    if (counts := stock.counts.get((at, places))) is None:
        if len(stock.counts) >= _KEPT:
            stock.counts.clear()
        counts = stock.counts[at, places] = _number_correct(stock, items)
    return _Evidence(
        level=stock.sets[at].level,
        seen=sum(item.points for item in items),
        correct=sum(score for _, score in mark.answers),
        counts=counts,
    )


def _read(stock: Stock, posterior: Integers) -> _Reading:
    summary = ability.summary(stock.grid, posterior, stock.section.cuts)
    theta = round(summary.theta, 4) + 0.0  # no minus zero; level and scaled score both rest on the number that is reported
    return _Reading(summary, theta, levels.level_of(theta, stock.section))


def _by_table(stock: Stock, evidence: Sequence[_Evidence]) -> Integers:
    """Posterior from the number correct at each level (Lord and Wingersky 1984; over sets as in Cai 2015)."""
    total = stock.prior.copy()
    for level in sorted({found.level for found in evidence}):
        here = [found for found in evidence if found.level == level]
        counts = np.ones((1, len(stock.theta)))
        for found in here:
            counts = _convolve(counts, found.counts)
        correct = sum(found.correct for found in here)
        total += ability.in_units(exact.log(np.maximum(counts[correct], _FAINTEST)))
    return total


def _number_correct(stock: Stock, items: tuple[Item, ...]) -> Floats:
    """P of each number of points in items of one set, (points + 1, points of theta)."""
    likelihood = ability.patterns([items], stock.theta, stock.section.set_effect).likelihood[0]
    counts = np.zeros((sum(item.points for item in items) + 1, likelihood.shape[1]))
    for points, row in zip(ability.pattern_points(items), likelihood, strict=True):
        counts[points] += row
    return counts


def _convolve(some: Floats, more: Floats) -> Floats:
    """Distribution of the sum of two independent counts, at each point."""
    total = np.zeros((len(some) + len(more) - 1, some.shape[1]))
    for i, row in enumerate(more):
        total[i : i + len(some)] += some * row
    return total


def _table(stock: Stock, evidence: Sequence[_Evidence], posterior: Integers) -> tuple[LevelCount, ...]:
    weights = ability.weights(posterior).tolist()
    lowest, highest = stock.section.levels
    rows = []
    for level in range(lowest, highest + 1):
        here = [found for found in evidence if found.level == level]
        expected = exact.total(_expected(found, weights) for found in here)
        rows.append(LevelCount(level, sum(f.seen for f in here), sum(f.correct for f in here), round(expected, 2)))
    return tuple(rows)


def _expected(found: _Evidence, weights: Sequence[int]) -> float:
    """Correct answers to expect in a set, over the posterior; summed in millionths, as whole numbers."""
    mean = np.zeros(len(weights))
    for correct, probability in enumerate(found.counts):
        mean = mean + correct * probability
    millionths = np.rint(mean * 1e6).astype(np.int64).tolist()
    total: int = sum(w * m for w, m in zip(weights, millionths, strict=True))
    return total / sum(weights) / 1e6
