"""Whether an item is harder for one group than for another of equal ability: Mantel-Haenszel DIF.

Mantel, N. and Haenszel, W. (1959); Holland, P. W. and Thayer, D. T. (1988) for its use with items; the SE of the log odds ratio
of Robins, Breslow and Greenland (1986); the classes A, B, C of the Educational Testing Service (Zieky 1993). People are matched
on their estimated theta, as for adaptive tests (Zwick, Thayer and Wingersky 1994).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias

Group: TypeAlias = Literal["reference", "focal"]
Table: TypeAlias = tuple[int, int, int, int]
"""One stratum: right and wrong of the reference group, right and wrong of the focal group."""

STRATUM = 0.5
"""Width of a stratum on theta: about the standard error of the estimate that it is formed by."""
FEWEST = 20
"""Answers of each group below which nothing is said of an item."""

_DELTA = -2.35  # from the log odds ratio to the delta scale of the ETS
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Dif:
    """DIF of one item. `delta` below 0: harder for the focal group; `chi2` with continuity correction, 1 df, and its `p`."""

    item: str
    reference: int
    focal: int
    odds_ratio: float
    delta: float
    se: float
    chi2: float
    p: float

    @property
    def ets_class(self) -> Literal["A", "B", "C"]:
        """A: negligible; C: at least 1.5 and significantly over 1; B: the rest (5 %)."""
        size = abs(self.delta)
        if size < 1.0 or self.p > 0.05:
            return "A"
        return "C" if size >= 1.5 and (size - 1.0) / self.se > 1.645 else "B"


def strata(answers: Iterable[tuple[Group, float, bool]]) -> tuple[Table, ...]:
    """Tables by stratum of theta, from (group, theta, right)."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for group, theta, right in answers:
        counts[math.floor(theta / STRATUM)][2 * (group == "focal") + (not right)] += 1
    return tuple((a, b, c, d) for _, (a, b, c, d) in sorted(counts.items()))


def mantel_haenszel(item: str, tables: Sequence[Table]) -> Dif | None:
    """None where a group is too small, or where no stratum compares right with wrong answers of both groups."""
    reference = sum(a + b for a, b, _, _ in tables)
    focal = sum(c + d for _, _, c, d in tables)
    used = [table for table in tables if table[0] + table[1] and table[2] + table[3]]
    if min(reference, focal) < FEWEST or not used:
        return None
    more = sum(a * d / (a + b + c + d) for a, b, c, d in used)
    less = sum(b * c / (a + b + c + d) for a, b, c, d in used)
    if not more or not less:
        return None
    ratio = more / less
    se = abs(_DELTA) * math.sqrt(_variance(used, more, less))
    chi2 = _chi2(used)
    p = 2.0 * (1.0 - _NORMAL.cdf(math.sqrt(chi2)))
    return Dif(item, reference, focal, ratio, _DELTA * math.log(ratio), se, chi2, p)


def _variance(tables: Sequence[Table], more: float, less: float) -> float:
    """Of the log odds ratio."""
    total = 0.0
    for a, b, c, d in tables:
        n = a + b + c + d
        concordant, discordant = (a + d) / n, (b + c) / n
        r, s = a * d / n, b * c / n
        total += concordant * r / (2 * more * more) + discordant * s / (2 * less * less)
        total += (concordant * s + discordant * r) / (2 * more * less)
    return total


def _chi2(tables: Sequence[Table]) -> float:
    observed = expected = variance = 0.0
    for a, b, c, d in tables:
        n = a + b + c + d
        observed += a
        expected += (a + b) * (a + c) / n
        variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    return max(abs(observed - expected) - 0.5, 0.0) ** 2 / variance if variance else 0.0
