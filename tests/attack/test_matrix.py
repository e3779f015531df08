"""Every attack of the matrix, against the real program and guardian on a real X server; and each against the program alone."""

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from tests.attack import answers, input_methods, meddling
from tests.attack.attacked import Attacked, picture, sheet
from tests.attack.bench import HERE, LOOK_SECONDS, WAIT_SECONDS, Bench, person, to_profile, to_writing
from tests.attack.report import Report
from tests.attack.rows import (
    CLOSED,
    ROWS,
    Row,
    begin_hot_keys,
    close,
    gone_or_still,
    guardian_killed,
    hot_keys,
    keys_came,
    unnoticed,
)
from tests.journeys.screen import button, says

SMUGGLED, DROPPED = "smuggled in", "dropped in"
CLOSE = "the window manager is asked to close the exam"
PASTE = "paste by Ctrl+V, Shift+Insert, middle click, from CLIPBOARD and PRIMARY"
DROP = "drag a text from another program and drop it on the sheet"
WITH_LIST = "closed combinations while and after a list is open"
PINS = "wrong PINs"
AWAY = "the proctor lets the test go on from the server, the same ticket comes again"
COPY = "copy to CLIPBOARD and PRIMARY"
UNNOTICED_SECONDS = 3.0
"""On the plain desktop: how long nobody says anything. The guardian speaks within one."""


