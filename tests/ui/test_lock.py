"""The lock screen and its PIN pad; and that nothing comes into or out of the program but keys."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from stamp_desktop.delivery.intents import AnswerChallenge, AskChallenge, EnterPin
from stamp_desktop.delivery.views import LockView, Showing
from stamp_desktop.ui.gallery import exam_samples
from stamp_desktop.ui.parts.entry import Entry
from stamp_desktop.ui.parts.fields import Select
from stamp_desktop.ui.parts.pin_pad import PinBoxes
from tests.ui.sitting import Sitting

SAMPLES = dict(exam_samples())

Open = Callable[[Showing], Sitting]
LOCKED = LockView("A program was found that records the screen.", "10:16", "21:07")


def boxes(sitting: Sitting) -> PinBoxes:
    found = sitting.window.findChild(PinBoxes)
    assert isinstance(found, PinBoxes)
    return found


def test_a_pin_is_typed_at_once_and_sent_by_enter(open_window: Open) -> None:
    sitting = open_window(Showing(LOCKED))
    sitting.type("24x6 8")
    assert boxes(sitting).typed == "2468"
    sitting.key(Qt.Key.Key_Backspace)
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [EnterPin("246")]
    assert boxes(sitting).typed == ""


def test_a_pin_can_be_clicked_and_a_false_alarm_said(open_window: Open) -> None:
    sitting = open_window(Showing(LOCKED))
    assert not sitting.button("unlock").isEnabled()
    for digit in "1357":
        sitting.click(f"digit-{digit}")
    sitting.click("false-alarm")
    assert sitting.intents == [EnterPin("1357", dismiss=True)]


def test_while_it_waits_nothing_is_sent_and_the_time_is_said(open_window: Open) -> None:
    sitting = open_window(Showing(replace(LOCKED, refused=4, wait_seconds=9)))
    sitting.type("1357")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == []
    sitting.show(Showing(replace(LOCKED, refused=4)))
    sitting.type("1357")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [EnterPin("1357")]


def test_what_is_being_typed_stays_while_the_view_changes(open_window: Open) -> None:
    sitting = open_window(Showing(replace(LOCKED, wait_seconds=2)))
    sitting.type("13")
    sitting.show(Showing(LOCKED))
    sitting.type("57")
    assert boxes(sitting).typed == "1357"


def test_a_lost_pin_shows_a_code_and_takes_the_answer(open_window: Open) -> None:
    sitting = open_window(Showing(LOCKED))
    sitting.click("pin-lost")
    sitting.show(Showing(replace(LOCKED, challenge="7KQ2XM4PRB")))
    sitting.type("0123456789")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [AskChallenge(), AnswerChallenge("0123456789")]


def test_the_digits_are_in_no_name_and_the_field_has_one(open_window: Open) -> None:
    sitting = open_window(Showing(LOCKED))
    sitting.type("987")
    names = [widget.accessibleName() for widget in sitting.window.findChildren(QWidget)]
    assert "Proctor PIN" in names
    assert not any("987" in name for name in names)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_screen_takes_drops_or_has_menus_of_its_own(open_window: Open, name: str) -> None:
    sitting = open_window(SAMPLES[name])
    for widget in sitting.window.findChildren(QWidget):
        assert not widget.acceptDrops(), widget
        if isinstance(widget, QAbstractScrollArea) and hasattr(widget, "createStandardContextMenu"):
            assert widget.contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu


def test_a_line_lets_nothing_in_or_out(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    field = sitting.window.findChild(Entry, "login")
    assert isinstance(field, Entry)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("smuggled")
    field.setFocus()
    sitting.type("ana")
    for key, held in (("v", Qt.KeyboardModifier.ControlModifier), (Qt.Key.Key_Insert, Qt.KeyboardModifier.ShiftModifier)):
        QTest.keyClick(field, Qt.Key.Key_V if key == "v" else Qt.Key.Key_Insert, held)
    mime = QMimeData()
    mime.setText("dropped")
    field.insertFromMimeData(mime)
    assert field.text() == "ana"
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text(QClipboard.Mode.Clipboard) == "smuggled"
    QTest.keyClick(field, Qt.Key.Key_End)
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "anaana"


def test_a_line_is_one_line_of_two_hundred_letters(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    field = sitting.window.findChild(Entry, "login")
    assert isinstance(field, Entry)
    said: list[str] = []
    field.edited.connect(said.append)
    field.setText("from the program")
    assert said == []
    field.insertPlainText("\nsecond" + "x" * 300)
    assert "\n" not in field.text()
    assert len(field.text()) == 200
    assert len(said[-1]) == 200


def test_an_open_list_goes_when_the_lock_comes(open_window: Open) -> None:
    sitting = open_window(SAMPLES["profile"])
    select = sitting.window.findChild(Select)
    assert isinstance(select, Select)
    select.showPopup()
    assert QApplication.activePopupWidget() is not None
    sitting.show(Showing(LOCKED))
    assert QApplication.activePopupWidget() is None
