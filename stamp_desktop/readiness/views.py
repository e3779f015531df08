"""What the readiness window shows, as one frozen view, and what a person may ask for there. Made from a report; pure."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from stamp_desktop.readiness.check import Check, Point, Report, Verdict
from stamp_desktop.readiness.rows import SLOW, Row, crossing, drained, headline, rows, with_waiting
from stamp_desktop.readiness.runner import Progress


@dataclass(frozen=True, slots=True)
class Curve:
    """The wait for the next question against the group size. `limit` is where it passes SLOW seconds, 0 where it does not.

    `said` is on the recordings at the end, with the part of it to stress.
    """

    points: tuple[Point, ...]
    limit: int
    group: int
    said: str = ""
    stress: str = ""


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """`verdict` None while nothing is known yet. `running` names the step that runs; `only` that it runs by itself.

    `curve` None: the line was not measured, and `no_curve` says why. `told` is what came of saving, `trouble` that it failed.
    """

    title: str
    about: str
    verdict: Verdict | None
    headline: str
    text: str
    rows: tuple[Row, ...] = ()
    running: Progress | None = None
    only: bool = False
    curve: Curve | None = None
    no_curve: str = ""
    told: str = ""
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """Run a step again; "" is all of them."""

    step: str = ""


@dataclass(frozen=True, slots=True)
class SaveReport:
    """Write the report to this file: a page if it ends in .html, else JSON."""

    file: Path


@dataclass(frozen=True, slots=True)
class Leave:
    """Close the window."""


Intent: TypeAlias = CheckAgain | SaveReport | Leave


def view(
    report: Report,
    test: str = "",
    running: Progress | None = None,
    *,
    only: bool = False,
    waiting: Collection[str] = (),
    told: str = "",
    trouble: bool = False,
    clock: str = "",
) -> ReadinessView:
    """What to show of a report; while all of it runs, of what is there already. `waiting`: steps that have not ended.

    `clock`: when it was checked, as the computer's own clock shows it.
    """
    named = f"Room {report.room} · {report.computer}" if report.room else report.computer
    way = "straight to the server" if report.mode == "direct" else "through a room hub"
    takers = "1 test taker" if report.group == 1 else f"{report.group} test takers at once"
    about = ", ".join(part for part in (test, takers, way) if part)
    if running is not None and not only:
        verdict, title, text = None, f"Checking: {running.title}", running.doing or "This takes less than a minute."
    else:
        verdict, title, text = headline(report)
        at = f"checked {clock}" if clock else ""
        about = ", ".join(part for part in (about, at) if part)
    said, stress = drained(report)
    curve = Curve(report.curve, crossing(report.curve, SLOW), report.group, said, stress) if report.curve else None
    return ReadinessView(
        title=f"Readiness · {named}",
        about=about,
        verdict=verdict,
        headline=title,
        text=text,
        rows=with_waiting(rows(report.checks), waiting),
        running=running,
        only=only,
        curve=curve,
        no_curve="" if curve else _why(report.checks, running),
        told=told,
        trouble=trouble,
    )


def _why(checks: tuple[Check, ...], running: Progress | None) -> str:
    if running is not None and not any(check.id == "line.up" for check in checks):
        return "The line has not been measured yet."
    line = [check for check in checks if check.area == "line"]
    why = next((check for check in line if check.verdict == "fail"), None)
    if why is None and any(check.id == "line.up" and check.verdict != "skipped" for check in line):
        return "No test is known that could be asked for its size."
    why = why or next((check for check in line if check.verdict == "skipped"), None)
    return f"The line was not measured. {why.found}" if why else "The line was not measured."
