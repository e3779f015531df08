"""A question by clicks and keys: drafts, the answer, and what a new view leaves alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QRadioButton, QScrollArea
from pytestqt.qtbot import QtBot

from stamp_desktop.delivery.intents import Answer, Draft, Intent
from stamp_desktop.delivery.views import ChoiceLine, ChoiceTask, FrameView, GapTask, ItemView, Notice, SavedView, Showing
from stamp_desktop.engine.items import ChoiceResponse, GapResponse
from stamp_desktop.ui.parts.choices import Choices
from stamp_desktop.ui.parts.entry import Entry
from stamp_desktop.ui.parts.fields import Select
from stamp_desktop.ui.parts.passage import Passage
from stamp_desktop.ui.parts.passage_text import read_markdown
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]

LINES = tuple(ChoiceLine(letter, f"Choice {letter}") for letter in "abcd")
ONE = ItemView("q1", "set", 1, 30, "Which **one**?", ChoiceTask(LINES, ()), "Note", "Title", "First words.\n\nSecond words.")
SEVERAL = replace(ONE, item="q2", task=ChoiceTask(LINES, (), 2, 2))
TYPED = replace(ONE, item="q3", task=GapTask("I {g1} a {g2}.", {"g1": (), "g2": LINES}, {}))


def choose(*choices: str, item: str = "q1") -> Draft:
    return Draft(item, ChoiceResponse(choices))


def passage(sitting: Sitting) -> Passage:
    found = sitting.window.findChild(Passage)
    assert isinstance(found, Passage)
    return found


def select(sitting: Sitting, words: str) -> None:
    """Select words of the passage, as a mouse drawn over them does."""
    text = passage(sitting)
    cursor = text.textCursor()
    cursor.setPosition(start := text.toPlainText().index(words))
    cursor.setPosition(start + len(words), QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)


def test_a_choice_is_a_draft_and_next_sends_the_answer_once(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    following = sitting.button("primary")
    assert not following.isEnabled()
    sitting.click("choice-b")
    sitting.click("choice-c")
    assert sitting.intents == [choose("b"), choose("c")]
    sitting.click("primary")
    assert not following.isEnabled()
    sitting.click("primary")
    sitting.click("choice-a")
    assert sitting.intents[2:] == [Answer("q1", ChoiceResponse(("c",)))]


def test_the_next_question_takes_over_at_once_with_the_focus_on_its_first_choice(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.click("rule-out-a")
    sitting.click("choice-b")
    sitting.click("primary")
    sitting.show(Showing(replace(ONE, item="q9", stem_md="Another?")))
    assert sitting.focus().objectName() == "choice-a"
    assert not any(button.isChecked() for button in sitting.window.findChildren(QRadioButton))
    assert not sitting.button("primary").isEnabled()
    sitting.click("choice-a")
    assert sitting.intents[-1] == choose("a", item="q9")


def test_the_keyboard_chooses_moves_and_goes_on(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    assert sitting.focus().objectName() == "choice-a"
    sitting.key(Qt.Key.Key_3)
    sitting.key(Qt.Key.Key_D)
    sitting.key(Qt.Key.Key_Down)
    sitting.key(Qt.Key.Key_Down)
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [choose("c"), choose("d"), choose("a"), choose("b"), Answer("q1", ChoiceResponse(("b",)))]


def test_enter_without_an_answer_does_nothing(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == []


def test_a_choice_ruled_out_is_skipped_given_back_and_no_part_of_the_answer(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.click("choice-b")
    sitting.click("rule-out-b")
    assert sitting.intents == [choose("b"), choose()]
    assert not sitting.button("primary").isEnabled()
    sitting.click("choice-a")
    sitting.key(Qt.Key.Key_Down)
    assert sitting.intents[2:] == [choose("a"), choose("c")]
    sitting.click("choice-b")
    assert len(sitting.intents) == 4
    sitting.click("choice-b")
    assert sitting.intents[-1] == choose("b")


def test_tab_goes_from_the_choice_that_is_taken_to_what_rules_choices_out(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.click("choice-c")
    names = []
    for _ in range(3):
        sitting.key(Qt.Key.Key_Tab)
        names.append(sitting.focus().objectName())
    assert names == ["rule-out-c", "rule-out-d", "highlight"]


def test_of_several_no_more_can_be_taken_than_are_asked_for(open_window: Open) -> None:
    sitting = open_window(Showing(SEVERAL))
    sitting.click("choice-d")
    assert not sitting.button("primary").isEnabled()
    sitting.click("choice-a")
    sitting.click("choice-b")
    assert sitting.intents == [choose("d", item="q2"), choose("a", "d", item="q2")]
    assert len([box for box in sitting.window.findChildren(QCheckBox) if box.isChecked()]) == 2
    sitting.click("choice-d")
    sitting.click("choice-b")
    sitting.click("primary")
    assert sitting.intents[-1] == Answer("q2", ChoiceResponse(("a", "b")))


def test_a_draft_in_the_view_is_the_answer_on_resume(open_window: Open) -> None:
    sitting = open_window(Showing(replace(ONE, task=ChoiceTask(LINES, ("c",)))))
    assert sitting.focus().objectName() == "choice-c"
    sitting.click("primary")
    assert sitting.intents == [Answer("q1", ChoiceResponse(("c",)))]


def test_the_same_question_again_changes_only_what_stands_round_the_answer(open_window: Open) -> None:
    sitting = open_window(Showing(replace(ONE, text_md="\n\n".join(["A long paragraph of words. " * 12] * 9))))
    bar = passage(sitting).verticalScrollBar()
    bar.setValue(200)
    select(sitting, "paragraph")
    sitting.click("highlight")
    sitting.click("choice-c")
    sitting.click("rule-out-a")
    focus = sitting.focus()
    view = sitting.window.screen_shown()
    scrolled = bar.value()
    shown = replace(ONE, text_md="\n\n".join(["A long paragraph of words. " * 12] * 9), notice=Notice("Wait", "A moment."))
    sitting.show(Showing(shown))
    assert sitting.window.screen_shown() is view
    assert sitting.focus() is focus
    assert bar.value() == scrolled > 0
    assert passage(sitting).marks() == ["paragraph"]
    choices = sitting.window.findChild(Choices)
    assert isinstance(choices, Choices)
    assert choices.taken() == ("c",)
    assert sitting.button("rule-out-a").accessibleName().startswith("Bring back")


def test_another_question_on_the_same_passage_keeps_marks_and_place(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    select(sitting, "Second words")
    sitting.click("highlight")
    sitting.show(Showing(replace(ONE, item="q7", stem_md="And now?")))
    assert passage(sitting).marks() == ["Second words"]
    sitting.show(Showing(replace(ONE, item="q8", text_md="Other words.")))
    assert passage(sitting).marks() == []


def test_busy_closes_the_question_and_the_focus_comes_back(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.click("choice-b")
    sitting.click("primary")
    sitting.show(Showing(replace(ONE, busy=True)))
    assert not sitting.button("choice-b").isEnabled()
    sitting.show(Showing(ONE))
    assert sitting.button("primary").isEnabled()
    assert sitting.focus().objectName() == "choice-b"


def test_waiting_never_hands_the_focus_to_another_button(open_window: Open) -> None:
    sitting = open_window(Showing(ONE, FrameView("Reading", "Question 1", None, SavedView("Saved", "good", "check"), "9:00")))
    sitting.key(Qt.Key.Key_2)
    sitting.button("primary").setFocus()
    sitting.key(Qt.Key.Key_Return)
    assert not isinstance(QApplication.focusWidget(), QAbstractButton)


def test_typing_waits_for_a_moment_and_is_told_before_anything_else(open_window: Open, qtbot: QtBot) -> None:
    sitting = open_window(Showing(TYPED))
    assert isinstance(sitting.focus(), Entry)
    sitting.type("saw")
    assert sitting.intents == []
    qtbot.waitUntil(lambda: bool(sitting.intents), timeout=2000)
    assert sitting.intents == [Draft("q3", GapResponse({"g1": "saw"}))]
    sitting.type(" it")
    lists = sitting.window.findChild(Select, "gap-g2")
    assert isinstance(lists, Select)
    lists.setFocus()
    sitting.key(Qt.Key.Key_Down)
    sitting.key(Qt.Key.Key_Down)
    whole = GapResponse({"g1": "saw it", "g2": "b"})
    sitting.click("primary")
    assert sitting.intents[-2:] == [Draft("q3", whole), Answer("q3", whole)]


def test_the_last_keys_before_next_are_in_a_draft_and_in_the_answer(open_window: Open) -> None:
    sitting = open_window(Showing(replace(TYPED, task=GapTask("{g1}", {"g1": ()}, {}))))
    sitting.type("end")
    sitting.key(Qt.Key.Key_Return)
    said = GapResponse({"g1": "end"})
    assert sitting.intents == [Draft("q3", said), Answer("q3", said)]


def test_typing_is_told_when_another_question_comes_by_itself(open_window: Open) -> None:
    sitting = open_window(Showing(TYPED))
    sitting.type("half")
    sitting.show(Showing(ONE))
    assert sitting.intents == [Draft("q3", GapResponse({"g1": "half"}))]


def test_next_stays_closed_until_every_gap_is_filled(open_window: Open) -> None:
    sitting = open_window(Showing(TYPED))
    sitting.type("x")
    assert not sitting.button("primary").isEnabled()


def test_marks_are_made_and_taken_by_mouse_and_keyboard(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    text = passage(sitting)
    sitting.click("highlight")
    text.setFocus()
    text.moveCursor(QTextCursor.MoveOperation.End)
    for _ in range(6):
        QTest.keyClick(text, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyRelease(text, Qt.Key.Key_Shift)
    assert text.marks() == ["words."]
    middle = text.cursorRect(text.textCursor()).center() + QPoint(8, 0)
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert text.marks() == []
    select(sitting, "First words")
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 500))
    sitting.click("highlight")
    select(sitting, "First words")
    sitting.click("highlight")
    assert text.marks() == ["First words"]
    sitting.click("clear-marks")
    assert text.marks() == []


def test_nothing_can_be_copied_out_of_the_passage(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    text = passage(sitting)
    QApplication.clipboard().setText("before")
    text.setFocus()
    text.selectAll()
    QTest.keySequence(text, QKeySequence(QKeySequence.StandardKey.Copy))
    assert "words" not in QApplication.clipboard().text()
    assert not text.createMimeDataFromSelection().formats()


@pytest.mark.parametrize(
    "text",
    [
        "[here](https://example.org)",
        "![alt](file:///etc/passwd)",
        "<img src='x.png'>",
        "<a href='x'>y</a>",
        "https://example.org",
        "[a]: https://example.org\n\n[a]",
        r"\[here](https://example.org) and \\[there](https://example.org)",
    ],
)
def test_links_pictures_and_html_stay_letters(qapp: QApplication, text: str) -> None:
    document = QTextDocument()
    read_markdown(document, text)
    html = document.toHtml()
    assert "<a " not in html
    assert "<img" not in html
    assert qapp is not None


def test_the_question_scrolls_apart_from_the_passage(open_window: Open) -> None:
    many = tuple(ChoiceLine(letter, f"Choice {letter} " + "with many words " * 12) for letter in "abcdefgh")
    sitting = open_window(Showing(replace(ONE, task=ChoiceTask(many, ()), text_md="\n\n".join(["Words. " * 60] * 9))))
    areas = [area for area in sitting.window.findChildren(QScrollArea) if area.isVisible()]
    assert len(areas) == 1
    before = passage(sitting).verticalScrollBar().value()
    sitting.key(Qt.Key.Key_H)
    assert areas[0].verticalScrollBar().value() > 0
    assert passage(sitting).verticalScrollBar().value() == before


def test_intents_of_a_question_are_all_frozen(open_window: Open) -> None:
    sitting = open_window(Showing(ONE))
    sitting.click("choice-a")
    said: Intent = sitting.intents[0]
    assert hash(said) == hash(choose("a"))
