"""A damaged list of what this computer has: made again from its copy and from the sessions, with nothing lost."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stamp_desktop.engine.codec import canonical, encode
from stamp_desktop.engine.events import SessionBegan
from stamp_desktop.storage.again import open_station
from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.reader import Receipt
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import PackageLine, SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble
from tests.faults.conftest import SOAK
from tests.storage.test_station import DEVICE

LINES = [
    SessionLine("s1", "g1", "amara", 1_000),
    SessionLine("s2", "g1", "bela", 2_000, "received", "K7"),
    SessionLine("s3", "g2", "chidi", 3_000, "moved"),
]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A computer with three tests, and a copy of its list that knows the first of them."""
    made = Folders(tmp_path / "station")
    made.make()
    begin(made, LINES[0])
    station, aside = opened(made)
    assert aside is None
    station.enrol(DEVICE)
    station.keep_package(PackageLine("p", "1", "hash", "p.stamp", verified=True))
    station.roster_changed([{"id": "g1"}], [{"group": "g1", "login": "amara"}], [], "7")
    station.keep_session(LINES[0])
    station.close()
    opened(made)[0].close()
    begin(made, LINES[1], Receipt("K7", b"signed", b"signature", 5_000))
    begin(made, LINES[2])
    station = Station(made.station)
    for line in LINES[1:]:
        station.keep_session(line)
    station.close()
    return made


def opened(folders: Folders) -> tuple[Station, Path | None]:
    return open_station(folders, FileKeyStore(folders.keys))


def begin(folders: Folders, line: SessionLine, receipt: Receipt | None = None) -> None:
    key, folder = SessionKey.new(), folders.make_session(line.id)
    FileKeyStore(folders.keys).put(key_name(line.id), key.raw)
    journal = Journal.create(folder.journal, line.id, key, b"wrapped", line.created)
    coded = encode(SessionBegan("p", "hash", line.group_id, line.login, "d1", 1))
    journal.append(coded.kind, coded.item, canonical(coded.body), 1, 1, "boot")
    if receipt:
        journal.store_receipt(receipt)
    journal.close()


def harm(path: Path) -> bytes:
    damaged = b"not a database" + path.read_bytes()[14:]
    for file in database_files(path)[1:]:
        file.unlink(missing_ok=True)
    path.write_bytes(damaged)
    return damaged


def test_it_is_made_again_from_its_copy_and_from_the_tests_that_are_newer(folders: Folders) -> None:
    damaged = harm(folders.station)
    station, aside = opened(folders)
    assert station.device() == DEVICE
    assert (station.roster_cursor(), len(station.roster("g1")), len(station.packages())) == ("7", 1, 1)
    assert station.sessions() == [LINES[0], LINES[1], SessionLine("s3", "g2", "chidi", 3_000)], (
        "moved: the server says so again"
    )
    station.close()
    assert aside is not None
    assert (aside / "station.db").read_bytes() == damaged
    again, nothing = opened(folders)
    assert (again.device(), nothing) == (DEVICE, None)
    again.close()


def test_without_a_copy_the_tests_are_there_and_the_computer_is_enrolled_again(folders: Folders) -> None:
    harm(folders.station)
    harm(folders.station_copy)
    FileKeyStore(folders.keys).forget(key_name("s2"))  # as after its receipt
    harm(folders.session("s3").journal)
    station, aside = opened(folders)
    assert (station.device(), station.roster_cursor()) == (None, "")
    assert {line.id: (line.state, line.login, line.receipt) for line in station.sessions()} == {
        "s1": ("open", "amara", ""),
        "s2": ("received", "", "K7"),
        "s3": ("damaged", "", ""),
    }
    station.close()
    assert aside is not None
    assert len(list(folders.root.glob("damaged-*"))) == 3, "the file, its copy as it was put back, and the copy"


@pytest.mark.parametrize("table", ["testing_group", "roster"])
def test_what_the_server_said_and_is_no_more_what_it_said_comes_from_the_copy(folders: Folders, table: str) -> None:
    with closing(sqlite3.connect(folders.station)) as connection, connection:
        [(good,)] = connection.execute(f"SELECT facts FROM {table}").fetchall()  # one of two names
        connection.execute(f"UPDATE {table} SET facts = ?", [";" + good[1:]])
    station, aside = opened(folders)
    assert (station.groups(), station.roster("g1")) == ([{"id": "g1"}], [{"group": "g1", "login": "amara"}])
    station.close()
    assert aside is not None


def test_a_test_that_the_list_does_not_name_is_found_when_the_program_starts(folders: Folders) -> None:
    begin(folders, SessionLine("s4", "g1", "dora", 4_000))
    station, aside = opened(folders)
    assert (station.sessions()[-1], aside) == (SessionLine("s4", "g1", "dora", 4_000), None)
    station.close()


@pytest.mark.timeout(36_000 if SOAK else 180)
def test_no_flipped_byte_of_it_loses_a_test(folders: Folders) -> None:
    good, dice = folders.station.read_bytes(), random.Random(6)
    for at in range(len(good)) if SOAK else dice.sample(range(len(good)), 40):
        for file in [*folders.root.glob("damaged-*"), *database_files(folders.station)]:
            shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        folders.station.write_bytes(good[:at] + bytes([good[at] ^ 1 << dice.randrange(8)]) + good[at + 1 :])
        assert look(folders) in ({line.id for line in LINES}, "program-too-old"), f"byte {at}"
        assert folders.station.exists()


def look(folders: Folders) -> set[str] | str:
    """The tests that it names, or why it refuses: the name of a step may become one that this version does not know."""
    try:
        station, _ = opened(folders)
    except Trouble as trouble:
        return trouble.code
    names = {line.id for line in station.sessions()}
    station.close()
    return names
