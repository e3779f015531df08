"""A room's hub between stations and their server, each a program of its own: without a line, killed, found, not believed."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from stamp_desktop.engine.session import Form
from stamp_desktop.readiness.check import Report, encode
from stamp_desktop.server import admin, schema
from stamp_desktop.server.cli import main
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.forward import Forwarder
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.mirror import become_hub, refresh, upstream_line
from stamp_desktop.server.settings import Settings
from stamp_desktop.storage.clock import Clock, SystemClock
from stamp_desktop.storage.retention import key_name
from stamp_desktop.sync.courier import Progress
from stamp_desktop.sync.found import Announcement, hubs
from stamp_desktop.sync.transport import Broken, Offline, Refused
from stamp_desktop.sync.ways import connect, name_hub
from tests import server_process
from tests.content.small import SmallPackage
from tests.readiness.labs import lab_of
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house, watched


def new_code(data: Path, facts: DemoFacts, *, hub: bool = False) -> str:
    def made(house: House) -> str:
        return admin.new_code(house, admin.organization_of(house, facts.closed.id), hub=hub)

    code: str = in_house(data, made)
    return code


def learn(house: House) -> None:
    """What the server knows now."""
    with upstream_line(house) as line:
        refresh(house, line)


@pytest.fixture
def hub(tmp_path: Path, server: ServerProcess, facts: DemoFacts) -> Iterator[ServerProcess]:
    """A room's hub that has been prepared while there was a line."""
    folder, code = tmp_path / "hub", new_code(server.data, facts, hub=True)
    in_house(folder, lambda house: become_hub(house, folder, server.url, code, "Lab 2"))
    in_house(folder, learn)
    process = server_process.start(folder)
    yield process
    if process.process.poll() is None:
        process.stop()


@pytest.fixture
def station(tmp_path: Path, small: SmallPackage, hub: ServerProcess, facts: DemoFacts) -> LabComputer:
    """A computer that has never seen the server: the hub has enrolled it."""
    computer = LabComputer(tmp_path / "station", small)
    computer.enrol(hub.url, new_code(hub.data, facts))
    return computer


def copied(said: Progress) -> bool:
    return said.connected is True and said.room and said.events_waiting == said.recordings_waiting == 0


def recordings_of(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "objects" / "recordings").rglob("*.rec")}


def test_a_room_without_a_line_prepares_delivers_and_gets_its_receipts_when_there_is_one(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form, small: SmallPackage
) -> None:
    server.stop()
    station.refresh()
    name = f"package/{facts.closed.package_id}/{facts.closed.package_version}"
    assert station.keys.get(name) == small.keys.content + small.keys.answers
    seated = station.seat("s-1", facts.closed, form).sit()
    with watched(station) as courier:
        courier.courier.wake()
        waiting = courier.wait_for(copied)
        assert waiting.receipts == {}, "copied is not received"
        assert station.keys.get(key_name("s-1")) is not None
        server.start_again()
        hub.kill()
        hub.start_again()
        courier.courier.hurry()
        done = courier.wait_for(lambda said: "s-1" in said.receipts)
    row = in_house(server.data, admin.sessions)[0]
    assert (row.events, row.recordings, row.receipt) == (seated.book.head().seq, 3, done.receipts["s-1"])
    assert (row.alarms, row.forked) == ((), False)
    assert station.line_of("s-1").state == "received"
    spoken = {path.stem: path.read_bytes() for path in station.folders.session("s-1").recordings.glob("*.rec")}
    for place in (hub.data, server.data):
        assert {name.partition(".")[0]: raw for name, raw in recordings_of(place).items()} == spoken


def test_a_code_of_the_other_kind_is_refused_and_stays_good(
    tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts
) -> None:
    computer, for_computer = LabComputer(tmp_path / "station", small), new_code(server.data, facts)
    folder, for_hub = tmp_path / "hub", new_code(server.data, facts, hub=True)
    with pytest.raises(Refused) as refused:
        in_house(folder, lambda house: become_hub(house, folder, server.url, for_computer, "Lab 2"))
    assert refused.value.code == "code-for-computer"
    with pytest.raises(Refused) as refused:
        computer.enrol(server.url, for_hub)
    assert refused.value.code == "code-for-hub"
    assert computer.enrol(server.url, for_computer).server_url == server.url
    assert in_house(folder, lambda house: become_hub(house, folder, server.url, for_hub, "Lab 2")).name == "Lab 2"


