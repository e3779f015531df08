"""The screens: how large, how many, at which scale. Asked of X itself, without a window; it changes nothing."""

import os
import sys
from dataclasses import dataclass
from typing import Final

from stamp_desktop.readiness.check import Check, Verdict

LEAST: Final = (1024, 720)
"""Below this a passage and its question do not stand beside each other any more."""
WANTED: Final = (1280, 720)
LARGEST_SCALE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Screen:
    """Pixels as the system draws; `scale` as the desktop asks programs to draw (1 is as it is)."""

    width: int
    height: int
    scale: float = 1.0

    @property
    def room(self) -> tuple[int, int]:
        """What is left for the exam window at that scale."""
        return round(self.width / self.scale), round(self.height / self.scale)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why the screens cannot be asked. `broken`: there should be some; else this was merely no place to ask from."""

    why: str
    broken: bool = False


def screens() -> tuple[Screen, ...] | Unseen:
    """The screens, the first one first."""
    if sys.platform != "linux":
        return Unseen("Not yet tried on this system: the exam window shows what it gets.")
    if not os.environ.get("DISPLAY"):
        wayland = os.environ.get("WAYLAND_DISPLAY")
        return Unseen("This is a Wayland session without X." if wayland else "There is no display here.")
    from Xlib.display import Display  # noqa: PLC0415  # other systems have no Xlib
    from Xlib.error import ConnectionClosedError, DisplayError, XError  # noqa: PLC0415

    try:
        display = Display()
    except (DisplayError, XError, ConnectionClosedError, OSError):
        return Unseen(f"The display {os.environ['DISPLAY']} does not answer.", broken=True)
    try:
        scale = _scale(display.screen().root.get_full_property(display.intern_atom("RESOURCE_MANAGER"), 31))
        found = display.screen().root.xrandr_get_monitors().monitors
        shown = sorted(found, key=lambda each: not each.primary)
        return tuple(Screen(each.width_in_pixels, each.height_in_pixels, scale) for each in shown)
    except (XError, ConnectionClosedError, AttributeError) as error:
        return Unseen(f"The display does not tell its screens ({type(error).__name__}).", broken=True)
    finally:
        display.close()


def screen_checks(found: tuple[Screen, ...] | Unseen) -> tuple[Check, ...]:
    """What that means for the exam window."""
    if isinstance(found, Unseen):
        return _unknown(found)
    if not found:
        return (
            Check("computer.screen", "Screen", "fail", "No screen is switched on.", 0, "px", LEAST[0], "Connect a screen."),
        )
    first = found[0]
    width, height = first.room
    said = f"{first.width}×{first.height}" + (f" at {first.scale:.0%}" if first.scale != 1 else "")
    verdict: Verdict = "pass"
    remedy = ""
    if width < LEAST[0] or height < LEAST[1]:
        verdict, remedy = "fail", f"Choose a resolution of at least {WANTED[0]}×{WANTED[1]}, or a smaller scale."
    elif width < WANTED[0]:
        verdict, remedy = (
            "warn",
            f"Choose {WANTED[0]}×{WANTED[1]} or more, so that passage and question stand beside each other.",
        )
    size = Check("computer.screen", "Screen", verdict, said, width, "px", WANTED[0], remedy)
    many = len(found) > 1
    several = Check(
        "computer.screens",
        "Second screen",
        "warn" if many else "pass",
        f"{len(found)} screens" if many else "One screen",
        len(found),
        "screens",
        1,
        "Unplug the second screen, or turn it off: the kiosk pauses a test while it is on." if many else "",
    )
    return size, several


def _unknown(found: Unseen) -> tuple[Check, ...]:
    """A fleet's shell has no display, and that is no fault; one that is named and does not answer is."""
    if found.broken:
        remedy = "Look at the display's cable and its X server, and check again from a session on it."
        return (Check("computer.screen", "Screen", "fail", found.why, remedy=remedy),)
    return (Check("computer.screen", "Screen", "skipped", f"{found.why} Screens were not looked at."),)


def _scale(resources: object) -> float:
    """Of Qt's own variable, else of Xft.dpi, which desktops set when they scale (96 is 1)."""
    try:
        if said := os.environ.get("QT_SCALE_FACTOR"):
            return max(float(said), 0.5)
        text = getattr(resources, "value", b"")
        lines = (text if isinstance(text, str) else bytes(text).decode(errors="replace")).splitlines()
        dpi = next((line.partition(":")[2] for line in lines if line.startswith("Xft.dpi:")), "96")
        return max(float(dpi) / 96, 0.5)
    except ValueError:
        return 1.0
