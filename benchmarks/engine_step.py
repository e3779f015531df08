"""A step of the engine that chooses: an answer folded and the next set found, against the bare arithmetic in numpy."""

import gc
import random
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure, percentile
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint
from stamp_desktop.engine.events import (
    Answered,
    EquipmentChecked,
    Event,
    Moment,
    PracticeFinished,
    ProfileSaved,
    RulesAccepted,
    SectionBegan,
    SessionBegan,
)
from stamp_desktop.engine.form import Form, Stock
from stamp_desktop.engine.items import Bank, ChoiceKey, ChoiceResponse, Item, ItemSet
from stamp_desktop.engine.session import State, step

SITTINGS = 150
TOPICS = 15
SECTION = AdaptiveSection(
    id="reading",
    levels=(1, 9),
    minutes=0,
    sets=10,
    cuts=(-2.0, -1.4, -0.8, -0.2, 0.4, 1.0, 1.6, 2.2),
    prior_mean=0.0,
    prior_sd=1.5,
    set_effect=0.5,
    stripes=3,
    max_sets_per_topic=2,
    score="level_table",
    scaled_slope=100.0,
    scaled_intercept=500.0,
)


def measure(items: int, target: float | None = None) -> Sequence[Figure]:
    """With a bank of so many items in sets of three."""
    form = generated(items)
    took, floor = list[float](), list[float]()
    gc.collect()
    gc.disable()  # as timeit does: what a collection costs depends on all the rest of a program
    try:
        for number in range(SITTINGS):
            sit(form, number, took, floor)
    finally:
        gc.enable()
    against = "bare arithmetic in numpy"
    return [
        Figure(f"engine step, {items:,} items, p50", percentile(took, 50), percentile(floor, 50), f"{against}, p50"),
        Figure(
            f"engine step, {items:,} items, p99",
            percentile(took, 99),
            percentile(floor, 99),
            f"{against}, p99",
            target,
            "value",
        ),
    ]


def sit(form: Form, number: int, took: list[float], floor: list[float]) -> None:
    """One sitting; the steps that choose a set go into `took`, the bare arithmetic into `floor`."""
    dice, stock = random.Random(number), form.stocks["reading"]
    state: State | None = None
    start: list[Event] = [SessionBegan("p", "h", "g", f"login-{number}", "d", dice.getrandbits(60)), RulesAccepted()]
    start += [ProfileSaved({}), EquipmentChecked({}), SectionBegan("reading"), PracticeFinished("reading")]
    at = 0
    waiting = list(start)
    while waiting:
        state, decided = step(form, state, waiting.pop(0), Moment(at, at, "b"))
        waiting[:0] = decided
    while state and (section := state.current) and section.item and section.set_id:
        at += 8_000
        answer = Answered(section.item, ChoiceResponse(("right" if dice.random() < 0.6 else "wrong",)))
        began = time.perf_counter()
        state, decided = step(form, state, answer, Moment(at, at, "b"))
        if decided:
            took.append((time.perf_counter() - began) * 1000)
            floor.append(bare(stock, section.set_id))
        for decision in decided:
            state, _ = step(form, state, decision, Moment(at, at, "b"))


def bare(stock: Stock, set_id: str) -> float:
    """Milliseconds for what no adaptive engine can do without: a row added, weights, one product over the sets, the largest."""
    row = stock.rows[stock.position[set_id]][0][::3] * 1e-6
    information = stock.pools[0].information.astype(np.float64)
    row = row[: information.shape[1]]
    posterior = np.zeros(row.size)
    began = time.perf_counter()
    posterior += row
    weights = np.exp(posterior - posterior.max())
    int(np.argmax(information @ weights))
    return (time.perf_counter() - began) * 1000


def generated(items: int) -> Form:
    """A bank of so many items, seeded: sets of three over nine levels, TOPICS topics and three stripes."""
    dice = random.Random(items)
    key = ChoiceKey(frozenset({"right"}))
    sets = []
    for number in range(items // 3):
        level = 1 + number % 9
        members = tuple(
            Item(f"s{number}-{n}", key, dice.uniform(0.7, 1.6), (level - 5) * 0.6 + dice.gauss(0, 0.3), dice.uniform(0.1, 0.25))
            for n in range(3)
        )
        topic = f"topic-{dice.randrange(TOPICS)}"
        sets.append(ItemSet(f"s{number}", "reading", level, topic, members, stripe=number // 9 % 3))
    return Form(Blueprint("bench", "en", (SECTION,)), Bank(tuple(sets)), "p", "h")
