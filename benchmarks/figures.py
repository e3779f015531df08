"""Figures and how they are printed. It measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured against what, both in one run, in milliseconds or another `unit`. `target`: the most `of` may be."""

    what: str
    value: float
    reference: float
    against: str
    target: float | None = None
    of: Literal["ratio", "value"] = "ratio"
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.value / self.reference

    @property
    def met(self) -> bool:
        """Whether the target is kept; True where there is none."""
        return self.target is None or (self.ratio if self.of == "ratio" else self.value) <= self.target

    def cells(self) -> tuple[str, ...]:
        if self.target is None:
            goal = ""
        else:
            most = f"ratio ≤ {self.target:g}" if self.of == "ratio" else f"≤ {self.target:g} {self.unit}"
            goal = f"{most}: {'kept' if self.met else 'MISSED'}"
        return (
            self.what,
            amount(self.value, self.unit),
            self.against,
            amount(self.reference, self.unit),
            f"{self.ratio:.2f}",
            goal,
        )


HEAD = ("figure", "measured", "reference", "measured", "ratio", "target")


def percentile(milliseconds: Sequence[float], percent: float) -> float:
    """A percentile by the nearest rank, so that it is a value that was measured."""
    return float(np.percentile(np.asarray(milliseconds), percent, method="inverted_cdf"))


def amount(value: float, unit: str = "ms") -> str:
    """`1.23 ms`, or `45.6 µs` below a tenth of one."""
    return f"{value * 1000:.3g} µs" if unit == "ms" and value < 0.1 else f"{value:.3g} {unit}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
