"""The readiness window: what a person sees and may ask for, and the thread behind it that checks."""

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog

from stamp_desktop.app.readiness import Checker, Views
from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check, Point, decode
from stamp_desktop.readiness.package import Desk
from stamp_desktop.readiness.plan import Plan
from stamp_desktop.readiness.runner import Found, Step
from stamp_desktop.readiness.views import CheckAgain, Intent, ReadinessView, SaveReport
from stamp_desktop.trouble import Trouble
from stamp_desktop.ui import gallery, gallery_readiness
from stamp_desktop.ui.parts.text import Text
from stamp_desktop.ui.readiness.curve import CurvePicture
from stamp_desktop.ui.readiness.row import RowLine
from stamp_desktop.ui.readiness.window import ReadinessWindow

SAMPLES = dict(gallery_readiness.samples())


class Opened:
    """A window that shows a view, and what was asked for in it."""

    def __init__(self, view: ReadinessView) -> None:
        self.window = ReadinessWindow()
        self.window.resize(1366, 768)
        self.asked: list[Intent] = []
        self.window.intent.connect(self.asked.append)
        self.show(view)

    def show(self, view: ReadinessView) -> None:
        self.window.present(view)
        self.window.show()
        gallery.settle()

    def button(self, name: str) -> QAbstractButton:
        found = [each for each in self.window.findChildren(QAbstractButton) if each.accessibleName() == name]
        assert found, name
        return found[0]

    def texts(self) -> list[str]:
        return [each.text() for each in self.window.findChildren(Text) if each.isVisible() and each.text()]


@pytest.fixture
def opened(qapp: QApplication) -> Iterator[Callable[[str], Opened]]:
    made: list[Opened] = []

    def open_it(name: str) -> Opened:
        made.append(Opened(SAMPLES[name]))
        return made[-1]

    yield open_it
    for each in made:
        each.window.deleteLater()
    gallery.settle()
    assert qapp is not None


