"""What is not to change while a test runs: noticed when it does, and not noticed when only its tries or dates do."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stamp_desktop.kiosk.belongings import Belongings
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.pin import PinBook
from stamp_desktop.storage.station import Device, SessionLine, Station

DEVICE = Device("d1", "Seat 12", b"certificate", "https://stamp.example", "s1", b"k" * 32, b"h" * 32)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A station with a policy, a PIN, a publisher and a recording of the session s1."""
    made = Home(tmp_path)
    made.make()
    made.policy.write_text("{}", "utf-8")
    PinBook(made.pin).set("135790")
    (tmp_path / "publishers").mkdir()
    (tmp_path / "publishers" / "avant.pub").write_text("key", "utf-8")
    station = Station(tmp_path / "station.db")
    station.enrol(DEVICE)
    station.close()
    recordings = tmp_path / "sessions" / "s1" / "recordings"
    recordings.mkdir(parents=True)
    (recordings.parent / "journal.db").write_bytes(b"events")
    (recordings / "r1.rec").write_bytes(b"sound")
    return made


def enrol(home: Home, device: Device) -> None:
    station = Station(home.data / "station.db")
    station.enrol(device)
    station.close()


def note(home: Home) -> None:
    station = Station(home.data / "station.db")
    station.keep_session(SessionLine("s1", "g1", "ana", 1))
    station.close()


EDITS: dict[str, tuple[Callable[[Home], object], list[str]]] = {
    "the policy": (lambda home: home.policy.write_text('{"screens": 9}'), ["policy.json"]),
    "the policy is taken away": (lambda home: home.policy.unlink(), ["policy.json"]),
    "another PIN": (lambda home: PinBook(home.pin).set("246800"), ["PIN"]),
    "another publisher": (lambda home: (home.data / "publishers" / "mine.pub").write_text("mine"), ["mine.pub"]),
    "a publisher is taken away": (lambda home: (home.data / "publishers" / "avant.pub").unlink(), ["avant.pub"]),
    "another server": (lambda home: enrol(home, replace(DEVICE, server_url="https://mine.example")), ["station"]),
}
USUAL: dict[str, Callable[[Home], object]] = {
    "a wrong PIN is counted": lambda home: PinBook(home.pin).enter("000001", 1),
    "the server has new keys": lambda home: enrol(home, replace(DEVICE, server_signing_key=b"n" * 32)),
    "a session is noted": note,
    "a file has another date": lambda home: os.utime(home.policy, (1, 1)),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_noticed_once(home: Home, name: str) -> None:
    edit, wanted = EDITS[name]
    belongings = Belongings(home)
    assert belongings.settings() == []
    assert belongings.settings() == []
    edit(home)
    assert belongings.settings() == wanted
    assert belongings.settings() == []


def test_a_computer_that_belongs_to_no_server_yet_makes_its_database(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    belongings = Belongings(home)
    assert belongings.settings() == []
    Station(tmp_path / "station.db").close()
    assert belongings.settings() == []
    enrol(home, DEVICE)
    assert belongings.settings() == ["station"]
    (tmp_path / "station.db").unlink()
    assert belongings.settings() == ["station"]


@pytest.mark.parametrize("name", USUAL)
def test_what_the_program_itself_does_is_no_edit(home: Home, name: str) -> None:
    belongings = Belongings(home)
    belongings.settings()
    USUAL[name](home)
    assert belongings.settings() == []


def test_an_edit_between_two_guardians_is_noticed_by_the_second(home: Home) -> None:
    first = Belongings(home)
    first.settings()
    first.recordings(["s1"])
    EDITS["another server"][0](home)
    (home.data / "sessions/s1/recordings/r1.rec").write_bytes(b"other")
    second = Belongings(home, first.kept())
    assert second.settings() == ["station"]
    assert second.recordings(["s1"]) == [("s1", "r1")]


def test_a_finished_recording_that_is_edited_is_noticed(home: Home) -> None:
    belongings = Belongings(home)
    assert belongings.recordings(["s1"]) == []
    folder = home.data / "sessions" / "s1" / "recordings"
    (folder / "r2.rec.part").write_bytes(b"grows")
    assert belongings.recordings(["s1"]) == []
    (folder / "r2.rec.part").replace(folder / "r2.rec")
    assert belongings.recordings(["s1"]) == []
    with (folder / "r2.rec").open("ab") as file:
        file.write(b"more")
    assert belongings.recordings(["s1"]) == [("s1", "r2")]
    assert belongings.recordings(["s1"]) == []


def test_a_recording_that_goes_is_noticed_at_the_second_look(home: Home) -> None:
    belongings = Belongings(home)
    belongings.recordings(["s1"])
    (home.data / "sessions/s1/recordings/r1.rec").unlink()
    assert belongings.recordings(["s1"]) == []
    assert belongings.recordings(["s1"]) == [("s1", "r1")]
    assert belongings.recordings(["s1"]) == []


def test_a_test_that_is_removed_for_good_is_no_edit(home: Home) -> None:
    belongings = Belongings(home)
    belongings.recordings(["s1"])
    shutil.rmtree(home.data / "sessions/s1/recordings")
    assert belongings.recordings(["s1"]) == []
    shutil.rmtree(home.data / "sessions/s1")
    assert belongings.recordings(["s1"]) == []
    assert belongings.recordings(["s1"]) == []


def test_a_copy_that_the_program_itself_has_put_there_is_no_edit(home: Home) -> None:
    belongings = Belongings(home)
    belongings.recordings(["s1"])
    (home.data / "sessions/s1/recordings/r1.rec").write_bytes(b"from another computer")
    belongings.forget("s1")
    assert belongings.recordings(["s1"]) == []


def test_without_anything_there_is_nothing_to_notice(tmp_path: Path) -> None:
    belongings = Belongings(Home(tmp_path))
    assert belongings.settings() == []
    assert belongings.recordings(["s1"]) == []
    assert belongings.settings() == []
