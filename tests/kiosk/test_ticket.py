"""The server's ticket to go on: good once, for this computer, for the pauses that it names; any other is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.ticket import EARLY_MS, TicketBook
from stamp_desktop.storage.station import Device, Station
from stamp_desktop.sync.unlocking import TICKET_MS, UnlockTicket
from stamp_desktop.sync.words import b64, encode

NOW, PAUSED = 1_800_000_000_000, 1_799_999_990_000
SERVER, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TICKET = UnlockTicket("stamp-unlock-1", "t1", "d1", "s1", PAUSED, "ms.ortega", NOW, NOW + TICKET_MS)


def enrol(home: Home, key: Ed25519PrivateKey, former: bytes = b"") -> None:
    station = Station(home.data / "station.db")
    public = key.public_key().public_bytes_raw()
    station.enrol(Device("d1", "Seat 12", b"certificate", "https://stamp.example", "s1", public, b"h" * 32, False, former))
    station.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.make()
    enrol(made, SERVER)
    return made


def book(home: Home) -> TicketBook:
    made = TicketBook(home)
    made.pin()
    return made


def signed(ticket: UnlockTicket = TICKET, key: Ed25519PrivateKey = SERVER) -> tuple[str, str]:
    text = encode(UnlockTicket, ticket)
    return text.decode(), b64(key.sign(text))


def test_it_counts_once_also_for_the_next_guardian(home: Home) -> None:
    assert book(home).enter(*signed(), PAUSED, NOW) == ("ms.ortega", "")
    assert book(home).enter(*signed(), PAUSED, NOW) == ("", "used before")


@pytest.mark.parametrize(
    ("ticket", "why"),
    [
        (replace(TICKET, device="d2"), "for another computer"),
        (replace(TICKET, expires_ms=NOW), "too old"),
        (replace(TICKET, issued_ms=NOW + EARLY_MS + 1), "too old"),
        (replace(TICKET, expires_ms=NOW + TICKET_MS + 1), "too old"),
        (replace(TICKET, paused_ms=PAUSED - 1), "for an earlier pause"),
    ],
)
def test_another_is_refused_and_the_right_one_counts_still(home: Home, ticket: UnlockTicket, why: str) -> None:
    tickets = book(home)
    assert tickets.enter(*signed(ticket), PAUSED, NOW) == ("", why)
    assert tickets.enter(*signed(), PAUSED, NOW) == ("ms.ortega", "")


def test_one_that_was_written_over_or_is_somebody_elses_is_refused(home: Home) -> None:
    text, signature = signed()
    wrong = "not signed by this computer's server"
    for said in (signed(key=OTHER), (text.replace("ms.ortega", "mr.nobody"), signature), (text, ""), ("", ""), ("{}", "é")):
        assert book(home).enter(*said, PAUSED, NOW) == ("", wrong)


def test_where_nothing_waits_it_is_not_used_up(home: Home) -> None:
    assert book(home).enter(*signed(), 0, NOW) == ("", "for an earlier pause")
    assert book(home).enter(*signed(), PAUSED, NOW) == ("ms.ortega", "")


def test_another_server_that_is_put_into_the_database_is_not_believed(home: Home) -> None:
    first = book(home)
    enrol(home, OTHER)
    after = TicketBook(home)
    after.pin(first.pinned())
    for tickets in (first, after):
        assert tickets.enter(*signed(key=OTHER), PAUSED, NOW)[1] == "not signed by this computer's server"
    assert after.enter(*signed(), PAUSED, NOW) == ("ms.ortega", "")


def test_what_a_former_key_has_signed_is_good(home: Home) -> None:
    enrol(home, OTHER, SERVER.public_key().public_bytes_raw())
    assert book(home).enter(*signed(), PAUSED, NOW) == ("ms.ortega", "")


def test_a_computer_that_belongs_to_no_server_takes_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    assert book(home).enter(*signed(), PAUSED, NOW) == ("", "not signed by this computer's server")
