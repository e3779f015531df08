"""One simulated sitting: the engine chooses, the taker answers by the true model, the engine scores, by both methods.

It drives `selection` and `scoring` as a session does; nothing of them is done again here.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from stamp_desktop.engine import effort, models, scoring, selection
from stamp_desktop.engine.ability import effect_sd
from stamp_desktop.engine.blueprint import Score as Method
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.items import LOGISTIC, Item, ItemSet
from stamp_desktop.engine.levels import codes
from stamp_desktop.engine.lots import lot
from stamp_desktop.engine.marks import Marks, log_posterior
from stamp_desktop.engine.simulation.plan import Dice, Plan, World, dice_of, normal

METHODS: tuple[Method, ...] = ("level_table", "pattern")


@dataclass(frozen=True, slots=True)
class Scored:
    """What one method made of a sitting. `level` counts into the section's codes; `bands` P of each, from the lowest."""

    level: int
    theta: float
    sd: float
    bands: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sitting:
    """A taker's test. `sets` are positions in the stock, in the order given; `answers` the points of each set's items."""

    number: int
    theta: float
    stripe: int
    sets: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]
    scores: tuple[Scored, ...]  # by METHODS


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A section ready to be sat: its stock, its levels' codes, and the items as they really are."""

    stock: Stock
    codes: tuple[str, ...]
    real: tuple[tuple[Item, ...], ...]


def truth(stock: Stock, plan: Plan) -> Truth:
    """Make a stock ready for a plan's world."""
    return Truth(stock, codes(stock.section), tuple(_real(s, plan) for s in stock.sets))


def sit_all(made: Truth, plan: Plan, numbers: Iterable[int]) -> Iterator[Sitting]:
    """The sittings of those takers, in that order."""
    return (sit(made, plan, number) for number in numbers)


def sit(made: Truth, plan: Plan, number: int) -> Sitting:
    """The sitting of taker `number`."""
    stock, dice = made.stock, plan.dice(number)
    theta = plan.abilities.draw(dice)
    guesser = dice.random() < plan.world.guessers
    seed = plan.session_seed(number)
    stripe = selection.stripe_of(plan.seat(number), f"taker-{number}", seed, stock.section.stripes)
    given: list[str] = []
    answers: list[tuple[int, ...]] = []
    marks: list[Marks] = []
    while True:
        posterior = log_posterior(stock, marks)
        course = selection.Course(seed, stripe, tuple(given))
        chosen = None if selection.certain(stock, course, posterior) else selection.choose(stock, course, posterior)
        if chosen is None:
            break
        guesses = guesser and len(given) >= stock.section.sets / 2
        points = _answers(made.real[stock.position[chosen]], theta, plan.world, dice, guesses=guesses)
        given.append(chosen)
        answers.append(points)
        marks.append(Marks(chosen, _counted(stock[chosen], points, guesses=guesses)))
    return Sitting(
        number=number,
        theta=theta,
        stripe=stripe,
        sets=tuple(stock.position[set_id] for set_id in given),
        answers=tuple(answers),
        scores=tuple(_scored(made, result) for result in scoring.score_by(stock, marks, METHODS)),
    )


def _counted(item_set: ItemSet, points: tuple[int, ...], *, guesses: bool) -> tuple[tuple[int, int], ...]:
    """The marks of a set, without rapid guesses: who guesses takes half of the time that the item's threshold allows."""
    return tuple(
        (place, score)
        for place, (item, score) in enumerate(zip(item_set.items, points, strict=True))
        if not (guesses and effort.rapid(item, item.rapid_ms // 2))
    )


def _scored(made: Truth, result: scoring.Result) -> Scored:
    return Scored(made.codes.index(result.level), result.theta, result.sd, tuple(p for _, p in result.bands))


def _answers(items: tuple[Item, ...], theta: float, world: World, dice: Dice, *, guesses: bool) -> tuple[int, ...]:
    here = theta + effect_sd(len(items), world.set_effect) * normal(dice)
    if guesses:
        return tuple(item.points * int(dice.random() < world.luck) for item in items)
    return tuple(_points(item, here, dice.random()) for item in items)


def _points(item: Item, theta: float, chance: float) -> int:
    """The score that falls to `chance`, even in 0 to 1."""
    if item.model in LOGISTIC:
        return int(chance < item.c + (item.d - item.c) / (1.0 + math.exp(min(item.a * (item.b - theta), 700.0))))
    above = 1.0 - np.cumsum(models.probabilities(item, np.array([theta]))[:, 0])
    return int((chance < above).sum())


def _real(item_set: ItemSet, plan: Plan) -> tuple[Item, ...]:
    """The items of a set as they are in the plan's world; the same for every taker."""
    world = plan.world
    drifted = lot(plan.seed, "drift", item_set.id) < world.drifted * 2.0**64
    real = item_set.items
    if world.misfit:
        real = tuple(_misfitting(item, world.misfit, plan.seed) for item in real)
    if drifted:
        real = tuple(replace(item, b=item.b - world.drift) for item in real)
    return real


def _misfitting(item: Item, spread: float, seed: int) -> Item:
    dice = dice_of(seed, "misfit", item.id)
    return replace(item, b=item.b + spread * normal(dice), a=item.a * math.exp(spread / 2 * normal(dice)))
