"""A real group: so many enrolled clients that fetch, think and fetch again, each on its own connection. Run at the near end.

It reads one JSON object from stdin and prints another: the waits in seconds. Thinking times are the simulated group's.
"""

import json
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from stamp_desktop.readiness.capacity_group import Load, think_times
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.keys import FileKeyStore, KeyStore
from stamp_desktop.storage.station import Device, Station
from stamp_desktop.sync.prepare import enrol
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.transport import station_line


@dataclass(frozen=True, slots=True)
class Wish:
    """`target` is the path of a package of `size` bytes at the server; each set is a part of it, fetched by itself."""

    url: str
    code: str
    fingerprint: str
    target: str
    size: int
    group: int
    seed: int
    sets: int
    set_bytes: int
    think_seconds: float


def run(wish: Wish) -> list[float]:
    """Everybody's waits; an exception of any client ends it."""
    load = Load(wish.sets, wish.set_bytes, wish.think_seconds)
    with tempfile.TemporaryDirectory(prefix="stamp-group-") as name:
        keys = FileKeyStore(Path(name) / "keys")
        with closing(Station(Path(name) / "station.db")) as station:
            device = enrol(station, keys, wish.url, wish.code, "group", SystemClock(), wish.fingerprint)
        times = think_times(load, wish.group, wish.seed)
        takers = [_Taker(wish, device, keys, each, number) for number, each in enumerate(times)]
        for each in takers:
            each.line.call("GET", f"{PREFIX}/health")  # connected before the first question is asked
        began = time.monotonic()
        for each in takers:
            each.began = began
            each.start()
        for each in takers:
            each.join()
    if failed := [each.failed for each in takers if each.failed]:
        raise failed[0]
    return [wait for each in takers for wait in each.waits]


class _Taker(threading.Thread):
    def __init__(self, wish: Wish, device: Device, keys: KeyStore, times: list[float], number: int) -> None:
        super().__init__(name=f"taker {number}")
        self.line = station_line(device, keys, SystemClock())
        self.began = 0.0
        self.waits: list[float] = []
        self.failed: Exception | None = None
        self._wish = wish
        self._times = times
        self._at = number * 7919 % max(1, wish.size - wish.set_bytes)

    def run(self) -> None:
        try:
            time.sleep(max(0.0, self.began + self._times[0] - time.monotonic()))
            with self.line:
                for think in self._times[1:]:
                    self._fetch()
                    time.sleep(think)
        except Exception as error:  # noqa: BLE001 (its owner raises it)
            self.failed = error

    def _fetch(self) -> None:
        asked, left = time.monotonic(), self._wish.set_bytes
        with closing(self.line.download(self._wish.target, {"Range": f"bytes={self._at}-{self._at + left - 1}"})) as coming:
            for piece in coming.pieces():
                left -= len(piece)
        if left:
            raise RuntimeError(f"{left} bytes are missing")
        self.waits.append(time.monotonic() - asked)


def asked_of(wish: Wish) -> str:
    return json.dumps(asdict(wish))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(Wish(**json.load(sys.stdin)))))
