"""`stamp-desktop` as a person at a terminal meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stamp_desktop.cli import main
from tests.content.small import write_sources

REPOSITORY = Path(__file__).parents[1]


def test_a_package_is_built_validated_and_inspected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file, key = tmp_path / "sources", tmp_path / "small.stamp", tmp_path / "publisher.pem"
    write_sources(folder)
    assert main(["package", "build", str(folder), "-o", str(file), "--key", str(key)]) == 0
    assert "A new publisher key" in capsys.readouterr().out
    assert main(["package", "validate", str(file), "--publisher", str(key.with_suffix(".pub"))]) == 0
    assert "signed by this publisher" in capsys.readouterr().out
    assert main(["package", "inspect", str(file)]) == 0
    assert "Reading" in capsys.readouterr().out


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    folder, file, key = tmp_path / "sources", tmp_path / "small.stamp", tmp_path / "publisher.pem"
    write_sources(folder)
    command = ["package", "build", str(folder), "-o", str(file), "--key", str(key)]
    assert main(command) == 0
    first = file.read_bytes()
    assert main(command) == 0
    assert file.read_bytes() == first


def test_a_cut_package_is_refused_by_its_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, file, key = tmp_path / "sources", tmp_path / "small.stamp", tmp_path / "publisher.pem"
    write_sources(folder)
    main(["package", "build", str(folder), "-o", str(file), "--key", str(key)])
    file.write_bytes(file.read_bytes()[:-200])
    assert main(["package", "validate", str(file), "--publisher", str(key.with_suffix(".pub"))]) == 1
    assert "package-truncated" in capsys.readouterr().err


def test_the_demonstration_test_has_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["package", "validate", str(REPOSITORY / "assets" / "demo" / "english")]) == 0
    assert "No faults" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_the_demonstration_says_how_to_see_it(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    command = [sys.executable, "-m", "stamp_desktop", "demo", "--data", str(tmp_path / "demo")]
    ended = subprocess.run(command, env=bare, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert "VNC" in ended.stderr
    assert not (tmp_path / "demo").exists()
