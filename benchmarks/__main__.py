"""Runs all of it, or the parts that are named, and prints one table; exit status 1 when a target is missed."""

import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import (
    answer_commit,
    back_again,
    engine_step,
    first_window,
    guarded_window,
    ingest,
    merging,
    next_question,
    per_core,
    upload,
)
from benchmarks.audio import speed
from benchmarks.figures import Figure, table
from benchmarks.screen import screen
from benchmarks.station import build_demo, prepare


def main(asked: list[str]) -> int:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="stamp-bench-", ignore_cleanup_errors=True) as name, screen() as env:
        parts = _parts(Path(name), env)
        if unknown := [part for part in asked if part not in parts]:
            print(f"there is no {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
            return 2
        for part in asked or parts:
            print(f"measuring: {part}", file=sys.stderr, flush=True)
            figures += parts[part]()
    memory, load = psutil.virtual_memory().total / 2**30, psutil.getloadavg()
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    print(f"{psutil.cpu_count()} processors, {memory:.0f} GiB, load {' '.join(f'{each:.1f}' for each in load)}\n")
    print(table(figures))
    return 0 if all(figure.met for figure in figures) else 1


def _parts(folder: Path, env: Mapping[str, str]) -> dict[str, Callable[[], Sequence[Figure]]]:
    """What can be measured, by name, on a station that has the demonstration test."""
    built, station = build_demo(folder), folder / "station"
    prepare(station, built)
    return {
        "first": lambda: first_window.measure(env, station),
        "guarded": lambda: guarded_window.measure(env, station),
        "next": lambda: next_question.measure(env, station),
        "again": lambda: back_again.measure(env, station),
        "commit": lambda: answer_commit.measure(folder, built),
        "engine": lambda: [*engine_step.measure(540), *engine_step.measure(50_001, target=1.0)],
        "ingest": ingest.measure,
        "core": per_core.measure,
        "upload": lambda: upload.measure(folder),
        "screening": speed.measure,
        "merge": lambda: merging.measure(folder),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
