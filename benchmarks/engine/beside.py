"""Side by side with catsim and adaptivetesting: the same items, the same simulees and the same answers in one run.

Stand-alone 2PL items, so that all three have the same to do: no sets, no stripes, no topics. catsim estimates by maximum
likelihood (its default, Dodd's rule at the start), adaptivetesting by the mode of the posterior with the prior that ours
has (its EAP takes four times as long); both choose by maximum information.
"""

import gc
import time
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine import reference
from benchmarks.figures import percentile
from stamp_desktop.engine import scoring, selection
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.form import Stock, stock
from stamp_desktop.engine.items import Bank, Item, ItemSet
from stamp_desktop.engine.marks import Marks, log_posterior

ITEMS, LENGTH, SIMULEES = 500, 30, 100
SIZES = (500, 5_000, 50_000)
HALFWAY = 15
"""Items answered when a step is timed."""
SEED = 7
SECTION = replace(reference.SECTION, sets=LENGTH, stripes=1, max_sets_per_topic=0, score="pattern", prior_sd=2.3)
"""The prior has the SD of the simulees' uniform distribution, -4 to 4."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Items and simulees; `answers[i, j]` of simulee i to item j, drawn once for all engines."""

    a: Floats
    b: Floats
    theta: Floats
    answers: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How one engine did."""

    engine: str
    rmse: float
    exact: float
    seconds: float


def field(items: int, simulees: int) -> Field:
    """A bank and its simulees, seeded."""
    dice = np.random.Generator(np.random.PCG64(SEED))
    a, b = np.exp(dice.normal(0.0, 0.25, items)), dice.uniform(-4.0, 4.0, items)
    theta = dice.uniform(-4.0, 4.0, simulees)
    chance = 1.0 / (1.0 + np.exp(-a * (theta[:, None] - b)))
    return Field(a, b, theta, dice.random((simulees, items)) < chance)


def ours(of: Field) -> Stock:
    """The field's items as sets of one, for the engine; a set's level is the band of its difficulty."""
    sets = []
    for number, (a, b) in enumerate(zip(of.a.tolist(), of.b.tolist(), strict=True)):
        item = Item(f"i{number:05}", reference.KEY, a, b, model="2PL")
        level = bisect_right(reference.CUTS, b) + 1
        sets.append(ItemSet(f"s{number:05}", SECTION.id, level, "any", (item,)))
    return stock(SECTION, Bank(tuple(sets)))


def accuracy(simulees: int = SIMULEES) -> Iterator[Accuracy]:
    """Every engine over all simulees."""
    of = field(ITEMS, simulees)
    for name, engine in (("stamp-desktop", _sit_ours(of)), ("catsim", _sit_catsim(of)), ("adaptivetesting", _sit_theirs(of))):
        began = time.process_time()
        estimates = [engine(simulee) for simulee in range(simulees)]
        took = time.process_time() - began
        found = np.array(estimates)
        levels = [bisect_right(reference.CUTS, theta) for theta in estimates]
        true = [bisect_right(reference.CUTS, theta) for theta in of.theta]
        yield Accuracy(
            name,
            float(np.sqrt(np.mean((found - of.theta) ** 2))),
            float(np.mean([one == other for one, other in zip(levels, true, strict=True)])),
            took,
        )


def _sit_ours(of: Field) -> Callable[[int], float]:
    made = ours(of)

    def sit(simulee: int) -> float:
        given: list[str] = []
        marks: list[Marks] = []
        while chosen := selection.choose(made, selection.Course(simulee, 0, tuple(given)), log_posterior(made, marks)):
            given.append(chosen)
            marks.append(Marks(chosen, ((0, int(of.answers[simulee, int(chosen[1:])])),)))
        return scoring.score(made, marks).theta

    return sit


def _sit_catsim(of: Field) -> Callable[[int], float]:
    step = catsim_step(of)

    def sit(simulee: int) -> float:
        given: list[int] = []
        right: list[bool] = []
        theta = 0.0
        for _ in range(LENGTH):
            theta, chosen = step(given, right, theta)
            given.append(chosen)
            right.append(bool(of.answers[simulee, chosen]))
        return step(given, right, theta)[0]

    return sit


def catsim_step(of: Field) -> Callable[[list[int], list[bool], float], tuple[float, int]]:
    """A step of catsim: estimate from the answers so far, choose the next item."""
    from catsim.estimation import NumericalSearchEstimator  # noqa: PLC0415  # only this part of the benchmark needs it
    from catsim.item_bank import ItemBank  # noqa: PLC0415
    from catsim.selection import MaxInfoSelector  # noqa: PLC0415

    bank = ItemBank(np.column_stack([of.a, of.b, np.zeros(len(of.a)), np.ones(len(of.a))]))
    estimator, selector = NumericalSearchEstimator(), MaxInfoSelector()

    def step(given: list[int], right: list[bool], theta: float) -> tuple[float, int]:
        if given:
            theta = float(estimator.estimate(item_bank=bank, administered_items=given, response_vector=right, est_theta=theta))
        chosen = selector.select(item_bank=bank, administered_items=given, est_theta=theta)
        if chosen is None:
            raise ValueError("catsim chose no item")
        return theta, int(chosen)

    return step


def _sit_theirs(of: Field) -> Callable[[int], float]:
    def sit(simulee: int) -> float:
        step = theirs_step(of, simulee)
        theta = 0.0
        for _ in range(LENGTH):
            theta = step()
        return theta

    return sit


def theirs_step(of: Field, simulee: int) -> Callable[[], float]:
    """A step of adaptivetesting: choose, answer, estimate; a test of its own for each simulee."""
    from adaptivetesting.implementations import TestAssembler  # noqa: PLC0415  # as above
    from adaptivetesting.math.estimators import BayesModal, NormalPrior  # noqa: PLC0415
    from adaptivetesting.models import ItemPool  # noqa: PLC0415

    size = len(of.a)
    items = {"a": of.a.tolist(), "b": of.b.tolist(), "c": [0.0] * size, "d": [1.0] * size}
    pool = ItemPool.load_from_dict(items, simulated_responses=of.answers[simulee].astype(int).tolist(), ids=list(range(size)))
    test = TestAssembler(
        pool,
        simulation_id="beside",
        participant_id=str(simulee),
        ability_estimator=BayesModal,
        estimator_args={"prior": NormalPrior(SECTION.prior_mean, SECTION.prior_sd), "optimization_interval": (-10, 10)},
        true_ability_level=float(of.theta[simulee]),
    )

    def step() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test.run_test_once()
        return float(test.ability_level)

    return step


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of processor time of a step half-way through a test: what else the computer does is not counted."""

    engine: str
    items: int
    p50: float
    p99: float
    steps: int


