"""A paused test goes on from away: who may give the ticket, for which computer it is, and that a hub only carries it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_desktop.engine.events import Noted
from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin, audit, cli, devices, logins, unlocking
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.server.mirror import become_hub, refresh, upstream_line
from stamp_desktop.server.refusals import Refused
from stamp_desktop.sync.transport import station_line
from stamp_desktop.sync.unlocking import TICKETS, UnlockTicket, UnlockTickets
from stamp_desktop.sync.words import decode
from tests import server_process
from tests.content.small import SmallPackage
from tests.server.test_room_guard import FALSE, LOGGER
from tests.server.test_room_sound import Lab
from tests.server_process import ServerProcess
from tests.sync.lab import in_house

LATER = Noted("guard.second-screen", {"severity": "pause", "at_ms": 90, "subject": "2"})


@pytest.fixture
def lab(
    server: ServerProcess, form: Form, facts: DemoFacts, tmp_path: Path, small: SmallPackage, new_code: Callable[[], str]
) -> Lab:
    return Lab(server, form, facts, tmp_path, small, new_code)


def given(lab: Lab, seat: str) -> object:
    return in_house(lab.server.data, lambda house: unlocking.give_seat(house, lab.facts.closed.id, seat, "ms.ortega"))


def fetched(lab: Lab, seat: str) -> list[UnlockTicket]:
    """What a seat's computer is given when it asks."""
    line = lab.seats[seat].computer.line()
    return [decode(UnlockTicket, each.text.encode()) for each in line.call("GET", TICKETS).read(UnlockTickets).tickets]


def test_a_paused_seat_is_given_a_ticket_that_only_it_can_fetch(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.tell("Seat 11", LOGGER, LATER)
    lab.tell("Seat 12", LOGGER, FALSE)
    assert fetched(lab, "Seat 11") == []
    words = ["unlock", lab.facts.closed.id, "Seat 11", "--by", "ms.ortega", "--data", str(lab.server.data)]
    assert cli.main(words) == 0
    assert "Seat 11 goes on" in capsys.readouterr().out
    (ticket,) = fetched(lab, "Seat 11")
    assert (ticket.by, ticket.session, ticket.paused_ms) == ("ms.ortega", lab.seats["Seat 11"].session, 90)
    assert ticket.device == lab.seats["Seat 11"].computer.device().id
    assert fetched(lab, "Seat 12") == []

    def noted(house: House) -> list[str]:
        with house.store.reading() as connection:
            return [entry.who for entry in audit.entries(connection) if entry.act == "unlock given"]

    assert in_house(lab.server.data, noted) == ["ms.ortega"]


def test_there_is_none_for_a_test_that_goes_on(lab: Lab) -> None:
    lab.tell("Seat 12", LOGGER, FALSE)
    for seat in ("Seat 12", "Seat 99"):
        with pytest.raises(Refused) as refused:
            given(lab, seat)
        assert refused.value.code == "not-paused"


def test_a_login_gives_it_within_its_reach(lab: Lab) -> None:
    lab.tell("Seat 11", LOGGER)
    session = lab.seats["Seat 11"].session

    def give(house: House) -> str:
        reach = logins.Login("l1", "ms.ortega", admin.organization_of(house, lab.facts.closed.id), "", "")
        elsewhere = logins.Login("l2", "mr.nobody", reach.organization, "", "another group")
        with pytest.raises(Refused) as refused:
            unlocking.give(house, session, elsewhere)
        assert refused.value.code == "session-unknown"
        return unlocking.give(house, session, reach).seat

    assert in_house(lab.server.data, give) == "Seat 11"
    assert [ticket.by for ticket in fetched(lab, "Seat 11")] == ["ms.ortega"]


def test_a_hub_carries_it_for_its_room_and_gives_none_itself(lab: Lab, facts: DemoFacts, tmp_path: Path) -> None:
    lab.tell("Seat 11", LOGGER)
    given(lab, "Seat 11")
    (ticket,) = fetched(lab, "Seat 11")
    folder = tmp_path / "hub"
    organization = in_house(lab.server.data, lambda house: admin.organization_of(house, facts.closed.id))
    code = in_house(lab.server.data, lambda house: admin.new_code(house, organization, hub=True))
    in_house(folder, lambda house: become_hub(house, folder, lab.server.url, code, "Lab 2"))

    def learn(house: House) -> None:
        with upstream_line(house) as line:
            refresh(house, line)

    in_house(folder, learn)
    hub = server_process.start(folder)
    try:
        computer = lab.seats["Seat 11"].computer
        line = station_line(computer.device(), computer.keys, computer.clock, hub.url)
        (carried,) = line.call("GET", TICKETS).read(UnlockTickets).tickets
        assert decode(UnlockTicket, carried.text.encode()) == ticket
    finally:
        hub.stop()
    with pytest.raises(Refused) as refused:
        in_house(folder, lambda house: unlocking.give_seat(house, facts.closed.id, "Seat 11", "ms.ortega"))
    assert refused.value.code == "not-here"
    stranger = devices.Device(ticket.device, organization, b"")
    with pytest.raises(Refused) as refused:
        in_house(lab.server.data, lambda house: unlocking.tickets_for(house, stranger, ticket.device))
    assert refused.value.code == "device-unknown"
