"""The silent run of fleets: exit statuses, reports, and no traceback whatever is missing. Qt is not there at all."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio.simulated import RATE, noise
from stamp_desktop.cli import main
from stamp_desktop.content.manifest import encode
from stamp_desktop.content.reader import inspect
from stamp_desktop.readiness.check import Check, Report, decode
from stamp_desktop.server import labs
from tests import sound_server
from tests.content.small import SmallPackage
from tests.journeys.speech import say
from tests.readiness.conftest import Computer, display, lacking
from tests.readiness.test_sound import sounding
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house

QUICK = ("--no-sound", "--no-line")


def faults(report: Report) -> dict[str, Check]:
    return {check.id: check for check in report.checks if check.verdict in {"warn", "fail"}}


def test_a_bare_computer_is_not_ready_and_every_reason_is_named(computer: Computer, tmp_path: Path) -> None:
    """A screen too small, no sound server, a server that is not there, nothing booked: one run finds them all."""
    files = ("--json", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html"), "--data", str(tmp_path / "d"))
    with display("800x600") as env:
        run = Computer(computer.folder, env).begin(*QUICK, *files, "--booked", "--server", "http://127.0.0.1:9")
        assert run.end() == 2
    found = {
        name
        for name, check in faults(decode((tmp_path / "r.json").read_text(encoding="utf-8"))).items()
        if check.verdict == "fail"
    }
    assert found == {"computer.screen", "sound.microphone", "sound.loudspeaker", "line.server", "package.booked"}
    assert "Headset" in run.said
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--json", "{}/none/r.json"), "report-unwritten"),
        (("--html", "{}"), "report-unwritten"),
        (("--package", "{}/none.stamp"), "package-unreadable"),
        (("--send",), "not-enrolled"),
    ],
)
def test_what_cannot_be_read_written_or_sent_is_exit_3_with_advice(
    tmp_path: Path, words: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    named = [word.format(tmp_path) for word in words]
    assert main(["readiness", "--silent", *QUICK, "--data", str(tmp_path / "d"), *named]) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[-1].endswith(f"[{code}]")


@pytest.mark.parametrize(("units", "bank"), [(10**9, 10**9), (-4, 10), (900, 1000), (3, 0)])
def test_a_package_that_says_what_cannot_be_is_exit_3_and_worked_out_for_nobody(
    units: int, bank: int, small: SmallPackage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = inspect(small.path)
    manifest = encode(replace(said, sections=tuple(replace(each, units=units, bank=bank) for each in said.sections)))
    package = tmp_path / "nonsense.stamp"
    with zipfile.ZipFile(small.path) as whole, zipfile.ZipFile(package, "w") as made:
        for part in whole.infolist():
            made.writestr(part, manifest if part.filename == "manifest.json" else whole.read(part))
    words = ["--data", str(tmp_path / "d"), "--package", str(package)]
    assert main(["readiness", "--silent", *QUICK, *words]) == 3
    assert "says of itself what cannot be" in capsys.readouterr().err


def test_without_a_screen_the_window_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["readiness"]) == 3
    assert "--silent" in capsys.readouterr().err


def test_a_healthy_prepared_computer_has_no_warning(tmp_path: Path, server: ServerProcess, station: LabComputer) -> None:
    """A screen, a headset that hears clear speech, a server, a booked test, the kiosk's files: nothing is found."""
    if reason := sound_server.missing():
        lacking(reason)
    voice = tmp_path / "voice.wav"
    speech(voice)
    with display("1366x768") as screen, sounding(tmp_path / "sound", voice) as sound:
        computer = Computer(tmp_path, {**screen, **sound.env})
        run = computer.begin(
            "--no-line", "--json", "-", "--data", str(station.root), "--group", "12", "--site", "Here", "--send"
        )
        report = run.report()
    left = {name: check for name, check in faults(report).items() if name not in ALLOWED}
    assert left == {}, left
    assert report.server == server.url
    assert report.packages
    assert in_house(server.data, lambda house: labs.all_reports(house, "here")) == [report]


ALLOWED = frozenset({"kiosk.virtual-machine", "kiosk.grade", "kiosk.remote-session"})
"""What is true of the computer that runs the tests: it may be a virtual machine, and no kiosk is installed on it."""


def speech(file: Path) -> None:
    """A minute of clear speech in a quiet room."""
    said = say("On Saturdays I help my father in the garden, and then we go to the market together. ", file)
    voice = np.tile(said.samples, int(60 * RATE / said.samples.size) + 1)
    soundfile.write(file, voice + noise(voice.size, -62.0, np.random.default_rng(5)), RATE, subtype="PCM_16")
