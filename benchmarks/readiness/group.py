"""The simulated group beside a real one, on shaped lines: python -m benchmarks.readiness.group [--lines RATE,RTT …].

Root, Linux. On each line the rates are measured as a station measures them; the simulation says with how many the 95th
percentile of the wait passes two seconds; then 15 % fewer and 15 % more real clients do the same against a real server. They
think for three seconds where people think for minutes: so a small group fills a line as a large one does, in a minute. A line
that does not fit is measured once more, rates and all, and both are told.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psutil

from benchmarks.readiness.clients import Wish, asked_of
from benchmarks.station import build_demo
from stamp_desktop.content.keys import load_publisher_key
from stamp_desktop.content.reader import inspect
from stamp_desktop.readiness.capacity import SEEDS, WAIT_LIMIT, crossing
from stamp_desktop.readiness.capacity_group import Load, Rates, together
from stamp_desktop.readiness.need import need_of
from stamp_desktop.server import admin
from stamp_desktop.server.demo import seed_demo
from stamp_desktop.server.house import open_house
from stamp_desktop.server.settings import settings_of
from stamp_desktop.sync.protocol import PREFIX
from tests.far import ROOT, FarServer, far_server, measured
from tests.shaped import End, Shape, missing, shaped

LINES = ((2.0, 80.0), (5.0, 30.0), (10.0, 50.0))
SETS, THINK_SECONDS = 10, 3.0
HEAVY_BYTES = 100_000
SHARE = 0.15
HEAD = ("line", "media of a set", "limit", "15 % fewer", "simulated", "real", "15 % more", "simulated", "real", "fits", "load")


def p95(waits: Sequence[float]) -> float:
    return sorted(waits)[min(len(waits) - 1, int(0.95 * len(waits)))]


def real(near: End, wish: Wish) -> float:
    """The 95th percentile of a real group's waits."""
    with near.start(
        sys.executable, "-m", "benchmarks.readiness.clients", stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        said, _ = process.communicate(asked_of(wish), timeout=300)
    return p95(json.loads(said))


def simulated(load: Load, rates: Rates, group: int) -> float:
    return sorted(together(load, rates, group, seed).p95 for seed in SEEDS)[len(SEEDS) // 2]


def main(argv: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.readiness.group", description=__doc__)
    asked.add_argument("--lines", nargs="*", metavar="RATE,RTT")
    said = asked.parse_args(argv)
    if why := missing():
        print(f"Nothing was measured: {why}", file=sys.stderr)
        return 3
    lines = [tuple(map(float, each.split(","))) for each in said.lines or ()] or LINES
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD), flush=True)
    fits = True
    for rate, trip in lines:
        with tempfile.TemporaryDirectory(prefix="stamp-room-") as name:
            fits &= on_line(Path(name), rate, trip)
    return 0 if fits else 1


def on_line(folder: Path, rate: float, trip: float) -> bool:
    built, fits = build_demo(folder), True
    manifest, need = inspect(built.path), need_of(inspect(built.path))
    with closing(open_house(settings_of(folder / "server"))) as house:
        facts = seed_demo(house, built.path, built.keys, load_publisher_key(folder / "publisher.pem").public_key())
        organization = admin.organization_of(house, facts.open.id)
        codes = [admin.new_code(house, organization) for _ in range(8)]
        fingerprint = house.identity.fingerprint
    target = f"{PREFIX}/packages/{manifest.id}/{manifest.version}"
    shape = Shape(rate, rate, trip)
    with shaped(shape) as line, far_server(line, folder / "server") as server:
        for set_bytes in (need.media_bytes // need.units, HEAVY_BYTES):
            wish = (server, fingerprint, target, built.path.stat().st_size, set_bytes)
            fits &= any(_row(line.near, shape, _rates(line.near, server), wish, [codes.pop(), codes.pop()]) for _ in range(2))
    return fits


def _rates(near: End, server: FarServer) -> Rates:
    found = measured(near, server, "short")
    if not (found.down and found.up and found.idle):
        raise RuntimeError(f"the line was not measured: {found.obstacle} {found.unmeasured}")
    return Rates(found.down.mbit, found.up.mbit, found.idle.median / 1000)


def _row(near: End, shape: Shape, rates: Rates, wish: tuple[FarServer, str, str, int, int], codes: list[str]) -> bool:
    server, fingerprint, target, size, set_bytes = wish
    load = Load(SETS, set_bytes, THINK_SECONDS)
    limit = crossing(load, rates)
    cells: list[str] = []
    found: list[float] = []
    for code, group in zip(codes, (round(limit * (1 - SHARE)), max(limit + 1, round(limit * (1 + SHARE)))), strict=True):
        group_wish = Wish(server.url, code, fingerprint, target, size, group, SEEDS[0], SETS, set_bytes, THINK_SECONDS)
        found.append(real(near, group_wish))
        cells += [str(group), f"{simulated(load, rates, group):.2f} s", f"{found[-1]:.2f} s"]
    fits = found[0] <= WAIT_LIMIT < found[1]
    where = f"{shape.down:g} Mbit/s, {shape.rtt_ms:.0f} ms"
    last = ("yes" if fits else "NO", f"{psutil.getloadavg()[0]:.1f}")
    print("| " + " | ".join((where, f"{set_bytes / 1000:.0f} KB", str(limit), *cells, *last)) + " |", flush=True)
    return fits


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
