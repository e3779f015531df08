"""A report as a person reads it: a verdict in words for the largest group, and a row for each part with one finding. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from stamp_desktop.readiness.check import Check, Point, Report, Verdict, overall
from stamp_desktop.readiness.words import span

WORST: Final[Mapping[Verdict, int]] = {"fail": 0, "warn": 1, "pass": 2, "skipped": 3}
SLOW: Final = 2.0
"""Seconds for the next question at the 95th percentile, beyond which people begin to wonder."""
WORDS: Final[Mapping[Verdict, str]] = {"pass": "Pass", "warn": "Mend", "fail": "Not ready", "skipped": "Skipped"}


@dataclass(frozen=True, slots=True)
class Row:
    """One part: its worst finding, with what to do about it; `more` are its other findings, worst first.

    `step` is what has to run again for it.
    """

    id: str
    step: str
    title: str
    verdict: Verdict
    found: str
    remedy: str = ""
    said: str = ""
    more: tuple[Check, ...] = ()
    waiting: bool = False
    """Nothing is known of it yet; its turn comes."""

    @property
    def others(self) -> tuple[Check, ...]:
        """What else is to be mended here."""
        return tuple(check for check in self.more if check.verdict in {"fail", "warn"})


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    step: str
    title: str
    checks: tuple[str, ...]
    """Beginnings of the ids of its checks."""
    shown: tuple[str, ...] = ()
    """Whose findings are told when all is well; without any, the first that passed."""
    titled: bool = False
    """Those findings are numbers that need their names."""


_WAY: Final = tuple(f"line.{step}" for step in ("address", "proxy", "name", "port", "tls", "who", "probes"))
"""What is met on the way to the server, where the line was measured."""

PARTS: Final = (
    _Part("clock", "line.server", "Clock", ("computer.clock",)),
    _Part("screen", "computer.screen", "Screen", ("computer.screen", "computer.scale")),
    _Part("computer", "computer", "Computer", ("computer.",), ("computer.processor", "computer.memory", "computer.disk")),
    _Part("headset", "sound", "Headset", ("sound.",), ("sound.microphone", "sound.noise")),
    _Part("up", "line", "Line, up", ("line.up", "line.capacity", "line.drain"), ("line.up",)),
    _Part("down", "line", "Line, down", ("line.down", "line.prepare"), ("line.down",)),
    _Part("server", "line.server", "Server", ("line.server", *_WAY), ("line.server",)),
    _Part("line", "line", "Line, quality", ("line.",), ("line.latency", "line.loaded"), titled=True),
    _Part("language", "language", "Fonts and keyboard", ("language.",)),
    _Part("package", "package", "Test", ("package.",)),
    _Part("camera", "camera", "Camera", ("camera.",)),
    _Part("kiosk", "kiosk", "Kiosk", ("kiosk.",)),
)
"""In the order in which a check's part is looked for: the first that fits."""
ORDER: Final = (
    "computer", "screen", "headset", "server", "up", "down", "line", "language", "clock", "package", "camera", "kiosk",
)  # fmt: skip


def part_of(check: Check) -> str:
    """The id of the row that a check belongs to."""
    return next(part.id for part in PARTS if check.id.startswith(part.checks))


def rows(checks: Sequence[Check]) -> tuple[Row, ...]:
    """One for each part that something is known of, in the order in which people read them."""
    by_part: dict[str, list[Check]] = {}
    for check in checks:
        by_part.setdefault(part_of(check), []).append(check)
    parts = {part.id: part for part in PARTS}
    return tuple(_row(parts[name], by_part[name]) for name in ORDER if name in by_part)


def with_waiting(known: Sequence[Row], steps: Collection[str]) -> tuple[Row, ...]:
    """Those rows, and one for each part of a step that has not run yet."""
    there = {row.id: row for row in known}
    for part in PARTS:
        if part.step in steps and part.id not in there and part.id != "line":
            there[part.id] = Row(part.id, part.step, part.title, "skipped", "", said="Waiting", waiting=True)
    return tuple(there[name] for name in ORDER if name in there)


