"""What the kiosk says, as checks: a grade, what is missing, what speaks against a test now."""

from pathlib import Path

import pytest

from stamp_desktop.kiosk.guard import PROTECTIONS, Finding, Standing
from stamp_desktop.kiosk.policy import Policy
from stamp_desktop.readiness.kiosk import LAID_DOWN, SESSION, Kiosk, kiosk, kiosk_checks
from tests.readiness.conftest import display

ALL = dict.fromkeys(PROTECTIONS, Standing("enforced", ""))


def verdicts(found: Kiosk) -> dict[str, str]:
    return {check.id: check.verdict for check in kiosk_checks(found)}


def test_a_kiosk_that_holds_everything_passes_and_one_that_lacks_something_says_what() -> None:
    assert verdicts(Kiosk(False, ALL, (), Policy())) == {"kiosk.grade": "pass"}
    lacking = ALL | {"consoles": Standing("unavailable", "not installed")}
    (check,) = kiosk_checks(Kiosk(False, lacking, (), Policy()))
    assert (check.verdict, check.value, "consoles" in check.found) == ("warn", 9.0, True)


def test_an_installed_session_counts_wherever_the_check_runs_from(tmp_path: Path) -> None:
    for each in (SESSION, *LAID_DOWN):
        file = tmp_path / each.relative_to("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert kiosk(tmp_path / "data", tmp_path).installed
    assert not kiosk(tmp_path / "data", tmp_path / "other").installed
    assert verdicts(Kiosk(True, {}, (), Policy(), "No display.")) == {"kiosk.grade": "pass"}
    assert verdicts(Kiosk(False, {}, (), Policy(), "No display.")) == {"kiosk.grade": "warn"}


def test_programs_that_would_pause_a_test_make_a_computer_not_ready() -> None:
    found = (
        Finding("remote-control", "x11vnc 12", 0, mend="End x11vnc."),
        Finding("virtual-machine", "kvm", 0, mend="The proctor may go on."),
        Finding("second-screen", "HDMI-1", 0, mend="Unplug it."),
    )
    assert verdicts(Kiosk(True, ALL, found, Policy())) == {
        "kiosk.grade": "pass",
        "kiosk.remote-control": "fail",
        "kiosk.virtual-machine": "warn",
    }


def test_a_real_display_is_asked_and_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with display("1024x768") as env:
        monkeypatch.setenv("DISPLAY", env["DISPLAY"])
        found = kiosk(tmp_path, tmp_path)
    assert found.standing["screen covered"].reach == "enforced"
    assert list(tmp_path.iterdir()) == []
