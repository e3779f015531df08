"""The tables' key combinations as X has them: a keysym's name and a mask of modifiers. Pure."""

from collections.abc import Iterable
from typing import Final

from stamp_desktop.kiosk.policy import KEYS, Key

SHIFT, LOCK, CONTROL, MOD1, MOD2, MOD4 = 1, 2, 4, 8, 16, 64
MASKS: Final = {"Shift": SHIFT, "Ctrl": CONTROL, "Alt": MOD1, "Super": MOD4}
LOCKS: Final = (0, LOCK, MOD2, LOCK | MOD2)
"""With Caps Lock and Num Lock on, a combination is another one to X."""


def chord(combination: str) -> tuple[int, str]:
    """Mask and name of the key. KeyError for a modifier that there is none of."""
    *modifiers, key = combination.split("+")
    mask = 0
    for modifier in modifiers:
        mask |= MASKS[modifier]
    return mask, key


def taken(keys: Iterable[Key] = KEYS) -> list[tuple[int, str]]:
    """What the guardian grabs, in every state of the lock keys."""
    chords = [chord(key.combination) for key in keys if key.how == "taken"]
    return [(mask | lock, name) for mask, name in chords for lock in LOCKS]
