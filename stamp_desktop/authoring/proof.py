"""The proof that every stripe of a dealt section can fill its blueprint, or what is short, where, by how many.

Exact where counting is not: for each stripe the largest test under topic cap and enemies together is found by mixed-integer
programming. One such test exists then; that the adaptive choice never runs out on its way is the work of the look-ahead.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stamp_desktop.authoring.problem import Problem
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.items import ItemSet
from stamp_desktop.trouble import Trouble

_NODES = 10_000


@dataclass(frozen=True, slots=True)
class Short:
    """A cell that is short: its name, sets that are there (or can be used) and sets that are needed."""

    cell: str
    there: int
    needed: int
    hint: str = ""

    def __str__(self) -> str:
        words = f"{self.cell}: {self.there} of {self.needed} sets, {self.needed - self.there} short"
        return f"{words} ({self.hint})" if self.hint else words


def unfillable(section: AdaptiveSection, sets: Sequence[ItemSet]) -> tuple[Short, ...]:
    """The stripes that cannot fill the blueprint, and the levels that no set has; empty when it is proved for all."""
    scored = [each for each in sets if not each.pilot]
    low, high = section.levels
    bare = tuple(Short(f"level {n}", 0, 1) for n in range(low, high + 1) if all(each.level != n for each in scored))
    return (*bare, *_short_stripes(section, scored))


def thin_cells(section: AdaptiveSection, sets: Sequence[ItemSet]) -> tuple[Short, ...]:
    """Cells of level x topic that do not reach every stripe, though the bank has the topic there. None stops a build."""
    found = Counter((each.level, each.topic) for each in sets if not each.pilot)
    return tuple(
        Short(f"level {level}, {topic}", number, section.stripes)
        for (level, topic), number in sorted(found.items())
        if number < section.stripes
    )


def prove(section: AdaptiveSection, sets: Sequence[ItemSet]) -> list[str]:
    """What was proved, for a build's report; Trouble blueprint-unfillable, with every cell that is short."""
    if found := unfillable(section, sets):
        raise Trouble(
            "blueprint-unfillable",
            f"The bank cannot fill section {section.id!r}:\n" + "\n".join(f"  {each}" for each in found) + "\n",
            "Nothing was built or simulated.",
            "Write the sets that are missing, or use fewer stripes or sets, or a higher topic cap.",
        )
    thin = thin_cells(section, sets) if section.stripes > 1 else ()
    cells = len({(each.level, each.topic) for each in sets if not each.pilot})
    lines = [f"proved: a test of {section.sets} sets can be made up in {_number(section.stripes, 'stripe')}"]
    if thin:
        lines.append(f"{len(thin)} of {cells} cells of level and topic do not reach every stripe:")
        lines += [f"  {each}" for each in thin]
    return lines


def _short_stripes(section: AdaptiveSection, scored: Sequence[ItemSet]) -> Iterator[Short]:
    """Module by module, a section with stages is proved by the engine (`soundness`): there is nothing to choose in it."""
    for stripe in range(section.stripes if not section.stages else 0):
        own = [each for each in scored if each.stripe == stripe]
        name = f"stripe {stripe + 1} of {section.stripes}"
        sets, limits = _missing(section, own)
        for limit, short in zip(section.level_limits, limits, strict=True):
            if short:
                low, high = limit.levels
                yield Short(f"{name}, levels {low} to {high}", limit.least - short, limit.least)
        if sets:
            yield Short(name, section.sets - sets, section.sets, _where_room_is(section, own))


def _missing(section: AdaptiveSection, sets: Sequence[ItemSet]) -> tuple[int, list[int]]:
    """Sets that the best test is short of: in all, and for the least of each level limit."""
    place = {each.id: number for number, each in enumerate(sets)}
    problem = Problem(len(sets))
    cap = section.max_sets_per_topic or len(sets)
    for topic in sorted({each.topic for each in sets}):
        problem.add([(place[each.id], 1.0) for each in sets if each.topic == topic], 0, cap)
    for pair in sorted({tuple(sorted((each.id, enemy))) for each in sets for enemy in each.enemies if enemy in place}):
        problem.add([(place[name], 1.0) for name in pair], 0, 1)
    every = [(number, 1.0) for number in range(len(sets))]
    problem.add(every, 0, section.sets)
    slacks = [problem.slack(1.0)]
    problem.add([*every, (slacks[0], 1.0)], section.sets, np.inf)
    for limit in section.level_limits:
        low, high = limit.levels
        within = [(place[each.id], 1.0) for each in sets if low <= each.level <= high]
        slacks.append(problem.slack(1.0))
        problem.add([*within, (slacks[-1], 1.0)], limit.least, np.inf)
        problem.add([*within, (slacks[-1], 0.0)], 0, limit.most)
    solution = problem.solve(_NODES)
    if solution is None:
        raise Trouble(
            "proof-unfinished",
            f"The solver could not prove whether section {section.id!r} can be filled.",
            "Nothing was built or simulated.",
            "Use fewer enemies, or a smaller bank.",
        )
    short = [round(float(solution[slack])) for slack in slacks]
    return short[0], short[1:]


def _where_room_is(section: AdaptiveSection, own: Sequence[ItemSet]) -> str:
    """Topics of which a test could take more sets than the stripe has."""
    cap = section.max_sets_per_topic
    topics = Counter(each.topic for each in own)
    room = [f"{topic} {number} of {cap}" for topic, number in sorted(topics.items()) if number < cap]
    if not cap:
        return "sets on any topic"
    return f"sets on a new topic, or on {', '.join(room)}" if room else "sets on a new topic"


def _number(count: int, noun: str) -> str:
    return f"each of {count} {noun}s" if count > 1 else f"the one {noun}"
