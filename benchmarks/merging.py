"""How long 200 reports of readiness take to become one page, as `stamp-desktop readiness merge` makes it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from stamp_desktop.readiness.check import encode
from stamp_desktop.readiness.lab import lab, read
from stamp_desktop.readiness.page import lab_page
from tests.readiness.labs import lab_of

REPORTS, TIMES = 200, 7
TARGET_MS = 5000.0


def measure(folder: Path) -> list[Figure]:
    """Files read, put together, written; against reading the same files as JSON."""
    files = []
    for report in lab_of(REPORTS):
        files.append(folder / f"{report.computer}.json")
        files[-1].write_text(encode(report), encoding="utf-8")
    out = folder / "lab.html"

    def merge() -> None:
        out.write_text(lab_page(lab(*read(files)), 0.0), encoding="utf-8")

    def parse() -> None:
        for file in files:
            json.loads(file.read_text(encoding="utf-8"))

    merged, parsed = [], []
    for _ in range(TIMES):
        merged.append(_ms(merge))
        parsed.append(_ms(parse))
    against = "the same files by json.loads"
    return [Figure(f"{REPORTS} reports merged, median of {TIMES}", median(merged), median(parsed), against, TARGET_MS, "value")]


def _ms(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
