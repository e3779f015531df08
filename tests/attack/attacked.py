"""Somebody who writes under the kiosk while a row of the matrix is tried on the computer, and the proctor beside."""

import time
from collections.abc import Callable

from tests.attack.bench import WAIT_SECONDS, Bench, person, to_profile
from tests.attack.report import FOLDER, Outcome, Report
from tests.attack.rows import Row
from tests.journeys.person import Person
from tests.journeys.reading import GoneError
from tests.journeys.screen import says

HELD = {
    "restart": "held: back, locked, nothing lost",
    "lock": "held: noticed and paused",
    "lock that lifts": "held: noticed and paused, until it was gone",
}


def picture(made: Bench, row: Outcome, when: str) -> None:
    file = FOLDER / "pictures" / f"{len(row.pictures)}-{''.join(c if c.isalnum() else '-' for c in row.name)}-{when}.png"
    made.computer.picture(file)
    row.pictures.append(file)


def sheet(somebody: Person) -> str:
    """What is written on it, once it is there."""

    def read() -> tuple[str] | None:
        node = somebody.screen.find(lambda node: node.name == "Your text")
        try:
            return (somebody.screen.written(node),) if node else None
        except GoneError:  # the page is being built
            return None

    return somebody.screen.wait(read, "the sheet", WAIT_SECONDS)[0]


class Attacked:
    """Somebody who writes on an attacked computer, and the proctor beside."""

    def __init__(self, made: Bench, report: Report, sign_in: Callable[[Bench, Person], None]) -> None:
        self.made = made
        self.report = report
        self.text = ""
        self.person = person(made)
        sign_in(made, self.person)
        to_profile(self.person)

    def write(self, words: str) -> None:
        """Type on, see it, and see it called saved: the keys reach the exam."""
        screen, hands = self.person.screen, self.made.computer.hands
        self.made.wait(
            lambda: screen.has(lambda node: node.name == "Your text" and "focused" in node.states), "the sheet's focus"
        )
        self.made.wait(lambda: hands("focus") == self.made.find_exam(), "the keys to go to the exam")
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
            made.wait(lambda: made.found(known, *row.finds), f"one of {row.finds}")
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
