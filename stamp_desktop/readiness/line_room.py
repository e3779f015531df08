"""The line as one step of a readiness check: measured, judged for the group, with the points of its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.readiness.capacity import Mode, capacity, heaviest
from stamp_desktop.readiness.check import Check, Point
from stamp_desktop.readiness.line import Plan, Progress, measure
from stamp_desktop.readiness.line_checks import line_checks
from stamp_desktop.readiness.line_explore import NOBODY, Expected
from stamp_desktop.readiness.line_facts import LineMeasurement
from stamp_desktop.readiness.need import Need
from stamp_desktop.storage.station import Device

USUAL_SECONDS = 30.0
"""With a turn at once; a queue of one computer adds up to 15."""


@dataclass(frozen=True, slots=True)
class LineFindings:
    """`limit`: the largest group whose sending the line carries while they test, 0 where that is not known."""

    measured: LineMeasurement
    checks: tuple[Check, ...]
    curve: tuple[Point, ...] = ()
    limit: int = 0


def expected_of(device: Device | None) -> Expected:
    """Whom an enrolled computer has to meet."""
    if device is None:
        return NOBODY
    return Expected(device.server_id, device.server_signing_key, pinned=device.server_pinned)


def look(
    url: str,
    needs: Sequence[Need],
    group: int,
    mode: Mode = "direct",
    device: Device | None = None,
    progress: Progress = lambda _, __: None,
    plan: Plan | None = None,
) -> LineFindings:
    """Raises nothing that the line can cause."""
    measured = measure(url, progress, expected_of(device), plan)
    need = heaviest(tuple(needs)) if needs else None
    found = capacity(measured, need, group, mode) if need else None
    checks = line_checks(measured, need, group, mode, found)
    return LineFindings(measured, checks, found.curve if found else (), found.limit if found else 0)
