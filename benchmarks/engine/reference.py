"""The reference bank and its blueprint: generated from a seed, plausible, never an operational item."""

import math
import random

from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.items import Bank, ChoiceKey, Item, ItemSet

TOPICS = 15
CUTS = (-3.11, -2.22, -1.33, -0.44, 0.44, 1.33, 2.22, 3.11)
BAND = 0.889

SECTION = AdaptiveSection(
    id="section",
    levels=(1, 9),
    minutes=0,
    sets=10,
    cuts=CUTS,
    prior_mean=0.0,
    prior_sd=1.5,
    set_effect=0.5,
    stripes=3,
    max_sets_per_topic=2,
    score="level_table",
    scaled_slope=50.0,
    scaled_intercept=500.0,
)
KEY = ChoiceKey(frozenset({"right"}))


def bank(items: int, seed: int, stripes: int = 3) -> Bank:
    """So many 3PL items in sets of three, evenly over nine levels, topics by lot; every tenth set has an enemy of its level.

    Slopes are log-normal about 1, difficulties spread by .35 about the middle of the level, guessing .1 to .25.
    """
    dice = random.Random(seed)
    sets: list[ItemSet] = []
    for number in range(items // 3):
        level = 1 + number % 9
        name = f"s{number:05}"
        members = tuple(
            Item(
                f"{name}-{place}",
                KEY,
                a=round(math.exp(dice.gauss(0.0, 0.25)), 3),
                b=round((level - 5) * BAND + dice.gauss(0, 0.35), 3),
                c=round(dice.uniform(0.1, 0.25), 3),
                model="3PL",
            )
            for place in (1, 2, 3)
        )
        enemies = frozenset({sets[-9].id}) if number % 10 == 9 else frozenset[str]()
        topic = f"topic-{dice.randrange(TOPICS):02}"
        sets.append(ItemSet(name, "section", level, topic, members, number // 9 % stripes, enemies))
    return Bank(tuple(sets))
