"""A line of real packets that loses, repeats and reorders them: recordings arrive byte for byte, a session exactly once."""

import hashlib
import random
from pathlib import Path

import pytest

from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.pieces import Pace, Source, send_file
from tests import shaped
from tests.content.small import SmallPackage
from tests.far import far_server
from tests.faults.conftest import missing
from tests.sync.lab import LabComputer, form_of, in_house, seeded, watched

pytestmark = pytest.mark.faults
SHAPE = shaped.Shape(30, 30, rtt_ms=10, loss=0.02, twice=0.02, late=0.05)
SIZE = 3 * 2**19


@pytest.fixture
def facts(tmp_path: Path, small: SmallPackage) -> DemoFacts:
    if why := shaped.missing():
        missing(why)
    return seeded(tmp_path / "server", small)


def test_nothing_of_it_is_lost_or_doubled(tmp_path: Path, small: SmallPackage, facts: DemoFacts) -> None:
    data, computer = tmp_path / "server", LabComputer(tmp_path / "station", small)
    raw, path = random.Random(4).randbytes(SIZE), tmp_path / "spoken"
    path.write_bytes(raw)
    proof = in_house(data, lambda house: house.identity.fingerprint)
    with shaped.shaped(SHAPE, seed=3) as line, far_server(line, data) as far, shaped.standing(line.near):
        computer.enrol(far.url, facts.enrolment_code, fingerprint=proof)
        seated = computer.seat("s-1", facts.closed, form_of(small)).sit()
        with watched(computer) as courier:
            courier.wait_for(lambda said: "s-1" in said.receipts)
        computer.seat("s-2", facts.closed, form_of(small), login="ben").start_of_test()
        with watched(computer) as courier:
            courier.wait_for(lambda said: said.connected is True and said.events_waiting == 0)
        source = Source("s-2", "r-1", hashlib.sha256(raw).hexdigest(), SIZE, path)
        with computer.line() as to:
            send_file(to, source, Pace(SystemClock()))
    rows = {row.id: row for row in in_house(data, admin.sessions)}
    whole = rows["s-1"]
    assert set(rows) == {"s-1", "s-2"}
    assert (whole.events, whole.recordings, whole.forked, whole.alarms) == (seated.book.head().seq, 3, False, ())
    kept = data / "objects" / "recordings"
    for spoken in computer.folders.session("s-1").recordings.glob("*.rec"):
        [there] = (kept / "s-1").glob(f"{spoken.stem}.*")
        assert there.read_bytes() == spoken.read_bytes()
    [there] = (kept / "s-2").glob("r-1.*")
    assert there.read_bytes() == raw
