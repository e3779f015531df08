"""The line as one step of the check: measured, judged for the test that asks most of it, with the picture of its capacity."""

from collections.abc import Callable, Mapping
from typing import Final

from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.capacity import capacity, heaviest
from stamp_desktop.readiness.line import Plan, measure
from stamp_desktop.readiness.line_checks import line_checks
from stamp_desktop.readiness.line_explore import NOBODY, Expected
from stamp_desktop.readiness.line_turn import Asking
from stamp_desktop.readiness.runner import Found, Say, Step
from stamp_desktop.storage.station import Device

SECONDS: Final = 27.0
PHASES: Final[Mapping[str, tuple[str, float, float]]] = {
    "way": ("The way to the server", 0.0, 0.05),
    "turn": ("Waiting for a turn: another computer measures", 0.05, 0.08),
    "idle": ("Small questions on an idle line", 0.08, 0.2),
    "down": ("What the line brings", 0.2, 0.6),
    "up": ("What the line takes", 0.6, 1.0),
}
"""What is said of each phase, and from which share of the step to which."""


def line_step(asked: Asked, device: Device | None, asking: Asking) -> Step:
    """For whoever runs the check; `device` is how this computer is enrolled, `asking` who wants to measure."""
    return Step("line", "Line", SECONDS, lambda say: line_found(asked, device, say, Plan(asking=asking)))


def line_found(asked: Asked, device: Device | None, say: Say, plan: Plan | None = None) -> Found:
    """Measure now, as long as `plan` says."""
    measured = measure(asked.server, _told(say), _expected(device), plan)
    need = heaviest(asked.needs) if asked.needs else None
    holds = capacity(measured, need, asked.group, asked.mode) if need else None
    checks = line_checks(measured, need, asked.group, asked.mode, holds)
    return Found(checks, holds.curve, holds.holds) if holds else Found(checks)


def _expected(device: Device | None) -> Expected:
    """The server's keys, where it is this computer's own server that is asked; a hub proves itself by them as well."""
    if device is None:
        return NOBODY
    return Expected(device.server_id, device.server_signing_key, device.server_pinned)


def _told(say: Say) -> Callable[[str, float], None]:
    def told(phase: str, share: float) -> None:
        words, first, last = PHASES.get(phase, ("", 0.0, 1.0))
        say(words, first + (last - first) * min(1.0, max(0.0, share)))

    return told
