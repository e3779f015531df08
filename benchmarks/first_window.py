"""The first window of the exam program, from the start of the process to the first paint, against an empty PySide6 window.

What counts for people comes later: a figure of its own says when somebody can type.
"""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure, percentile

RUNS = 11
TARGET = 1.5
ROOT = Path(__file__).parents[1]


def measure(env: Mapping[str, str], data: Path) -> Sequence[Figure]:
    """The programs in turn, RUNS times each after one start of each that is not counted: it compiles, as installing does."""
    exam, ready, empty = list[float](), list[float](), list[float]()
    env = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(data / "compiled")
    for run in range(RUNS + 1):
        for program, took in (("empty", empty), ("exam", exam), ("ready", ready)):
            milliseconds = start(program, env, data)
            if run:
                took.append(milliseconds)
    return [
        Figure("first window, median", percentile(exam, 50), percentile(empty, 50), "empty PySide6 window, median", TARGET),
        Figure("first window, best", min(exam), min(empty), "empty PySide6 window, best"),
        Figure(
            "ready to type the test code, median", percentile(ready, 50), percentile(empty, 50), "empty PySide6 window, median"
        ),
    ]


def start(program: str, env: Mapping[str, str], data: Path) -> float:
    """Milliseconds to the first paint of one start."""
    began = time.monotonic_ns()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.first_paint", program, str(data)],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return (int(done.stdout) - began) / 1e6
