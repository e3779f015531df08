"""One assessment made ready to deliver: blueprint and bank, with the tables that choosing and scoring look up.

The tables are worked out once, when a form is made. Refuses a blueprint or a bank on which the engine could not stand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stamp_desktop.engine import ability, exact, models
from stamp_desktop.engine.ability import Floats, Grid, Integers
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection, SelfSection
from stamp_desktop.engine.items import Bank, ItemSet, Prompt, Statement
from stamp_desktop.engine.soundness import faults
from stamp_desktop.trouble import Trouble

# Information is smooth: every third point of the grid is enough to choose by, and a third of the work.
STRIDE = 3
_CHOICE_BLOCK = 64  # sets looked at together when choosing
_BLOCK = 32  # sets worked out at once: keeps the building of a large bank within some tens of megabytes


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Scored sets to choose from: their positions and information, in blocks of like ones, the sharpest of a place first.

    `information` has the shape (sets, points / 3) and counts units of 2^-16; its values fit 32 bits and are held in 64 as they
    are multiplied by weights of that width. `bounds` is the most that a set of each block tells at each point, `starts` where
    each block begins. `friendly` are the positions with the fewest enemies first.
    """

    where: Integers
    information: Integers
    starts: tuple[int, ...]
    bounds: Integers
    friendly: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """The sets of one adaptive section, in the order of their ids, with their tables.

    `rows[s]` log likelihood of set s per answer pattern, in ability.LOG_UNIT, int32 (patterns, points). `pools` has the sets of
    each stripe and, last, all of them. `enemies[s]` are the sets that must not meet set s in one test, by position.
    `topic[s]` counts into `topics`, `band[s]` into the level limits and one more for levels without a limit. `modules` are the
    sets of each stripe and module of a multistage section, in their order. `mean_items` is the average size of the scored sets.
    `parts` keeps tables of sets of which only some items count, `counts` P of each number of points, both as they come up.
    """

    section: AdaptiveSection
    grid: Grid
    theta: Floats
    prior: Integers
    sets: tuple[ItemSet, ...]
    position: Mapping[str, int]
    rows: tuple[NDArray[np.int32], ...]
    pools: tuple[Pool, ...]
    stripe: Integers
    level: Integers
    topics: tuple[str, ...]
    topic: tuple[int, ...]
    topic_of: Integers
    band: tuple[int, ...]
    band_of: Integers
    pilot: NDArray[np.bool_]
    enemies: tuple[frozenset[int], ...]
    modules: Mapping[tuple[int, str], tuple[int, ...]]
    information: Integers
    mean_items: float
    parts: dict[tuple[int, tuple[int, ...]], Integers] = field(default_factory=dict)
    counts: dict[tuple[int, tuple[int, ...]], Floats] = field(default_factory=dict)

    def __getitem__(self, set_id: str) -> ItemSet:
        return self.sets[self.position[set_id]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a session runs on. Trouble "form-unfit" lists everything that is wrong with the blueprint and the bank."""

    blueprint: Blueprint
    bank: Bank
    package_id: str
    package_hash: str
    stocks: Mapping[str, Stock] = field(init=False, repr=False, compare=False)
    tasks: Mapping[str, PromptSection] = field(init=False, repr=False, compare=False)
    prompts: Mapping[str, Prompt] = field(init=False, repr=False, compare=False)
    statements: Mapping[str, tuple[Statement, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if found := faults(self.blueprint, self.bank):
            raise Trouble(
                "form-unfit",
                f"This test cannot be given: {'; '.join(found)}.",
                "No test was started with it.",
                "Get a new copy of the test package and tell its publisher.",
            )
        sections = self.blueprint.sections
        object.__setattr__(self, "stocks", {s.id: stock(s, self.bank) for s in sections if isinstance(s, AdaptiveSection)})
        object.__setattr__(self, "tasks", {s.id: s for s in sections if isinstance(s, PromptSection)})
        object.__setattr__(self, "prompts", {prompt.id: prompt for prompt in self.bank.prompts})
        said = sorted(self.bank.statements, key=lambda each: (each.level, each.id))
        own = {s.id: tuple(each for each in said if each.section == s.id) for s in sections if isinstance(s, SelfSection)}
        object.__setattr__(self, "statements", own)


def stock(section: AdaptiveSection, bank: Bank) -> Stock:
    """Work out the tables of one section; about 20 ms for 66 sets of three."""
    sets = tuple(sorted((s for s in bank.sets if s.section == section.id), key=lambda s: s.id))
    position = {s.id: i for i, s in enumerate(sets)}
    grid = Grid(section.prior_mean, section.prior_sd)
    theta = grid.points()
    rows: dict[int, NDArray[np.int32]] = {}
    information = np.zeros((len(sets), len(theta[::STRIDE])), dtype=np.int64)
    for block in _blocks(sets):
        tables = ability.patterns([sets[i].items for i in block], theta, section.set_effect)
        logs = ability.in_units(exact.log(tables.likelihood)).astype(np.int32)
        rows.update(zip(block, logs, strict=True))
        information[block] = ability.information(tables)[:, ::STRIDE]
    topics = tuple(sorted({s.topic for s in sets}))
    enemies: list[set[int]] = [set() for _ in sets]
    for i, item_set in enumerate(sets):
        for other in (item_set.enemies - {item_set.id}) & position.keys():
            enemies[i].add(position[other])
            enemies[position[other]].add(i)
    stripe = np.array([s.stripe % section.stripes for s in sets], dtype=np.int64)
    scored = [i for i, s in enumerate(sets) if not s.pilot]
    band = tuple(_band(section, s.level) for s in sets)
    topic = tuple(topics.index(s.topic) for s in sets)
    modules: dict[tuple[int, str], tuple[int, ...]] = {}
    for i in sorted(scored, key=lambda i: (sets[i].level, sets[i].id)):
        modules[int(stripe[i]), sets[i].module] = (*modules.get((int(stripe[i]), sets[i].module), ()), i)
    pools = [[i for i in scored if stripe[i] == number] for number in range(section.stripes)]
    return Stock(
        section=section,
        grid=grid,
        theta=theta,
        prior=grid.prior(),
        sets=sets,
        position=position,
        rows=tuple(rows[i] for i in range(len(sets))),
        pools=tuple(_pool(members, information, enemies) for members in (*pools, scored)),
        stripe=stripe,
        level=np.array([s.level for s in sets], dtype=np.int64),
        topics=topics,
        topic=topic,
        topic_of=np.array(topic, dtype=np.int64),
        band=band,
        band_of=np.array(band, dtype=np.int64),
        pilot=np.array([s.pilot for s in sets], dtype=np.bool_),
        enemies=tuple(frozenset(them) for them in enemies),
        modules=modules if section.stages else {},
        information=information,
        mean_items=sum(len(sets[i].items) for i in scored) / max(len(scored), 1),
    )


def _band(section: AdaptiveSection, level: int) -> int:
    limits = section.level_limits
    return next((i for i, limit in enumerate(limits) if limit.levels[0] <= level <= limit.levels[1]), len(limits))


def _pool(members: Sequence[int], information: Integers, enemies: Sequence[set[int]]) -> Pool:
    """Blocks of sets whose information has its peak at the same place, so that the bound of a block is near to its sets."""
    where = np.array(members, dtype=np.int64)
    own = information[where]
    peak = own.argmax(axis=1) if len(where) else where
    order = np.lexsort((where, -own.max(axis=1, initial=0), peak))
    where, own, peak = where[order], own[order], peak[order]
    starts: list[int] = []
    for i in range(len(where)):
        if not starts or i - starts[-1] == _CHOICE_BLOCK or (peak[i] != peak[i - 1] and i - starts[-1] >= _CHOICE_BLOCK // 4):
            starts.append(i)
    bounds = np.maximum.reduceat(own, starts, axis=0) if starts else own
    friendly = tuple(sorted(members, key=lambda i: len(enemies[i])))
    return Pool(where, own, tuple(starts), bounds, friendly)


def _blocks(sets: tuple[ItemSet, ...]) -> Iterator[list[int]]:
    """Positions of sets of one make, some at a time."""
    makes: dict[tuple[models.Shape, ...], list[int]] = {}
    for i, item_set in enumerate(sets):
        makes.setdefault(tuple(models.shape(item) for item in item_set.items), []).append(i)
    for same in makes.values():
        yield from (same[start : start + _BLOCK] for start in range(0, len(same), _BLOCK))