def _row(part: _Part, checks: list[Check]) -> Row:
    ranked = sorted(checks, key=lambda check: WORST[check.verdict])
    step = "line" if any(check.id.startswith(_WAY) for check in checks) else part.step
    first, verdict = ranked[0], overall(checks)
    if verdict in {"fail", "warn"}:
        named = f"{first.title}: {first.found}" if part.titled else first.found
        return Row(part.id, step, part.title, verdict, named, first.remedy, WORDS[verdict], tuple(ranked[1:]))
    passed = [check for check in checks if check.verdict == "pass"]
    shown = [check for check in passed if check.id in part.shown] or passed[:1] or ranked[:1]
    found = ", ".join((f"{check.title}: " if part.titled else "") + check.found.rstrip(".") for check in shown)
    return Row(part.id, step, part.title, verdict, found, "", WORDS[verdict], tuple(ranked))


def told(row: Row) -> str:
    """What is to be mended in a row, as lines to be sent to somebody."""
    lines = [f"{row.title}: {row.found} {row.remedy}", *(f"{each.title}: {each.found} {each.remedy}" for each in row.others)]
    return "\n".join(line.strip() for line in lines) if row.verdict in {"fail", "warn"} and not row.waiting else ""


def to_mend(report: Report) -> str:
    """All that is to be mended at a computer, as text; "" where nothing is."""
    lines = [text for row in rows(report.checks) if (text := told(row))]
    return "\n".join([f"{place(report)}, {moment(report.taken)}", *lines]) if lines else ""


def place(report: Report) -> str:
    """Site, room and computer."""
    room = f"Room {report.room}" if report.room else ""
    return " · ".join(part for part in (report.site, room, report.computer) if part)


def moment(seconds: float) -> str:
    """ "2026-11-25 03:38 UTC"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def headline(report: Report) -> tuple[Verdict, str, str]:
    """Verdict, title and one sentence on it."""
    others = [check for check in report.checks if check.verdict in {"fail", "warn"}]
    faults = [check for check in others if check.verdict == "fail"]
    takers = "test taker" if report.group == 1 else "test takers"
    holds = report.limit and report.limit < report.group
    beside = [check for check in faults if check.area != "line"]
    if report.verdict == "skipped":
        return "skipped", "Nothing could be checked", "See why in each row."
    if holds and not beside:
        hub = "Use a room hub, test in more groups," if report.mode == "direct" else "Test in more groups,"
        return (
            report.verdict,
            f"Ready for {report.limit}, not for {report.group}",
            f"The line is the limit. {hub} or leave the computers on until all is sent.",
        )
    if faults:
        first = faults[0] if len(faults) == 1 else (beside or faults)[0]
        rest = len(faults) - 1
        more = "" if not rest else " One more thing below." if rest == 1 else f" {rest} more things below."
        return "fail", "Not ready", f"{first.found} {first.remedy}{more}"
    if others:
        count = "One thing" if len(others) == 1 else f"{len(others)} things"
        return "warn", f"Ready for {report.group}, with {count.lower()} to mend", f"{others[0].found} {others[0].remedy}"
    return "pass", f"Ready for {report.group} {takers}", "Nothing speaks against a test in this room."


def crossing(points: Sequence[Point], seconds: float) -> int:
    """The largest group that waits no longer, read from the picture; 0 where even the smallest waits longer, or nobody does."""
    ranked = sorted(points, key=lambda point: point.group)
    if not ranked or ranked[0].p95_seconds > seconds:
        return 0
    for before, after in pairwise(ranked):
        if after.p95_seconds > seconds >= before.p95_seconds:
            share = (seconds - before.p95_seconds) / (after.p95_seconds - before.p95_seconds)
            return int(before.group + share * (after.group - before.group))
    return 0


def drained(report: Report) -> tuple[str, str]:
    """How long the recordings need at the end: the sentence, and the part of it to stress; "" where it is not known."""
    points = [point for point in report.curve if point.group <= report.group]
    if not points:
        return "", ""
    last = max(points, key=lambda point: point.group)
    if last.drain_seconds < 1:
        return "At the end, nothing is left to be sent: computers may be switched off at once.", ""
    taken, takers = span(last.drain_seconds), "1 test taker" if last.group == 1 else f"{last.group} test takers"
    return f"At the end, the speech of {takers} needs {taken} to be sent. Computers may be switched off after that.", taken
