"""A recording over a line of limited rate, against raw TCP over the same line in the same run.

The line is loopback in a network namespace of its own with `tc tbf`, which needs Linux and root; elsewhere nothing is measured.
`python -m benchmarks.upload FOLDER` is the part inside of the namespace.
"""

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, percentile
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.pieces import Pace, Source, send_file
from stamp_desktop.sync.transport import Offline, station_line
from stamp_desktop.sync.upload import begin
from tests import server_process
from tests.content.small import build_small
from tests.sync.lab import LabComputer, form_of, seeded

RATE = "4mbit"
"""What a station has of a school's line when a lab of thirty sends at once over 120 Mbit/s."""
SIZE = 4 * 2**20
RUNS = 3
TBF = ("tbf", "rate", RATE, "burst", "32kb", "latency", "300ms")
SECONDS = 300


def measure(folder: Path) -> Sequence[Figure]:
    """The figures, none where there is no such line."""
    if sys.platform != "linux" or os.geteuid() != 0 or not (shutil.which("tc") and shutil.which("unshare")):
        print("upload: not measured, it wants Linux, root and tc", file=sys.stderr)
        return []
    line = f"ip link set lo mtu 1500 up && tc qdisc add dev lo root {' '.join(TBF)}"
    inside = [sys.executable, "-m", "benchmarks.upload", str(folder / "upload")]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", f'{line} && exec "$@"', "sh", *inside],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return [Figure(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def inside(folder: Path) -> list[tuple[str, float, float, str, float]]:
    folder.mkdir(parents=True)
    small = build_small(folder / "package")
    facts = seeded(folder / "server", small)
    server = server_process.start(folder / "server")
    computer = LabComputer(folder / "computer", small)
    computer.enrol(server.url, facts.enrolment_code)
    seated = computer.seat("s", facts.closed, form_of(small))
    numbers = iter(range(1000))
    with computer.line() as line:
        begin(line, computer.device(), computer.line_of("s"), seated.book)
    pace = Pace(SystemClock())

    def upload() -> float:
        raw = random.Random(next(numbers)).randbytes(SIZE)
        path = folder / "spoken"
        path.write_bytes(raw)
        source = Source("s", f"r{next(numbers)}", hashlib.sha256(raw).hexdigest(), SIZE, path)
        began = time.perf_counter()
        while True:
            try:
                with station_line(computer.device(), computer.keys, computer.clock) as line:
                    send_file(line, source, pace)
            except Offline:
                continue
            return (time.perf_counter() - began) * 1000

    try:
        steady = _both(upload)
        with _down_every_other_second():
            broken = _both(upload)
    finally:
        server.stop()
        seated.book.close()
    what = f"upload of 4 MiB at {RATE}"
    return [
        (f"{what}, median of {RUNS}", *steady, "raw TCP, the same line", 1 / 0.95),
        (f"{what}, down every other second, median of {RUNS}", *broken, "raw TCP, the same line", 1 / 0.8),
    ]


def _both(upload: Callable[[], float]) -> tuple[float, float]:
    """Upload and raw TCP, in turn."""
    took: list[tuple[float, float]] = [(upload(), _raw()) for _ in range(RUNS)]
    return percentile([pair[0] for pair in took], 50), percentile([pair[1] for pair in took], 50)


def _raw() -> float:
    """The same bytes over one connection, until the other end says that it has them."""
    raw = random.Random(1).randbytes(SIZE)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def receive() -> None:
            far, _ = listening.accept()
            with far:
                left = SIZE
                while left:
                    left -= len(far.recv(2**18))
                far.sendall(b"!")

        thread = threading.Thread(target=receive)
        thread.start()
        began = time.perf_counter()
        with socket.create_connection(listening.getsockname()) as near:
            near.sendall(raw)
            near.recv(1)
        took = (time.perf_counter() - began) * 1000
        thread.join()
    return took


@contextmanager
def _down_every_other_second() -> Iterator[None]:
    ended = threading.Event()

    def switch() -> None:
        while not ended.wait(1):
            _tc("replace", "dev", "lo", "root", "pfifo", "limit", "0")
            ended.wait(1)
            _tc("replace", "dev", "lo", "root", *TBF)

    thread = threading.Thread(target=switch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _tc("replace", "dev", "lo", "root", *TBF)


def _tc(*words: str) -> None:
    subprocess.run(["tc", "qdisc", *words], check=True)


if __name__ == "__main__":
    print(json.dumps(inside(Path(sys.argv[1]))))
