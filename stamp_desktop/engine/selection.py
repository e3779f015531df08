"""Which set comes next: the one that tells most about this test taker, among those that the rules allow.

Works on whole numbers only, so that every processor chooses the same. Refuses to leave a test taker without a next set while
the bank has one: rules are let go one after the other, in the order of `_RULES`, the one that costs least first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stamp_desktop.engine import ability
from stamp_desktop.engine.ability import Integers
from stamp_desktop.engine.events import Seat
from stamp_desktop.engine.form import STRIDE, Stock
from stamp_desktop.engine.levels import INTERMEDIATE
from stamp_desktop.engine.lots import lot

# In the order in which they are let go when nothing fits: the first set's level range costs a little information, the
# look-ahead only says that some rule will be broken later, a full topic costs balance, the stripe costs secrecy, an enemy
# gives an answer away.
_RULES = ("start", "rest", "topic", "stripe", "enemies")

# Selection weights keep 20 bits of the 40: information (below 2^24) times 41 weights then stays far below 2^63.
_WEIGHT_SHIFT = 20


@dataclass(frozen=True, slots=True)
class Course:
    """What choosing depends on, besides the answers: the session's seed, its stripe, and the sets given so far, in order."""

    seed: int
    stripe: int
    given: tuple[str, ...] = ()


def stripe_of(seat: Seat | None, login: str, seed: int, stripes: int) -> int:
    """Stripe of a seat; neighbours in a row, and seats behind each other, differ. Without a seat map, by lot of the login."""
    if seat is None:
        return lot(seed, "stripe", login) % stripes
    return (seat.column + 2 * seat.row) % stripes


def pilot_places(stock: Stock, seed: int) -> frozenset[int]:
    """Ordinals (from 1) at which a pilot set is given: by lot, never the first."""
    pilots = min(stock.section.pilots, int(stock.pilot.sum()))
    places = sorted(range(2, stock.section.sets + pilots + 1), key=lambda place: lot(seed, "pilot", stock.section.id, place))
    return frozenset(places[:pilots])


def log_posterior(stock: Stock, answered: Sequence[tuple[str, int]]) -> Integers:
    """Posterior after whole sets, each with the number of its answer pattern, in ability.LOG_UNIT."""
    total = stock.prior.copy()
    for set_id, pattern in answered:
        total += stock.rows[stock.position[set_id]][pattern]
    return total


def digest(posterior: Integers) -> str:
    """Name of a posterior: 16 hex digits of the SHA-256 of its numbers, 8 bytes each, little-endian."""
    return hashlib.sha256(posterior.astype("<i8").tobytes()).hexdigest()[:16]


def choose(stock: Stock, course: Course, posterior: Integers) -> str | None:
    """The next set's id, or None when the section is complete or the bank has no set left."""
    places = pilot_places(stock, course.seed)
    ordinal = len(course.given) + 1
    if ordinal > stock.section.sets + len(places):
        return None
    given = [stock.position[set_id] for set_id in course.given]
    if ordinal in places:
        return stock.sets[_pilot(stock, course, given)].id
    for dropped in range(len(_RULES) + 1):
        found = _best(stock, course, given, posterior, frozenset(_RULES[dropped:]))
        if found is not None:
            return stock.sets[found].id
    return None


def _pilot(stock: Stock, course: Course, given: list[int]) -> int:
    """A pilot set by lot; one without enemies among the sets given and one of the stripe are preferred."""
    blocked = _enemies(stock, given)
    free = (int(i) for i in np.flatnonzero(stock.pilot) if i not in given)
    return min(free, key=lambda i: (i in blocked, stock.stripe[i] != course.stripe, lot(course.seed, "set", stock.sets[i].id)))


def _best(stock: Stock, course: Course, given: list[int], posterior: Integers, rules: frozenset[str]) -> int | None:
    """The most informative set under the rules, by position; ties by lot."""
    pool = stock.pools[course.stripe if "stripe" in rules else -1]
    scored = [i for i in given if not stock.pilot[i]]
    allowed = ~stock.pilot
    allowed[given] = False
    if "enemies" in rules:
        allowed[list(_enemies(stock, given))] = False
    room = np.full(len(stock.topics), len(stock.sets))
    if "topic" in rules and stock.section.max_sets_per_topic:
        taken = np.bincount(stock.topic[scored], minlength=len(stock.topics))
        room = np.maximum(stock.section.max_sets_per_topic - taken, 0)
        allowed &= (room > 0)[stock.topic]
    rest = stock.section.sets - len(scored) - 1 if "rest" in rules else 0
    fillers = pool.where[allowed[pool.where]]
    if np.minimum(np.bincount(stock.topic[fillers], minlength=len(room)), room).sum() <= rest:
        return None
    if "start" in rules and not scored:
        allowed &= (stock.level >= INTERMEDIATE.start) & (stock.level < INTERMEDIATE.stop)
    value = np.where(allowed[pool.where], pool.information @ _selection_weights(posterior), -1)
    while (top := value.max(initial=-1)) >= 0:
        ties = np.flatnonzero(value == top)
        at = min(ties, key=lambda i: lot(course.seed, "set", stock.sets[pool.where[i]].id))
        if _fillable(stock, int(pool.where[at]), fillers, room, rest):
            return int(pool.where[at])
        value[at] = -1
    return None


def _selection_weights(posterior: Integers) -> Integers:
    """The posterior's weights summed onto every third point of the grid, each with its neighbours."""
    fine = np.pad(ability.weights(posterior) >> _WEIGHT_SHIFT, (1, 1))
    return fine[0::STRIDE] + fine[1::STRIDE] + fine[2::STRIDE]


def _enemies(stock: Stock, given: list[int]) -> frozenset[int]:
    return frozenset().union(*(stock.enemies[i] for i in given))


def _fillable(stock: Stock, candidate: int, fillers: Integers, room: Integers, rest: int) -> bool:
    """Whether `rest` more sets can follow, taken greedily, those with the fewest enemies first: a yes is certain.

    Enemies always count here: their rule is let go after the look-ahead.
    """
    left = room.copy()
    left[stock.topic[candidate]] -= 1
    blocked = {candidate, *stock.enemies[candidate]}
    for filler in fillers.tolist():
        if rest <= 0:
            break
        topic = stock.topic[filler]
        if filler not in blocked and left[topic] > 0:
            left[topic] -= 1
            rest -= 1
            blocked |= stock.enemies[filler]
    return rest <= 0
