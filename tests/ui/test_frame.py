"""The top bar: clock, volume, display, and the way to the proctor."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider, QWidget

from stamp_desktop.delivery.intents import CallProctor, SetVolume
from stamp_desktop.delivery.views import FrameView, Showing
from stamp_desktop.delivery.wording import computer
from stamp_desktop.kiosk.gauges import Battery, Wireless
from stamp_desktop.ui import gallery_views
from stamp_desktop.ui.parts.popup import Popup
from stamp_desktop.ui.theme import style
from stamp_desktop.ui.theme.style import Look
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]
GAUGES = {"battery", "wireless"}
FULL = dict(gallery_views.samples())["bar-full"]


def popups(sitting: Sitting) -> list[str]:
    return [popup.accessibleName() for popup in sitting.window.findChildren(Popup) if popup.isVisible()]


def reframed(frame: FrameView, **changes: object) -> Showing:
    return Showing(FULL.screen, replace(frame, **changes))  # type: ignore[arg-type] # fields named by the test


def test_a_click_hides_the_time_and_another_shows_it(open_window: Open) -> None:
    sitting = open_window(FULL)
    assert sitting.button("clock").text() == "4:58"
    sitting.click("clock")
    assert sitting.button("clock").text() == ""
    assert FULL.frame is not None
    sitting.show(reframed(FULL.frame, clock="4:57"))
    assert sitting.button("clock").text() == ""
    sitting.click("clock")
    assert sitting.button("clock").text() == "4:57"


def test_calling_the_proctor_asks_once_and_then_says_so(open_window: Open) -> None:
    sitting = open_window(FULL)
    sitting.click("call")
    assert popups(sitting) == ["Call the proctor"]
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [CallProctor()]
    assert popups(sitting) == []
    assert sitting.button("call").accessibleName() == "The proctor has been called"
    assert not sitting.button("call").isEnabled()


def test_the_proctor_can_be_called_again_once_the_call_is_answered(open_window: Open) -> None:
    sitting = open_window(FULL)
    assert FULL.frame is not None
    sitting.click("call")
    sitting.click("call-now")
    sitting.show(FULL)  # a view from before the call
    assert not sitting.button("call").isEnabled()
    sitting.show(reframed(FULL.frame, proctor_called=True))
    sitting.show(FULL)
    assert sitting.button("call").isEnabled()


@pytest.mark.parametrize("popup", ["call", "volume", "display"])
def test_escape_closes_a_popup_and_gives_the_focus_back(open_window: Open, popup: str) -> None:
    sitting = open_window(FULL)
    sitting.click(popup)
    assert len(popups(sitting)) == 1
    sitting.key(Qt.Key.Key_Escape)
    assert popups(sitting) == []
    assert sitting.focus().objectName() == popup
    assert sitting.intents == []


def test_a_click_beside_a_popup_closes_it_and_does_nothing_else(open_window: Open) -> None:
    sitting = open_window(FULL)
    sitting.click("call")
    popup = next(popup for popup in sitting.window.findChildren(Popup) if popup.isVisible())
    QTest.mouseClick(popup, Qt.MouseButton.LeftButton, pos=popup.rect().bottomLeft())
    assert popups(sitting) == []
    assert sitting.intents == []


def test_tab_stays_inside_a_popup(open_window: Open) -> None:
    sitting = open_window(FULL)
    sitting.click("call")
    names = []
    for _ in range(3):
        names.append(sitting.focus().objectName())
        sitting.key(Qt.Key.Key_Tab)
    assert names == ["call-now", "call-not", "call-now"]


def test_the_volume_is_set_by_keys(open_window: Open) -> None:
    sitting = open_window(FULL)
    sitting.click("volume")
    assert isinstance(sitting.focus(), QSlider)
    sitting.key(Qt.Key.Key_Right)
    assert sitting.intents == [SetVolume(0.75)]
    assert "75 %" in [label.text() for label in sitting.window.findChildren(QLabel) if label.isVisible()]


def test_text_size_and_colours_change_at_once(open_window: Open) -> None:
    sitting = open_window(FULL)
    before = sitting.button("call").height()
    sitting.click("display")
    sitting.click("larger")
    sitting.click("theme-dark")
    assert (style.look().zoom, style.look().theme.id) == (1.25, "dark")
    assert sitting.button("call").height() == round(before * 1.25)


@pytest.mark.parametrize("zoom", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("width", [1024, 1366, 1920])
def test_the_bar_never_cuts_its_buttons_off(open_window: Open, zoom: float, width: int) -> None:
    style.apply(Look(zoom=zoom))
    sitting = open_window(FULL)
    sitting.window.resize(width, 768)
    sitting.settle()
    for name in ("clock", "volume", "display", "call"):
        button = sitting.button(name)
        assert button.width() >= button.sizeHint().width()
        assert button.mapTo(sitting.window, button.rect().bottomRight()).x() <= width


def test_the_bar_makes_room_when_text_grows_in_an_open_window(open_window: Open) -> None:
    sitting = open_window(FULL)
    assert sitting.button("call").text() == "Call the proctor"
    style.apply(Look(zoom=2.0))
    sitting.settle()
    call = sitting.button("call")
    assert (call.text(), call.accessibleName()) == ("", "Call the proctor")
    assert call.mapTo(sitting.window, call.rect().bottomRight()).x() <= 1366


def test_battery_and_wifi_are_shown_where_there_are_any(open_window: Open) -> None:
    sitting = open_window(FULL)
    signs = {sign.objectName(): sign for sign in sitting.window.findChildren(QWidget) if sign.objectName() in GAUGES}
    assert set(signs) == GAUGES
    assert not any(sign.isVisible() for sign in signs.values())
    sitting.window.show_computer(computer(Battery(0.15, charging=False), Wireless(False, 0.0)))
    assert (signs["battery"].accessibleName(), signs["wireless"].accessibleName()) == ("15 %", "No Wi-Fi")
    assert all(sign.isVisible() for sign in signs.values())
    assert FULL.frame is not None
    sitting.show(reframed(FULL.frame, clock="4:57"))
    assert signs["battery"].isVisible(), "another second takes nothing away"
    sitting.window.show_computer(computer(Battery(1.0, charging=True), None))
    assert signs["battery"].accessibleName() == "100 %"
    assert not signs["wireless"].isVisible()
