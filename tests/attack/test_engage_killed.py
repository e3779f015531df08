"""The guardian killed at every step of closing a screen, then `kiosk recover`: files and screen are as they were before."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from Xlib import X
from Xlib.display import Display

from tests.attack.bench import HERE
from tests.attack.report import Report
from tests.journeys.desktop import Desktop, desktop
from tests.journeys.lab import ROOT

NEVER = 1_000_000
EVERY = 1 if os.environ.get("STAMP_SOAK") else 70
"""Each step in the long form, every seventieth else."""


@pytest.fixture
def screen(attackers: None, tmp_path: Path) -> Iterator[Desktop]:  # noqa: ARG001  # asked for first
    """A screen with settings of its own that nobody has closed."""
    tmp_path.chmod(0o700)
    with desktop(tmp_path, "", manager=False) as made:
        subprocess.run(["xset", "s", "300", "30", "-dpms"], env={**os.environ, **made.env}, check=True)
        yield made


def settings(screen: Desktop) -> dict[str, object]:
    """What `xset` and `xhost` say, the root window's properties, and the windows that are there."""
    env = {**os.environ, **screen.env}
    found: dict[str, object] = {}
    for words in (["xset", "q"], ["xhost"]):
        found[words[0]] = subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout
    display = Display(screen.env["DISPLAY"])
    root = display.screen().root
    for atom in root.list_properties():
        kept = root.get_full_property(atom, X.AnyPropertyType)
        found[display.get_atom_name(atom)] = None if kept is None else (kept.property_type, kept.format, list(kept.value))
    found["windows"] = len(root.query_tree().children)
    for name in ("PRIMARY", "SECONDARY", "CLIPBOARD"):
        found[name] = display.get_selection_owner(display.intern_atom(name))
    display.close()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.timeout(3600)
def test_a_kill_at_every_step_of_engage_is_undone(screen: Desktop, tmp_path: Path, report: Report) -> None:
    folder = tmp_path / "station"
    (folder / "kiosk").mkdir(parents=True)
    env = {**os.environ, **screen.env}
    before, kept = settings(screen), files(folder)

    def engage(step: int) -> None:
        words = [sys.executable, str(HERE / "engaged.py"), str(folder), str(step)]
        assert subprocess.run(words, cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}, check=False).returncode == -signal.SIGKILL

    def recover() -> None:
        words = [sys.executable, "-m", "stamp_desktop", "kiosk", "recover", "--data", str(folder)]
        subprocess.run(words, cwd=ROOT, env=env, check=True, capture_output=True)

    engage(NEVER)
    assert settings(screen) != before
    recover()
    count = int((folder / "steps").read_text(encoding="utf-8"))
    (folder / "steps").unlink()
    assert (settings(screen), files(folder)) == (before, kept)
    steps = range(0, count, EVERY)
    for step in steps:
        engage(step)
        recover()
        assert (settings(screen), files(folder)) == (before, kept), f"after a kill at step {step}"
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(folder) in (each.info["cmdline"] or ())]
    report.row(
        "the guardian is killed at every step of closing the screen, then recover"
    ).held = f"held: files and screen as before, {len(steps) + 1} kills at {count + 1} steps"
