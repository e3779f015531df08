"""Benchmark levels: their codes, names and bands. Refuses to score: it only says which band a theta falls in.

A level's code is "1".."9", or "6+" for the band above the last level of a section whose range ends below Advanced. Item sets
and prompts carry the plain number.
"""

from bisect import bisect_right

from stamp_desktop.engine.blueprint import AdaptiveSection

_NAMES = {
    "1": "Novice-Low",
    "2": "Novice-Mid",
    "3": "Novice-High",
    "4": "Intermediate-Low",
    "5": "Intermediate-Mid",
    "6": "Intermediate-High",
    "6+": "Pre-Advanced",
    "7": "Advanced-Low",
    "8": "Advanced-Mid",
    "9": "Advanced-High",
}

INTERMEDIATE = range(4, 7)


def label(level: int | str) -> str:
    """Name of a benchmark level, as "Intermediate-Low"; KeyError when there is no such level."""
    return _NAMES[str(level)]


def number(code: str) -> int:
    """The plain level of a code: 6 for "6" and for "6+"."""
    return int(code.rstrip("+"))


def band(level: int | str) -> str:
    """Major level: Novice, Intermediate or Advanced."""
    return ("Novice", "Intermediate", "Advanced")[(number(str(level)) - 1) // 3]


def codes(section: AdaptiveSection) -> tuple[str, ...]:
    """The bands of a section from the lowest: its levels, and one more with a plus where the cuts ask for it."""
    lowest, highest = section.levels
    plain = tuple(str(level) for level in range(lowest, highest + 1))
    return plain if len(section.cuts) < len(plain) else (*plain, f"{highest}+")


def level_of(theta: float, section: AdaptiveSection) -> str:
    """Code of the band that theta falls in; a theta on a cut belongs to the higher band."""
    return codes(section)[bisect_right(section.cuts, theta)]
