"""What counts of the answers: marks, set by set, and the likelihood that they add. Refuses to judge a response."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stamp_desktop.engine import ability, exact
from stamp_desktop.engine.ability import Integers
from stamp_desktop.engine.form import Stock


@dataclass(frozen=True, slots=True)
class Marks:
    """What counts of one set: for each item that was answered, in the order of the set, its position and its score."""

    set_id: str
    answers: tuple[tuple[int, int], ...]


def faults(stock: Stock, marks: Sequence[Marks]) -> tuple[str, ...]:
    """Everything that marks say and the section cannot have had, as short phrases."""
    return tuple(_faults(stock, marks))


def _faults(stock: Stock, marks: Sequence[Marks]) -> Iterator[str]:
    seen: set[str] = set()
    for mark in marks:
        name = f"set {mark.set_id!r}"
        if mark.set_id in seen:
            yield f"{name} comes twice"
        seen.add(mark.set_id)
        if mark.set_id not in stock.position:
            yield f"there is no {name}"
            continue
        items = stock[mark.set_id].items
        places = [place for place, _ in mark.answers]
        if places != sorted(set(places)) or not set(places) <= set(range(len(items))):
            yield f"{name} of {len(items)} items has answers to {places}"
            continue
        for place, score in mark.answers:
            if score not in range(items[place].points + 1):
                yield f"item {items[place].id!r} of {items[place].points} points has the score {score}"


def log_posterior(stock: Stock, marks: Sequence[Marks]) -> Integers:
    """Posterior on the full pattern of the scored sets, in ability.LOG_UNIT; pilot sets are left out."""
    total = stock.prior.copy()
    for mark in marks:
        if mark.answers and not stock[mark.set_id].pilot:
            total += _row(stock, mark)
    return total


def _row(stock: Stock, mark: Marks) -> Integers:
    """Log likelihood of the marks of one set. A table of some of a set's items is worked out when it is first needed."""
    at = stock.position[mark.set_id]
    places = tuple(place for place, _ in mark.answers)
    items = [stock.sets[at].items[place] for place in places]
    number = ability.pattern_number(items, [score for _, score in mark.answers])
    if len(places) == len(stock.sets[at].items):
        whole: Integers = stock.rows[at][number].astype(np.int64)
        return whole
    if (at, places) not in stock.parts:
        likelihood = ability.patterns([items], stock.theta, stock.section.set_effect).likelihood[0]
        stock.parts[at, places] = ability.in_units(exact.log(likelihood))
    row: Integers = stock.parts[at, places][number]
    return row
