"""How the sets of a section are dealt into stripes, so that neighbours in a lab draw from different sets.

The sets are laid in a row by level, then topic, then id, and dealt in turn, as one deals cards: every level is spread over the
stripes as evenly as its number allows, and sets on the same topic fall apart. It proves nothing about filling a blueprint.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint
from stamp_desktop.engine.items import Bank, ItemSet

Deal: TypeAlias = Callable[[tuple[ItemSet, ...], int], tuple[ItemSet, ...]]
"""Gives each of some sets of a section a stripe, 0 to one less than the number; `deal` below, or the solver of `authoring`."""


def deal(sets: tuple[ItemSet, ...], stripes: int) -> tuple[ItemSet, ...]:
    """The sets of one section with their stripe, 0 to `stripes` - 1, in order of level. Pilot sets are dealt by themselves."""
    row = sorted(sets, key=lambda each: (each.pilot, each.level, each.topic, each.id))
    return tuple(replace(each, stripe=place % stripes) for place, each in enumerate(row))


def dealt(blueprint: Blueprint, bank: Bank, deal: Deal = deal) -> Bank:
    """The bank with its stripes, module by module where a section has stages, and with enemies named on both sides."""
    sets: list[ItemSet] = []
    for section in blueprint.sections:
        if isinstance(section, AdaptiveSection):
            own = [each for each in bank.sets if each.section == section.id]
            for module in sorted({each.module for each in own}) if section.stages else [None]:
                sets += deal(tuple(each for each in own if module in (None, each.module)), section.stripes)
    enemies = {each.id: each.enemies | {other.id for other in sets if each.id in other.enemies} for each in sets}
    return replace(bank, sets=tuple(replace(each, enemies=enemies[each.id]) for each in sets))
