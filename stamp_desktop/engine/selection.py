"""Which set comes next: the one that tells most about this test taker, among those that the rules allow.

Works on whole numbers only, so that every processor chooses the same. Refuses to leave a test taker without a next set while
the bank has one: rules are let go one after the other, in the order of `RULES`, the one that costs least first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stamp_desktop.engine import ability, lookahead
from stamp_desktop.engine.ability import Integers
from stamp_desktop.engine.events import Seat
from stamp_desktop.engine.form import STRIDE, Pool, Stock
from stamp_desktop.engine.levels import INTERMEDIATE
from stamp_desktop.engine.lookahead import UNLIMITED, Room
from stamp_desktop.engine.lots import lot

# In the order in which they are let go when nothing fits: the first set's level range costs a little information, the
# look-ahead only says that some rule will be broken later, a full topic or level costs balance, the stripe costs secrecy, an
# enemy gives an answer away.
RULES = ("start", "rest", "topic", "level", "stripe", "enemies")
_ALL = frozenset(RULES)

# Selection weights keep 20 bits of the 40: information (below 2^24) times 41 weights then stays far below 2^63.
_WEIGHT_SHIFT = 20


@dataclass(frozen=True, slots=True)
class Course:
    """What choosing depends on, besides the answers: the session's seed, its stripe, and the sets given so far, in order."""

    seed: int
    stripe: int
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A set that was chosen, why, and which rules had to be let go for it; `module` is that of a multistage section."""

    set_id: str
    why: Literal["information", "pilot", "stage"]
    dropped: tuple[str, ...] = ()
    module: str = ""


def stripe_of(seat: Seat | None, login: str, seed: int, stripes: int) -> int:
    """Stripe of a seat; neighbours in a row, and seats behind each other, differ. Without a seat map, by lot of the login.

    A row further on is two stripes further on, so that one diagonal differs too; of two stripes it is the other one.
    """
    if seat is None:
        return lot(seed, "stripe", login) % stripes
    return (seat.column + (2 if stripes > 2 else 1) * seat.row) % stripes


def pilot_places(stock: Stock, seed: int) -> frozenset[int]:
    """Ordinals (from 1) at which a pilot set is given: by lot, never the first, and before the section may stop early."""
    pilots = min(stock.section.pilots, int(stock.pilot.sum()))
    scored = max(stock.section.min_sets, 1) if stock.section.stop_probability else stock.section.sets
    places = sorted(range(2, scored + pilots + 1), key=lambda place: lot(seed, "pilot", stock.section.id, place))
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


def certain(stock: Stock, course: Course, posterior: Integers) -> bool:
    """Whether the section may stop here: a level is as probable as the blueprint asks, and nothing is owed to it."""
    section = stock.section
    scored = [i for i in (stock.position[set_id] for set_id in course.given) if not stock.pilot[i]]
    least = max(section.min_sets, 1) + len(pilot_places(stock, course.seed))
    if not section.stop_probability or len(course.given) < least or room_of(stock, scored, _ALL).needed:
        return False
    return max(ability.summary(stock.grid, posterior, section.cuts).bands) >= section.stop_probability


def choose(stock: Stock, course: Course, posterior: Integers) -> str | None:
    """The next set's id, or None when the section is complete or the bank has no set left."""
    found = decide(stock, course, posterior)
    return found.set_id if found else None


def decide(stock: Stock, course: Course, posterior: Integers) -> Choice | None:
    """As `choose`, with the reason."""
    places = pilot_places(stock, course.seed)
    ordinal = len(course.given) + 1
    if ordinal > stock.section.sets + len(places):
        return None
    given = [stock.position[set_id] for set_id in course.given]
    if ordinal in places:
        return Choice(stock.sets[_pilot(stock, course, given)].id, "pilot")
    if stock.section.stages:
        module, found = _staged(stock, course, given, posterior)
        return Choice(stock.sets[found].id, "stage", module=module)
    for dropped in range(len(RULES) + 1):
        best = _best(stock, course, given, posterior, frozenset(RULES[dropped:]))
        if best is not None:
            return Choice(stock.sets[best].id, "information", dropped=RULES[:dropped])
    return None


def _pilot(stock: Stock, course: Course, given: list[int]) -> int:
    """A pilot set by lot; one without enemies among the sets given and one of the stripe are preferred."""
    blocked = _enemies(stock, given)
    free = (int(i) for i in np.flatnonzero(stock.pilot) if i not in given)
    return min(free, key=lambda i: (i in blocked, stock.stripe[i] != course.stripe, lot(course.seed, "set", stock.sets[i].id)))


