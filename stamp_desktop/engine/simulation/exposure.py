"""Which sets were seen by whom: exposure, overlap of tests by seat, and whether a rule of the blueprint was broken.

Counted from the sets that were given, by rules written anew here, so that a fault of the selection would show.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.simulation.accuracy import Plain
from stamp_desktop.engine.simulation.plan import Plan
from stamp_desktop.engine.simulation.sittings import Sitting

Seen: TypeAlias = NDArray[np.bool_]

REACH = 4
"""Rows and columns up to which the overlap by seat offset is shown."""


def seen(sittings: Sequence[Sitting], stock: Stock) -> Seen:
    """Whether a taker was given a scored set, (takers, sets)."""
    table = np.zeros((len(sittings), len(stock.sets)), dtype=np.bool_)
    for taker, sitting in enumerate(sittings):
        table[taker, list(sitting.sets)] = True
    table[:, stock.pilot] = False
    return table


def exposure(table: Seen, true: NDArray[np.int64], stock: Stock, plan: Plan) -> Plain:
    """Share of takers that were given each set: of all, at each true level, and in each lab (its largest)."""
    scored = np.flatnonzero(~stock.pilot)
    rates = table[:, scored].mean(axis=0)
    conditional = []
    for level in range(int(true.max()) + 1):
        here = table[true == level][:, scored]
        if len(here):
            within = here.mean(axis=0)
            conditional.append({"level": level, "takers": len(here), "max": float(within.max())})
    labs = _lab_maxima(table, plan)
    return {
        "max": float(rates.max()),
        "unused": float(np.mean(rates == 0)),
        "rates": {stock.sets[i].id: float(rate) for i, rate in zip(scored, rates, strict=True)},
        "conditional": conditional,
        "lab_max": {"mean": float(np.mean(labs)), "max": float(np.max(labs)), "labs": len(labs)},
    }


def _lab_maxima(table: Seen, plan: Plan) -> list[float]:
    """For each full lab the largest share of its seats that were given the same set; of the only lab, if it is not full."""
    labs = [table[start : start + plan.seats] for start in range(0, len(table), plan.seats)]
    full = [lab for lab in labs if len(lab) == plan.seats] or labs
    return [float(lab.mean(axis=0).max()) for lab in full]


def overlap(table: Seen, plan: Plan) -> Plain:
    """Mean share of sets that two tests of one lab have in common: all pairs, neighbours, and by how far apart they sit.

    The share is of the mean length of the two. Neighbours sit side by side or front and back. `offsets` has [rows, columns,
    share, pairs] for seats apart by that much (columns also to the left).
    """
    place = np.array([(plan.seat(number).row, plan.seat(number).column) for number in range(plan.seats)])
    shared: Counter[tuple[int, int]] = Counter()
    pairs: Counter[tuple[int, int]] = Counter()
    first, second = np.triu_indices(plan.seats, 1)
    rows, columns = (place[second] - place[first]).T
    keys = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]
    for start in range(0, len(table), plan.seats):
        lab = table[start : start + plan.seats].astype(np.int64)
        lengths = lab.sum(axis=1)
        common = lab @ lab.T
        for one, other, key in zip(first, second, keys, strict=True):
            if other < len(lab):
                shared[key] += 2 * common[one, other] / max(lengths[one] + lengths[other], 1)
                pairs[key] += 1
    beside = [(0, 1), (1, 0)]
    distance: dict[int, list[tuple[int, int]]] = {}
    for key in pairs:
        distance.setdefault(abs(key[0]) + abs(key[1]), []).append(key)
    return {
        "all": _share(shared, pairs, list(pairs)),
        "neighbours": _share(shared, pairs, beside),
        "by_distance": [
            {"steps": steps, "pairs": sum(pairs[key] for key in keys_), "overlap": _share(shared, pairs, keys_)}
            for steps, keys_ in sorted(distance.items())
        ],
        "offsets": [
            [row, column, shared[row, column] / pairs[row, column], pairs[row, column]]
            for row, column in sorted(pairs)
            if row <= REACH and abs(column) <= REACH
        ],
    }


def _share(shared: Counter[tuple[int, int]], pairs: Counter[tuple[int, int]], keys: list[tuple[int, int]]) -> float:
    """Mean over those pairs; 0 where there is no such pair."""
    number = sum(pairs[key] for key in keys)
    return float(sum(shared[key] for key in keys) / number) if number else 0.0


def violations(sittings: Sequence[Sitting], stock: Stock) -> dict[str, int]:
    """How often each rule was broken, over all sittings."""
    section = stock.section
    broken: Counter[str] = Counter(dict.fromkeys(("twice", "enemies", "topic", "stripe", "length"), 0))
    shortest = max(section.min_sets, 1) if section.stop_probability else section.sets
    for sitting in sittings:
        given = [i for i in sitting.sets if not stock.pilot[i]]
        topics = Counter(int(stock.topic[i]) for i in given)
        most = section.max_sets_per_topic or len(given)
        broken["twice"] += len(sitting.sets) - len(set(sitting.sets))
        broken["enemies"] += sum(len(stock.enemies[i] & set(sitting.sets)) for i in sitting.sets) // 2
        broken["topic"] += sum(max(count - most, 0) for count in topics.values())
        broken["stripe"] += sum(int(stock.stripe[i]) != sitting.stripe for i in given)
        broken["length"] += int(not shortest <= len(given) <= section.sets)
        for number, limit in enumerate(section.level_limits, 1):
            of_range = sum(limit.levels[0] <= int(stock.level[i]) <= limit.levels[1] for i in given)
            broken[f"level limit {number}"] += int(not limit.least <= of_range <= limit.most)
    return dict(broken)


def lengths(sittings: Sequence[Sitting], stock: Stock) -> dict[str, Any]:
    """How long the tests were, in scored sets and in items of them."""
    sets = [sum(not stock.pilot[i] for i in sitting.sets) for sitting in sittings]
    items = [sum(len(stock.sets[i].items) for i in sitting.sets if not stock.pilot[i]) for sitting in sittings]
    return {
        "mean_sets": float(np.mean(sets)),
        "mean_items": float(np.mean(items)),
        "items": {str(count): takers for count, takers in sorted(Counter(items).items())},
    }
