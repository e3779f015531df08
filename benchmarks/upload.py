"""A recording over a line of limited rate, against raw TCP over the same line in the same run.

The line is loopback in a network namespace of its own with `tc tbf`; where it loses packets, three namespaces
(`tests/shaped.py`), the server under TLS. It needs Linux and root; elsewhere nothing is measured.
`python -m benchmarks.upload FOLDER RATE` is the part inside of the namespace.
"""

import hashlib
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, percentile
from stamp_desktop.engine.session import Form
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.pieces import Pace, Source, send_file
from stamp_desktop.sync.protocol import LARGEST_PIECE, Group
from stamp_desktop.sync.transport import Offline
from stamp_desktop.sync.upload import begin
from tests import server_process
from tests.content.small import build_small
from tests.far import far_server
from tests.shaped import Shape, ShapedLine, missing, shaped, standing
from tests.sync.lab import LabComputer, form_of, in_house, seeded

RATES = ("4mbit", "16mbit")
"""The first is what a station has of a school's line when a lab of thirty sends at once over 120 Mbit/s."""
LOSSES = (0.01, 0.03)
SIZE = 4 * 2**20
RUNS = 3
LOSSY_RUNS = 5
CUTS = 5
SECONDS = 600


def tbf(rate: str) -> tuple[str, ...]:
    return ("tbf", "rate", rate, "burst", "32kb", "latency", "300ms")


def measure(folder: Path) -> Sequence[Figure]:
    """The figures, none where there is no such line."""
    if why := missing():
        print(f"upload: not measured, {why}", file=sys.stderr)
        return []
    figures = [Figure(*row) for rate in RATES for row in _in_a_namespace(folder / rate, rate)]
    return figures + [figure for loss in LOSSES for figure in _lossy(folder / f"lossy-{loss}", loss)]


def _in_a_namespace(folder: Path, rate: str) -> list[Any]:
    line = f"ip link set lo mtu 1500 up && tc qdisc add dev lo root {' '.join(tbf(rate))}"
    inside = [sys.executable, "-m", "benchmarks.upload", str(folder), rate]
    command = ["unshare", "--net", "sh", "-c", f'{line} && exec "$@"', "sh", *inside]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    said: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@dataclass
class Uploads:
    """A computer that uploads recordings; `again` are the bytes that were sent a second time after each cut."""

    computer: LabComputer
    folder: Path
    pace: Pace
    again: list[int] = field(default_factory=list)
    number: int = 0

    def one(self) -> float:
        """Milliseconds for one, however often the line breaks."""
        self.number += 1
        raw, path = random.Random(self.number).randbytes(SIZE), self.folder / "spoken"
        path.write_bytes(raw)
        source = Source("s", f"r{self.number}", hashlib.sha256(raw).hexdigest(), SIZE, path)
        where, sent, cut = "", 0, False

        def begun(place: str) -> None:
            nonlocal where
            where = place

        def moved(at: int) -> None:
            nonlocal sent, cut
            if cut:
                self.again.append(max(0, sent - at))
            sent, cut = min(at + self.pace.bytes, SIZE), False

        began = time.perf_counter()
        while True:
            try:
                with self.computer.line() as line:
                    send_file(line, source, self.pace, where, begun, moved)
            except Offline:
                cut = True
                continue
            return (time.perf_counter() - began) * 1000


def _uploads(folder: Path, computer: LabComputer, group: Group, form: Form) -> Uploads:
    seated = computer.seat("s", group, form)
    with computer.line() as line:
        begin(line, computer.device(), computer.line_of("s"), seated.book)
    seated.book.close()
    return Uploads(computer, folder, Pace(SystemClock()))


