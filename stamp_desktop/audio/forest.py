"""Trained trees, read from a file and asked with numpy alone. It knows traits by their names, and trains nothing.

The file is made by `python -m benchmarks.audio train` and described in docs/audio.md. Where it is missing or made for other
traits, `load` gives None and the rules decide alone.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = "screening.npz"
MOST_TREES, MOST_BYTES = 20_000, 5_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """One question, yes or no: its first tree and the one after its last, and from which answers on there is a finding.

    `fresh`: the same for a moment of sound, of which many are asked about, one after the other.
    """

    name: str
    first: int
    last: int
    advice: float
    likely: float
    fresh: float


class Forest:
    """Trees that vote: the sum of the leaves that a row falls into is the probability of a head."""

    def __init__(
        self,
        traits: Sequence[str],
        heads: Sequence[Head],
        roots: npt.NDArray[np.int32],
        feature: npt.NDArray[np.int16],
        threshold: npt.NDArray[np.float32],
        left: npt.NDArray[np.int32],
        right: npt.NDArray[np.int32],
        value: npt.NDArray[np.float32],
    ) -> None:
        self.traits = tuple(traits)
        self.heads = tuple(heads)
        self._roots = roots
        self._feature, self._threshold = feature, threshold
        self._left, self._right, self._value = left, right, value

    def ask(self, traits: Mapping[str, float]) -> dict[str, float]:
        """The probability of each head, 0-1. A node that is its own child is a leaf."""
        row = np.array([traits[name] for name in self.traits], dtype=np.float32)
        node = self._roots
        while True:
            below = np.where(row[self._feature[node]] <= self._threshold[node], self._left[node], self._right[node])
            if np.array_equal(below, node):
                break
            node = below
        leaf = self._value[node]
        return {head.name: float(leaf[head.first : head.last].sum()) for head in self.heads}

    def head(self, name: str) -> Head:
        """The head of that name."""
        return next(head for head in self.heads if head.name == name)


def read(file: Path) -> Forest:
    """The forest of a file; ValueError or OSError where it is none."""
    if file.stat().st_size > MOST_BYTES:
        raise ValueError("too large")
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            heads = [
                Head(str(name), int(first), int(last), float(advice), float(likely), float(fresh))
                for name, (first, last, advice, likely, fresh) in zip(held["heads"], held["numbers"], strict=True)
            ]
            columns = [held[name] for name in ("roots", "feature", "threshold", "left", "right", "value")]
            traits = [str(name) for name in held["traits"]]
    except (EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("not a forest") from error
    size = len(columns[1])
    if not 0 < len(columns[0]) <= MOST_TREES or any(len(column) != size for column in columns[2:]):
        raise ValueError("not a forest")
    return Forest(traits, heads, *columns)


def write(file: Path, forest: Forest) -> None:
    """Keep the forest."""
    np.savez_compressed(
        file,
        traits=np.array(forest.traits),
        heads=np.array([head.name for head in forest.heads]),
        numbers=np.array([[head.first, head.last, head.advice, head.likely, head.fresh] for head in forest.heads]),
        roots=forest._roots,
        feature=forest._feature,
        threshold=forest._threshold,
        left=forest._left,
        right=forest._right,
        value=forest._value,
    )


@lru_cache(maxsize=1)
def load(traits: tuple[str, ...]) -> Forest | None:
    """The forest that ships with the program; None where there is none for these traits."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "assets", package.parent / "assets"):
        file = folder / "audio" / FILE
        if file.is_file():
            try:
                forest = read(file)
            except (ValueError, OSError):
                return None
            return forest if set(forest.traits) <= set(traits) else None
    return None
