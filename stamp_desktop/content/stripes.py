"""How the sets of a section are dealt into stripes, so that neighbours in a lab draw from different sets.

The sets are laid in a row by level, then topic, then id, and dealt in turn, as one deals cards: every level is spread over the
stripes as evenly as its number allows, and sets on the same topic fall apart. It proves nothing about filling a blueprint.
"""

from dataclasses import replace

from stamp_desktop.engine.items import ItemSet


def deal(sets: tuple[ItemSet, ...], stripes: int) -> tuple[ItemSet, ...]:
    """The sets of one section with their stripe, 0 to `stripes` - 1, in order of level. Pilot sets are dealt by themselves."""
    row = sorted(sets, key=lambda each: (each.pilot, each.level, each.topic, each.id))
    return tuple(replace(each, stripe=place % stripes) for place, each in enumerate(row))
