"""The exam program's first paint under the guardian, against the same program on a bare screen, in turn. Linux only."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure, percentile

RUNS = 9
TARGET_MS = 100.0
PATIENCE_SECONDS = 120.0
ROOT = Path(__file__).parents[1]
GUARDIAN = """
import sys
from pathlib import Path
from stamp_desktop.kiosk import guardian
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.policy import Policy
home = Home(Path(sys.argv[1]))
home.make()
sys.exit(guardian.run(home, Policy(), sys.argv[2:], again=False, supervisor=-1))
"""


def measure(env: Mapping[str, str], data: Path) -> Sequence[Figure]:
    """RUNS starts each, after one of each that is not counted. The target is of the difference."""
    bare, guarded = data / "bare.txt", data / "guarded.txt"
    command = [sys.executable, "-m", "benchmarks.guarded_paint", str(data)]
    for _ in range(RUNS + 1):  # in a session of its own, as the guardian starts it: the system shares its time out by sessions
        alone = subprocess.Popen([*command, str(bare)], env=env, cwd=ROOT, start_new_session=True)
        alone.wait(PATIENCE_SECONDS)
    words = [sys.executable, "-c", GUARDIAN, str(data / "guarded"), *command, str(guarded)]
    guardian = subprocess.Popen(words, env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE_SECONDS
    while len(_read(guarded)) <= RUNS and time.monotonic() < until:
        time.sleep(0.1)
    guardian.terminate()
    guardian.wait(30)
    bare_ms, under = percentile(_read(bare)[1:], 50), percentile(_read(guarded)[1 : RUNS + 1], 50)
    late = max(under - bare_ms, 0.001)
    return [
        Figure(
            "first paint later under the guardian, median", late, bare_ms, "first paint on a bare screen", TARGET_MS, "value"
        )
    ]


def _read(file: Path) -> list[float]:
    return [float(line) for line in file.read_text().splitlines()] if file.exists() else []
