"""The equipment check by clicks and keys: one primary action a step, and always a way on when there is one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from stamp_desktop.delivery.intents import (
    CheckDevice,
    CheckHearSelf,
    CheckListen,
    CheckNext,
    CheckPlay,
    CheckStop,
    CheckTyped,
    CheckWord,
    MendMicrophone,
)
from stamp_desktop.delivery.microphone import MUTED
from stamp_desktop.delivery.views import CheckLine, EquipmentView, Notice, Showing
from stamp_desktop.ui import gallery_check
from stamp_desktop.ui.parts.buttons import PrimaryButton
from stamp_desktop.ui.parts.entry import Entry
from stamp_desktop.ui.parts.fields import Select
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]

LINES = (CheckLine("headphones", "Headphones", "now"), CheckLine("room", "Room", "todo"))
PHONES = EquipmentView("headphones", 1, 4, "Listen", "Pick.", "idle", LINES, words=("garden", "river"))
ROOM = EquipmentView("room", 2, 4, "Be quiet", "Wait.", "idle", LINES, devices=("Headset", "Built-in"))
VOICE = EquipmentView("voice", 3, 4, "Say this", "Normally.", "idle", LINES, sentence="We took the train.")
TYPING = EquipmentView("keyboard", 4, 4, "Type", "This.", "idle", LINES, typed_sample="¿Qué?", go_on="Go on without typing")
HUM = Notice("We can hear a hum", "It disturbs.", "try another port.")


def test_a_word_can_be_picked_once_it_was_played(open_window: Open) -> None:
    sitting = open_window(Showing(PHONES))
    assert not sitting.button("word-river").isEnabled()
    sitting.click("primary")
    sitting.show(Showing(replace(PHONES, activity="playing")))
    assert not sitting.button("word-river").isEnabled()
    sitting.show(Showing(PHONES))
    sitting.click("word-river")
    assert sitting.intents == [CheckPlay(), CheckWord("river")]


def test_a_word_that_was_wrong_can_be_played_and_picked_again(open_window: Open) -> None:
    sitting = open_window(Showing(PHONES))
    wrong = replace(PHONES, activity="done", chosen_word="river", finding=Notice("Not the word", "Too low?"))
    sitting.show(Showing(wrong))
    sitting.click("again")
    sitting.click("word-river")
    assert sitting.intents == [CheckPlay(), CheckWord("river")]


def test_the_quiet_seconds_begin_by_enter_and_cannot_be_pressed_twice(open_window: Open) -> None:
    sitting = open_window(Showing(ROOM))
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [CheckListen()]
    sitting.show(Showing(replace(ROOM, activity="listening", seconds_left=2.0)))
    assert not [one for one in sitting.window.screen_shown().findChildren(PrimaryButton) if one.isVisible()]


def test_the_sentence_is_started_stopped_and_heard(open_window: Open) -> None:
    sitting = open_window(Showing(VOICE))
    sitting.click("primary")
    sitting.show(Showing(replace(VOICE, activity="recording", level=0.4, finding=HUM)))
    sitting.click("primary")
    sitting.show(Showing(replace(VOICE, activity="done", passed=True, can_hear_self=True)))
    sitting.click("hear-self")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents[:3] == [CheckListen(), CheckStop(), CheckHearSelf()]
    sitting.click("primary")
    assert sitting.intents[-1] == CheckNext()


def test_a_microphone_that_can_be_mended_is_mended_and_tried_again_by_one_button(open_window: Open) -> None:
    sitting = open_window(Showing(VOICE))
    sitting.show(Showing(replace(VOICE, activity="recording", finding=MUTED)))
    sitting.click("mend")
    sitting.show(Showing(replace(VOICE, activity="done", finding=MUTED, can_hear_self=True)))
    assert sitting.button("again").text() == "Turn it on"
    with pytest.raises(AssertionError, match="mend"):
        sitting.button("mend")
    sitting.click("again")
    assert sitting.intents == [MendMicrophone(), MendMicrophone()]


def test_a_finding_offers_to_try_again_and_the_way_on_when_there_is_one(open_window: Open) -> None:
    sitting = open_window(Showing(VOICE))
    sitting.show(Showing(replace(VOICE, activity="done", finding=HUM, can_hear_self=True)))
    with pytest.raises(AssertionError, match="go-on"):
        sitting.button("go-on")
    assert sitting.focus().objectName() == "again"
    sitting.key(Qt.Key.Key_Return)
    sitting.click("hear")
    sitting.show(Showing(replace(VOICE, activity="done", finding=HUM, can_hear_self=True, go_on="Go on anyway", attempt=2)))
    sitting.click("go-on")
    assert sitting.intents == [CheckListen(), CheckHearSelf(), CheckNext()]


def test_typing_tells_every_change_as_it_is(open_window: Open) -> None:
    sitting = open_window(Showing(TYPING))
    assert isinstance(field := sitting.focus(), Entry)
    sitting.type("Q ")
    sitting.show(Showing(TYPING))
    assert field.text() == "Q "
    assert sitting.intents == [CheckTyped("Q"), CheckTyped("Q ")]
    sitting.click("go-on")
    assert sitting.intents[-1] == CheckNext()


def test_what_is_typed_right_leads_on_by_enter(open_window: Open) -> None:
    sitting = open_window(Showing(TYPING))
    sitting.type("¿")
    sitting.show(Showing(replace(TYPING, passed=True, go_on="")))
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [CheckTyped("¿"), CheckNext()]


def test_another_microphone_can_be_taken(open_window: Open) -> None:
    sitting = open_window(Showing(replace(ROOM, device="Headset")))
    device = sitting.window.findChild(Select, "device")
    assert isinstance(device, Select)
    assert device.currentText() == "Headset"
    device.setFocus()
    sitting.key(Qt.Key.Key_Down)
    assert sitting.intents == [CheckDevice("Built-in")]


@pytest.mark.parametrize("name", [name for name, _ in gallery_check.samples() if name.startswith("equipment")])
def test_there_is_never_more_than_one_primary_action(open_window: Open, name: str) -> None:
    sitting = open_window(dict(gallery_check.samples())[name])
    shown = [one for one in sitting.window.screen_shown().findChildren(PrimaryButton) if one.isVisible()]
    assert len(shown) <= 1
    assert all(isinstance(one, QAbstractButton) and one.text() for one in shown)
