"""The line as a step of the whole check: what is said while it is measured, and how far it is."""

from collections.abc import Callable, Mapping
from typing import Final

from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.line import Plan
from stamp_desktop.readiness.line_room import USUAL_SECONDS, look
from stamp_desktop.readiness.runner import Found, Say, Step
from stamp_desktop.storage.station import Device

PHASES: Final[Mapping[str, tuple[str, float, float]]] = {
    "way": ("The way to the server", 0.0, 0.05),
    "idle": ("Small questions on an idle line", 0.05, 0.17),
    "turn": ("Waiting for a turn: another computer measures", 0.17, 0.2),
    "down": ("What the line brings", 0.2, 0.6),
    "up": ("What the line takes", 0.6, 1.0),
}
"""What is said of each phase, and from which share of the step to which."""


def line_step(asked: Asked, device: Device | None) -> Step:
    """For whoever runs the check; `device` is how this computer is enrolled."""
    return Step("line", "Line", USUAL_SECONDS, lambda say: line_found(asked, device, say))


def line_found(asked: Asked, device: Device | None, say: Say, plan: Plan | None = None) -> Found:
    """Measure now, as long as `plan` says."""
    found = look(asked.server, asked.needs, asked.group, asked.mode, device, _told(say), plan)
    return Found(found.checks, found.curve, found.limit)


def _told(say: Say) -> Callable[[str, float], None]:
    def told(phase: str, share: float) -> None:
        words, first, last = PHASES.get(phase, ("", 0.0, 1.0))
        say(words, first + (last - first) * min(1.0, max(0.0, share)))

    return told
