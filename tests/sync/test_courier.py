"""The courier against a real server: up, down, killed, set back; and one bad session among good ones."""

import random
from dataclasses import replace

import pytest

from stamp_desktop.engine.events import Ticked
from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.storage.retention import key_name
from stamp_desktop.sync.case import Waiting
from stamp_desktop.sync.courier import FIRST_DELAY, LONGEST_DELAY, Progress, delay
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house, unsent, watched


def test_a_whole_session_arrives_and_gives_a_receipt(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    with watched(computer) as courier:
        seated.sit()
        courier.courier.wake()
        progress = courier.wait_for(lambda said: "s-1" in said.receipts)
    assert progress.trouble is None
    assert progress.bytes_sent == progress.bytes_total > 0
    row = in_house(server.data, admin.sessions)[0]
    assert (row.state, row.receipt, row.alarms) == ("sealed", progress.receipts["s-1"], ())
    assert (row.events, row.recordings, row.login) == (seated.book.head().seq, 3, "amara")
    assert computer.line_of("s-1").state == "received"
    assert computer.keys.get(key_name("s-1")) is None
    with computer.reading("s-1") as journal:
        assert unsent(journal) == 0
        assert journal.receipt().number == progress.receipts["s-1"]


def test_events_travel_as_they_happen(computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    with watched(computer) as courier:
        courier.wait_for(lambda said: said.connected is True and said.events_waiting == 0)
        seated.start_of_test()
        courier.courier.wake()
        courier.wait_for(lambda said: said.events_waiting == 0 and seated.book.unsent_count() == 0)
    assert in_house(server.data, admin.sessions)[0].events == seated.book.head().seq == 4


def test_everything_waits_for_a_server_that_is_down(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    server.stop()
    for number in (1, 2):
        computer.seat(f"s-{number}", facts.closed, form, login=f"login {number}").sit()
    with watched(computer) as courier:
        down = courier.wait_for(lambda said: said.connected is False)
        assert down.recordings_waiting == 6
        assert down.trouble is not None
        assert down.trouble.code == "offline"
        server.start_again()
        courier.wait_for(lambda said: len(said.receipts) == 2 and said.connected is True)


def test_a_server_that_is_killed_again_and_again_loses_nothing_it_acknowledged(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    dice = random.Random(11)
    seated = computer.seat("s-1", facts.closed, form)
    with watched(computer) as courier:
        seated.start_of_test()
        for _ in range(4):
            for _ in range(dice.randrange(5, 40)):
                seated.do(Ticked())
                courier.courier.wake()
            server.kill()
            acked = seated.book.head().seq - seated.book.unsent_count()
            assert in_house(server.data, admin.sessions)[0].events >= acked if acked else True
            server.start_again()
        seated.rest_of_test()
        courier.courier.wake()
        courier.wait_for(lambda said: "s-1" in said.receipts)
    row = in_house(server.data, admin.sessions)[0]
    assert (row.events, row.alarms, row.forked) == (seated.book.head().seq, (), False)


def test_a_server_that_was_set_back_is_told_everything_again(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    server.stop()
    backup = {path: path.read_bytes() for path in server.data.glob("server.db*")}
    server.start_again()
    with watched(computer) as courier:
        seated.start_of_test()
        courier.courier.wake()
        courier.wait_for(lambda said: said.connected is True and seated.book.unsent_count() == 0)
    server.kill()
    for path in server.data.glob("server.db*"):
        path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    server.start_again()
    seated.rest_of_test()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "s-1" in said.receipts)
    assert in_house(server.data, admin.sessions)[0].events == seated.book.head().seq


def test_a_bad_session_is_set_aside_and_the_others_go_on(computer: LabComputer, facts: DemoFacts, form: Form) -> None:
    bad = computer.seat("s-1", facts.closed, form, login="one").sit()
    computer.seat("s-2", facts.closed, form, login="two").sit()
    damaged = next(computer.folders.session("s-1").recordings.glob("*.rec"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with watched(computer) as courier:
        progress = courier.wait_for(lambda said: "s-2" in said.receipts and said.trouble is not None)
    assert progress.trouble is not None
    assert progress.trouble.code == "recording-changed"
    assert "s-1" not in progress.receipts
    assert progress.recordings_waiting == 1, "the other recordings of the same session have gone"
    assert computer.keys.get(key_name("s-1")) == bad.key.raw


def test_a_receipt_of_somebody_else_is_not_taken(computer: LabComputer, facts: DemoFacts, form: Form) -> None:
    station, device = computer.station(), computer.device()
    station.enrol(replace(device, server_signing_key=bytes(31) + b"\x01"))
    station.close()
    seated = computer.seat("s-1", facts.closed, form).sit()
    with watched(computer) as courier:
        progress = courier.wait_for(lambda said: said.trouble is not None)
    assert progress.trouble is not None
    assert progress.trouble.code == "receipt-false"
    assert seated.book.receipt() is None
    assert computer.keys.get(key_name("s-1")) == seated.key.raw


def test_a_key_that_a_kill_left_behind_its_receipt_goes_too(computer: LabComputer, facts: DemoFacts, form: Form) -> None:
    seated = computer.seat("s-1", facts.closed, form).sit()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "s-1" in said.receipts)
    computer.keys.put(key_name("s-1"), seated.key.raw)  # as a kill between the two leaves it
    station = computer.station()
    station.keep_session(replace(computer.line_of("s-1"), state="open", receipt=""))
    station.close()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "s-1" in said.receipts)
    assert computer.keys.get(key_name("s-1")) is None


@pytest.mark.parametrize("failures", [1, 2, 5, 9, 30])
def test_waiting_has_full_jitter_up_to_five_minutes(failures: int) -> None:
    dice = random.Random(3)
    waits = [delay(failures, dice) for _ in range(500)]
    limit = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1))
    assert min(waits) < 0.05 * limit
    assert 0.95 * limit < max(waits) <= limit


def test_a_server_that_asks_for_more_time_gets_it() -> None:
    assert delay(1, random.Random(1), retry_after=120.0) == 120.0


def test_progress_counts_from_nothing_to_all() -> None:
    progress = Progress()
    said = []
    for waiting in (100, 60, 160, 10, 0, 0, 50, 0):
        progress = progress.counted(Waiting(bytes=waiting))
        said.append((progress.bytes_sent, progress.bytes_total))
    assert said == [(0, 100), (40, 100), (40, 200), (190, 200), (200, 200), (200, 200), (0, 50), (50, 50)]


def test_an_idle_courier_does_not_say_connected_when_it_is_not(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    with watched(computer) as courier:
        courier.wait_for(lambda said: said.connected is True and seated.book.unsent_count() == 0)
        server.stop()
        courier.courier.wake()
        courier.wait_for(lambda said: said.connected is False)
