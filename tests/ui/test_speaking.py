"""Speaking by clicks and keys: each stage asks for one thing, and a double click never lands on the next stage."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from stamp_desktop.delivery.intents import (
    HearRecording,
    Intent,
    KeepRecording,
    MendMicrophone,
    Prepare,
    Record,
    StopRecording,
)
from stamp_desktop.delivery.microphone import LOST, MUTED
from stamp_desktop.delivery.views import Notice, Showing, SpeakingView
from stamp_desktop.ui.parts.basics import NoticeBox
from stamp_desktop.ui.parts.meter import Meter
from stamp_desktop.ui.parts.text import Heading
from stamp_desktop.ui.parts.waveform import Waveform
from stamp_desktop.ui.taker.speaking_ring import Countdown
from tests.ui.sitting import Sitting

Open = Callable[[Showing], Sitting]

READY = SpeakingView("s1", 1, 3, "A meal", "Tell about it.", None, "", "ready", 30.0, 90.0, attempts_left=2)
RECORDING = replace(READY, stage="recording", seconds=3.0, level=0.5, peaks=(0.1, 0.6, 0.3))
KEPT = replace(READY, stage="kept", seconds=40.0, peaks=(0.2,) * 800, attempts_left=1, safe_text="Safe on this computer")


@pytest.mark.parametrize(
    ("view", "intent"),
    [
        (READY, Prepare()),
        (replace(READY, stage="preparing"), Record()),
        (RECORDING, StopRecording()),
        (KEPT, KeepRecording()),
    ],
)
def test_each_stage_asks_for_one_thing_by_click_and_by_enter(open_window: Open, view: SpeakingView, intent: Intent) -> None:
    sitting = open_window(Showing(view))
    sitting.click("primary")
    sitting.button("primary").setFocus()
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [intent, intent]


def test_what_the_program_can_mend_has_a_button_and_other_notices_have_none(open_window: Open) -> None:
    sitting = open_window(Showing(replace(RECORDING, finding=MUTED)))
    assert sitting.button("mend").text() == "Turn it on"
    sitting.click("mend")
    assert sitting.intents == [MendMicrophone()]
    sitting.show(Showing(replace(RECORDING, finding=LOST)))
    assert not any(button.isVisible() for button in sitting.window.findChildren(QAbstractButton, "mend"))


@pytest.mark.parametrize("view", [replace(RECORDING, stage="saving"), replace(KEPT, busy=True)])
def test_nothing_can_be_asked_for_while_it_is_saved(open_window: Open, view: SpeakingView) -> None:
    sitting = open_window(Showing(view))
    sitting.click("primary")
    assert sitting.intents == []


def test_the_second_half_of_a_double_click_does_not_reach_the_next_stage(open_window: Open, qtbot: QtBot) -> None:
    sitting = open_window(Showing(RECORDING))
    QTest.mouseClick(sitting.button("primary"), Qt.MouseButton.LeftButton)
    sitting.show(Showing(KEPT))
    sitting.click("primary")
    assert sitting.intents == [StopRecording()]
    qtbot.waitUntil(sitting.button("primary").isEnabled, timeout=2000)
    assert sitting.focus().objectName() == "hear"
    sitting.click("primary")
    assert sitting.intents == [StopRecording(), KeepRecording()]


def test_meter_updates_cost_no_layout_and_keep_the_focus(open_window: Open) -> None:
    sitting = open_window(Showing(RECORDING))
    focus = sitting.focus()
    wave = sitting.window.findChild(Waveform)
    assert isinstance(wave, Waveform)
    place = wave.geometry()
    for step in range(40):
        sitting.window.present(Showing(replace(RECORDING, level=step / 40, peaks=(0.5,) * step, seconds=3 + step / 20)))
    assert wave.geometry() == place
    assert sitting.focus() is focus


def test_the_recording_can_be_heard_and_recorded_again_while_tries_are_left(open_window: Open) -> None:
    sitting = open_window(Showing(KEPT))
    sitting.click("hear")
    sitting.click("again")
    assert sitting.intents == [HearRecording(), Record()]
    sitting.show(Showing(replace(KEPT, attempts_left=0, playing=True)))
    assert sitting.button("hear").text() == "Stop"
    with pytest.raises(AssertionError, match="again"):
        sitting.button("again")


def test_nothing_recorded_is_not_called_safe_and_cannot_be_heard(open_window: Open) -> None:
    sitting = open_window(Showing(replace(RECORDING, stage="saving")))
    sitting.show(Showing(replace(KEPT, empty=True, safe_text="", seconds=0.0, peaks=())))
    titles = [heading.text() for heading in sitting.window.findChildren(Heading) if heading.isVisible()]
    assert "Nothing was recorded" in titles
    assert "Your recording is safe" not in titles
    with pytest.raises(AssertionError, match="hear"):
        sitting.button("hear")


def test_a_salvaged_recording_says_so(open_window: Open) -> None:
    sitting = open_window(Showing(replace(KEPT, salvaged=True)))
    box = sitting.window.screen_shown().findChild(NoticeBox)
    assert isinstance(box, NoticeBox)
    assert box.isVisible()


def test_a_finding_while_speaking_is_seen_at_once(open_window: Open) -> None:
    sitting = open_window(Showing(RECORDING))
    sitting.show(Showing(replace(RECORDING, finding=Notice("Someone near you is talking", "Turn away."))))
    box = sitting.window.screen_shown().findChild(NoticeBox)
    assert isinstance(box, NoticeBox)
    assert not box.visibleRegion().isEmpty()


@pytest.mark.parametrize(("level", "zone"), [(None, "none"), (0.1, "quiet"), (0.5, "good"), (0.95, "loud")])
def test_the_meter_names_its_zone(open_window: Open, level: float | None, zone: str) -> None:
    sitting = open_window(Showing(replace(RECORDING, level=level)))
    meter = sitting.window.screen_shown().findChild(Meter)
    assert isinstance(meter, Meter)
    assert meter.zone() == zone
    assert zone == "none" or zone in meter.accessibleName().lower()


def test_the_waveform_shows_the_last_peaks_or_all_of_them(qtbot: QtBot) -> None:
    wave = Waveform()
    qtbot.addWidget(wave)
    peaks = (0.9, *(0.1,) * 98, 0.8)
    wave.show_peaks(peaks)
    assert wave.bars(10) == [*(0.1,) * 9, 0.8]
    wave.show_peaks(peaks, whole=True)
    assert wave.bars(10) == [0.9, *(0.1,) * 8, 0.8]
    wave.show_peaks((), whole=True)
    assert wave.bars(10) == []


def test_the_countdown_says_the_seconds_left(open_window: Open) -> None:
    sitting = open_window(Showing(replace(READY, stage="preparing", seconds=23.0)))
    ring = sitting.window.screen_shown().findChild(Countdown)
    assert isinstance(ring, Countdown)
    assert ring.accessibleName() == "23 seconds left"
