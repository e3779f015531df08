"""Runs all of it, or the parts that are named, and prints one table; exit status 1 when a target is missed."""

import platform
import sys
import tempfile
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
from benchmarks.figures import Figure, table
from benchmarks.screen import screen
from benchmarks.station import build_demo, prepare

ALL = ("first", "guarded", "next", "again", "commit", "engine", "ingest", "core", "upload", "merge")


def main(asked: list[str]) -> int:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="stamp-bench-", ignore_cleanup_errors=True) as name, screen() as env:
        folder = Path(name)
        built = build_demo(folder)
        prepare(folder / "station", built)
        for part in asked or ALL:
            print(f"measuring: {part}", file=sys.stderr, flush=True)
            match part:
                case "first":
                    figures += first_window.measure(env, folder / "station")
                case "guarded":
                    figures += guarded_window.measure(env, folder / "station")
                case "next":
                    figures += next_question.measure(env, folder / "station")
                case "again":
                    figures += back_again.measure(env, folder / "station")
                case "commit":
                    figures += answer_commit.measure(folder, built)
                case "engine":
                    figures += [*engine_step.measure(540), *engine_step.measure(50_001, target=1.0)]
                case "ingest":
                    figures += ingest.measure()
                case "core":
                    figures += per_core.measure()
                case "upload":
                    figures += upload.measure(folder)
                case "merge":
                    figures += merging.measure(folder)
                case _:
                    print(f"there is no {part}; there are {', '.join(ALL)}", file=sys.stderr)
                    return 2
    memory, load = psutil.virtual_memory().total / 2**30, psutil.getloadavg()
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    print(f"{psutil.cpu_count()} processors, {memory:.0f} GiB, load {' '.join(f'{each:.1f}' for each in load)}\n")
    print(table(figures))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
