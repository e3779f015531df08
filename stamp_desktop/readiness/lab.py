"""Many reports as one lab: which computers, which checks, what to mend first. A computer's newest report counts. Pure but for
reading the files; what is no report is named and left out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stamp_desktop.readiness.check import AREAS, Report, Verdict, decode
from stamp_desktop.readiness.rows import WORST
from stamp_desktop.trouble import Trouble

LARGEST: Final = 2**20
"""Bytes of a report: one of twenty languages has a tenth of that."""
WEIGHTS: Final[dict[str, int]] = {"fail": 3, "warn": 1}


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do, and where; `weight` is how much it costs to leave it."""

    remedy: str
    title: str
    found: str
    verdict: Verdict
    computers: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Lab:
    """`reports` worst first, `columns` (check id, title) by area, `remedies` heaviest first, `left_out` (file, reason)."""

    reports: tuple[Report, ...]
    columns: tuple[tuple[str, str], ...]
    remedies: tuple[Remedy, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(sorted({report.site for report in self.reports if report.site}))


def read(files: Iterable[Path]) -> tuple[list[Report], list[tuple[str, str]]]:
    """The reports of these files, and which are none."""
    reports, faults = [], []
    for file in files:
        try:
            if file.stat().st_size > LARGEST:
                faults.append((str(file), "It is too large for a report."))
                continue
            reports.append(decode(file.read_text(encoding="utf-8")))
        except Trouble as trouble:
            faults.append((str(file), trouble.advice.what))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            faults.append((str(file), f"It cannot be read: {why}."))
    return reports, faults


def lab(reports: Iterable[Report], left_out: Sequence[tuple[str, str]] = ()) -> Lab:
    """Put together."""
    newest: dict[tuple[str, str, str, str], Report] = {}
    for report in reports:
        place = report.site, report.room, report.computer, report.machine
        if place not in newest or newest[place].taken <= report.taken:
            newest[place] = report
    kept = sorted(newest.values(), key=lambda report: (WORST[report.verdict], report.site, report.room, report.computer))
    return Lab(tuple(kept), _columns(kept), (*_doubled(kept), *_remedies(kept)), tuple(left_out))


def _doubled(reports: Iterable[Report]) -> tuple[Remedy, ...]:
    """Computers that share a name: who needs help cannot be told from its neighbour."""
    count = Counter((report.site, report.room, report.computer) for report in reports)
    names = tuple(sorted({computer for (_, _, computer), number in count.items() if number > 1}))
    if not names:
        return ()
    found = f"{max(count.values())} computers of one room are called {names[0]}."
    return (Remedy("Give each computer a name of its own.", "Name of the computer", found, "warn", names, len(names)),)


def gathered(files: Iterable[Path]) -> list[Path]:
    """The files, and of a folder those in it that end in .json, in the order of their names."""
    found: list[Path] = []
    for file in files:
        found += (file.is_dir() and sorted(file.glob("*.json"))) or [file]
    return found


def _columns(reports: Iterable[Report]) -> tuple[tuple[str, str], ...]:
    """The order of a report's checks, areas first; titles are those that were met first."""
    titles: dict[str, str] = {}
    for report in reports:
        for check in report.checks:
            titles.setdefault(check.id, check.title)
    areas: dict[str, int] = {area: at for at, area in enumerate(AREAS)}
    return tuple(sorted(titles.items(), key=lambda each: areas[each[0].partition(".")[0]]))


def _remedies(reports: Iterable[Report]) -> tuple[Remedy, ...]:
    """Grouped by check and remedy. A failed check weighs three times a warning; then the one that mends more computers."""
    met: dict[tuple[str, str], list[tuple[Report, str, str, Verdict]]] = {}
    for report in reports:
        for check in report.checks:
            if check.remedy and check.verdict in WEIGHTS:
                met.setdefault((check.id, check.remedy), []).append((report, check.title, check.found, check.verdict))
    made = []
    for (_, remedy), places in met.items():
        worst: Verdict = "fail" if any(verdict == "fail" for *_, verdict in places) else "warn"
        names = tuple(sorted({report.computer for report, *_ in places}))
        _, title, found, _ = next(place for place in places if place[3] == worst)
        made.append(Remedy(remedy, title, found, worst, names, sum(WEIGHTS[verdict] for *_, verdict in places)))
    return tuple(sorted(made, key=lambda each: (-each.weight, each.title, each.remedy)))
