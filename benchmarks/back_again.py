"""Back at the same question: from the start of a killed program's successor to the question at which the test stood.

Each start ends as a kill ends it, so that the next one finds what a kill leaves. Typing and clicking take no time here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.first_paint import LOGIN
from benchmarks.first_window import start
from benchmarks.station import begin_reading

RUNS = 9
TARGET_MS = 3_000.0


def measure(env: Mapping[str, str], data: Path) -> Sequence[Figure]:
    """One start that compiles and is not counted, then RUNS."""
    begin_reading(data, LOGIN)
    took, empty = list[float](), list[float]()
    for run in range(RUNS + 1):
        for program, kept in (("empty", empty), ("again", took)):
            milliseconds = start(program, env, data)
            if run:
                kept.append(milliseconds)
    reference = percentile(empty, 50)
    return [
        Figure(f"back at the same question, {name}", value, reference, "empty PySide6 window, median", TARGET_MS, "value")
        for name, value in (("median", percentile(took, 50)), ("worst", max(took)))
    ]
