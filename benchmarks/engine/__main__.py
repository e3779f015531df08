"""Runs all of it, or the parts that are named, and prints Markdown; exit status 1 when a target is missed."""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from benchmarks.engine import beside, memory, targets

PARTS = ("targets", "accuracy", "latency", "memory")
FASTER_THAN_CATSIM, STEP_P99_MS, MEMORY_MB = 50.0, 1.0, 200.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--takers", type=int, default=targets.TAKERS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[targets.TUNING_SEED, *targets.OTHER_SEEDS])
    parser.add_argument("--items", type=int, nargs="+", default=[items for items, _ in targets.SIZES])
    asked = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} processors, load {load}"
    )
    kept = []
    if "targets" in asked.parts:
        text, whole = targets.table(list(targets.measure(asked.takers, asked.items, asked.seeds, _say)))
        kept.append(whole)
        print(f"\n## Targets, {asked.takers:,} takers\n\n{text}", flush=True)
    if "accuracy" in asked.parts:
        _say("accuracy beside others")
        print("\n## The same items, simulees and answers\n")
        print(beside.accuracy_table(list(beside.accuracy())), flush=True)
    if "latency" in asked.parts:
        kept.append(_latency())
    if "memory" in asked.parts:
        _say("memory")
        tables, whole_process = memory.measure(50_001)
        kept.append(tables <= MEMORY_MB)
        print(f"\n## Memory\n\nTables of 50,001 items in sets of three: {tables:.0f} MB (target ≤ {MEMORY_MB:.0f});")
        print(f"the whole process {whole_process:.0f} MB.", flush=True)
    return 0 if all(kept) else 1


def _latency() -> bool:
    rows = []
    for items in beside.SIZES:
        _say(f"a step at {items} items")
        rows += list(beside.latency(items))
    rows += [beside.in_sets(items) for items in (501, 5_001, 50_001)]
    by = {(row.engine, row.items): row for row in rows}
    faster = by["catsim", 50_000].p50 / by["stamp-desktop", 50_000].p50
    slowest = by["stamp-desktop, sets of three", 50_001].p99
    print(f"\n## A step: estimate and choose, processor time\n\n{beside.latency_table(rows)}\n")
    print(f"At 50,000 items {faster:.0f} x faster than catsim (target ≥ {FASTER_THAN_CATSIM:.0f});")
    print(f"p99 in sets of three {slowest:.2f} ms (target ≤ {STEP_P99_MS:g}).", flush=True)
    return faster >= FASTER_THAN_CATSIM and slowest <= STEP_P99_MS


def _say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
