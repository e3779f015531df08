"""The window picks screens by the type of the view, keeps them, and closes only when it may."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from stamp_desktop.delivery import views
from stamp_desktop.delivery.intents import Leave
from stamp_desktop.delivery.views import Showing, SignInView
from stamp_desktop.ui import gallery_views
from stamp_desktop.ui.parts.entry import Entry
from stamp_desktop.ui.window import SCREENS, ExamWindow
from tests.ui.sitting import Sitting

SAMPLES = dict(gallery_views.samples())
Open = Callable[[Showing], Sitting]


def test_there_is_a_screen_for_every_view() -> None:
    assert set(SCREENS) == set(get_args(views.Screen))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_shown_by_its_screen(open_window: Open, name: str) -> None:
    sitting = open_window(SAMPLES[name])
    assert type(sitting.window.screen_shown()) is SCREENS[type(SAMPLES[name].screen)]


def test_the_same_kind_of_view_keeps_screen_focus_and_typing(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    screen = sitting.window.screen_shown()
    sitting.type("SPAN")
    view = SAMPLES["sign-in"].screen
    assert isinstance(view, SignInView)
    sitting.show(Showing(replace(view, network=views.SavedView("No network", "attention", "cloud-off"))))
    assert sitting.window.screen_shown() is screen
    assert isinstance(field := sitting.focus(), Entry)
    assert field.text() == "SPAN"


def test_another_kind_of_view_brings_another_screen_and_lets_the_old_one_go(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    gone: list[bool] = []
    sitting.window.screen_shown().destroyed.connect(lambda: gone.append(True))
    sitting.show(SAMPLES["confirm-new"])
    assert gone == [True]
    assert sitting.focus().objectName() == "yes"


def test_the_window_stays_open_unless_it_may_close(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    assert not sitting.window.close()
    assert sitting.window.isVisible()
    sitting.window.may_close = True
    assert sitting.window.close()
    assert sitting.intents == [Leave()]


@pytest.mark.usefixtures("qapp")
def test_asking_for_a_screen_before_the_first_is_an_error() -> None:
    window = ExamWindow()
    with pytest.raises(LookupError):
        window.screen_shown()
    window.deleteLater()
