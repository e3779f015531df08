"""A mixed-integer problem put together row by row, solved with HiGHS through scipy. It knows nothing of tests."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Floats: TypeAlias = NDArray[np.float64]


@dataclass(slots=True)
class _Row:
    terms: list[tuple[int, float]]
    low: float
    high: float


class Problem:
    """Yes-or-no variables first, then slacks that cost."""

    def __init__(self, choices: int) -> None:
        self._choices = choices
        self._costs: list[float] = []
        self._rows: list[_Row] = []

    def add(self, terms: list[tuple[int, float]], low: float, high: float) -> None:
        """The weighted sum of these variables lies between these bounds."""
        self._rows.append(_Row(terms, low, high))

    def slack(self, cost: float) -> int:
        """A new variable, not below 0, of which each unit costs so much."""
        self._costs.append(cost)
        return self._choices + len(self._costs) - 1

    def solve(self, nodes: int) -> Floats | None:
        """The variables of the cheapest solution found within so many nodes; None when none was found."""
        size = self._choices + len(self._costs)
        cells = [(row, column, value) for row, each in enumerate(self._rows) for column, value in each.terms]
        rows, columns, values = zip(*cells, strict=True)
        matrix = coo_array((values, (rows, columns)), shape=(len(self._rows), size))
        ceiling = np.full(size, np.inf)
        ceiling[: self._choices] = 1.0
        found = milp(
            c=np.array([0.0] * self._choices + self._costs),
            integrality=np.array([1] * self._choices + [0] * len(self._costs)),
            bounds=Bounds(np.zeros(size), ceiling),
            constraints=LinearConstraint(
                matrix.tocsr(), np.array([row.low for row in self._rows]), np.array([row.high for row in self._rows])
            ),
            options={"node_limit": nodes},
        )
        solution: Floats | None = found.x
        return solution
