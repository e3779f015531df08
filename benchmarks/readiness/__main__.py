"""The line measurement beside iperf3, on shaped lines: python -m benchmarks.readiness [--cells RATE,LOSS,RTT …].

Root, Linux. Each cell is a line of its own, with a real server under TLS at its far end; iperf3 with as many streams, warm-up
and seconds measures before and after in the same run, on the same line. A line that misses is measured once more, and both
are told: the second says whether it was the line or the computer's other work. Exit status 1 when one misses twice.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import psutil

from stamp_desktop.readiness.line_facts import LineMeasurement
from stamp_desktop.readiness.line_flow import COUNTED_SECONDS, SLOW_COUNTED_SECONDS, SLOW_LINE
from tests.far import far_server, iperf, iperf_mbit, measured
from tests.shaped import Shape, missing, shaped

RATES, LOSSES, TRIPS = (1.0, 5.0, 20.0, 50.0, 100.0), (0.0, 0.01), (30.0, 80.0, 200.0)
DOWN_TARGET, UP_TARGET = 0.05, 0.08
HEAD = ("rate", "loss", "round trip", "down", "iperf3", "", "up", "iperf3", "", "idle", "full down", "full up", "late", "load")


@dataclass(frozen=True, slots=True)
class Cell:
    """One line: what was measured and what iperf3's receiver counted, in Mbit/s."""

    shape: Shape
    found: LineMeasurement
    iperf_down: float
    iperf_up: float
    load: float

    @property
    def down_off(self) -> float:
        return self.found.down.mbit / self.iperf_down - 1 if self.found.down else float("nan")

    @property
    def up_off(self) -> float:
        return self.found.up.mbit / self.iperf_up - 1 if self.found.up else float("nan")

    @property
    def met(self) -> bool:
        return abs(self.down_off) <= DOWN_TARGET and abs(self.up_off) <= UP_TARGET


def measure_cell(shape: Shape) -> Cell:
    """About 55 s. iperf3 counts as long as the measurement does."""
    seconds = COUNTED_SECONDS if min(shape.down, shape.up) >= SLOW_LINE else SLOW_COUNTED_SECONDS
    with (
        tempfile.TemporaryDirectory(prefix="stamp-line-") as name,
        shaped(shape) as line,
        far_server(line, Path(name)) as server,
        iperf(line.far),
    ):
        before = iperf_mbit(line.near, down=True, seconds=seconds)
        found = measured(line.near, server)
        after = iperf_mbit(line.near, down=False, seconds=seconds)
    return Cell(shape, found, before, after, psutil.getloadavg()[0])


def row(cell: Cell) -> tuple[str, ...]:
    found, shape = cell.found, cell.shape

    def ms(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f} ms"

    def off(value: float, target: float) -> str:
        return f"{value:+.1%}{'' if abs(value) <= target else ' MISSED'}"

    return (
        f"{shape.down:g}",
        f"{shape.loss:.0%}",
        f"{shape.rtt_ms:.0f} ms",
        f"{found.down.mbit:.2f}" if found.down else "–",
        f"{cell.iperf_down:.2f}",
        off(cell.down_off, DOWN_TARGET),
        f"{found.up.mbit:.2f}" if found.up else "–",
        f"{cell.iperf_up:.2f}",
        off(cell.up_off, UP_TARGET),
        ms(found.idle.median if found.idle else None),
        ms(found.loaded_down.median if found.loaded_down else None),
        ms(found.loaded_up.median if found.loaded_up else None),
        f"{found.idle.lost:.1%}" if found.idle else "–",
        f"{cell.load:.1f}",
    )


def main(argv: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.readiness", description=__doc__)
    asked.add_argument("--congestion", default="bbr", help="how TCP behaves at both ends: bbr, cubic or reno")
    asked.add_argument("--queue", type=float, default=100.0, metavar="MS", help="the bottleneck's queue when it is full")
    asked.add_argument("--cells", nargs="*", metavar="RATE,LOSS,RTT", help="some lines only")
    said = asked.parse_args(argv)
    if why := missing("iperf3"):
        print(f"Nothing was measured: {why}", file=sys.stderr)
        return 3
    wanted = [tuple(map(float, each.split(","))) for each in said.cells or ()] or list(product(RATES, LOSSES, TRIPS))
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, Python {platform.python_version()},"
    )
    print(f"{psutil.cpu_count()} processors, TCP {said.congestion}, queue {said.queue:g} ms, niceness {os.nice(0)}\n")
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    cells: list[Cell] = []
    again = 0
    for rate, loss, trip in wanted:
        shape = Shape(rate, rate, trip, loss, said.queue, said.congestion)
        cell = measure_cell(shape)
        print("| " + " | ".join(row(cell)) + " |", flush=True)
        if not cell.met:
            again, cell = again + 1, measure_cell(shape)
            print("| " + " | ".join(("again", *row(cell)[1:])) + " |", flush=True)
        cells.append(cell)
    missed = [cell for cell in cells if not cell.met]
    for what, offs in (("down", [cell.down_off for cell in cells]), ("up", [cell.up_off for cell in cells])):
        print(f"\n{what}: median {statistics.median(map(abs, offs)):.1%} off, worst {max(map(abs, offs)):.1%}", end="")
    print(f"\n{len(cells) - len(missed)} of {len(cells)} lines within {DOWN_TARGET:.0%} down and {UP_TARGET:.0%} up, ", end="")
    print(f"{again} of them measured twice")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
