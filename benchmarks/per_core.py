"""What the server costs in processor time: for 100 events, for a MiB of a recording, for a seal. The base of docs/scale.md.

Processor time of the server's process and of PostgreSQL's, from the system's own counters, so other work on the computer
hardly shows. One worker, calls over loopback without TLS, PostgreSQL durable, files in a folder.
"""

import base64
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.ingest import BATCH, messages, seat
from stamp_desktop.server.demo import seed_demo
from stamp_desktop.server.house import open_house
from stamp_desktop.server.settings import Settings, keep_settings
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.transport import Line
from tests import server_process
from tests.content.small import build_small
from tests.server.backends import Cluster, running_cluster

PIECE = 2**20
RECORDINGS, PIECES = 6, 8


def measure() -> Sequence[Figure]:
    with tempfile.TemporaryDirectory(prefix="stamp-core-") as name, running_cluster(durable=True) as cluster:
        folder = Path(name)
        settings = Settings(folder / "data", cluster.new_database())
        keep_settings(settings)
        house = open_house(settings)
        small = build_small(folder)
        group = seed_demo(house, small.path, small.keys, small.trusted[0]).open.id
        taker = seat(house, group)
        server = server_process.start(settings.data)
        try:
            with Line(server.url, SystemClock(), taker.device.id, taker.signing) as line:
                figures = _events(line, server.process.pid, cluster, taker.session, messages(taker), BATCH)
                figures += _recordings(line, server.process.pid, taker.session)
            alone = seat(house, group)
            with Line(server.url, SystemClock(), alone.device.id, alone.signing) as line:
                figures += _events(line, server.process.pid, cluster, alone.session, messages(alone, 1), 1)
        finally:
            server.stop()
            house.close()
    return figures


def _events(line: Line, pid: int, cluster: Cluster, session: str, batches: Sequence[bytes], size: int) -> list[Figure]:
    began, database = _cpu(pid), _database_cpu(cluster)
    for batch in batches:
        line.call("POST", f"/v1/sessions/{session}/events", batch)
    ours, theirs = _cpu(pid) - began, _database_cpu(cluster) - database
    floor = _floor(lambda: [json.loads(batch) for batch in batches])
    per = 1000 / len(batches)
    against = f"json.loads of {size} event(s)"
    return [
        Figure(f"server's processor time for {size} event(s)", ours * per, floor * per, against),
        Figure(f"PostgreSQL's for {size} event(s)", theirs * per, floor * per, against),
    ]


def _recordings(line: Line, pid: int, session: str) -> list[Figure]:
    dice, used, floor = random.Random(1), 0.0, 0.0
    for number in range(RECORDINGS):
        content = dice.randbytes(PIECE * PIECES)
        digest = hashlib.sha256(content).hexdigest()
        said = {"session": session, "recording": f"r{number}", "sha256": digest}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        tus = {"Tus-Resumable": "1.0.0"}
        headers = {**tus, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        where = line.call("POST", "/v1/recordings", headers=headers).headers["Location"]
        began = _cpu(pid)
        for at in range(0, len(content), PIECE):
            piece = content[at : at + PIECE]
            checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            more = {"Upload-Offset": str(at), "Upload-Checksum": f"sha256 {checksum}"}
            line.call("PATCH", where, piece, {**tus, **more, "Content-Type": "application/offset+octet-stream"})
        used += _cpu(pid) - began
        floor += _floor(partial(hashlib.sha256, content))
    per = 1000 / (RECORDINGS * PIECES)
    return [Figure("server's processor time for 1 MiB of a recording", used * per, floor * per, "SHA-256 of 1 MiB")]


def _floor(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _database_cpu(cluster: Cluster) -> float:
    """Of every process of the cluster that lives; the pooled connections outlive the measurement."""
    main = psutil.Process(int((cluster.socket / "data" / "postmaster.pid").read_text().split()[0]))
    return sum(_cpu(each.pid) for each in main.children(recursive=True))
