"""The sets of a section dealt into stripes that are as alike as they can be, by mixed-integer programming.

Every cell of level x topic, every level and every topic is spread as evenly as its number allows: there always is such a deal
(de Werra 1971, balanced edge colourings of a bipartite multigraph: levels and topics are the nodes, sets the edges). Among them
it takes one in which enemies lie in different stripes and in which, level by level, the stripes are about equally informative
and equally hard (within the leeway below; what is beyond it is made as small as the solver can). The same sets and the same
solver give the same deal.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from stamp_desktop.authoring.problem import Problem
from stamp_desktop.engine import ability
from stamp_desktop.engine.items import ItemSet
from stamp_desktop.trouble import Trouble

# The solver stops when no deal is better, or after so many nodes: never after a time, which would give another deal on another
# computer.
_NODES = 100
# How far a stripe's sum over a level may lie from its share, in units of one set with the level's largest value.
_LEEWAY = 0.25
_ENEMIES_TOGETHER = 10.0  # against deviations in the same units: no balance is worth a lost set


def deal(sets: tuple[ItemSet, ...], stripes: int) -> tuple[ItemSet, ...]:
    """The sets of one section with their stripe, 0 to `stripes` - 1, in order of level. Pilot sets are dealt by themselves."""
    scored = sorted((each for each in sets if not each.pilot), key=lambda each: (each.level, each.topic, each.id))
    pilots = sorted((each for each in sets if each.pilot), key=lambda each: (each.level, each.topic, each.id))
    dealt = [replace(each, stripe=stripe) for each, stripe in zip(scored, _stripes(scored, stripes), strict=True)]
    return (*dealt, *(replace(each, stripe=place % stripes) for place, each in enumerate(pilots)))


def _stripes(sets: Sequence[ItemSet], stripes: int) -> list[int]:
    if stripes == 1 or not sets:
        return [0] * len(sets)
    problem = Problem(stripes * len(sets))

    def variable(place: int, stripe: int) -> int:
        return place * stripes + stripe

    for place in range(len(sets)):
        problem.add([(variable(place, stripe), 1.0) for stripe in range(stripes)], 1, 1)
    groups: tuple[Callable[[ItemSet], Hashable], ...] = (
        lambda each: (each.level, each.topic),
        lambda each: each.level,
        lambda each: ("topic", each.topic),
        lambda _: "all",
    )
    for group in groups:
        for places in _grouped(sets, group):
            for stripe in range(stripes):
                share = len(places) / stripes
                problem.add([(variable(p, stripe), 1.0) for p in places], math.floor(share), math.ceil(share))
    for places in _grouped(sets, lambda each: each.level):
        for measure in (_informative, _hard):
            values = np.array([measure(sets[p]) for p in places])
            values /= np.abs(values).max() or 1.0
            for stripe in range(stripes):
                terms = [(variable(p, stripe), float(v)) for p, v in zip(places, values, strict=True)]
                mean = float(values.sum()) / stripes
                problem.add([*terms, (problem.slack(1.0), -1.0)], -math.inf, mean + _LEEWAY)
                problem.add([*terms, (problem.slack(1.0), 1.0)], mean - _LEEWAY, math.inf)
    known = {each.id: place for place, each in enumerate(sets)}
    for pair in sorted({tuple(sorted((each.id, enemy))) for each in sets for enemy in each.enemies if enemy in known}):
        for stripe in range(stripes):
            together = problem.slack(_ENEMIES_TOGETHER)
            problem.add([*((variable(known[name], stripe), 1.0) for name in pair), (together, -1.0)], -math.inf, 1)
    # Stripes can change places: the first set lies in the first one.
    problem.add([(variable(0, 0), 1.0)], 1, 1)
    solution = problem.solve(_NODES)
    if solution is None:
        raise Trouble(
            "deal-unsolved",
            "The solver did not find how to deal the sets into stripes.",
            "No package was built.",
            "Use fewer stripes, or deal without it (--deal cards).",
        )
    return [int(row.argmax()) for row in solution[: stripes * len(sets)].reshape(len(sets), stripes)]


def _grouped(sets: Sequence[ItemSet], group: Callable[[ItemSet], Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for place, each in enumerate(sets):
        found.setdefault(group(each), []).append(place)
    return list(found.values())


def _informative(item_set: ItemSet) -> float:
    """The most information that the set's items give anywhere, each by itself."""
    theta = np.linspace(-6.0, 6.0, 49)
    return float(ability.information(ability.patterns([item_set.items], theta, 0.0)).max())


def _hard(item_set: ItemSet) -> float:
    """Mean difficulty of the set's items."""
    return sum(item.b for item in item_set.items) / len(item_set.items)
