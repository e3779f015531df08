"""The sentences of a sitting: what is saved and where, how much time is left, what a finding means. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from stamp_desktop.delivery.views import ComputerView, GaugeView, Notice, SavedView
from stamp_desktop.kiosk.gauges import Battery, Wireless
from stamp_desktop.trouble import Trouble

if TYPE_CHECKING:  # the window is on the screen before the engine and the package reader are loaded
    from stamp_desktop.content.reader import Package
    from stamp_desktop.engine.state import State
    from stamp_desktop.sync.words import Signed

LOW_TIME_MS = 5 * 60_000
"""From here on the clock draws attention: long enough to finish a set of three questions."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How far the courier is with everything of this computer; `reachable` None before the first try."""

    reachable: bool | None = None
    events: int = 0
    recordings: int = 0
    receipt: str = ""
    room: bool = False
    """The line is to the room's hub."""
    moved: frozenset[str] = frozenset()
    """Sessions that go on at another computer."""
    tickets: tuple["Signed", ...] = ()
    """What the server has signed for a paused test to go on."""


@dataclass(frozen=True, slots=True)
class MovedAway:
    """The test that was open here goes on at another computer."""


def saved(sending: Sending, recordings_kept: int = 0) -> SavedView:
    """What the top bar says. Called saved: committed on this computer. Called received: only with a verified receipt."""
    if sending.receipt:
        return SavedView(f"Received ({sending.receipt})", "good", "circle-check")
    if sending.reachable and sending.room and not sending.events and not sending.recordings:
        return SavedView("Copied to the room", "good", "circle-check")
    if sending.reachable is False and sending.recordings:
        return SavedView(
            f"Saved on this computer, {counted(sending.recordings, 'recording')} waiting to be sent", "good", "hard-drive"
        )
    if sending.reachable is False:
        return SavedView("Saved on this computer, sent when the line is back", "good", "hard-drive")
    if recordings_kept:
        return SavedView(f"{counted(recordings_kept, 'recording')} safe on this computer", "good", "circle-check")
    return SavedView("Saved on this computer", "good", "circle-check")


def network(sending: Sending) -> SavedView:
    """The line at the foot of the screens before a test."""
    if sending.reachable is False:
        return SavedView("No network. That is fine: everything is kept on this computer.", "attention", "cloud-off")
    if sending.reachable is None:
        return SavedView("Looking for the server. You need not wait.", "plain", "cloud")
    return SavedView("Connected to the room" if sending.room else "Connected", "plain", "cloud")


def counted(count: int, noun: str) -> str:
    """`1 recording`, `2 recordings`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def clock(remaining_ms: int | None) -> str:
    """Minutes and seconds that are left; "no limit" where there is none."""
    if remaining_ms is None:
        return "no limit"
    seconds = max(0, math.ceil(remaining_ms / 1000))
    return f"{seconds // 60}:{seconds % 60:02d}"


def time_of_day(wall_ms: int, offset: timedelta) -> str:
    """A Unix time in milliseconds as a clock on the wall shows it: 10:16."""
    return f"{datetime.fromtimestamp(wall_ms / 1000, timezone(offset)):%H:%M}"


def trouble_notice(trouble: Trouble, tone: str = "attention") -> Notice:
    """Trouble as a message inside a screen."""
    text = " ".join(part for part in (trouble.advice.meaning, trouble.advice.todo) if part)
    return Notice(trouble.advice.what, text, "", "bad" if tone == "bad" else "attention", "circle-alert")


def place_in_test(state: "State", package: "Package") -> str:
    """Where a test goes on, for "is this you?": `Reading, question 8`."""
    section = state.current
    if state.phase == "finished":
        return "the end: you have finished this test"
    if section is None:
        places = {"dashboard": "the list of sections", "equipment": "the equipment check", "profile": "the questions about you"}
        return places.get(state.phase, "the beginning")
    title = package.section(section.id).title
    if section.status == "practice":
        return f"{title}, practice"
    places = {
        "adaptive": f"question {section.number}",
        "tasks": f"task {section.index + 1}",
        "self": f"statement {section.number + 1}",
    }
    return f"{title}, {places[section.kind]}"


LOW_BATTERY = 0.2
"""About half an hour of most laptops: time to find a plug."""


def computer(battery: Battery | None, wireless: Wireless | None) -> ComputerView:
    """What the top bar says of battery and Wi-Fi."""
    power = network = None
    if battery:
        low = battery.share < LOW_BATTERY and not battery.charging
        icon = "battery-charging" if battery.charging else "battery-low" if low else "battery"
        power = GaugeView(f"{battery.share:.0%}".replace("%", " %"), "attention" if low else "plain", icon)
    if wireless:
        connected = GaugeView("Wi-Fi", "plain", "wifi")
        network = connected if wireless.connected else GaugeView("No Wi-Fi", "attention", "wifi-off")
    return ComputerView(power, network)
