"""How well the score of one method hits: levels against the true ones, theta against the true theta, what was stated.

All of it is counted over simulated sittings; theta in the bank's metric, shares from 0 to 1.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stamp_desktop.engine.simulation.sittings import METHODS, Sitting

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
Plain: TypeAlias = dict[str, Any]

Z95 = 1.959963984540054
STATED_EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The sittings of one method as columns; `true` and `level` count into the section's bands, `bands` is (takers, bands)."""

    theta: Floats
    true: Counts
    estimate: Floats
    sd: Floats
    level: Counts
    bands: Floats

    @property
    def error(self) -> Floats:
        """Estimate less truth."""
        return self.estimate - self.theta

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether the truth lies within the stated 95 % interval."""
        return np.abs(self.error) <= Z95 * self.sd

    @property
    def stated(self) -> Floats:
        """The stated P of the level that was reported."""
        picked: Floats = self.bands[np.arange(len(self.level)), self.level]
        return picked


def columns(sittings: Sequence[Sitting], method: int, cuts: Sequence[float]) -> Columns:
    """The columns of METHODS[method]."""
    scores = [sitting.scores[method] for sitting in sittings]
    return Columns(
        theta=np.array([sitting.theta for sitting in sittings]),
        true=np.array([bisect_right(cuts, sitting.theta) for sitting in sittings], dtype=np.int64),
        estimate=np.array([score.theta for score in scores]),
        sd=np.array([score.sd for score in scores]),
        level=np.array([score.level for score in scores], dtype=np.int64),
        bands=np.array([score.bands for score in scores]).reshape(len(scores), len(cuts) + 1),
    )


def headline(found: Columns) -> Plain:
    """Exact, adjacent, kappa, rmse, bias, coverage95 and stated_p."""
    table = confusion(found)
    return {
        "exact": float(np.mean(found.level == found.true)),
        "adjacent": float(np.mean(np.abs(found.level - found.true) <= 1)),
        "kappa": kappa(table),
        "rmse": float(np.sqrt(np.mean(found.error**2))),
        "bias": float(np.mean(found.error)),
        "coverage95": float(np.mean(found.covered)),
        "stated_p": float(np.mean(found.stated)),
    }


def confusion(found: Columns) -> Counts:
    """Takers by true level (rows) and reported level (columns)."""
    bands = found.bands.shape[1]
    table: Counts = np.bincount(found.true * bands + found.level, minlength=bands * bands).reshape(bands, bands)
    return table


def kappa(table: Counts, *, quadratic: bool = False) -> float:
    """Agreement beyond chance: Cohen (1960), or with quadratic weights (Cohen 1968); 1 where chance alone would agree."""
    size = len(table)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    weight = apart.astype(np.float64) ** 2 if quadratic else (apart > 0).astype(np.float64)
    share = table / table.sum()
    chance = np.outer(share.sum(axis=1), share.sum(axis=0))
    expected = float((weight * chance).sum())
    return 1.0 - float((weight * share).sum()) / expected if expected else 1.0


def by_theta(found: Columns, step: float = 0.5) -> list[Plain]:
    """Bias, RMSE, stated and observed SEM, exact and coverage in steps of true theta; the outermost steps are open."""
    lowest, highest = np.floor(np.percentile(found.theta, [0.5, 99.5]) / step) * step
    edges = np.arange(lowest, highest + 1.5 * step, step)
    place = np.clip(np.digitize(found.theta, edges) - 1, 0, len(edges) - 2)
    rows = []
    for number, (low, high) in enumerate(pairwise(edges)):
        here = place == number
        if not (takers := int(here.sum())):
            continue
        error = found.error[here]
        rows.append(
            {
                "from": float(low),
                "to": float(high),
                "takers": takers,
                "bias": float(error.mean()),
                "rmse": float(np.sqrt(np.mean(error**2))),
                "sem": float(np.sqrt(np.mean(found.sd[here] ** 2))),
                "observed_sem": float(error.std()),
                "exact": float(np.mean(found.level[here] == found.true[here])),
                "coverage95": float(found.covered[here].mean()),
            }
        )
    return rows


def calibration(found: Columns) -> list[Plain]:
    """The stated P of the reported level against how often that level was the true one, by what was stated."""
    right = found.level == found.true
    place = np.clip(np.digitize(found.stated, STATED_EDGES) - 1, 0, len(STATED_EDGES) - 2)
    return [
        {
            "from": low,
            "to": high,
            "takers": int((place == number).sum()),
            "stated": float(found.stated[place == number].mean()),
            "observed": float(right[place == number].mean()),
        }
        for number, (low, high) in enumerate(pairwise(STATED_EDGES))
        if (place == number).any()
    ]


def agreement(sittings: Sequence[Sitting]) -> float:
    """Share of the sittings in which both methods give the same level."""
    return float(np.mean([len({score.level for score in sitting.scores}) == 1 for sitting in sittings]))


def method_number(name: str) -> int:
    """Place of a method in METHODS."""
    return [str(method) for method in METHODS].index(name)
