"""What a form of a large bank takes in memory: a process of its own loads it and says how much it grew."""

import subprocess
import sys

_PROGRAM = """
import psutil
from benchmarks.engine import reference
from stamp_desktop.engine.form import stock
process = psutil.Process()
bank = reference.bank({items}, 7)
before = process.memory_info().rss
made = stock(reference.SECTION, bank)
after = process.memory_info()
print(after.rss - before, after.rss)
"""


def measure(items: int) -> tuple[float, float]:
    """(MB that the tables take, MB of the whole process), both resident."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(items=items)], capture_output=True, text=True, check=True, timeout=300
    )
    tables, whole = (int(number) / 1e6 for number in done.stdout.split())
    return tables, whole