def _staged(stock: Stock, course: Course, given: list[int], posterior: Integers) -> tuple[str, int]:
    """The next set of the module that the test taker is in, or the first of the one that tells most at the posterior.

    Routing by maximum information (Weissman, Belov and Armstrong 2007); of equal modules the first of the stage.
    """
    scored = [i for i in given if not stock.pilot[i]]
    if scored:
        module = stock.sets[scored[-1]].module
        members = stock.modules[course.stripe, module]
        if scored[-1] != members[-1]:
            return module, members[members.index(scored[-1]) + 1]
    stage = len({stock.sets[i].module for i in scored})
    weights = selection_weights(posterior)
    worth = {
        name: int((stock.information[list(stock.modules[course.stripe, name])] @ weights).sum())
        for name in stock.section.stages[stage]
    }
    best = max(worth, key=lambda name: worth[name])
    return best, stock.modules[course.stripe, best][0]


def room_of(stock: Stock, scored: list[int], rules: frozenset[str]) -> Room:
    section = stock.section
    topics = [section.max_sets_per_topic if "topic" in rules and section.max_sets_per_topic else UNLIMITED] * len(stock.topics)
    limits = section.level_limits if "level" in rules else ()
    bands, needs = [UNLIMITED] * (len(section.level_limits) + 1), [0] * (len(section.level_limits) + 1)
    for i, limit in enumerate(limits):
        bands[i], needs[i] = limit.most, limit.least
    for i in scored:
        topics[stock.topic[i]] -= 1
        bands[stock.band[i]] -= 1
        needs[stock.band[i]] -= 1
    return Room(tuple(topics), tuple(bands), tuple(max(need, 0) for need in needs))


def _best(stock: Stock, course: Course, given: list[int], posterior: Integers, rules: frozenset[str]) -> int | None:
    """The most informative set under the rules, by position; ties by lot.

    Blocks of the pool are looked at in the order of what they can tell at most, until no further block can hold a better set.
    """
    pool = stock.pools[course.stripe if "stripe" in rules else -1]
    scored = [i for i in given if not stock.pilot[i]]
    barred = frozenset(given) | (_enemies(stock, given) if "enemies" in rules else frozenset())
    room = room_of(stock, scored, rules)
    rest = stock.section.sets - len(scored) - 1 if "rest" in rules else None
    allowed = np.ones(len(stock.sets), dtype=np.bool_)
    allowed[list(barred)] = False
    open_topics = np.array(room.topics) > 0
    open_bands = np.array(room.bands) > 0
    start = "start" in rules and not scored
    weights = selection_weights(posterior)
    most = pool.bounds @ weights
    waiting = np.argsort(-most, kind="stable").tolist()
    value = np.full(len(pool.where), -1, dtype=np.int64)
    top, looked = -1, 0
    while True:
        while looked < len(waiting) and most[waiting[looked]] >= max(top, 0):
            block = _block(pool, waiting[looked])
            where = pool.where[block]
            fits = allowed[where] & open_topics[stock.topic_of[where]] & open_bands[stock.band_of[where]]
            if start:
                fits &= (stock.level[where] >= INTERMEDIATE.start) & (stock.level[where] < INTERMEDIATE.stop)
            value[block] = np.where(fits, pool.information[block] @ weights, -1)
            top = max(top, int(value[block].max()))
            looked += 1
        if top < 0:
            return None
        ties = np.flatnonzero(value == top)
        at = min(ties, key=lambda i: lot(course.seed, "set", stock.sets[pool.where[i]].id))
        if rest is None or _fillable(stock, pool, int(pool.where[at]), barred, room, rest):
            return int(pool.where[at])
        value[at] = -1
        top = int(value.max())


def _block(pool: Pool, number: int) -> slice:
    return slice(pool.starts[number], pool.starts[number + 1] if number + 1 < len(pool.starts) else len(pool.where))


def selection_weights(posterior: Integers) -> Integers:
    """The posterior's weights summed onto every third point of the grid, each with its neighbours."""
    fine = np.zeros(len(posterior) + 2, dtype=np.int64)
    fine[1:-1] = ability.weights(posterior) >> _WEIGHT_SHIFT
    return fine[0::STRIDE] + fine[1::STRIDE] + fine[2::STRIDE]


def _enemies(stock: Stock, given: list[int]) -> frozenset[int]:
    return frozenset().union(*(stock.enemies[i] for i in given))


def _fillable(stock: Stock, pool: Pool, candidate: int, barred: frozenset[int], room: Room, rest: int) -> bool:
    """Whether `rest` more sets can follow. Enemies always count here: their rule is let go after the look-ahead."""
    room = room.less(stock.band[candidate], stock.topic[candidate])
    if rest <= 0:
        return room.needed == 0
    blocked = barred | stock.enemies[candidate] | {candidate}
    if lookahead.greedy(pool.friendly, stock.band, stock.topic, stock.enemies, blocked, room, rest):
        return True
    counts = [[0] * len(stock.topics) for _ in room.bands]
    for filler in pool.friendly:
        if filler not in blocked and not stock.enemies[filler]:
            counts[stock.band[filler]][stock.topic[filler]] += 1
    return lookahead.placeable(counts, room, rest)
