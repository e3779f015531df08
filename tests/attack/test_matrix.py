"""Every attack of the matrix, against the real program and guardian on a real X server; and each against the program alone."""

import os
import signal
import sys
import time

import pytest

from tests.attack import meddling
from tests.attack.bench import HERE, LOOK_SECONDS, WAIT_SECONDS, Bench, person, to_profile, to_writing
from tests.attack.report import FOLDER, Outcome, Report
from tests.attack.rows import CLOSED, ROWS, Row, close, gone_or_still, guardian_killed, hot_keys, keys_came
from tests.journeys.person import Person
from tests.journeys.screen import button, says

SMUGGLED = "smuggled in"
CLOSE = "the window manager is asked to close the exam"
PASTE = "paste by Ctrl+V, Shift+Insert, middle click, from CLIPBOARD and PRIMARY"
COPY = "copy to CLIPBOARD and PRIMARY"
HELD = {
    "restart": "held: back, locked, nothing lost",
    "lock": "held: noticed and paused",
    "lock that lifts": "held: noticed and paused, until it was gone",
}
UNNOTICED_SECONDS = 3.0
"""On the plain desktop: how long nobody says anything. The guardian speaks within one."""


def picture(made: Bench, row: Outcome, when: str) -> None:
    file = FOLDER / "pictures" / f"{len(row.pictures)}-{''.join(c if c.isalnum() else '-' for c in row.name)}-{when}.png"
    made.computer.picture(file)
    row.pictures.append(file)


def sheet(somebody: Person) -> str:
    node = somebody.screen.wait_for(lambda node: node.name == "Your text", "the sheet", WAIT_SECONDS)
    return somebody.screen.written(node)


class Attacked:
    """Somebody who writes on an attacked computer, and the proctor beside."""

    def __init__(self, made: Bench, report: Report) -> None:
        self.made = made
        self.report = report
        self.text = ""
        self.person = to_profile(made)

    def write(self, words: str) -> None:
        """Type on, see it, and see it called saved: the keys reach the exam."""
        self.made.computer.type(words)
        self.text += words
        self.made.wait(lambda: sheet(self.person) == self.text, f"the text {self.text!r}")
        self.made.wait(lambda: self.person.screen.has(says("^Saved on this computer")), "the text to be called saved")

    def attack(self, row: Row) -> None:
        made, outcome = self.made, self.report.row(row.name)
        known = len(made.events())
        picture(made, outcome, "before")
        begun = time.monotonic()
        row.attack(made)
        if row.finds:
            made.wait(lambda: any(event.get("code") in row.finds for event in made.events(known)), f"one of {row.finds}")
        if row.wants in {"lock", "lock that lifts", "restart"}:
            old = made.exam
            if row.wants == "restart":
                made.wait(lambda: made.find_exam() != old, "another exam program")
            self.person.screen = made.screen()
            made.wait(made.locked, "the lock screen")
            if row.wants == "restart":
                outcome.seconds = time.monotonic() - begun
        made.wait(made.covered, "nothing but the exam on the screen")
        if row.wants in {"no effect", "told"}:
            assert not row.through(made)
        picture(made, outcome, "after")
        outcome.events = made.events(known)
        row.after(made)
        if row.wants == "lock that lifts":
            made.wait(lambda: not made.locked(), "the pause to end with its cause")
        elif made.locked():
            made.unlock()
        if row.wants == "restart":
            self.come_back()
        self.write(str(len(self.text) % 10))
        outcome.held = HELD.get(row.wants, "held: no effect")

    def come_back(self) -> None:
        """Sign in again; what was written is there."""
        self.person = person(self.made)
        self.person.take_the_test(lambda scene: scene.kind == "writing" and not scene.practice)
        assert sheet(self.person) == self.text
        self.person.screen.click(lambda node: node.name == "Your text", "the sheet")
        self.made.computer.keys("key", "ctrl+End")