def inside(folder: Path, rate: str) -> list[tuple[Any, ...]]:
    folder.mkdir(parents=True)
    small = build_small(folder / "package")
    facts = seeded(folder / "server", small)
    server = server_process.start(folder / "server")
    rows: list[tuple[Any, ...]] = []
    try:
        computer = LabComputer(folder / "computer", small)
        computer.enrol(server.url, facts.enrolment_code)
        uploads, what = _uploads(folder, computer, facts.closed, form_of(small)), f"upload of 4 MiB at {rate}"
        rows.append((f"{what}, median of {RUNS}", *_both(uploads, _raw), "raw TCP, the same line", 1 / 0.95))
        if rate == RATES[0]:
            with _down_every_other_second(tbf(rate)):
                broken = _both(uploads, _raw)
            rows.append((f"{what}, down every other second, median of {RUNS}", *broken, "raw TCP, the same line", 1 / 0.8))
            with _cut_now_and_then():
                while len(uploads.again) < CUTS:
                    uploads.one()
            told = f"sent again after a cut, the most in {len(uploads.again)} cuts"
            rows.append((told, max(uploads.again) / 1024, LARGEST_PIECE / 1024, "the largest piece", 1.0, "ratio", "KiB"))
    finally:
        server.stop()
    return rows


def _lossy(folder: Path, loss: float) -> list[Figure]:
    folder.mkdir(parents=True)
    small = build_small(folder / "package")
    facts = seeded(folder / "server", small)
    proof = in_house(folder / "server", lambda house: house.identity.fingerprint)
    shape = Shape(4, 4, rtt_ms=30, loss=loss)
    with shaped(shape) as line, far_server(line, folder / "server") as far, standing(line.near):
        computer = LabComputer(folder / "computer", small)
        computer.enrol(far.url, facts.enrolment_code, fingerprint=proof)
        uploads = _uploads(folder, computer, facts.closed, form_of(small))
        ours, raw = _both(uploads, partial(_raw, line), LOSSY_RUNS)
    what = f"upload of 4 MiB at 4mbit over TLS, 30 ms, {loss:.0%} lost, median of {LOSSY_RUNS}"
    return [Figure(what, ours, raw, "raw TCP, the same line", 1 / 0.95)]


def _both(uploads: Uploads, raw: Callable[[], float], runs: int = RUNS) -> tuple[float, float]:
    """Upload and raw TCP, in turn."""
    took = [(uploads.one(), raw()) for _ in range(runs)]
    return percentile([pair[0] for pair in took], 50), percentile([pair[1] for pair in took], 50)


def _raw(line: ShapedLine | None = None) -> float:
    """The same bytes over one connection, until the other end says that it has them."""
    raw, host = random.Random(1).randbytes(SIZE), line.far.address if line else "127.0.0.1"
    with standing(line.far) if line else nullcontext():
        listening = socket.create_server((host, 0))

    def receive() -> None:
        far, _ = listening.accept()
        with far:
            left = SIZE
            while left:
                left -= len(far.recv(2**18))
            far.sendall(b"!")

    with listening:
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
def _down_every_other_second(up: Sequence[str]) -> Iterator[None]:
    def switch(ended: threading.Event) -> None:
        while not ended.wait(1):
            _tc("replace", "dev", "lo", "root", "pfifo", "limit", "0")
            ended.wait(1)
            _tc("replace", "dev", "lo", "root", *up)

    with _meanwhile(switch):
        yield
    _tc("replace", "dev", "lo", "root", *up)


@contextmanager
def _cut_now_and_then() -> Iterator[None]:
    """Every connection of the namespace is reset every three seconds."""

    def cut(ended: threading.Event) -> None:
        while not ended.wait(3):
            subprocess.run(["ss", "-K", "dst", "127.0.0.1"], capture_output=True, check=True)

    with _meanwhile(cut):
        yield


@contextmanager
def _meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """`work` on a thread of its own, until its event is set."""
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _tc(*words: str) -> None:
    subprocess.run(["tc", "qdisc", *words], check=True)


if __name__ == "__main__":
    print(json.dumps(inside(Path(sys.argv[1]), sys.argv[2])))
