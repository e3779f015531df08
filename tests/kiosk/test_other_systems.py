"""Windows and macOS behind the same protocol, their native layer faked: what is decided can be tried, what they do cannot."""

import plistlib
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stamp_desktop.kiosk.changes import Changes
from stamp_desktop.kiosk.guard import PROTECTIONS, Guard, Ticket
from stamp_desktop.kiosk.macos.guard import MacGuard
from stamp_desktop.kiosk.policy import KEYS, Policy
from stamp_desktop.kiosk.windows.guard import FILTER, SHELL, WindowsGuard
from stamp_desktop.kiosk.windows.native import KeyPress
from stamp_desktop.kiosk.windows.tables import VK, swallowed

INSTALLERS = Path(__file__).parents[2] / "installers"


class FakeWindows:
    """A Windows computer, as far as the guard sees it."""

    def __init__(self, *, own_shell: bool = False) -> None:
        self.values: dict[str, Any] = {
            SHELL: "stamp-desktop.exe kiosk start" if own_shell else "explorer.exe",
            FILTER: 2 if own_shell else None,
        }
        self.decide: KeyPress | None = None
        self.dropped = self.awake = self.is_remote = False
        self.running: dict[int, str] = {4: "system", 100: "stamp-desktop.exe"}
        self.screens = 1

    def hook_keys(self, decide: KeyPress) -> bool:
        self.decide, self.dropped = decide, False
        return True

    def hooked(self) -> bool:
        return self.decide is not None and not self.dropped

    def unhook_keys(self) -> None:
        self.decide = None

    def keep_awake(self, *, wanted: bool) -> None:
        self.awake = wanted

    def processes(self) -> Mapping[int, str]:
        return self.running

    def monitors(self) -> int:
        return self.screens

    def remote(self) -> bool:
        return self.is_remote

    def pump(self) -> None:
        """No messages."""

    def registry(self, path: str) -> Any:
        return self.values.get(path)


class FakeMac:
    """A Mac with or without the helper."""

    def __init__(self, *, helper: bool = True) -> None:
        self.helper = helper
        self.on = False
        self.count = 1
        self.begun = 0
        self.running = {1: "launchd"}

    def begin(self) -> Mapping[str, Any]:
        self.begun += 1
        self.on = True
        return {"assessment": True}

    def active(self) -> bool:
        return self.on

    def end(self) -> None:
        self.on = False

    def screens(self) -> int:
        return self.count

    def processes(self) -> Mapping[int, str]:
        return self.running

    def entitled(self) -> bool:
        return self.helper


@pytest.fixture
def changes(tmp_path: Path) -> Changes:
    return Changes(tmp_path / "changes.jsonl")


def guards(changes: Changes) -> list[Guard]:
    return [WindowsGuard(FakeWindows(), changes), MacGuard(FakeMac(), changes)]


def test_every_protection_is_spoken_of_and_none_claims_to_have_been_tried(changes: Changes) -> None:
    for guard in guards(changes):
        standing = guard.probe()
        assert set(standing) == set(PROTECTIONS)
        assert all("not yet run on real hardware" in each.why for each in standing.values())


def test_an_ordinary_windows_desktop_is_grade_b_and_says_why(changes: Changes) -> None:
    ordinary, own = WindowsGuard(FakeWindows(), changes), WindowsGuard(FakeWindows(own_shell=True), changes)
    assert (ordinary.grade, own.grade) == ("B", "A")
    assert ordinary.probe()["screen covered"].reach == "detected"
    assert "Explorer" in ordinary.probe()["screen covered"].why
    assert own.probe()["consoles"].reach == "enforced"


@pytest.mark.parametrize(
    ("code", "held", "wanted"),
    [
        (VK["Tab"], {"Alt"}, True),
        (VK["Escape"], {"Ctrl", "Shift"}, True),
        (VK["F4"], {"Alt"}, True),
        (VK["Print"], set(), True),
        (0x5B, set(), True),
        (VK["Tab"], set(), False),
        (VK["Tab"], {"Shift"}, False),
        (VK["Escape"], set(), False),
        (VK["v"], {"Ctrl"}, False),
        (VK["q"], {"Ctrl", "Alt"}, False),
        (VK["e"], {"Ctrl", "Alt"}, False),
    ],
)
def test_the_hook_keeps_what_the_table_closes_and_lets_letters_of_altgr_through(
    code: int, held: set[str], wanted: bool
) -> None:
    assert swallowed(code, held) is wanted


def test_every_closed_combination_has_a_key_on_windows() -> None:
    lacking = {key.combination.split("+")[-1] for key in KEYS if key.how == "taken"} - set(VK)
    assert not lacking


def test_a_hook_that_windows_has_dropped_is_put_in_again(changes: Changes) -> None:
    computer = FakeWindows()
    guard = WindowsGuard(computer, changes)
    guard.engage(Policy(), "s")
    guard.engage(Policy(), "s")
    computer.dropped = True
    guard.verify()
    assert computer.hooked()
    guard.release(Ticket("PIN"))
    guard.release(Ticket("PIN"))
    assert (computer.decide, computer.awake) == (None, False)


def test_windows_finds_programs_screens_and_remote_sessions(changes: Changes) -> None:
    computer = FakeWindows()
    guard = WindowsGuard(computer, changes, now=lambda: 7)
    guard.engage(Policy(), "s")
    assert list(guard.verify()) == []
    computer.running[300] = "teamviewer.exe"
    computer.screens, computer.is_remote = 2, True
    assert [each.code for each in guard.verify()] == ["remote-control", "second-screen", "remote-session"]
    assert [each.code for each in guard.preflight(Policy(screens=2))] == ["remote-control", "remote-session"]


def test_an_assessment_that_the_system_ends_is_begun_again_and_told(changes: Changes) -> None:
    mac = FakeMac()
    guard = MacGuard(mac, changes)
    guard.engage(Policy(), "s")
    assert list(guard.verify()) == []
    mac.on = False
    assert [each.code for each in guard.verify()] == ["exam-hidden"]
    assert mac.on
    guard.release(Ticket("PIN"))
    assert not mac.on


def test_a_mac_without_the_helper_is_grade_b(changes: Changes) -> None:
    mac = FakeMac(helper=False)
    guard = MacGuard(mac, changes)
    guard.engage(Policy(), "s")
    mac.count = 2
    assert (guard.grade, mac.begun) == ("B", 0)
    assert guard.probe()["screen capture"].reach == "unavailable"
    assert [each.code for each in guard.verify()] == ["second-screen"]


def test_the_configurations_are_whole_and_say_that_they_were_not_run() -> None:
    for name, program in (("assigned-access.xml", "kiosk start"), ("shell-launcher.xml", "kiosk start")):
        text = (INSTALLERS / "windows" / "kiosk" / name).read_text(encoding="utf-8")
        ET.fromstring(text)  # noqa: S314  # our own file
        assert program in text
        assert "Not yet run on real hardware" in text
    profile = plistlib.loads((INSTALLERS / "macos" / "kiosk" / "stamp-desktop.mobileconfig").read_bytes())
    assert profile["PayloadContent"][0]["allowScreenShot"] is False
    entitlements = plistlib.loads((INSTALLERS / "macos" / "kiosk" / "stamp-assessment.entitlements").read_bytes())
    assert entitlements == {"com.apple.developer.automatic-assessment-configuration": True}
    closed = (INSTALLERS / "windows" / "kiosk" / "keyboard-filter.ps1").read_text(encoding="utf-8")
    assert "Ctrl+Alt+Del" in closed
    assert "-Undo" in closed
