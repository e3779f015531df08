"""What is tried on the answers themselves, with the guard: other files put in their place, edits, a second computer."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.attack import meddling
from tests.attack.attacked import Attacked, picture
from tests.attack.bench import Bench, person
from tests.journeys.desktop import desktop
from tests.journeys.lab import LETTERS
from tests.journeys.person import Person
from tests.journeys.screen import says

ROLLED_BACK = "the answers' database rolled back"
EDITED = "the answers' database edited"
RECORDING_EDITED = "a finished recording edited"
TWO_COMPUTERS = "the same session opened on a second computer"


def session_folder(made: Bench) -> Path:
    """The folder of the one session that lies here; one that was at another computer has its older copy beside it."""
    return min((made.station.data / "sessions").iterdir(), key=lambda folder: len(folder.name))


def write_over(file: sqlite3.Connection) -> None:
    """Somebody changes an event that is written, and knows that the database forbids it."""
    file.execute("DROP TRIGGER event_is_never_changed")
    file.execute("UPDATE event SET body = zeroblob(length(body)) WHERE seq = 3")


def finished_recording(made: Bench) -> Path:
    """A recording of that session as the program finishes it."""
    folder = session_folder(made) / "recordings"
    folder.mkdir(exist_ok=True)
    file = folder / "r1.rec"
    file.write_bytes(os.urandom(4096))
    return file


def edit(file: Path) -> None:
    """One byte in the middle is another one."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def recording_edited(at: Attacked) -> None:
    made, row = at.made, at.report.row(RECORDING_EDITED)
    known = len(made.events())
    file = finished_recording(made)
    name = f"{session_folder(made).name}/{file.stem}"
    made.wait(lambda: name in made.memory().get("belongings", {}).get("recordings", {}), "the guardian to see the recording")
    edit(file)
    made.wait(lambda: made.found(known, "answers-changed"), "the finding")
    made.wait(made.locked, "the lock screen")
    picture(made, row, "after")
    made.unlock()
    at.write("r")
    row.events, row.held = made.events(known), "held: noticed and paused"


def two_computers(at: Attacked) -> None:
    """The test is taken over at another computer; the one that is attacked says so and lets nobody go on."""
    made, row = at.made, at.report.row(TWO_COMPUTERS)
    with ExitStack() as stack:
        folder = made.folder / "second"
        folder.mkdir(mode=0o700)
        other = made.lab.station("Seat 2")
        other.computer = stack.enter_context(desktop(folder, LETTERS, manager=False))
        stack.callback(other.end)
        somebody = Person(made.lab, other.start(), "diego", hears_out=0, seed=3)
        somebody.take_the_test(lambda scene: scene.kind == "writing" and not scene.practice)
        made.wait(lambda: _types_and_is_told(at), "word of the other computer")
        picture(made, row, "after")
    at.come_back()
    at.write("2")
    row.held = "held: the first computer says where it goes on, and stops"


def _types_and_is_told(at: Attacked) -> bool:
    """What is typed has to go to the server, and the answer says that it comes too late."""
    at.made.computer.type("x")
    return at.person.screen.has(says("goes on at another computer"))


def ended_and_changed(at: Attacked, change: Callable[[], None]) -> Person:
    """The exam program is killed, the answers are changed before the proctor unlocks, then somebody signs in again."""
    made = at.made
    old = made.find_exam()
    os.kill(old, signal.SIGKILL)
    made.wait(lambda: made.find_exam() != old, "another exam program")
    made.wait(made.locked, "the lock screen")
    change()
    made.unlock()
    somebody = person(made)
    somebody.type_names()
    return somebody


def rolled_back(at: Attacked) -> None:
    """An older copy of the answers is put in place of the newer."""
    made, row = at.made, at.report.row(ROLLED_BACK)
    known = len(made.events())
    folder = session_folder(made)
    journal = folder / "journal.db"
    older = meddling.copy_of(journal, made.folder / "older.db")
    at.write(" and then more of it")
    made.wait(lambda: made.known_events(folder.name) > meddling.last_event(older), "the guardian to know of the newer answers")
    somebody = ended_and_changed(at, lambda: meddling.put(made, older, journal))
    somebody.screen.press("Yes, go on")
    made.wait(lambda: made.found(known, "answers-changed"), "the finding")
    made.wait(made.locked, "the lock screen")
    picture(made, row, "after")
    made.unlock()
    row.events, row.held = made.events(known), "held: noticed and paused"


def edited(at: Attacked) -> None:
    """A saved answer is written over."""
    made, row = at.made, at.report.row(EDITED)
    known = len(made.events())
    journal = session_folder(made) / "journal.db"
    somebody = ended_and_changed(at, lambda: meddling.changed(made, journal, write_over))
    made.wait(lambda: made.found(known, "answers-damaged"), "the finding")
    made.wait(made.locked, "the lock screen")
    picture(made, row, "after")
    made.unlock()
    somebody.screen.wait_for(says("damaged"), "word of the damage")
    row.events, row.held = made.events(known), "held: noticed, paused, and nobody goes on with it"
