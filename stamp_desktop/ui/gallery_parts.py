"""What the gallery's sample views have in common: a bar, a picture of the demonstration test, something like speech."""

import math
from typing import Final

from stamp_desktop.delivery.views import (
    ChoiceLine,
    FrameView,
    SavedView,
)
from stamp_desktop.ui.theme.assets import assets

SAVED: Final = SavedView("Saved on this computer", "good", "circle-check")


def frame(section: str, step: str, progress: float | None, clock: str = "38:20", keyboard: str = "") -> FrameView:
    return FrameView(section, step, progress, SAVED, clock, keyboard=keyboard)


def picture(name: str) -> bytes:
    return (assets() / "demo" / "english" / "pictures" / f"{name}.svg").read_bytes()


def lines(*texts: str) -> tuple[ChoiceLine, ...]:
    return tuple(ChoiceLine(letter, text) for letter, text in zip("abcdefghi", texts, strict=False))


def peaks(count: int) -> tuple[float, ...]:
    """Something like speech: words of different strength, with pauses between them."""
    made = []
    for i in range(count):
        phrase = max(0.0, math.sin(i * 0.083 + 0.4)) ** 0.4
        syllable = 0.45 + 0.55 * abs(math.sin(i * 0.37) * math.sin(i * 0.23 + 1))
        grain = 0.55 + 0.45 * abs(math.sin(i * i * 12.9898))
        made.append(max(0.03, 0.95 * phrase * syllable * grain))
    return tuple(made)
