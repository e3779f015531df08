"""Nothing is called saved that is not: from the first key until the view that holds it has come."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from stamp_desktop.delivery.views import ChoiceLine, ChoiceTask, FrameView, ItemView, SavedView, Showing, WritingView
from stamp_desktop.ui.window import ExamWindow

FRAME = FrameView("Writing", "Task 1 of 3", 0.0, SavedView("Saved on this computer", "good", "circle-check"), "")
WRITING = WritingView("w1", 1, 3, "A room", "Write.", None, "", "", 80, "en", "English")
CHOICES = (ChoiceLine("a", "Yes"), ChoiceLine("b", "No"))
ITEM = ItemView("r1", "set", 1, 30, "Is it?", ChoiceTask(CHOICES, ()))


def bar_says(window: ExamWindow, words: str) -> bool:
    return any(text.text() == words for text in window.findChildren(type(window._bar._section)))


def shown(qtbot: QtBot, showing: Showing) -> ExamWindow:
    window = ExamWindow()
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.present(showing)
    window.show()
    return window


def test_typing_is_not_called_saved_until_its_draft_is(qtbot: QtBot) -> None:
    window = shown(qtbot, Showing(WRITING, FRAME))
    assert bar_says(window, "Saved on this computer")
    sheet = window.focusWidget()
    assert sheet is not None
    QTest.keyClicks(sheet, "My room")
    assert bar_says(window, "Saving…")
    window.present(Showing(replace(WRITING, draft="My ro"), FRAME))
    assert bar_says(window, "Saving…")
    window.present(Showing(replace(WRITING, draft="My room"), FRAME))
    assert bar_says(window, "Saved on this computer")


def test_a_choice_is_not_called_saved_until_its_draft_is(qtbot: QtBot) -> None:
    window = shown(qtbot, Showing(ITEM, FRAME))
    QTest.keyClick(window.screen_shown(), Qt.Key.Key_2)
    assert bar_says(window, "Saving…")
    window.present(Showing(replace(ITEM, task=ChoiceTask(CHOICES, ("b",))), FRAME))
    assert bar_says(window, "Saved on this computer")


def test_the_next_task_begins_saved(qtbot: QtBot) -> None:
    window = shown(qtbot, Showing(WRITING, FRAME))
    sheet = window.focusWidget()
    assert sheet is not None
    QTest.keyClicks(sheet, "My room")
    window.present(Showing(replace(WRITING, prompt="w2", number=2), FRAME))
    assert bar_says(window, "Saved on this computer")
