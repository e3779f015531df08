"""Everything that is wrong with a blueprint and a bank, found at once. Refuses to repair, and to prove that a bank fills it."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise, product

from stamp_desktop.engine import models
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection, SelfSection
from stamp_desktop.engine.items import Bank, ChoiceKey, Item, ItemSet

MOST_ITEMS = 6
# Of a set: each has a row of likelihoods in memory, half a megabyte in all. Six items of one point have 64.
MOST_PATTERNS = 1024


def faults(blueprint: Blueprint, bank: Bank) -> tuple[str, ...]:
    """Everything that is wrong, as short phrases; empty when the engine can stand on it."""
    return (*_section_faults(blueprint), *_bank_faults(blueprint, bank), *_stage_faults(blueprint, bank))


def _section_faults(blueprint: Blueprint) -> Iterator[str]:
    before: set[str] = set()
    for section in blueprint.sections:
        name = f"section {section.id!r}"
        if section.id in before:
            yield f"{name} comes twice"
        lowest, highest = section.levels
        if not 1 <= lowest <= highest <= 9:
            yield f"{name} has the levels {lowest} to {highest}"
        match section:
            case PromptSection():
                if section.follows and section.follows not in before:
                    yield f"{name} follows {section.follows!r}, which does not come before it"
                if section.tasks < 1:
                    yield f"{name} has {section.tasks} tasks"
            case AdaptiveSection():
                yield from _scale_faults(name, section)
                yield from _rule_faults(name, section)
            case _:
                pass
        before.add(section.id)


def _scale_faults(name: str, section: AdaptiveSection) -> Iterator[str]:
    lowest, highest = section.levels
    if len(section.cuts) - (highest - lowest) not in (0, 1):
        yield f"{name} has {len(section.cuts)} cuts for the levels {lowest} to {highest}"
    elif len(section.cuts) > highest - lowest and highest != 6:
        yield f"{name} has a band above level {highest}; only 6+ is known"
    if not all(low < high for low, high in pairwise(section.cuts)) or not all(map(math.isfinite, section.cuts)):
        yield f"the cuts of {name} do not rise"
    if not (0 < section.prior_sd < math.inf and 0 <= section.set_effect < math.inf and math.isfinite(section.prior_mean)):
        yield (
            f"{name} has a prior mean of {section.prior_mean}, a prior SD of {section.prior_sd} "
            f"and a set effect of {section.set_effect}"
        )
    if not (math.isfinite(section.scaled_slope) and math.isfinite(section.scaled_intercept)):
        yield f"{name} has a scaled slope of {section.scaled_slope} and an intercept of {section.scaled_intercept}"


def _rule_faults(name: str, section: AdaptiveSection) -> Iterator[str]:
    if section.stripes < 1:
        yield f"{name} has {section.stripes} stripes"
    if section.sets < 1 or min(section.pilots, section.max_sets_per_topic, section.plays, section.minutes) < 0:
        yield (
            f"{name} has {section.sets} sets, {section.pilots} pilots, a topic cap of {section.max_sets_per_topic}, "
            f"{section.plays} plays and {section.minutes} minutes"
        )
    if not 0 <= section.stop_probability < 1 or not 0 <= section.min_sets <= section.sets:
        yield f"{name} stops at a probability of {section.stop_probability} after {section.min_sets} sets"
    if section.stages and (section.stop_probability or section.level_limits):
        yield f"{name} has stages beside a stopping rule or level limits"
    ranges = [limit.levels for limit in section.level_limits]
    for limit in section.level_limits:
        low, high = limit.levels
        if not section.levels[0] <= low <= high <= section.levels[1] or not 0 <= limit.least <= limit.most:
            yield f"{name} limits the levels {low} to {high} to {limit.least} to {limit.most} sets"
    if any(one[0] <= other[1] and other[0] <= one[1] for one, other in combinations(ranges, 2)):
        yield f"the level limits of {name} overlap"
    if (least := sum(limit.least for limit in section.level_limits)) > section.sets:
        yield f"the level limits of {name} ask for {least} of {section.sets} sets"
    everywhere = {level for low, high in ranges for level in range(low, high + 1)}
    most = sum(limit.most for limit in section.level_limits)
    if everywhere >= set(range(section.levels[0], section.levels[1] + 1)) and most < section.sets:
        yield f"the level limits of {name} allow {most} of {section.sets} sets"


def _bank_faults(blueprint: Blueprint, bank: Bank) -> Iterator[str]:
    known = {section.id: section for section in blueprint.sections}
    shown = [s.id for s in bank.sets] + [p.id for p in bank.prompts] + [s.id for s in bank.statements]
    ids = Counter(shown + [i.id for s in bank.sets for i in s.items])
    yield from (f"the id {name!r} is used {count} times" for name, count in ids.items() if count > 1)
    for item_set in bank.sets:
        name = f"set {item_set.id!r}"
        section = known.get(item_set.section)
        if not isinstance(section, AdaptiveSection):
            yield f"{name} belongs to no section that is adapted"
        elif not section.levels[0] <= item_set.level <= section.levels[1]:
            yield f"{name} has level {item_set.level}, outside its section"
        yield from _set_faults(name, item_set)
    for prompt in bank.prompts:
        if not isinstance(known.get(prompt.section), PromptSection):
            yield f"prompt {prompt.id!r} belongs to no section of tasks"
    for statement in bank.statements:
        section = known.get(statement.section)
        if not isinstance(section, SelfSection):
            yield f"statement {statement.id!r} belongs to no self-evaluation"
        elif not section.levels[0] <= statement.level <= section.levels[1]:
            yield f"statement {statement.id!r} has level {statement.level}, outside its section"
    for section in blueprint.sections:
        if isinstance(section, SelfSection):
            there = {statement.level for statement in bank.statements if statement.section == section.id}
            if missing := sorted(set(range(section.levels[0], section.levels[1] + 1)) - there):
                yield f"section {section.id!r} has no statement of level {', '.join(map(str, missing))}"


def _set_faults(name: str, item_set: ItemSet) -> Iterator[str]:
    if not 1 <= len(item_set.items) <= MOST_ITEMS:
        yield f"{name} has {len(item_set.items)} items"
    for item in item_set.items:
        yield from models.faults(item)
        yield from _key_faults(item)
    if math.prod(item.points + 1 for item in item_set.items) > MOST_PATTERNS:
        yield f"{name} has more than {MOST_PATTERNS} answer patterns"


def _key_faults(item: Item) -> Iterator[str]:
    parts = len(item.key.choices if isinstance(item.key, ChoiceKey) else item.key.gaps)
    if item.points > 1 and item.points != parts:
        yield f"item {item.id!r} has {item.points} points and {parts} parts of its key"


def _stage_faults(blueprint: Blueprint, bank: Bank) -> Iterator[str]:
    """Whatever way a test taker goes through the modules, the sets must keep the rules: nothing is left to choose then."""
    for section in blueprint.sections:
        if not isinstance(section, AdaptiveSection) or not section.stages:
            continue
        name = f"section {section.id!r}"
        named = Counter(module for stage in section.stages for module in stage)
        if twice := sorted(module for module, count in named.items() if count > 1):
            yield f"{name} has the module {twice[0]!r} twice"
            continue
        sets = [s for s in bank.sets if s.section == section.id and not s.pilot]
        for stripe in range(max(section.stripes, 1)):
            here = [s for s in sets if s.stripe % max(section.stripes, 1) == stripe]
            modules = {module: [s for s in here if s.module == module] for module in named}
            yield from _panel_faults(f"stripe {stripe + 1} of {name}", section, modules)


def _panel_faults(name: str, section: AdaptiveSection, modules: dict[str, list[ItemSet]]) -> Iterator[str]:
    lengths = [{len(modules[module]) for module in stage} for stage in section.stages]
    if any(len(found) != 1 or 0 in found for found in lengths):
        yield f"{name} has modules of one stage with different numbers of sets, or without any"
    elif (total := sum(min(found) for found in lengths)) != section.sets:
        yield f"the stages of {name} have {total} sets in place of {section.sets}"
    for way in product(*section.stages):
        sets = [s for module in way for s in modules[module]]
        topics = Counter(s.topic for s in sets)
        if section.max_sets_per_topic and any(count > section.max_sets_per_topic for count in topics.values()):
            yield f"{name} has more than {section.max_sets_per_topic} sets of one topic on the way {' - '.join(way)}"
        if any(other.id in one.enemies or one.id in other.enemies for one, other in combinations(sets, 2)):
            yield f"{name} has enemies on the way {' - '.join(way)}"