@pytest.mark.timeout(1800)
def test_the_kiosk_holds_against_every_attack(kiosk: Bench, report: Report) -> None:
    ibus = input_methods.start(kiosk)
    kiosk.start(SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22")
    at = Attacked(kiosk, report, input_methods.sign_in)
    assert kiosk.covered()
    assert not kiosk.locked(), "a mark of a remote session must only warn"
    assert any(event.get("code") == "remote-session" for event in kiosk.events())
    report.row("marks of a remote session").held = "held: warned, goes on"

    combos(at)
    to_writing(kiosk, at.person)
    at.write("Nothing is lost. ")
    letters(at)
    if ibus:
        input_methods.write(at, ibus)
    asked_to_close(at)
    selections(at)
    for row in ROWS:
        at.attack(row)
    from_away(at)
    guardian_goes(at)
    wrong_pins(at)
    answers.recording_edited(at)
    answers.two_computers(at)
    answers.rolled_back(at)
    answers.edited(at)
    end_of_kiosk(at)


def combos(at: Attacked) -> None:
    """While a list is open, and after it."""
    made, row = at.made, at.report.row(WITH_LIST)
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
    made.wait(lambda: made.found(known, "exam-hidden"), "the finding")
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
    dropped = at.report.row(DROP)
    assert not made.computer.hands("drop", SMUGGLED, made.windows_of_exam()[0], left + width // 2, top + height // 2)
    at.write("d")
    dropped.held = "held: nothing came in"
    out = at.report.row(COPY)
    assert made.computer.hands("taken_out") == []
    made.computer.keys("key", "ctrl+End")
    at.write("o")
    out.held = "held: nothing went out"


def from_away(at: Attacked) -> None:
    """The server lets the paused test go on; its ticket is worth nothing for the next pause."""
    made, row = at.made, at.report.row(AWAY)
    known = len(made.events())
    made.start_program("xinput", "test-xi2", "--root")
    made.wait(lambda: made.found(known, "key-logger"), "the finding")
    made.wait(lambda: made.screen().has(says("or from the console")), "the lock screen that names the console")
    made.end_programs()
    words = [sys.executable, "-m", "stamp_desktop.server", "unlock", "RIVER-1", "Seat 1", "--by", "ms.ortega"]
    made.wait(lambda: "goes on" in made.run(*words, "--data", str(made.lab.server.data)), "the server to know of the pause")
    made.wait(lambda: made.said(known, "unlock"), "the guardian to take the ticket")
    assert made.said(known, "unlock")[0]["by"] == "ms.ortega, by the server"
    made.wait(lambda: not made.locked(), "the lock screen to go")
    at.write("s")
    made.start_program("xinput", "test-xi2", "--root")
    made.wait(lambda: made.said(known, "ticket refused"), "the used ticket to be refused")
    assert made.said(known, "ticket refused")[0]["why"] == "used before"
    made.wait(made.locked, "the lock screen")
    picture(made, row, "after")
    made.end_programs()
    made.unlock()
    at.write("S")
    row.events = made.events(known)
    row.held = "held: goes on by the server's signed word, once"
    row.without = "the same: it is the guardian that would have paused"


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
    made, row = at.made, at.report.row(PINS)
    known = len(made.events())
    os.kill(made.find_exam(), signal.SIGKILL)
    old = made.exam
    made.wait(lambda: made.find_exam() != old, "another exam program")
    made.wait(made.locked, "the lock screen")
    screen = made.screen()
    for count in range(1, 4):
        made.enter("111222")
        assert len(made.said(known, "pin refused")) == count
    made.wait(lambda: made.found(known, "pin-refused"), "an event")
    screen.wait_for(says("^That was wrong too often. Wait"), "the back-off")
    picture(made, row, "after")
    screen.wait_gone(says("^That was wrong too often"), "waiting", WAIT_SECONDS)
    made.unlock()
    row.events = made.events(known)
    row.held = "held: wait and event after the third"
    at.come_back()


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
    if row.through is unnoticed:
        stays_unnoticed(plain)
    else:
        plain.wait(lambda: row.through(plain), "the attack to get through")
    report.row(row.name).without = "gets through"
    row.after(plain)


def stays_unnoticed(plain: Bench) -> None:
    until = time.monotonic() + UNNOTICED_SECONDS
    while time.monotonic() < until:
        assert unnoticed(plain)
        time.sleep(LOOK_SECONDS)


@pytest.mark.timeout(600)
def test_without_the_guard_nobody_notices_what_is_done_to_the_answers(plain: Bench, report: Report) -> None:
    fresh(plain)
    somebody = person(plain)
    to_profile(somebody)
    somebody.screen.click(lambda node: node.role == "combo box", "the list")
    hot_keys(plain)
    plain.computer.keys("key", "Escape", *(combination for combination in CLOSED))
    plain.wait(lambda: keys_came(plain), "the keys to come to the hot-key program")
    report.row(WITH_LIST).without = "gets through"
    plain.end_programs()

    answers.edit(answers.finished_recording(plain))
    stays_unnoticed(plain)
    report.row(answers.RECORDING_EDITED).without = "gets through: found only where the recording is sent"

    journal = answers.session_folder(plain) / "journal.db"
    older = meddling.copy_of(journal, plain.folder / "older.db")
    somebody.take_the_test(lambda scene: scene.kind == "state")
    plain.wait(lambda: meddling.last_event(journal) > meddling.last_event(older), "newer answers")
    start_again(plain, lambda: meddling.put(plain, older, journal))
    stays_unnoticed(plain)
    report.row(PINS).without = "gets through: nothing is locked, nobody is asked for a PIN"
    somebody = person(plain)
    somebody.take_the_test(lambda scene: scene.kind == "profile")
    stays_unnoticed(plain)
    report.row(answers.ROLLED_BACK).without = "gets through: the test goes on where it was before"

    start_again(plain, lambda: meddling.changed(plain, journal, answers.write_over))
    person(plain).type_names()
    plain.screen().wait_for(says("damaged"), "word of the damage", WAIT_SECONDS)
    stays_unnoticed(plain)
    report.row(answers.EDITED).without = "gets through: nobody but the test taker is told"
    report.row(answers.TWO_COMPUTERS).without = "the same: it is the server that sees to it"


def start_again(plain: Bench, change: Callable[[], None]) -> None:
    """The exam program is killed, something is changed, it is started again."""
    if plain.kiosk is not None:
        plain.kiosk.kill()
        plain.kiosk.wait()
    change()
    plain.start()
    plain.screen().wait_for(button("Sign in"), "the sign-in", WAIT_SECONDS)


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
    (window,) = plain.computer.hands("windows", program.pid)[:1]
    plain.wait(lambda: plain.computer.hands("drop", DROPPED, window, 600, 300), "a text to be dropped")
    plain.wait(lambda: any(DROPPED in text for text in plain.computer.hands("taken_out")), "the text that was dropped")
    report.row(DROP).without = "gets through (an ordinary text field)"
    report.row(PASTE).without = report.row(COPY).without = "gets through (an ordinary text field)"
    plain.run("wmctrl", "-i", "-c", hex(plain.computer.hands("windows", program.pid)[0]))
    plain.wait(lambda: program.poll() is not None, "the ordinary program to close")
    report.row(CLOSE).without = "gets through (an ordinary program)"


def test_grade_b_holds_the_keys_and_says_what_it_cannot_hold(plain: Bench, report: Report) -> None:
    """The kiosk on an ordinary desktop whose own window manager and hot keys were there before it."""
    row = report.row("grade B: the keys of a desktop's own hot-key program")
    if plain.kiosk is not None:
        plain.kiosk.kill()
        plain.kiosk.wait()
    begin_hot_keys(plain)
    plain.guarded = True
    plain.start()
    plain.wait(plain.heard, "the guardian to hear the exam program")
    assert [event["grade"] for event in plain.said(0, "began")] == ["B"]
    words = [sys.executable, "-m", "stamp_desktop", "kiosk", "check", "--data", str(plain.station.data)]
    check = plain.run(*words)
    assert "Grade B" in check
    assert "not available  screen covered: another window manager runs here" in check
    assert "detected only  keys: the exam holds the keyboard" in check
    somebody = person(plain, "lin")
    to_profile(somebody)
    for press in ((), ("click",), ("key", "Escape")):  # before a list was open, while it is, after it
        if press == ("click",):
            somebody.screen.click(lambda node: node.role == "combo box", "the list")
        elif press:
            plain.computer.keys(*press)
        plain.computer.keys("key", *CLOSED)
    somebody.take_the_test(lambda scene: scene.kind == "state")
    assert not keys_came(plain)
    picture(plain, row, "after")
    row.held, row.without = "held: no effect, also while and after a list is open", "gets through"

    cannot = report.row("grade B: a window of another program")
    known = len(plain.events())
    plain.start_program("xterm", "-fullscreen")
    plain.wait(lambda: plain.found(known, "other-program"), "the finding")
    plain.wait(lambda: not plain.covered(), "the window over the exam")
    picture(plain, cannot, "after")
    assert not plain.locked()
    cannot.held, cannot.events = "not held, and `kiosk check` says so: told to the proctor", plain.events(known)
    plain.end_programs()


def test_the_table_of_keys_is_what_is_tried() -> None:
    assert {"Alt+Tab", "Alt+F4", "Ctrl+Alt+t", "Super+d", "Print"} <= set(CLOSED)
