"""The same psychometrics by the shortest way: floats, loops, the trapezoid rule. Slow, and written apart from the engine."""

import math
from collections.abc import Sequence
from itertools import product

from stamp_desktop.engine.items import Item


def probability(item: Item, theta: float) -> float:
    """4PL."""
    return item.c + (item.d - item.c) / (1 + math.exp(-item.a * (theta - item.b)))


def likelihood(items: Sequence[Item], right: Sequence[int], theta: float, effect: float) -> float:
    """P(answers | theta), the set effect integrated over 6 SD to each side."""

    def at(ability: float) -> float:
        return math.prod(
            probability(item, ability) if mark else 1 - probability(item, ability)
            for item, mark in zip(items, right, strict=True)
        )

    if effect == 0 or len(items) == 1:
        return at(theta)
    steps = [k / 20 for k in range(-120, 121)]
    density = [math.exp(-z * z / 2) for z in steps]
    return sum(w * at(theta + effect * z) for w, z in zip(density, steps, strict=True)) / sum(density)


def number_correct(sets: Sequence[Sequence[Item]], theta: float, effect: float) -> list[float]:
    """P(number correct | theta) over several sets, by writing out every pattern."""
    found = [0.0] * (sum(len(items) for items in sets) + 1)
    for patterns in product(*(list(product((0, 1), repeat=len(items))) for items in sets)):
        chance = math.prod(likelihood(items, marks, theta, effect) for items, marks in zip(sets, patterns, strict=True))
        found[sum(sum(marks) for marks in patterns)] += chance
    return found


def information(items: Sequence[Item], theta: float, effect: float) -> float:
    """Fisher information of a set: sum over patterns of (dP/dtheta)^2 / P, with a numeric derivative."""
    step = 1e-4
    total = 0.0
    for right in product((0, 1), repeat=len(items)):
        low, high = (likelihood(items, right, theta + side, effect) for side in (-step, step))
        total += ((high - low) / (2 * step)) ** 2 / likelihood(items, right, theta, effect)
    return total


def normal_below(x: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))
