"""Dashboard, introduction, section done, the end, and full-screen states: by clicks and keys."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar

from stamp_desktop.delivery.intents import BackToDashboard, BeginSection, FinishTest, GoOn, Leave
from stamp_desktop.delivery.views import AllDoneView, Showing, StateView
from stamp_desktop.ui import gallery_views
from stamp_desktop.ui.taker.section_done import Dots
from tests.ui.sitting import Sitting

SAMPLES = dict(gallery_views.samples())
Open = Callable[[Showing], Sitting]


def texts(sitting: Sitting) -> list[str]:
    return [label.text() for label in sitting.window.findChildren(QLabel) if label.isVisible()]


def test_enter_begins_the_next_section(open_window: Open) -> None:
    sitting = open_window(SAMPLES["dashboard-midway"])
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [BeginSection("writing")]


def test_an_open_section_can_be_begun_and_a_locked_one_cannot(open_window: Open) -> None:
    sitting = open_window(SAMPLES["dashboard-start"])
    sitting.click("begin-listening")
    assert sitting.intents == [BeginSection("listening")]
    with pytest.raises(AssertionError, match="no button"):
        sitting.button("begin-writing")


def test_the_test_is_finished_from_the_dashboard(open_window: Open) -> None:
    sitting = open_window(SAMPLES["dashboard-finish"])
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [FinishTest()]


def test_the_dashboard_follows_its_view(open_window: Open) -> None:
    sitting = open_window(SAMPLES["dashboard-start"])
    sitting.show(SAMPLES["dashboard-midway"])
    assert {"Level 5", "Level 4"} <= set(texts(sitting))
    with pytest.raises(AssertionError, match="no button"):
        sitting.button("begin-reading")


def test_a_section_is_begun_or_left_from_its_introduction(open_window: Open) -> None:
    sitting = open_window(SAMPLES["intro"])
    sitting.key(Qt.Key.Key_Return)
    sitting.click("back")
    assert sitting.intents == [BeginSection("reading"), BackToDashboard()]


def test_the_level_comes_with_the_count_that_it_rests_on(open_window: Open) -> None:
    sitting = open_window(SAMPLES["section-done-level"])
    assert {"5", "Intermediate-Mid", "Scaled score 487", "7 of 10", "2 of 6"} <= set(texts(sitting))
    assert [dots.accessibleName() for dots in sitting.window.findChildren(Dots)] == [
        "0 of 2",
        "2 of 6",
        "7 of 10",
        "7 of 8",
        "5 of 5",
    ]
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [GoOn()]


def test_a_section_that_people_rate_shows_no_level(open_window: Open) -> None:
    sitting = open_window(SAMPLES["section-done-rated"])
    assert "Your level" not in texts(sitting)
    assert any("7 to 10 days" in text for text in texts(sitting))


def test_there_is_a_receipt_number_only_once_there_is_a_receipt(open_window: Open) -> None:
    sitting = open_window(SAMPLES["all-done-sending"])
    view = SAMPLES["all-done-sending"].screen
    assert isinstance(view, AllDoneView)
    bar = next(bar for bar in sitting.window.findChildren(QProgressBar) if bar.accessibleName() == "Sent")
    assert (bar.isVisible(), bar.value()) == (True, 620)
    assert "Receipt number" not in texts(sitting)
    sitting.show(Showing(replace(view, sent=0.9)))
    assert bar.value() == 900
    sitting.show(SAMPLES["all-done-receipt"])
    assert not bar.isVisible()
    assert "4F2A-91KD" in texts(sitting)
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [Leave()]


def test_a_locked_screen_explains_and_cannot_be_left(open_window: Open) -> None:
    sitting = open_window(SAMPLES["state-paused"])
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space):
        sitting.key(key)
    assert sitting.intents == []
    assert "Every answer is saved, and what you had recorded too" in texts(sitting)


def test_a_state_with_an_action_can_be_left(open_window: Open) -> None:
    sitting = open_window(SAMPLES["state-microphone"])
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [GoOn()]
    view = SAMPLES["state-microphone"].screen
    assert isinstance(view, StateView)
    sitting.show(Showing(replace(view, action="")))
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [GoOn()]
