"""What a check says: one value against one threshold, a verdict, and a remedy in plain words. Pure; it measures nothing."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, TypeAlias

from stamp_desktop.content.plain import plain, record
from stamp_desktop.trouble import Trouble

Verdict: TypeAlias = Literal["pass", "warn", "fail", "skipped"]
Area: TypeAlias = Literal["computer", "line", "sound", "camera", "language", "kiosk", "package"]
AREAS: Final[tuple[Area, ...]] = ("computer", "line", "sound", "camera", "language", "kiosk", "package")
EXIT_CODES: Final = {"pass": 0, "warn": 1, "fail": 2, "skipped": 3}
FORMAT: Final = 1
LATEST: Final = 2.0**33
"""Seconds since the epoch: the year 2242."""
LARGEST: Final = 10**7


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. `id` is stable ("line.up", "sound.hum", "language.fonts.zh"); it begins with its area.

    `value` and `threshold` are in `unit`; None where there is no number. `found` says in a sentence what was found, or why the
    check was skipped; `remedy` what to do about it, empty when nothing is to be done.
    """

    id: str
    title: str
    verdict: Verdict
    found: str
    value: float | None = None
    unit: str = ""
    threshold: float | None = None
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.area not in AREAS:
            raise ValueError(f"{self.id}: no such area")
        if self.verdict in {"warn", "fail"} and not self.remedy:
            raise ValueError(f"{self.id}: no remedy")
        for name in ("value", "threshold"):  # a whole number is the number that JSON gives back
            if (number := getattr(self, name)) is not None:
                object.__setattr__(self, name, float(number))

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Point:
    """One group size tried: 95th percentile of the wait for the next question, and the time to send all speech at the end."""

    group: int
    p95_seconds: float
    drain_seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What one computer found. `taken` is seconds since the epoch; `limit` is the largest group that the line holds, or 0."""

    computer: str
    room: str
    site: str
    system: str
    program: str
    server: str
    packages: tuple[str, ...]
    group: int
    mode: Literal["direct", "hub"]
    taken: float
    checks: tuple[Check, ...]
    curve: tuple[Point, ...] = ()
    limit: int = 0
    machine: str = ""
    """A mark that another computer of the same name does not have; "" where there is none."""
    format: int = FORMAT

    @property
    def verdict(self) -> Verdict:
        return overall(self.checks)

    @property
    def exit_code(self) -> int:
        """0 ready, 1 warnings, 2 not ready, 3 nothing could be tried."""
        return EXIT_CODES[self.verdict]


def overall(checks: Iterable[Check]) -> Verdict:
    """The worst of them. Skipped never counts as passed: "skipped" when not one check was made."""
    said = {check.verdict for check in checks}
    order: tuple[Verdict, ...] = ("fail", "warn", "pass")
    return next((verdict for verdict in order if verdict in said), "skipped")


def encode(report: Report) -> str:
    """The report as JSON, for a file or the server."""
    return json.dumps(plain(Report, report) | {"verdict": report.verdict}, indent=2, ensure_ascii=False) + "\n"


def decode(text: str) -> Report:
    """The report that `encode` wrote; Trouble when it is none, or of a format that this program does not know."""
    try:
        value = json.loads(text)
        if isinstance(value, dict) and value.get("format") == FORMAT:
            value.pop("verdict", None)
            return _possible(record(Report, _decimals(value)))
        newer = isinstance(value, dict) and type(value.get("format")) is int and value["format"] > FORMAT
        reason = "a newer version of this program made it" if newer else "it is not of a format that this program knows"
    except (ValueError, RecursionError) as error:
        reason = str(error) if text.strip() else "it is empty"
    raise Trouble(
        "readiness-report",
        f"This file is not a readiness report: {reason}.",
        "It was left out.",
        "Make it again with `stamp-desktop readiness --silent --json FILE`.",
    )


def _possible(report: Report) -> Report:
    """ValueError for numbers that nothing can be worked out with: JSON as Python reads it has infinity and "not a number"."""
    numbers = [number for check in report.checks for number in (check.value, check.threshold) if number is not None]
    numbers += [number for point in report.curve for number in (point.p95_seconds, point.drain_seconds)]
    whole = (report.group, report.limit, *(point.group for point in report.curve))
    if not all(map(isfinite, numbers)) or not 0 <= report.taken < LATEST or not all(0 <= each < LARGEST for each in whole):
        raise ValueError("its numbers are not usable")
    return report


def _decimals(value: dict[str, object]) -> dict[str, object]:
    """Tools that read and write JSON on the way (jq, a fleet's own) make 12.0 a 12; it is the same number."""
    made = {name: _decimal(each) if name == "taken" else each for name, each in value.items()}
    for name, numbers in (("checks", {"value", "threshold"}), ("curve", {"p95_seconds", "drain_seconds"})):
        if isinstance(parts := value.get(name), list):
            made[name] = [_with_decimals(part, numbers) if isinstance(part, dict) else part for part in parts]
    return made


def _with_decimals(part: dict[str, object], numbers: set[str]) -> dict[str, object]:
    return {key: _decimal(each) if key in numbers else each for key, each in part.items()}


def _decimal(number: object) -> object:
    return float(number) if type(number) is int and abs(number) < 2**53 else number
