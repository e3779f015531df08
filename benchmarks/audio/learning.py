"""Trains the model of the screening: clips to traits, traits to trees, limits on clips of other voices. Seeded throughout.

One head a finding (yes or no), extremely randomised trees (Geurts et al. 2006): on traits like these they lose nothing
against boosted ones, and a threshold drawn at random does not lean on one voice.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier

from benchmarks.audio import clips, sources
from benchmarks.audio.clips import Grade
from benchmarks.audio.sources import Part
from stamp_desktop.audio import traits
from stamp_desktop.audio.forest import Forest, Head
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.measures import Measures
from stamp_desktop.audio.screening import ASKED, ASKED_OF_ALL

TREES, LEAST_IN_LEAF, TRAITS_TRIED, MOST_LEAVES = 96, 2, 24, 600
HARDEST, MORE_OF_IT = "background_speech", 5 / 3
OF_A_WINDOW, OF_THE_HARDEST = 0.35, 1 / (1 + MORE_OF_IT)
WINDOWS = 3
SHORTEST_WINDOW, LONGEST_WINDOW = 40, 260
"""Windows of 0.8 to 5.2 s in frames: what is heard while recording."""

MOMENT, MOMENTS_EVERY, MOMENT_ALARM = 40, 10, 0.0007
"""Frames of a moment, and from one to the next; the share of the moments of good speech that a head may call bad."""

GOOD_ALARM, MILD_ALARM = 8.0, 3.0
"""What a share of good and of mild clips that one head calls bad costs, against the same share of its own bad clips that it
misses: nine heads share the false alarms."""

LOWEST_LIMIT, HIGHEST_LIMIT, NEARER_ALARMS = 0.1, 0.9, 0.4


@dataclass(frozen=True, slots=True)
class Row:
    """The traits of a clip, of a window of it, or of a moment as it is asked about while one speaks."""

    code: str
    grade: Grade
    story: str
    whole: bool
    moment: bool
    values: npt.NDArray[np.float32]


def measured(samples: Samples, rate: int) -> Measures:
    """The rows of a whole sound."""
    measures = Measures(rate)
    whole = samples.size // measures.size * measures.size
    for start in range(0, whole, 50 * measures.size):
        measures.feed(samples[start : min(whole, start + 50 * measures.size)])
    return measures


def rows_of(code: str, grade: Grade, part: Part, seed: int) -> list[Row]:
    """The whole clip first, then windows of it."""
    clip = clips.make(code, grade, part, seed)
    return rows_of_sound(measured(clip.samples, clip.rate), (code, grade, part, seed), clip.story)


def rows_of_sound(measures: Measures, job: tuple[str, Grade, Part, int], story: str) -> list[Row]:
    """The rows of what was measured of a clip."""
    code, grade, part, seed = job
    frames = measures.frames

    def row(start: int, end: int, *, whole: bool = False, moment: bool = False) -> Row:
        known = traits.traits_of(frames[start:end], measures.seconds_of(start, end))
        return Row(code, grade, story, whole, moment, np.array([known[name] for name in traits.NAMES], dtype=np.float32))

    rows = [row(0, len(frames), whole=True)]
    dice = np.random.default_rng([seed, 11])
    for _ in range(WINDOWS):
        size = int(np.exp(dice.uniform(np.log(SHORTEST_WINDOW), np.log(LONGEST_WINDOW))))
        if len(frames) > size + 20:
            start = int(dice.integers(0, len(frames) - size))
            rows.append(row(start, start + size))
    if part == "tune" and grade == "good":
        rows += [row(at, at + MOMENT, moment=True) for at in range(0, len(frames) - MOMENT, MOMENTS_EVERY)]
    return rows


def _job(job: tuple[str, Grade, Part, int]) -> list[Row]:
    return rows_of(*job)


def jobs(part: Part, size: int) -> list[tuple[str, Grade, Part, int]]:
    """What is gathered of a part: its clips, and to train on more of the hardest kind, of which no two are alike."""
    wanted = [(code, grade, part, number) for number, (code, grade) in enumerate(clips.plan(size))]
    if part == "train":
        more = enumerate(clips.plan(round(size * MORE_OF_IT)))
        wanted += [(code, grade, part, number) for number, (code, grade) in more if code == HARDEST]
    return wanted


def gathered(part: Part, size: int, jobs_at_once: int | None = None) -> list[Row]:
    """The rows of a part, in a fixed order, however many processes make them."""
    wanted = jobs(part, size)
    mixed = [wanted[i] for i in np.random.default_rng(7).permutation(len(wanted))]
    sources.voices(), sources.noises()  # found once, for all processes
    with ProcessPoolExecutor(jobs_at_once or os.cpu_count()) as pool:
        return [row for rows in pool.map(_job, mixed, chunksize=8) for row in rows]


def trained(train: Sequence[Row], tune: Sequence[Row]) -> Forest:
    """The forest, with limits set on the tuning rows."""
    roots, columns, heads = list[int](), _Columns(), list[Head]()
    for code in ASKED_OF_ALL:
        asked = [row for row in train if row.whole or code in ASKED]
        values = np.stack([row.values for row in asked])
        wanted = np.array([row.code == code and row.grade == "bad" for row in asked])
        weights = np.array([_weight(row, code) for row in asked])
        model = ExtraTreesClassifier(
            TREES,
            min_samples_leaf=LEAST_IN_LEAF,
            max_features=TRAITS_TRIED,
            max_leaf_nodes=MOST_LEAVES,
            class_weight="balanced_subsample",
            random_state=5,
            n_jobs=os.cpu_count(),
        ).fit(values, wanted, sample_weight=weights)
        first = len(roots)
        for tree in model.estimators_:
            roots.append(columns.add(tree.tree_, TREES))
        heads.append(Head(code, first, len(roots), *_limits(model, code, tune)))
    return Forest(
        traits.NAMES,
        heads,
        np.array(roots, dtype=np.int32),
        np.concatenate(columns.feature),
        np.concatenate(columns.threshold),
        np.concatenate(columns.left),
        np.concatenate(columns.right),
        np.concatenate(columns.value),
    )


def _weight(row: Row, code: str) -> float:
    """A window of a clip may lie where the fault is not: it counts less than the whole. What the hardest kind has more of is
    there for its own head alone."""
    weight = 1.0 if row.whole else OF_A_WINDOW
    return weight if row.code != HARDEST or code == HARDEST else weight * OF_THE_HARDEST


def _limits(model: ExtraTreesClassifier, code: str, tune: Sequence[Row]) -> tuple[float, float, float]:
    """The cheapest limit on whole clips of the tuning voices; of limits that cost the same, where the room between them is."""
    whole = [row for row in tune if row.whole]
    answers = model.predict_proba(np.stack([row.values for row in whole]))[:, 1]
    good = answers[[row.grade == "good" for row in whole]]
    mild = answers[[row.grade == "mild" for row in whole]]
    bad = answers[[row.grade == "bad" and row.code == code for row in whole]]
    tried = np.arange(LOWEST_LIMIT, HIGHEST_LIMIT, 0.005)
    cost = np.array(
        [
            (bad < limit).mean() + GOOD_ALARM * (good >= limit).mean() + MILD_ALARM * (mild >= limit).mean()
            if bad.size
            else 0.0
            for limit in tried
        ]
    )
    cheapest = tried[cost <= cost.min() + 1e-9]
    advice = float(cheapest[0] + NEARER_ALARMS * (cheapest[-1] - cheapest[0]))
    advice = float(cheapest[np.abs(cheapest - advice).argmin()])
    moments = model.predict_proba(np.stack([row.values for row in tune if row.moment]))[:, 1]
    fresh = max(advice, float(np.quantile(moments, 1 - MOMENT_ALARM)))
    return round(advice, 3), round(advice + 0.15 * (1 - advice), 3), round(fresh, 3)


class _Columns:
    """Trees as columns; a leaf is its own child."""

    def __init__(self) -> None:
        self.size = 0
        self.feature: list[npt.NDArray[np.int16]] = []
        self.threshold: list[npt.NDArray[np.float32]] = []
        self.left: list[npt.NDArray[np.int32]] = []
        self.right: list[npt.NDArray[np.int32]] = []
        self.value: list[npt.NDArray[np.float32]] = []

    def add(self, tree: Any, trees: int) -> int:
        """Add a tree of scikit-learn; its root."""
        left, right, value = np.asarray(tree.children_left), np.asarray(tree.children_right), np.asarray(tree.value)[:, 0, :]
        own, leaf, root = np.arange(left.size), left < 0, self.size
        self.feature.append(np.where(leaf, 0, np.asarray(tree.feature)).astype(np.int16))
        self.threshold.append(np.where(leaf, 0.0, np.asarray(tree.threshold)).astype(np.float32))
        self.left.append((root + np.where(leaf, own, left)).astype(np.int32))
        self.right.append((root + np.where(leaf, own, right)).astype(np.int32))
        self.value.append((value[:, 1] / value.sum(axis=1) / trees).astype(np.float32))
        self.size += left.size
        return root


def kept(rows: Sequence[Row], file: Path) -> None:
    """Keep rows, to train on them again."""
    about = json.dumps([[row.code, row.grade, row.story, row.whole, row.moment] for row in rows])
    np.savez_compressed(
        file, values=np.stack([row.values for row in rows]), about=np.array(about), names=np.array(traits.NAMES)
    )


def read(file: Path) -> list[Row]:
    """The rows of a file."""
    with np.load(file) as held:
        if tuple(held["names"]) != traits.NAMES:
            raise ValueError(f"{file} holds other traits")
        about = json.loads(str(held["about"]))
        return [
            Row(code, grade, story, whole, moment, value)
            for (code, grade, story, whole, moment), value in zip(about, held["values"], strict=True)
        ]
