import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from stamp_desktop.storage.station import Device, PackageLine, SessionLine, Station
from stamp_desktop.trouble import Trouble

DEVICE = Device("d1", "Lab 2, seat 4", b"certificate", "https://stamp.example", "srv", bytes(32), bytes([1]) * 32)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    opened = Station(tmp_path / "data" / "station.db")
    yield opened
    opened.close()


def test_a_new_station_knows_nothing(station: Station) -> None:
    assert station.device() is None
    assert station.roster_cursor() == ""
    assert not any([station.groups(), station.packages(), station.sessions()])


def test_what_was_kept_is_there_after_opening_again(station: Station, tmp_path: Path) -> None:
    station.enrol(DEVICE)
    station.keep_package(PackageLine("en", "1", "ab", "en-1.stamp", verified=False))
    station.keep_package(PackageLine("en", "1", "ab", "en-1.stamp", verified=True))
    station.keep_session(SessionLine("s2", "g1", "mia", created=2))
    station.keep_session(SessionLine("s1", "g1", "li", created=1))
    station.keep_session(SessionLine("s2", "g1", "mia", created=2, state="received", receipt="K7-4M"))
    station.close()
    again = Station(tmp_path / "data" / "station.db")
    assert again.device() == DEVICE
    assert again.packages() == [PackageLine("en", "1", "ab", "en-1.stamp", verified=True)]
    assert [line.id for line in again.sessions()] == ["s1", "s2"]
    assert again.sessions()[1].receipt == "K7-4M"
    again.close()


def test_enrolling_again_replaces_the_identity(station: Station) -> None:
    station.enrol(DEVICE)
    other = Device("d2", "new", b"c", "u", "srv", bytes(32), bytes(32))
    station.enrol(other)
    assert station.device() == other


def test_the_roster_grows_changes_and_shrinks_by_parts(station: Station) -> None:
    group = {"id": "g1", "name": "Español 2", "seats": 30}
    mia, li = {"group": "g1", "login": "mia"}, {"group": "g1", "login": "li", "first": "Li"}
    station.roster_changed([group], [mia, li], [], "c1")
    station.roster_changed([{**group, "seats": 31}], [{**mia, "first": "Mía"}], [("g1", "li"), ("g1", "nobody")], "c2")
    assert station.groups() == [{**group, "seats": 31}]
    assert station.roster("g1") == [{**mia, "first": "Mía"}]
    assert station.roster("g2") == []
    assert station.roster_cursor() == "c2"


def test_a_part_of_the_roster_is_taken_as_a_whole_or_not_at_all(station: Station) -> None:
    with pytest.raises(KeyError):
        station.roster_changed([{"id": "g1"}], [{"login": "mia"}], [], "c1")
    assert station.groups() == []
    assert station.roster_cursor() == ""


def test_two_threads_worth_of_connections_see_each_others_work(station: Station, tmp_path: Path) -> None:
    other = Station(tmp_path / "data" / "station.db")
    other.enrol(DEVICE)
    assert station.device() == DEVICE
    other.close()


def test_programs_that_open_it_at_the_same_moment_wait_for_each_other(station: Station, tmp_path: Path) -> None:
    def opened(_: int) -> None:
        for _ in range(10):
            with closing(Station(tmp_path / "data" / "station.db")) as again:
                again.roster_changed([], [{"group": "g1", "login": "amara"}], [], "c1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(opened, range(8)))
    assert station.roster("g1") == [{"group": "g1", "login": "amara"}]


def test_a_file_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    Station(tmp_path / "station.db").close()
    raw = sqlite3.connect(tmp_path / "station.db")
    raw.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('station', '99', '')")
    raw.commit()
    raw.close()
    with pytest.raises(Trouble) as trouble:
        Station(tmp_path / "station.db")
    assert trouble.value.code == "program-too-old"


def test_a_file_that_is_no_database_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "station.db").write_bytes(b"this is not a database, it only has the name of one" * 50)
    with pytest.raises(Trouble) as trouble:
        Station(tmp_path / "station.db")
    assert trouble.value.code == "data-damaged"