def test_the_verdict_says_for_how_many_the_room_is_ready(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness")
    assert "Ready for 22, not for 30" in shown.texts()
    assert "Line, up" in shown.texts()
    assert "22 test takers" in shown.window.findChildren(CurvePicture)[0].accessibleName()


def test_one_row_is_checked_again_by_its_button_and_all_by_the_bar_or_a_key(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness")
    shown.button("Check again: Clock").click()
    shown.button("Check again: Headset").click()
    shown.button("Check again").click()
    QTest.keyClick(shown.window, Qt.Key.Key_F5)
    assert shown.asked == [CheckAgain("line.server"), CheckAgain("sound"), CheckAgain(), CheckAgain()]


def test_nothing_can_be_asked_for_twice_while_it_runs(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness-running")
    assert not shown.button("Check again").isEnabled()
    assert not shown.button("Report").isEnabled()
    assert "Checking: Headset" in shown.texts()
    shown.show(SAMPLES["readiness"])
    assert shown.button("Check again").isEnabled()


def test_the_focus_comes_back_to_the_button_that_was_pressed(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness")
    shown.window.activateWindow()
    clock = shown.button("Check again: Clock")
    clock.setFocus()
    shown.show(SAMPLES["readiness-row"])
    assert not clock.isEnabled()
    shown.show(SAMPLES["readiness"])
    assert shown.window.focusWidget() is clock


def test_what_has_not_run_yet_waits_in_its_row(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness-running")
    assert shown.texts().count("Waiting") == 8
    assert shown.texts().count("Checking") == 1


def test_more_findings_of_a_row_are_behind_a_button_and_stay_open(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness-bad")
    hidden = "There is a loud hum. There is a hum under your voice, from a plug or a cable."
    assert not any(hidden in text for text in shown.texts())
    shown.button("1 more").click()
    gallery.settle()
    assert any(hidden in text for text in shown.texts())
    shown.show(SAMPLES["readiness-bad"])
    assert any(hidden in text for text in shown.texts())


def test_what_is_to_be_mended_can_be_copied_for_whoever_mends_it(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness-bad")
    shown.button("Copy: Headset").click()
    hum = "Hum: There is a loud hum. There is a hum under your voice, from a plug or a cable."
    assert QApplication.clipboard().text().splitlines() == [
        "Headset: Logitech H390 is muted. Unmute it in the system's sound settings.",
        f"{hum} Plug the headset into another port and record again.",
    ]
    assert not shown.button("Copy: Screen").isVisible()


def test_where_for_what_and_when_is_said_at_every_width(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness")
    for width in (1366, 1024, 640):
        shown.window.resize(width, 768)
        gallery.settle()
        texts = shown.texts()
        assert any("30 test takers at once" in text and "checked 15:38" in text for text in texts)
    shown.window.resize(1024, 768)
    gallery.settle()
    assert "Readiness · Room 214 · lab-07" in shown.texts()


def test_each_row_says_all_of_it_to_a_screen_reader(opened: Callable[[str], Opened]) -> None:
    shown = opened("readiness-bad")
    rows = [each.accessibleName() for each in shown.window.findChildren(RowLine)]
    assert any(name.startswith("Server: Not ready. Something answers") and "Sign in to the network" in name for name in rows)


def test_a_report_is_saved_where_the_person_says(opened: Callable[[str], Opened], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened("readiness")
    answers = iter([("/home/it/a", "JSON (*.json)"), ("/home/it/b.html", "Page (*.html)"), ("", "")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: next(answers))
    for _ in range(3):
        shown.button("Report").click()
    assert shown.asked == [SaveReport(Path("/home/it/a.json")), SaveReport(Path("/home/it/b.html"))]


class Room:
    """A plan of three steps, one of which changes its mind, and what the thread has told."""

    def __init__(self, folder: Path) -> None:
        self.clock = iter(
            [
                Check("computer.clock", "Clock", "fail", "Off.", remedy="Set it."),
                Check("computer.clock", "Clock", "pass", "Well."),
            ]
        )
        steps = (
            Step("line.server", "Server", 1.0, lambda _: Found((next(self.clock),))),
            Step("kiosk", "Kiosk", 1.0, self.fails),
            Step("line", "Line", 8.0, lambda _: Found((), (Point(10, 0.5, 60.0),), 10)),
        )
        plan = Plan(Asked(folder, group=12, room="214"), Desk(), steps, "lab-07", "Spanish STAMP")
        self.told: queue.SimpleQueue[ReadinessView] = queue.SimpleQueue()
        views = Views()
        views.came.connect(self.told.put, Qt.ConnectionType.DirectConnection)
        self.checker = Checker(plan, views)

    def fails(self, _: object) -> Found:
        raise Trouble("kiosk-policy", "The policy cannot be read.", "", "Mend it.")

    def until_done(self) -> ReadinessView:
        """The first view in which nothing runs any more."""
        while (view := self.told.get(timeout=30)).running is not None:
            continue
        return view


def test_the_thread_checks_all_then_one_then_saves(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.checker.start()
    first = room.until_done()
    assert {row.id: row.verdict for row in first.rows} == {"clock": "fail", "kiosk": "fail"}
    assert first.curve is not None
    room.checker.ask(CheckAgain("line.server"))
    assert {row.id: row.verdict for row in room.until_done().rows} == {"clock": "pass", "kiosk": "fail"}
    room.checker.ask(SaveReport(tmp_path / "r.json"))
    assert not room.until_done().trouble
    assert decode((tmp_path / "r.json").read_text(encoding="utf-8")).limit == 10
    room.checker.ask(SaveReport(tmp_path / "none" / "r.html"))
    unsaved = room.until_done()
    assert (unsaved.trouble, "cannot be written" in unsaved.told) == (True, True)
    room.checker.leave()
    room.checker.wait()
