"""A room's hub over TLS, as in a school: pinned by its fingerprint, and true to its server when that one's keys change."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stamp_desktop.engine.session import Form
from stamp_desktop.readiness.sending import send
from stamp_desktop.readiness.server import greet
from stamp_desktop.server import admin, cli, labs
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.mirror import become_hub
from stamp_desktop.storage import retention
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.reader import Receipt
from stamp_desktop.storage.station import Station
from stamp_desktop.storage.verify import verify_session
from stamp_desktop.sync import upload
from stamp_desktop.sync.transport import Broken
from stamp_desktop.sync.trust import fingerprint
from stamp_desktop.sync.ways import connect
from stamp_desktop.trouble import Trouble
from tests import server_process
from tests.content.small import SmallPackage
from tests.readiness.labs import lab_of
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house, seeded, watched
from tests.sync.test_hub import learn, new_code

TLS = ("--tls",)
MONTH_MS = 31 * 86_400_000


def shown(server: ServerProcess) -> str:
    """The fingerprint that whoever runs it reads out."""
    said: str = in_house(server.data, lambda house: house.identity.fingerprint)
    return said


@pytest.fixture
def server(data: Path) -> Iterator[ServerProcess]:
    """A real server with TLS."""
    process = server_process.start(data, options=TLS)
    yield process
    process.kill()


@pytest.fixture
def hub(tmp_path: Path, server: ServerProcess, facts: DemoFacts) -> Iterator[ServerProcess]:
    """A hub with TLS that has pinned its server."""
    folder, code = tmp_path / "hub", new_code(server.data, facts, hub=True)
    with pytest.raises(Trouble, match="fingerprint"):
        in_house(folder, lambda house: become_hub(house, folder, server.url, code, "Lab 2"))
    made = in_house(folder, lambda house: become_hub(house, folder, server.url, code, "Lab 2", shown(server)))
    assert made.pinned
    in_house(folder, learn)
    process = server_process.start(folder, options=TLS)
    yield process
    process.kill()


@pytest.fixture
def station(tmp_path: Path, small: SmallPackage, hub: ServerProcess, facts: DemoFacts) -> LabComputer:
    """A computer that knows nothing but the hub and its fingerprint."""
    computer = LabComputer(tmp_path / "station", small)
    with pytest.raises(Trouble) as refused:
        computer.enrol(hub.url, new_code(hub.data, facts))
    assert refused.value.code == "server-unproved"
    computer.enrol(hub.url, new_code(hub.data, facts), fingerprint=shown(hub))
    return computer


def test_a_computer_of_a_pinned_hub_is_checked_against_it_and_sends_its_report_there(
    station: LabComputer, hub: ServerProcess, tmp_path: Path
) -> None:
    device = station.device()
    assert greet(hub.url, device, SystemClock()).trouble is None
    said = replace(lab_of(1)[0], computer="seat-01")
    send(station.folders.root, device, said, SystemClock())
    assert in_house(hub.data, labs.all_reports) == [said]
    hub.stop()
    stranger = server_process.start(tmp_path / "stranger", hub.port, TLS)
    try:
        assert greet(hub.url, device, SystemClock()).trouble is not None
        with pytest.raises(Broken):
            send(station.folders.root, device, said, SystemClock())
    finally:
        stranger.kill()


def test_a_pinned_hub_carries_everything_and_nobody_else_at_its_address_does(
    station: LabComputer, hub: ServerProcess, tmp_path: Path, small: SmallPackage, facts: DemoFacts, form: Form
) -> None:
    station.refresh()
    station.seat("s-1", facts.closed, form).sit()
    with watched(station) as courier:
        courier.wait_for(lambda said: "s-1" in said.receipts)
    hub.kill()
    seeded(tmp_path / "other", small)
    impostor = server_process.start(tmp_path / "other", hub.port, TLS)
    try:
        with pytest.raises(Broken):
            connect(station.folders, station.device(), station.keys, station.clock)
    finally:
        impostor.kill()


def test_a_room_follows_its_servers_new_keys_through_the_hub(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    first = station.device()
    station.seat("before", facts.closed, form, login="before").sit().book.close()
    with watched(station) as courier:
        courier.wait_for(lambda said: "before" in said.receipts)
    between = station.seat("between", facts.closed, form, login="between")
    server.kill()
    for _ in range(2):
        assert cli.main(["identity", "rotate", "--data", str(server.data)]) == 0
    server.start_again()
    in_house(hub.data, learn)
    hub.kill()
    hub.start_again()
    between.sit()
    with watched(station) as courier:
        courier.wait_for(lambda said: "between" in said.receipts)
    now = station.device()
    assert fingerprint(now.server_signing_key) == shown(server)
    assert (now.server_keys[-1], len(now.server_keys)) == (first.server_signing_key, 3)
    assert now.server_hpke_key == in_house(server.data, lambda house: house.identity.sealing_public)
    rows = in_house(server.data, admin.sessions)
    assert [(row.state, row.alarms) for row in rows] == [("sealed", ())] * 2
    what_an_earlier_key_has_signed_stays_good(station)


def what_an_earlier_key_has_signed_stays_good(station: LabComputer) -> None:
    device, folder = station.device(), station.folders.session("before")
    assert verify_session(folder, None, device.server_keys).findings == ()
    way = connect(station.folders, device, station.keys, station.clock)
    with station.reading("before") as journal, way.line as line:
        again, kept = upload.seal(line, device, journal, 0), journal.receipt()
        assert isinstance(again, Receipt)
        assert kept
        assert (again.number, again.signed) == (kept.number, kept.signed)
    with closing(Station(station.folders.station)) as lines:
        late = station.clock.wall_ms() + MONTH_MS
        assert "before" in retention.sweep(station.folders, lines, device.server_keys, late)


def test_a_hub_whose_server_is_another_gets_nothing(
    hub: ServerProcess, server: ServerProcess, tmp_path: Path, small: SmallPackage
) -> None:
    server.kill()
    seeded(tmp_path / "other", small)
    impostor = server_process.start(tmp_path / "other", server.port, TLS)
    try:
        with pytest.raises(Broken):
            in_house(hub.data, learn)
    finally:
        impostor.kill()
