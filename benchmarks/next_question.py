"""The next question on the screen after the click: from the press of the mouse to the paint, in the real program's window.

Real window, session thread and journal on the disk; the courier tries a server that is not there. Everything before the
questions is asked for by intents; each answer is chosen and handed in by mouse events.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import disk
from benchmarks.figures import Figure, percentile

QUESTIONS = 330
TARGET_MS = 50.0
ROOT = Path(__file__).parents[1]


def measure(env: Mapping[str, str], data: Path) -> Sequence[Figure]:
    """In a process of its own: the figures come as lines, `question raw`, in milliseconds."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.clicking", str(data), str(QUESTIONS)],
        env=dict(env),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    pairs = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    took, raw = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    figures = []
    for percent, target in ((50, None), (99, TARGET_MS)):
        against = f"{disk.NAME}, p{percent}"
        name = f"next question after the click, p{percent} of {len(took)}"
        figures.append(Figure(name, percentile(took, percent), percentile(raw, percent), against, target, "value"))
    return figures
