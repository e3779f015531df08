"""A server at the far end of a shaped line, iperf3 beside it, and what the near end measures. It ends only what it started."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stamp_desktop.readiness.line import Plan, measure
from stamp_desktop.readiness.line_explore import Expected
from stamp_desktop.readiness.line_facts import Latency, LineMeasurement, Obstacle, Rate
from stamp_desktop.readiness.line_flow import Times
from stamp_desktop.server.identity import identity
from tests.shaped import FAR, End, ShapedLine

ROOT = Path(__file__).parents[1]
PORT = 8440
PLANS = {
    "long": Plan(),
    "short": Plan(Times(warm=1.5, counted=3.0, slow=4.0), idle_seconds=1.0),
    "idle": Plan(idle_seconds=0.5, flows=False),
}


@dataclass(frozen=True, slots=True)
class FarServer:
    """`key` is its signing key, in hex."""

    url: str
    server: str
    key: str


@contextmanager
def far_server(line: ShapedLine, data: Path, options: tuple[str, ...] = ()) -> Iterator[FarServer]:
    """A real server under TLS at the far end; its log is `data`/server.log."""
    words = ["-m", "stamp_desktop.server", "serve", "--data", str(data), "--host", FAR, "--port", str(PORT), *options]
    data.mkdir(parents=True, exist_ok=True)
    with (data / "server.log").open("a") as log:
        process = line.far.start(sys.executable, *words, stdout=subprocess.PIPE, stderr=log, cwd=ROOT)
    try:
        said = process.stdout.readline() if process.stdout else ""
        if not said.startswith("Listening on "):
            raise RuntimeError(f"The server did not start: {(data / 'server.log').read_text()[-2000:]}")
        own = identity(data / "identity.json")
        yield FarServer(said.split()[-1], own.id, own.public.hex())
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(40)
        process.kill()
        process.communicate()


@contextmanager
def iperf(end: End) -> Iterator[None]:
    """iperf3 listening there."""
    process = end.start("iperf3", "-s", "--forceflush", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        while process.stdout and "listening" not in (said := process.stdout.readline()):
            if not said:
                raise RuntimeError("iperf3 did not start")
        yield
    finally:
        process.kill()
        process.communicate()


def iperf_mbit(near: End, *, down: bool, seconds: float = 8, warm: float = 2, streams: int = 6) -> float:
    """What iperf3's receiver counted, in Mbit/s."""
    words = ["iperf3", "-c", FAR, "-P", str(streams), "-t", str(seconds), "-O", str(warm), "-J", *(["-R"] if down else [])]
    said = json.loads(near.run(*words, timeout=seconds + warm + 60))
    return float(said["end"]["sum_received"]["bits_per_second"]) / 1e6


def measured(near: End, server: FarServer, form: str = "long", *, pinned: bool = True) -> LineMeasurement:
    """The line as a computer at the near end measures it; `form` is one of PLANS."""
    words = [sys.executable, "-m", "tests.far", server.url, server.server, server.key if pinned else "", form]
    process = near.start(*words, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        said, _ = process.communicate(timeout=180)
    finally:
        process.kill()
        process.communicate()
    return _read(json.loads(said))


def _read(facts: dict[str, Any]) -> LineMeasurement:
    kinds: dict[str, type[Any]] = {"obstacle": Obstacle, "idle": Latency, "down": Rate, "up": Rate}
    kinds |= {"loaded_down": Latency, "loaded_up": Latency}
    parts = {name: kind(**facts[name]) for name, kind in kinds.items() if facts[name] is not None}
    lists = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return LineMeasurement(**facts | lists | parts)


def _here(url: str, server: str, key: str, form: str) -> dict[str, Any]:
    expected = Expected(server, bytes.fromhex(key), pinned=True) if key else Expected()
    return asdict(measure(url, expected=expected, plan=PLANS[form]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_here(*sys.argv[1:5])))