@pytest.mark.timeout(900)
def test_the_kiosk_holds_against_every_attack(kiosk: Bench, report: Report) -> None:
    kiosk.start(SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22")
    at = Attacked(kiosk, report)
    assert kiosk.covered()
    assert not kiosk.locked(), "a mark of a remote session must only warn"
    assert any(event.get("code") == "remote-session" for event in kiosk.events())
    report.row("marks of a remote session").held = "held: warned, goes on"

    combos(at)
    to_writing(kiosk, at.person)
    at.write("Nothing is lost. ")
    letters(at)
    asked_to_close(at)
    selections(at)
    for row in ROWS:
        at.attack(row)
    guardian_goes(at)
    wrong_pins(at)
    journal_put_back(at)
    end_of_kiosk(at)


def combos(at: Attacked) -> None:
    """While a list is open, and after it."""
    made, row = at.made, at.report.row("closed combinations while and after a list is open")
    screen = at.person.screen
    screen.click(lambda node: node.role == "combo box", "the list")
    picture(made, row, "open")
    hot_keys(made)
    made.wait(made.locked, "the lock screen")
    made.end_programs()
    assert not keys_came(made)
    made.unlock()
    assert made.covered()
    row.held = "held: no effect"


def letters(at: Attacked) -> None:
    """AltGr and dead keys work."""
    made, row = at.made, at.report.row("AltGr and dead keys")
    made.computer.hands("key", "altgr+q")
    made.computer.hands("key", "altgr+apostrophe")
    made.computer.hands("key", "e")
    at.text += "äé"
    made.wait(lambda: sheet(at.person) == at.text, f"the text {at.text!r}")
    picture(made, row, "after")
    row.held = "held: they write ä and é"


def asked_to_close(at: Attacked) -> None:
    made, row = at.made, at.report.row(CLOSE)
    known, before = len(made.events()), made.find_exam()
    close(made)
    made.wait(lambda: any(event.get("code") == "exam-hidden" for event in made.events(known)), "the finding")
    at.write("c")
    assert (made.find_exam(), made.covered()) == (before, True)
    row.events = made.events(known)
    row.held = "held: no effect"


def selections(at: Attacked) -> None:
    """Pasted in every way, and taken out in every way."""
    made, row = at.made, at.report.row(PASTE)
    node = at.person.screen.wait_for(lambda node: node.name == "Your text", "the sheet")
    left, top, width, height = made.computer.reader.box(node)
    made.computer.hands("offer", SMUGGLED, left + width // 2, top + height // 2)
    made.computer.keys("key", "ctrl+End")
    at.write("p")
    row.held = "held: nothing came in"
    out = at.report.row(COPY)
    assert made.computer.hands("taken_out") == []
    made.computer.keys("key", "ctrl+End")
    at.write("o")
    out.held = "held: nothing went out"


def guardian_goes(at: Attacked) -> None:
    made, row = at.made, at.report.row("the guardian is killed")
    known, first = len(made.events()), made.guardian()
    begun = time.monotonic()
    guardian_killed(made)
    made.wait(made.locked, "the lock screen")
    row.seconds = time.monotonic() - begun
    made.wait(lambda: made.guardian() not in {0, first}, "another guardian")
    made.wait(lambda: any(event.get("what") == "began" for event in made.events(known)), "its beginning")
    picture(made, row, "after")
    made.unlock()
    row.events = made.events(known)
    at.write("!")
    row.held = "held: the exam locked itself, the guardian is back"
    stopped = at.report.row("the guardian is stopped (SIGSTOP)")
    second = made.guardian()
    os.kill(second, signal.SIGSTOP)
    made.wait(lambda: made.guardian() not in {0, second}, "another guardian")
    made.wait(made.locked, "the lock screen")
    made.unlock()
    at.write("?")
    stopped.held = "held: ended and started again, the exam locked"


def wrong_pins(at: Attacked) -> None:
    made, row = at.made, at.report.row("wrong PINs")
    known = len(made.events())
    os.kill(made.find_exam(), signal.SIGKILL)
    old = made.exam
    made.wait(lambda: made.find_exam() != old, "another exam program")
    made.wait(made.locked, "the lock screen")
    screen = made.screen()
    for count in range(1, 4):
        made.enter("111222")
        assert len(made.said(known, "pin refused")) == count
    made.wait(lambda: any(event.get("code") == "pin-refused" for event in made.events(known)), "an event")
    screen.wait_for(says("^That was wrong too often. Wait"), "the back-off")
    picture(made, row, "after")
    screen.wait_gone(says("^That was wrong too often"), "waiting", WAIT_SECONDS)
    made.unlock()
    row.events = made.events(known)
    row.held = "held: wait and event after the third"
    at.come_back()


def journal_put_back(at: Attacked) -> None:
    """An older copy of the answers is put in place of the newer."""
    made, row = at.made, at.report.row("the answers' database rolled back")
    known = len(made.events())
    (folder,) = (made.station.data / "sessions").iterdir()
    journal = folder / "journal.db"
    older = meddling.copy_of(journal, made.folder / "older.db")
    at.write(" and then more of it")
    made.wait(lambda: made.known_events(folder.name) > meddling.last_event(older), "the guardian to know of the newer answers")
    old = made.find_exam()
    os.kill(old, signal.SIGKILL)
    made.wait(lambda: made.find_exam() != old, "another exam program")
    made.wait(made.locked, "the lock screen")
    meddling.put(made, older, journal)
    made.unlock()
    somebody = person(made)
    somebody.sign_in()
    somebody.screen.press("Yes, go on")
    made.wait(lambda: any(event.get("code") == "answers-changed" for event in made.events(known)), "the finding")
    made.wait(made.locked, "the lock screen")
    picture(made, row, "after")
    row.events = made.events(known)
    row.held = "held: noticed and paused"


def end_of_kiosk(at: Attacked) -> None:
    made, row = at.made, at.report.row("the lab ends the kiosk")
    if made.kiosk is None:
        raise RuntimeError("not started")
    out = made.run("python3", "-c", "print(1)")
    assert out.strip() == "1"
    made.kiosk.terminate()
    assert made.kiosk.wait(30) == 0
    assert not (made.home / "changes.jsonl").exists()
    row.held = "held: nothing is left behind"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_without_the_guard_it_gets_through(plain: Bench, report: Report, row: Row) -> None:
    fresh(plain)
    row.attack(plain)
    if row.through.__name__ == "unnoticed":
        until = time.monotonic() + UNNOTICED_SECONDS
        while time.monotonic() < until:
            assert row.through(plain)
            time.sleep(LOOK_SECONDS)
    else:
        plain.wait(lambda: row.through(plain), "the attack to get through")
    report.row(row.name).without = "gets through"
    row.after(plain)


def fresh(plain: Bench) -> None:
    """The exam program on the whole screen, started again where an attack has ended or hidden it."""
    if plain.kiosk is not None and plain.kiosk.poll() is None and not gone_or_still(plain) and plain.covered():
        return
    if plain.kiosk is not None:
        plain.kiosk.kill()
        plain.kiosk.wait()
    plain.start()
    plain.screen().wait_for(button("Sign in"), "the sign-in", WAIT_SECONDS)
    plain.wait(plain.covered, "the exam on the whole screen")


def test_an_ordinary_program_closes_and_lets_everything_in_and_out(plain: Bench, report: Report) -> None:
    """What the exam program itself holds, tried on a stock text field: so that those rows can fail as well."""
    if plain.kiosk is not None:
        plain.kiosk.kill()
        plain.kiosk.wait()
    program = plain.start_program(sys.executable, HERE / "ordinary.py")
    plain.wait(lambda: list(plain.computer.hands("owners")) == [program.pid], "the ordinary program")
    plain.wait(lambda: plain.computer.hands("focus") == program.pid, "its focus")

    def through() -> bool:
        plain.computer.hands("offer", SMUGGLED, 600, 300)
        return any(SMUGGLED in text for text in plain.computer.hands("taken_out"))

    plain.wait(through, "a text that was pasted in and copied out again")
    report.row(PASTE).without = report.row(COPY).without = "gets through (an ordinary text field)"
    plain.run("wmctrl", "-i", "-c", hex(plain.computer.hands("windows", program.pid)[0]))
    plain.wait(lambda: program.poll() is not None, "the ordinary program to close")
    report.row(CLOSE).without = "gets through (an ordinary program)"


def test_the_table_of_keys_is_what_is_tried() -> None:
    assert {"Alt+Tab", "Alt+F4", "Ctrl+Alt+t", "Super+d", "Print"} <= set(CLOSED)
