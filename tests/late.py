"""pytest, and what failed once more, alone: `python -m tests.late ARGS`.

Many tests drive real programs on a real screen, sound server and clock. On a busy computer one of thousands is late: it
fails beside the others and passes alone. What is broken fails twice. Nothing is hidden: what failed first is printed in
full where it failed, and named again at the end (and in build/late.txt).
"""

import json
import subprocess
import sys
from pathlib import Path

MOST = 3
"""More failures than that are not lateness: they are not tried again."""

HOME = Path(__file__).parents[1]
FAILED = HOME / ".pytest_cache" / "v" / "cache" / "lastfailed"
NOTED = HOME / "build" / "late.txt"
SOME_FAILED = 1


def main(arguments: list[str]) -> int:
    """The exit status of pytest; 0 also where all that failed has passed alone."""
    FAILED.unlink(missing_ok=True)
    status = _pytest(arguments)
    failed = sorted(json.loads(FAILED.read_text("utf-8"))) if status == SOME_FAILED and FAILED.exists() else []
    if not failed or len(failed) > MOST:
        return status
    _say("Once more, alone:", failed)
    if again := _pytest([*arguments, "-n", "0", "--last-failed", "--last-failed-no-failures", "none"]):
        return again
    _say("LATE: failed beside the others, passed alone:", failed)
    NOTED.parent.mkdir(exist_ok=True)
    with NOTED.open("a", encoding="utf-8") as noted:
        noted.writelines(f"{test}\n" for test in failed)
    return 0


def _say(what: str, tests: list[str]) -> None:
    sys.stdout.write("\n  ".join([f"\n{what}", *tests]) + "\n")
    sys.stdout.flush()


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=HOME, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
