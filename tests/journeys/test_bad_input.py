"""What goes wrong at a school: each is answered by plain words on the screen, and nothing is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sound_server
from tests.journeys.lab import LETTERS, Lab, Station
from tests.journeys.person import Person
from tests.journeys.screen import Screen, button, says

ODD_LOGINS = (
    'O\'Brien "Zoë" <b>&amp;</b> %s{0}$HOME;--\\n../../etc\\C:|?*`~^=+[]()#@!',
    "".join(letter for letter in LETTERS if letter != "\u00a0"),
)
NO_MICROPHONE = "^No microphone can be used on this computer|^No sound was recorded"
DISK_BYTES = 300_000_000
SIGN_IN_SECONDS = 30


@pytest.fixture(scope="module")
def station(brief_lab: Lab) -> Station:
    return brief_lab.station("Seat 1")


@pytest.fixture(scope="module")
def desk(brief_lab: Lab) -> Screen:
    """The sign-in of a computer of its own."""
    return brief_lab.station("Seat 9").start()


@pytest.mark.parametrize(
    ("test_code", "login", "answer"),
    [
        ("RIVER-9", "amara", "There is no test with this code"),
        ("RIVER-1", "amaro", "This login name is not on the list of English 3, Ms. Alvarez"),
        ("RIVER-3", "amara", "This test opens on [A-Z][a-z]+day"),
        ("RIVER-4", "amara", "The time for this test ended on [A-Z][a-z]+day"),
        ("' OR 1=1 --", "amara", "There is no test with this code"),
    ],
    ids=["wrong-code", "unknown-login", "not-open-yet", "over", "no-code-at-all"],
)
def test_who_may_not_begin_is_told_why(brief_lab: Lab, desk: Screen, test_code: str, login: str, answer: str) -> None:
    person = Person(brief_lab, desk, login, test_code=test_code)
    person.type_names()
    desk.wait_for(says(answer), "the reason", SIGN_IN_SECONDS)
    desk.picture(f"refused-{test_code}".replace("'", "").replace(" ", "-"))
    fields = {node.name: desk.written(node) for node in desk.look().walk() if node.role == "text"}
    assert fields == {"Test code": test_code, "Login name": login}, "what was typed has to be there to be corrected"
    person.test_code, person.login = "RIVER-2", "amara"
    person.type_names()
    desk.wait_for(button("Yes, go on"), "the way in after the mistake", SIGN_IN_SECONDS)
    desk.press("No, not me")
    desk.wait_for(button("Sign in"), "the sign-in again")


@pytest.mark.parametrize("login", ODD_LOGINS, ids=["signs", "scripts"])
def test_any_login_name_that_can_be_typed_is_shown_as_typed_and_resumed(brief_lab: Lab, station: Station, login: str) -> None:
    person = Person(brief_lab, station.start(), login, test_code="RIVER-2")
    try:
        person.sign_in()
        person.screen.wait_for(lambda node: node.name == login, "the login name as typed")
        person.screen.picture(f"odd-login-{ODD_LOGINS.index(login) + 1}")
        person.confirm()
        person.accept()
        station.kill()
        person.screen = station.start()
        person.sign_in()
        person.screen.wait_for(says("Nothing was lost"), "where the test goes on")
        person.confirm()
        assert person.scene().kind == "profile"
        person.screen.wait(lambda: len(brief_lab.sessions(login)) == 1, "the session at the server under this name", 30)
    finally:
        station.end()


def test_empty_fields_go_nowhere(desk: Screen) -> None:
    desk.wait_for(lambda node: button("Sign in")(node) and node.enabled, "a sign-in that takes names", SIGN_IN_SECONDS)
    for name in ("Test code", "Login name"):
        desk.fill(name, "")
    desk.key("Return")
    assert desk.wait_for(lambda node: node.name == "Test code" and "focused" in node.states, "the field to fill in")
    assert desk.has(button("Sign in"))


def test_without_a_microphone_the_test_says_so_and_goes_on(brief_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    deaf = sound_server.start(tmp_path_factory.mktemp("deaf") / "s")
    station = brief_lab.station("Seat 2", sound=deaf)
    try:
        deaf.pactl("unload-module", "module-remap-source")
        person = Person(brief_lab, station.start(), "lin", hears_out=0, ears=deaf)
        person.take_the_test(until=lambda scene: "Start" in scene.buttons)
        for _ in range(2):
            person.screen.click(lambda node: button("Start")(node) or button("Try again")(node), "the start")
            person.screen.wait_for(says(NO_MICROPHONE), "word that there is no microphone")
        person.screen.picture("no-microphone-1-check")
        while (scene := person.scene()).kind == "equipment":
            way = next((name for name in scene.buttons if name.startswith("Go on")), "")
            if way:
                person.screen.press(way)
                person.moved_on_from(scene)
            else:
                again = next(name for name in scene.buttons if name in {"Start recording", "Try again"})
                person.screen.press(again)
                person.screen.wait_for(says(NO_MICROPHONE), "word that there is no microphone")
        while (scene := person.scene()).stage != "Keep and go on" or scene.practice:
            if scene.stage == "Record now":
                person.screen.press("Record now")
                person.screen.wait_for(says(NO_MICROPHONE), "word that there is no microphone")
                person.screen.picture("no-microphone-2-speaking")
            elif scene.kind == "dashboard" and "Begin: Listening" in scene.buttons:
                person.screen.press("Begin: Listening")
                person.moved_on(scene)
            elif scene.kind == "dashboard":
                person.screen.press("Begin: Speaking")
                person.moved_on(scene)
            else:
                person.act(scene)
        person.act(scene)
        assert person.scene().kind == "section done"
    finally:
        station.end()
        deaf.stop()


def test_two_windows_of_one_session_are_told_apart(brief_lab: Lab, station: Station) -> None:
    second = Station(station.data, station.computer, station.sound)
    first_person = Person(brief_lab, station.start(), "priya")
    try:
        first_person.take_the_test(until=lambda scene: scene.kind == "profile")
        second_person = Person(brief_lab, second.start(), "priya")
        second_person.type_names()
        second_person.screen.wait_for(says("open in another window"), "the reason", SIGN_IN_SECONDS)
        second_person.screen.picture("two-windows")
        second.end()
        first_person.take_the_test(until=lambda scene: scene.kind == "equipment")
    finally:
        second.end()
        station.end()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, small enough to fill."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(place)], check=False)
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    file = disk / "somebody-elses-films"
    with file.open("ab", buffering=0) as films:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while films.write(b"\xff" * size):
                    pass
            except OSError:
                continue
    return file


def test_a_disk_that_somebody_fills_does_not_stop_a_test_that_has_begun(brief_lab: Lab, small_disk: Path) -> None:
    station = brief_lab.station("Seat 4", data=small_disk / "data")
    try:
        screen = station.start()
        person = Person(brief_lab, screen, "sofia", hears_out=0)
        person.take_the_test(until=lambda scene: scene.step == "Question 2 of about 4")
        films = fill(small_disk)
        person.take_the_test(until=lambda scene: scene.step == "Question 4 of about 4")  # in the room that lay ready
        screen.picture("disk-full-and-going-on")
        screen.wait(lambda: brief_lab.answers("sofia") == 3, "the answers at the server", SIGN_IN_SECONDS)
        films.unlink()
        (row,) = brief_lab.sessions("sofia")
        assert (row.alarms, row.forked) == ((), False)
    finally:
        station.end()


def test_a_test_does_not_begin_where_its_recordings_would_not_fit(brief_lab: Lab, small_disk: Path) -> None:
    station = brief_lab.station("Seat 5", data=small_disk / "data")
    fill(small_disk)
    try:
        person = Person(brief_lab, station.start(), "yusuf")
        person.screen.wait_for(says("^The disk of this computer is full"), "word of the disk", SIGN_IN_SECONDS)
        person.screen.picture("disk-full-at-the-start")
    finally:
        station.end()