def test_a_hub_has_no_key_that_opens_anything(station: LabComputer, hub: ServerProcess, facts: DemoFacts, form: Form) -> None:
    seated = station.seat("s-1", facts.closed, form).sit()
    with watched(station) as courier:
        courier.courier.wake()
        courier.wait_for(copied)
    hub.stop()
    everything = b"".join(path.read_bytes() for path in sorted(hub.data.rglob("*")) if path.is_file())
    assert seated.key.raw not in everything
    with pytest.raises(Exception, match="does not open"):
        in_house(hub.data, lambda house: admin.replayed(house, "s-1"))


def test_ends_of_any_part_at_any_moment_cost_nothing_but_time(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    dice = random.Random(8)
    station.refresh()
    for number in range(2):
        station.seat(f"s-{number}", facts.closed, form, login=f"login {number}").sit()
    for _ in range(3):
        with watched(station) as courier:
            courier.courier.wake()
            courier.wait_for(lambda said: said.connected is not None)
            victim = dice.choice((hub, server))
            victim.kill()
            victim.start_again()
            courier.courier.hurry()
    with watched(station) as courier:
        courier.courier.hurry()
        done = courier.wait_for(lambda said: len(said.receipts) == 2)
    rows = in_house(server.data, admin.sessions)
    assert {row.receipt for row in rows} == set(done.receipts.values())
    assert [(row.recordings, row.alarms, row.forked) for row in rows] == [(3, (), False)] * 2


def test_a_station_of_the_server_delivers_to_the_hub_when_it_is_named_and_goes_straight_when_it_is_gone(
    computer: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    hub.stop()
    hub.start_again()
    name_hub(computer.folders, hub.url)
    seated = computer.seat("s-1", facts.closed, form)
    with watched(computer) as courier:
        courier.wait_for(copied)
        seated.start_of_test()
        hub.kill()
        seated.rest_of_test()
        courier.courier.hurry()
        courier.wait_for(lambda said: "s-1" in said.receipts)
    assert in_house(server.data, admin.sessions)[0].alarms == ()


def test_a_false_hub_is_not_believed(computer: LabComputer, tmp_path: Path) -> None:
    other = server_process.start(tmp_path / "false")
    try:
        name_hub(computer.folders, other.url)
        with connect(computer.folders, computer.device(), computer.keys, computer.clock).line as line:
            assert line.call("GET", "/v1/health").status == 200
            assert line.url == computer.device().server_url, "the false one is passed by"
        false = replace(computer.device(), server_url=other.url)
        with pytest.raises(Broken):
            connect(computer.folders, false, computer.keys, computer.clock)
    finally:
        other.stop()


def test_a_hub_is_found_by_those_whose_server_it_forwards_to() -> None:
    here = ["127.0.0.1"]
    with Announcement("Lab 2, Ms. Alvarez", "server-1", 8440, "http", here):
        assert hubs("server-1", 10, here) == ["http://127.0.0.1:8440"]
        assert hubs("server-2", 0.5, here) == []


def test_a_computer_that_was_revoked_is_refused_by_the_hub_too(
    computer: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    in_house(server.data, lambda house: admin.revoke(house, computer.device().id))
    in_house(hub.data, learn)
    server.stop()
    name_hub(computer.folders, hub.url)
    computer.seat("s-1", facts.closed, form).start_of_test()
    with watched(computer) as courier:
        said = courier.wait_for(lambda said: said.trouble is not None)
    assert said.trouble is not None
    assert said.trouble.code == "device-revoked"


def test_a_server_that_was_set_back_after_its_receipts_gets_everything_again_through_the_hub(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    server.stop()
    backup = {path: path.read_bytes() for path in server.data.rglob("*") if path.is_file()}
    server.start_again()
    seated = station.seat("s-1", facts.closed, form).sit()
    with watched(station) as courier:
        courier.courier.hurry()
        number = courier.wait_for(lambda said: "s-1" in said.receipts).receipts["s-1"]
    hub.stop()
    set_back(server, backup)
    assert in_house(server.data, admin.sessions) == []
    assert in_house(hub.data, forward) == 0
    row = in_house(server.data, admin.sessions)[0]
    assert (row.events, row.recordings, row.alarms) == (seated.book.head().seq, 3, ())
    assert row.receipt == number, "the number that people have written down"


def test_a_station_gives_a_server_that_was_set_back_all_of_it_again(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    server.stop()
    backup = {path: path.read_bytes() for path in server.data.rglob("*") if path.is_file()}
    server.start_again()
    seated = computer.seat("s-1", facts.closed, form).sit()
    with watched(computer) as courier:
        number = courier.wait_for(lambda said: "s-1" in said.receipts).receipts["s-1"]
    assert computer.keys.get(key_name("s-1")) is None
    set_back(server, backup)
    with watched(computer) as courier:
        courier.wait_for(lambda said: "s-1" in said.receipts)
    row = in_house(server.data, admin.sessions)[0]
    assert (row.events, row.recordings, row.alarms, row.receipt) == (seated.book.head().seq, 3, (), number)


def test_thirty_days_without_a_line_change_nothing_but_the_time(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    server.stop()
    seated = station.seat("s-1", facts.closed, form).sit()
    with watched(station) as courier:
        courier.courier.wake()
        courier.wait_for(copied)
    hub.stop()
    later = HandClock(SystemClock(), 30 * 86_400_000)
    house = open_house(Settings(hub.data), later)
    try:
        forwarder, dice = Forwarder(house, later, random.Random(3)), random.Random(4)
        for _ in range(30):
            with upstream_line(house) as line, pytest.raises(Offline):
                forwarder.round(line)
            later.ahead_ms += int(86_400_000 * dice.random())
        server.start_again()
        with upstream_line(house) as line:
            assert forwarder.round(line) == 0
    finally:
        house.close()
    row = in_house(server.data, admin.sessions)[0]
    assert (row.events, row.recordings, row.alarms) == (seated.book.head().seq, 3, ())


def at_server(server: ServerProcess) -> list[tuple[str, str, int]]:
    """Room, computer and time of every report that the server keeps."""

    def kept(house: House) -> list[tuple[str, str, int]]:
        own = schema.readiness.c
        with house.store.reading() as connection:
            rows = connection.execute(select(own.room, own.computer, own.taken_ms).order_by(own.computer, own.taken_ms))
            return [tuple(row) for row in rows]

    found: list[tuple[str, str, int]] = in_house(server.data, kept)
    return found


def report(computer: str, taken: float) -> Report:
    return replace(lab_of(1)[0], computer=computer, room="214", site="Riverside", taken=taken)


def test_a_rooms_reports_reach_the_server_once_whichever_of_the_two_was_away(
    station: LabComputer, hub: ServerProcess, server: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    server.stop()
    with station.line() as line:
        for said in (report("seat-01", 1000.0), report("seat-02", 1001.0)):
            line.call("POST", "/v1/readiness", encode(said).encode())
    hub.kill()
    hub.start_again()
    with station.line() as line:
        line.call("POST", "/v1/readiness", encode(report("seat-01", 1060.0)).encode())
    hub.stop()
    server.start_again()
    newest = [("214", "seat-01", 1_060_000), ("214", "seat-02", 1_001_000)]
    for _ in range(2):  # a hub that was started again offers all of them once more
        in_house(hub.data, forward)
        assert at_server(server) == newest
    server.kill()
    server.start_again()
    assert at_server(server) == newest
    assert main(["readiness", "--data", str(server.data), "--json"]) == 0
    assert [room["room"] for room in json.loads(capsys.readouterr().out)["rooms"]] == ["214"]


def test_a_report_that_the_server_refuses_keeps_nothing_else_back(
    station: LabComputer, hub: ServerProcess, server: ServerProcess
) -> None:
    server.stop()
    with station.line() as line:
        for name in ("seat-01", "seat-02", "seat-03"):
            line.call("POST", "/v1/readiness", encode(report(name, 1000.0)).encode())
    hub.stop()
    server.start_again()

    def damage(house: House) -> None:
        with house.store.writing() as connection:
            connection.execute(update(schema.readiness).where(schema.readiness.c.computer == "seat-01").values(report="{}"))

    in_house(hub.data, damage)
    in_house(hub.data, forward)
    assert [computer for _, computer, _ in at_server(server)] == ["seat-02", "seat-03"]


@dataclass
class HandClock:
    """A clock that is ahead of another."""

    clock: Clock
    ahead_ms: int

    def wall_ms(self) -> int:
        return self.clock.wall_ms() + self.ahead_ms

    def mono_ms(self) -> int:
        return self.clock.mono_ms() + self.ahead_ms

    def boot(self) -> str:
        return self.clock.boot()


def forward(house: House) -> int:
    with upstream_line(house) as line:
        return Forwarder(house, house.clock, random.Random(1)).round(line)


def set_back(server: ServerProcess, backup: dict[Path, bytes]) -> None:
    server.stop()
    shutil.rmtree(server.data)
    for path, raw in backup.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    (server.data / "incoming").mkdir(exist_ok=True)
    server.start_again()
