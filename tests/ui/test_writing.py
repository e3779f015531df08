"""Writing by keys: drafts in time, nothing lost, nothing in from elsewhere, the right direction."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stamp_desktop.delivery.intents import Answer, Draft
from stamp_desktop.delivery.views import Notice, Showing, WritingView
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.ui.parts.editor import Editor, Sheet, length_of
from stamp_desktop.ui.parts.editor_late import LATEST_MS, Late
from stamp_desktop.ui.theme import style
from stamp_desktop.ui.theme.style import Look
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]

TASK = WritingView("w1", 1, 3, "A day", "Write.", None, "", "", 150, "en", "English", ("é", "ñ", "ß"))


def sheet(sitting: Sitting) -> Sheet:
    found = sitting.window.findChild(Sheet)
    assert isinstance(found, Sheet)
    return found


def draft(text: str) -> Draft:
    return Draft("w1", TextResponse(text))


def press(sitting: Sitting, keys: QKeySequence.StandardKey) -> None:
    QTest.keySequence(sheet(sitting), QKeySequence(keys))
    sitting.settle()


def test_typing_is_a_draft_half_a_second_after_its_first_key(open_window: Open, qtbot: QtBot) -> None:
    sitting = open_window(Showing(TASK))
    assert LATEST_MS <= 500
    sitting.type("Dear Sam")
    assert sitting.intents == []
    qtbot.waitUntil(lambda: bool(sitting.intents), timeout=2000)
    assert sitting.intents == [draft("Dear Sam")]


def test_keys_that_go_on_coming_do_not_put_the_draft_off(qtbot: QtBot) -> None:
    keys = QTimer()
    late = Late(keys)
    keys.timeout.connect(late.hold)
    with qtbot.waitSignal(late.due, timeout=3000):
        keys.start(20)
    keys.stop()


def test_the_last_keys_are_told_before_the_text_is_handed_in(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("End")
    sitting.click("primary")
    assert sitting.intents == [draft("End"), Answer("w1", TextResponse("End"))]
    sitting.click("primary")
    assert len(sitting.intents) == 2


def test_the_last_keys_are_told_when_the_screen_goes_or_another_task_comes(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("one")
    sitting.show(Showing(replace(TASK, prompt="w2")))
    assert sitting.intents == [draft("one")]
    assert sheet(sitting).toPlainText() == ""
    sitting.type("two")
    sitting.window.hide()
    assert sitting.intents[-1] == Draft("w2", TextResponse("two"))


def test_the_same_task_again_never_touches_what_is_being_written(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("Hello world")
    sheet(sitting).moveCursor(QTextCursor.MoveOperation.WordLeft)
    sitting.show(Showing(replace(TASK, draft="Hello", notice=Notice("Saved late", "It is safe now."))))
    sitting.type("big ")
    assert sheet(sitting).toPlainText() == "Hello big world"
    assert sitting.focus() is sheet(sitting)
    sitting.click("undo")
    assert sheet(sitting).toPlainText() != "Hello big world"


def test_a_draft_is_there_on_resume_and_undo_begins_after_it(open_window: Open) -> None:
    sitting = open_window(Showing(replace(TASK, draft="Dear Sam,\n\nlast")))
    assert not sitting.button("undo").isEnabled()
    sitting.type(" week")
    assert sheet(sitting).toPlainText() == "Dear Sam,\n\nlast week"
    sitting.click("undo")
    assert sheet(sitting).toPlainText() == "Dear Sam,\n\nlast"
    sitting.click("redo")
    assert sheet(sitting).toPlainText() == "Dear Sam,\n\nlast week"


def test_enter_writes_a_line_and_hands_nothing_in(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("a")
    sitting.key(Qt.Key.Key_Return)
    sitting.type("b")
    assert sheet(sitting).toPlainText() == "a\nb"
    assert not [intent for intent in sitting.intents if isinstance(intent, Answer)]


def test_blanks_alone_cannot_be_handed_in(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("  ")
    assert not sitting.button("primary").isEnabled()


def test_the_clipboard_brings_nothing_in_and_takes_nothing_out(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    QApplication.clipboard().setText("from elsewhere")
    press(sitting, QKeySequence.StandardKey.Paste)
    sitting.type("mine")
    sheet(sitting).selectAll()
    press(sitting, QKeySequence.StandardKey.Cut)
    assert sheet(sitting).toPlainText() == ""
    press(sitting, QKeySequence.StandardKey.Paste)
    press(sitting, QKeySequence.StandardKey.Paste)
    assert sheet(sitting).toPlainText() == "minemine"
    assert "mine" not in QApplication.clipboard().text()
    dropped = QMimeData()
    dropped.setText("dropped")
    assert not sheet(sitting).canInsertFromMimeData(dropped)
    assert not sheet(sitting).acceptDrops()
    assert sheet(sitting).contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu


def test_letter_keys_type_where_the_caret_is_and_leave_the_focus_there(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("Espaa")
    sheet(sitting).moveCursor(QTextCursor.MoveOperation.Left)
    sitting.click("key-ñ")
    assert sheet(sitting).toPlainText() == "España"
    assert sitting.focus() is sheet(sitting)


def test_letter_keys_are_one_stop_for_tab_and_arrows_move_on_them(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("x")
    for _ in range(2):
        sitting.key(Qt.Key.Key_Tab)
    assert sitting.focus().objectName() == "key-é"
    sitting.key(Qt.Key.Key_Right)
    sitting.key(Qt.Key.Key_Space)
    assert sheet(sitting).toPlainText() == "xñ"
    sitting.click("letter-keys")
    with pytest.raises(AssertionError, match="key-ñ"):
        sitting.button("key-ñ")


@pytest.mark.parametrize(("language", "towards"), [("ar", "RightToLeft"), ("he", "RightToLeft"), ("es", "LeftToRight")])
def test_the_text_runs_in_the_direction_of_its_language(open_window: Open, language: str, towards: str) -> None:
    sitting = open_window(Showing(replace(TASK, language=language)))
    option = sheet(sitting).document().defaultTextOption()
    assert option.textDirection().name == towards
    caret = sheet(sitting).cursorRect().center().x()
    assert (caret > sheet(sitting).viewport().width() / 2) == (towards == "RightToLeft")


def test_another_zoom_keeps_text_and_caret(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("Hello world")
    sheet(sitting).moveCursor(QTextCursor.MoveOperation.WordLeft)
    style.apply(Look(zoom=1.5))
    sitting.settle()
    sitting.type("my ")
    assert sheet(sitting).toPlainText() == "Hello my world"
    assert sheet(sitting).currentFont().pixelSize() == 30


def test_paragraphs_keep_their_line_height_while_typing(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    sitting.type("a")
    sitting.key(Qt.Key.Key_Return)
    sitting.type("b")
    document = sheet(sitting).document()
    heights = {document.findBlockByNumber(i).blockFormat().lineHeight() for i in range(2)}
    assert heights == {32.0}


def test_words_are_counted_and_letters_where_there_are_no_spaces(open_window: Open) -> None:
    assert length_of("uno  dos\ntres", "es") == 3
    assert length_of("我 喜欢。", "zh-Hant") == 4
    sitting = open_window(Showing(replace(TASK, words=0)))
    sitting.type("one")
    editor = sitting.window.findChild(Editor)
    assert isinstance(editor, Editor)
    assert editor.count_said() == "1 word"
    sitting.type(" two")
    assert editor.count_said() == "2 words"


def test_empty_lines_and_no_break_spaces_stay_as_typed(open_window: Open) -> None:
    sitting = open_window(Showing(TASK))
    for letters in ("Dear\u00a0Sam", "  yours"):
        sitting.type(letters)
        for _ in range(3):
            QTest.keyClick(sheet(sitting), Qt.Key.Key_Return)
    editor = sitting.window.findChild(Editor)
    assert isinstance(editor, Editor)
    assert editor.text() == "Dear\u00a0Sam\n\n\n  yours\n\n\n"