def latency(items: int, repeats: int = 300) -> Iterator[Latency]:
    """A step (estimate from the answers so far, and choose) of each engine; in turn, so that all meet the same load."""
    of = field(items, 1)
    made, step = ours(of), catsim_step(of)
    course, marks, given, right = _halfway(of, made)
    theirs = theirs_step(of, 0)
    for _ in range(3):
        theirs()
    took: dict[str, list[float]] = {"stamp-desktop": [], "catsim": [], "adaptivetesting": []}
    gc.collect()
    gc.disable()
    try:
        for number in range(repeats):
            took["stamp-desktop"].append(_timed(lambda: selection.choose(made, course, log_posterior(made, marks))))
            if number % max(items // 5_000, 1) == 0:
                took["catsim"].append(_timed(lambda: step(given, right, 0.3)))
            if number % max(items // 50, 1) == 0:
                took["adaptivetesting"].append(_timed(theirs))
    finally:
        gc.enable()
    for name, times in took.items():
        yield Latency(name, items, percentile(times, 50), percentile(times, 99), len(times))


def _halfway(of: Field, made: Stock) -> tuple[selection.Course, list[Marks], list[int], list[bool]]:
    marks: list[Marks] = []
    given: list[str] = []
    for _ in range(HALFWAY):
        chosen = selection.choose(made, selection.Course(1, 0, tuple(given)), log_posterior(made, marks))
        if chosen is None:
            break
        given.append(chosen)
        marks.append(Marks(chosen, ((0, int(of.answers[0, int(chosen[1:])])),)))
    numbers = [int(name[1:]) for name in given]
    return selection.Course(1, 0, tuple(given)), marks, numbers, [bool(of.answers[0, number]) for number in numbers]


def _timed(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return (time.process_time() - began) * 1000


def in_sets(items: int, repeats: int = 400) -> Latency:
    """Our step on a reference bank: sets of three in three stripes, with topic caps, enemies and the set effect."""
    section: AdaptiveSection = reference.SECTION
    made = stock(section, reference.bank(items, SEED))
    took: list[float] = []
    dice = np.random.Generator(np.random.PCG64(SEED))
    gc.collect()
    gc.disable()
    try:
        while len(took) < repeats:
            given: list[str] = []
            marks: list[Marks] = []
            while True:
                course = selection.Course(len(took), len(took) % section.stripes, tuple(given))
                began = time.process_time()
                chosen = selection.choose(made, course, log_posterior(made, marks))
                took.append((time.process_time() - began) * 1000)
                if chosen is None:
                    took.pop()
                    break
                given.append(chosen)
                marks.append(Marks(chosen, tuple((place, int(dice.random() < 0.6)) for place in range(3))))
    finally:
        gc.enable()
    return Latency("stamp-desktop, sets of three", items, percentile(took, 50), percentile(took, 99), len(took))


def accuracy_table(rows: Sequence[Accuracy]) -> str:
    """As Markdown."""
    lines = ["| engine | RMSE | exact level | processor seconds |", "|---|---|---|---|"]
    lines += [f"| {row.engine} | {row.rmse:.3f} | {row.exact:.3f} | {row.seconds:.1f} |" for row in rows]
    return "\n".join(lines)


def latency_table(rows: Sequence[Latency]) -> str:
    """As Markdown."""
    lines = ["| engine | items | step p50 | p99 | steps | ratio of p50 to ours |", "|---|---|---|---|---|---|"]
    ours_at = {row.items: row.p50 for row in rows if row.engine == "stamp-desktop"}
    for row in rows:
        ratio = f"{row.p50 / ours_at[row.items]:.1f}" if row.engine != "stamp-desktop" and row.items in ours_at else ""
        lines.append(f"| {row.engine} | {row.items:,} | {row.p50:.3f} ms | {row.p99:.3f} ms | {row.steps} | {ratio} |")
    return "\n".join(lines)
