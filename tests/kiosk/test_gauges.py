"""Battery and Wi-Fi, read from folders as the kernel lays them out."""

from pathlib import Path

import pytest

from stamp_desktop.kiosk.gauges import Battery, Wireless, battery, wireless

LINKS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   35.  -75.  -256        0      0      0      0      0        0
"""


def lay(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("status", "charging"),
    [("Discharging", False), ("Charging", True), ("Full", True), ("Not charging", True), ("Unknown", False)],
)
def test_the_battery_of_the_computer_and_not_that_of_its_mouse(tmp_path: Path, status: str, charging: bool) -> None:
    lay(tmp_path / "AC", type="Mains", online="1")
    lay(tmp_path / "A-mouse", type="Battery", scope="Device", capacity="3", status="Discharging")
    lay(tmp_path / "BAT0", type="Battery", capacity="64", status=status)
    assert battery(tmp_path) == Battery(0.64, charging)


def test_a_computer_without_a_battery_has_none(tmp_path: Path) -> None:
    lay(tmp_path / "AC", type="Mains", online="1")
    lay(tmp_path / "BAT0", type="Battery", capacity="", status="Unknown")
    assert battery(tmp_path) is None
    assert battery(tmp_path / "nothing") is None


def test_a_wireless_card_that_is_up_has_a_signal(tmp_path: Path) -> None:
    lay(tmp_path / "net" / "eth0", operstate="up")
    lay(tmp_path / "net" / "wlan0", operstate="up")
    (tmp_path / "net" / "wlan0" / "wireless").mkdir()
    links = tmp_path / "links"
    assert wireless(tmp_path / "net", links) == Wireless(True, 1.0)
    links.write_text(LINKS, encoding="utf-8")
    assert wireless(tmp_path / "net", links) == Wireless(True, 0.5)
    (tmp_path / "net" / "wlan0" / "operstate").write_text("down\n", encoding="utf-8")
    assert wireless(tmp_path / "net", links) == Wireless(False, 0.0)


def test_a_computer_with_a_wire_alone_has_no_wireless(tmp_path: Path) -> None:
    lay(tmp_path / "eth0", operstate="up")
    assert wireless(tmp_path, tmp_path / "links") is None
