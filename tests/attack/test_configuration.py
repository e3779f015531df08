"""What cannot be tried without a console: the configuration that is installed is looked at instead, and marked so."""

from pathlib import Path

import pytest

from tests.attack.report import Report

FILES = Path(__file__).parents[2] / "installers" / "linux" / "kiosk" / "files"
ROWS = {
    "Ctrl+Alt+Fn (another console)": ("etc/X11/xorg.conf.d/90-stamp-kiosk.conf", '"DontVTSwitch" "true"'),
    "Ctrl+Alt+Backspace (end the X server)": ("etc/X11/xorg.conf.d/90-stamp-kiosk.conf", '"DontZap" "true"'),
    "keys that the X server keeps for itself": ("etc/X11/xorg.conf.d/90-stamp-kiosk.conf", "srvrkeys:none"),
    "login on another console": ("etc/systemd/logind.conf.d/90-stamp-kiosk.conf", "NAutoVTs=0"),
    "power, suspend and lid": ("etc/systemd/logind.conf.d/90-stamp-kiosk.conf", "HandlePowerKey=ignore"),
    "SysRq": ("etc/sysctl.d/90-stamp-kiosk.conf", "kernel.sysrq = 0"),
    "restart, suspend, mounting by the exam user": ("etc/polkit-1/rules.d/90-stamp-kiosk.rules", "org.freedesktop.login1."),
    "a plain layout laid over the computer's own by ibus": (
        "usr/lib/stamp-desktop/kiosk-session",
        "[desktop/ibus/general]\\nuse-system-keyboard-layout=true",
    ),
    "the session ended in any way but `kiosk end`": ("etc/systemd/system/stamp-kiosk.service", "Restart=on-failure"),
}


@pytest.mark.parametrize("name", ROWS)
def test_it_is_configured(name: str, report: Report) -> None:
    file, wanted = ROWS[name]
    assert wanted in (FILES / file).read_text(encoding="utf-8")
    row = report.row(name)
    row.held, row.without = "checked as configuration only: there is no console in a test", "not tried"
