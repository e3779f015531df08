"""Whether an item is as hard as it was calibrated: the shift of its difficulty that makes the answers most likely.

Maximum likelihood of one shift delta, P(score | theta - delta), with all estimated thetas taken as known; Fisher scoring. For
a 2PL item this is the logistic regression of the answers on a constant with the offset a (theta - b), constant = -a delta. The
estimates carry errors of their own, so a shift looks a little smaller than it is, and a flag is a reason to look.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stamp_desktop.engine import models
from stamp_desktop.engine.items import Item

FEWEST = 30
"""Answers below which nothing is said of an item."""
LARGE, UNLIKELY = 0.3, 3.0
"""A shift is flagged when it is both: a third of a level, and three standard errors."""

_ROUNDS, _NEAR, _FARTHEST = 50, 1e-10, 4.0


@dataclass(frozen=True, slots=True)
class Drift:
    """An item's shift on theta (above 0: harder than calibrated) with its SE; the share of points got and expected."""

    item: str
    answers: int
    shift: float
    se: float
    observed: float
    expected: float

    @property
    def flagged(self) -> bool:
        """Whether somebody should look at the item."""
        return abs(self.shift) >= LARGE and abs(self.shift) >= UNLIKELY * self.se


def drift(item: Item, answers: Sequence[tuple[float, int]]) -> Drift | None:
    """From pairs of theta and score; None for fewer than FEWEST. A shift beyond 4 is cut there."""
    if len(answers) < FEWEST:
        return None
    theta = np.array([each for each, _ in answers])
    scores = np.array([score for _, score in answers])
    people = np.arange(len(scores))
    shift, information = 0.0, 0.0
    for _ in range(_ROUNDS):
        of = models.curves([item], theta - shift)
        p, dp = of.likelihood[0], of.slope[0]
        slope = -float((dp[scores, people] / p[scores, people]).sum())
        information = float((dp * dp / p).sum())
        step = slope / information
        shift = min(max(shift + min(max(step, -1.0), 1.0), -_FARTHEST), _FARTHEST)
        if abs(step) < _NEAR or abs(shift) == _FARTHEST:
            break
    calibrated = models.probabilities(item, theta)
    expected = float((np.arange(item.points + 1) @ calibrated).mean())
    return Drift(
        item=item.id,
        answers=len(scores),
        shift=shift,
        se=1.0 / math.sqrt(information),
        observed=float(scores.mean()) / item.points,
        expected=expected / item.points,
    )
