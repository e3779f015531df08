"""What the server counts, in Prometheus's words. It counts and shows; it names no person, computer or session.

Several worker processes count into files of one folder, which `several_processes` names before they start.
"""

import os
import shutil
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

CALLS = Counter("stamp_calls", "Calls that were answered.", ("call", "status"))
SECONDS = Histogram(
    "stamp_call_seconds", "How long a call took.", ("call",), buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
)
REFUSALS = Counter("stamp_refusals", "Calls that were refused, by the refusal's code.", ("code",))
EVENTS = Counter("stamp_events", "Events that were acknowledged.")
BYTES = Counter("stamp_recording_bytes", "Bytes of recordings that were acknowledged.")
RECEIPTS = Counter("stamp_receipts", "Seals that were answered with a receipt.")
PROBES = Counter("stamp_probes", "Measurements of a line that were begun, or told to come later.", ("answer",))
PROBE_BYTES = Counter("stamp_probe_bytes", "Bytes that measured a line.", ("direction",))
FAULTS = Counter("stamp_faults", "Calls that met a fault of the program.")


def several_processes(folder: Path) -> None:
    """For the processes that this one starts from now on; what a former run counted is forgotten."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[FOLDER] = str(folder)


def show(host: str, port: int) -> int:
    """Show the figures at `http://HOST:PORT/metrics` until the process ends; the port."""
    registry = REGISTRY
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves this one without types
    server, _ = start_http_server(port, host, registry)
    return int(server.server_port)
