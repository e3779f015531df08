"""A recording to hear: one button, the plays left, and no way to play more than that."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QSlider

from stamp_desktop.delivery.intents import Draft, Play
from stamp_desktop.delivery.views import ChoiceLine, ChoiceTask, GapTask, ItemView, Notice, PlayerView, Showing
from stamp_desktop.engine.items import ChoiceResponse, GapResponse
from stamp_desktop.ui.parts.player import Player, minutes
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]

LINES = tuple(ChoiceLine(letter, f"Choice {letter}") for letter in "abc")
READY = ItemView("q1", "set", 1, 30, "What?", ChoiceTask(LINES, ()), player=PlayerView("ready", 2, 0.0, 40.0))


def during(view: ItemView, player: PlayerView) -> Showing:
    return Showing(replace(view, player=player))


def test_the_button_asks_to_play(open_window: Open) -> None:
    sitting = open_window(Showing(READY))
    sitting.click("play")
    assert sitting.intents == [Play()]


@pytest.mark.parametrize("player", [PlayerView("playing", 1, 3.0, 40.0), PlayerView("heard", 0, 40.0, 40.0)])
def test_it_cannot_be_pressed_while_it_plays_or_when_no_play_is_left(open_window: Open, player: PlayerView) -> None:
    sitting = open_window(during(READY, player))
    sitting.click("play")
    assert sitting.intents == []


def test_a_play_that_was_cut_short_can_be_asked_for_again(open_window: Open) -> None:
    notice = Notice("The recording stopped", "That play does not count.")
    sitting = open_window(during(READY, PlayerView("trouble", 1, 9.0, 40.0, notice)))
    sitting.click("play")
    assert sitting.intents == [Play()]


def test_there_is_nothing_to_seek_with(open_window: Open) -> None:
    sitting = open_window(during(READY, PlayerView("playing", 1, 10.0, 40.0)))
    assert not [slider for slider in sitting.window.findChildren(QSlider) if slider.isVisible()]
    bars = [bar for bar in sitting.window.findChildren(QProgressBar) if bar.isVisible()]
    assert [bar.value() for bar in bars] == [250]


def test_position_updates_leave_answer_and_focus_alone(open_window: Open) -> None:
    sitting = open_window(Showing(READY))
    sitting.key(Qt.Key.Key_2)
    focus = sitting.focus()
    for second in range(1, 6):
        sitting.show(during(READY, PlayerView("playing", 1, float(second), 40.0)))
    assert sitting.focus() is focus
    sitting.click("primary")
    assert sitting.intents[0] == Draft("q1", ChoiceResponse(("b",)))


def test_enter_on_the_play_button_goes_on_and_never_plays(open_window: Open) -> None:
    sitting = open_window(Showing(READY))
    sitting.button("play").setFocus()
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == []
    sitting.key(Qt.Key.Key_Space)
    assert sitting.intents == [Play()]


def test_what_was_typed_is_told_before_it_plays(open_window: Open) -> None:
    sitting = open_window(Showing(replace(READY, task=GapTask("{g1}", {"g1": ()}, {}))))
    sitting.type("word")
    sitting.click("play")
    assert sitting.intents == [Draft("q1", GapResponse({"g1": "word"})), Play()]


@pytest.mark.parametrize(("left", "text"), [(None, "as often as you like"), (1, "1 play left"), (2, "2 plays left")])
def test_the_plays_left_are_said(open_window: Open, left: int | None, text: str) -> None:
    sitting = open_window(during(READY, PlayerView("ready", left, 0.0, 40.0)))
    player = sitting.window.findChild(Player)
    assert isinstance(player, Player)
    assert text in player.plays_said()


def test_times_are_minutes_and_seconds() -> None:
    assert [minutes(s) for s in (0, 9.9, 65, 600, -1)] == ["0:00", "0:09", "1:05", "10:00", "0:00"]
