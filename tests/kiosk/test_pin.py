"""The PIN, its back-off, and the way round a lost one."""

from pathlib import Path

import pytest

from stamp_desktop.kiosk.pin import (
    CHALLENGE_MS,
    LONGEST_WAIT_MS,
    PinBook,
    Tries,
    answer_to,
    new_organization_key,
    organization_key,
    station_key,
)
from stamp_desktop.trouble import Trouble

PIN, NOW = "135790", 1_800_000_000_000


@pytest.fixture
def book(tmp_path: Path) -> PinBook:
    made = PinBook(tmp_path / "kiosk" / "pin.json")
    made.set(PIN, station_key(b"secret of the district", "Seat 12"))
    return made


def test_the_right_pin_is_right(book: PinBook) -> None:
    assert book.enter(PIN, NOW)
    assert not book.enter("135791", NOW)


def test_the_file_does_not_hold_the_pin(book: PinBook, tmp_path: Path) -> None:
    assert book.known
    assert PIN not in (tmp_path / "kiosk" / "pin.json").read_text()


@pytest.mark.parametrize("weak", ["", "123", "1111", "12a4", "１２３４"])
def test_weak_pins_are_not_taken(book: PinBook, weak: str) -> None:
    with pytest.raises(Trouble, match="at least 4 digits"):
        book.set(weak)
    assert book.enter(PIN, NOW)


def test_ten_wrong_pins_are_held_up_and_even_the_right_one_waits(book: PinBook) -> None:
    at = NOW
    waits = []
    for _ in range(10):
        assert not book.enter("000001", at)
        waits.append(book.tries().wait_ms(at))
        at += waits[-1]
    assert waits == [0, 0, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, LONGEST_WAIT_MS, LONGEST_WAIT_MS]
    assert not book.enter(PIN, at - 1)
    assert book.enter(PIN, at)
    assert book.tries() == Tries()


def test_the_back_off_outlives_a_restart(book: PinBook, tmp_path: Path) -> None:
    for _ in range(3):
        book.enter("000001", NOW)
    again = PinBook(tmp_path / "kiosk" / "pin.json")
    assert again.tries().wait_ms(NOW) == 5_000
    assert not again.enter(PIN, NOW + 4_999)


@pytest.mark.parametrize("shift", [-86_400_000, 86_400_000])
def test_setting_the_clock_makes_no_wait_longer_than_it_is(shift: int) -> None:
    tries = Tries(4, NOW)
    assert tries.wait_ms(NOW + shift) in {0, 10_000}


def test_a_lost_pin_is_answered_for_once(book: PinBook) -> None:
    key = station_key(b"secret of the district", "Seat 12")
    code = book.challenge(NOW)
    answer = answer_to(code, key)
    assert not book.answered(answer[:-1] + str((int(answer[-1]) + 1) % 10), NOW)
    assert book.answered(f"{answer[:5]} {answer[5:]}", NOW)
    assert not book.answered(answer, NOW)


def test_the_key_of_another_station_answers_nothing(book: PinBook) -> None:
    code = book.challenge(NOW)
    assert not book.answered(answer_to(code, station_key(b"secret of the district", "Seat 13")), NOW)


def test_a_challenge_grows_old(book: PinBook) -> None:
    code = book.challenge(NOW)
    answer = answer_to(code, station_key(b"secret of the district", "Seat 12"))
    assert not book.answered(answer, NOW + CHALLENGE_MS + 1)


def test_a_station_without_a_key_cannot_be_answered_for(tmp_path: Path) -> None:
    book = PinBook(tmp_path / "pin.json")
    book.set(PIN)
    assert book.challenge(NOW) == ""
    assert not book.answered("0000000000", NOW)


def test_keys_of_organizations_are_read_as_printed() -> None:
    text = new_organization_key()
    assert organization_key(f" {text.lower()}\n") == organization_key(text)
    with pytest.raises(Trouble, match="no recovery key"):
        organization_key("not a key!")
