"""The helper of macOS: a small signed program that holds the assessment session and ends when its input ends.

Because it ends with its input, a guardian that is killed leaves no Mac locked. Not yet run on real hardware.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

HELPER = Path("/Library/Application Support/STAMP Desktop/stamp-assessment")
ANSWER_SECONDS = 10.0


class Native(Protocol):
    """What a Mac can be asked and told."""

    def begin(self) -> Mapping[str, Any]:
        """Begin the assessment: {"assessment": bool, "presentation": bool, "error": str}."""

    def active(self) -> bool:
        """Whether the session goes on; it may be ended by the system."""

    def end(self) -> None:
        """End it."""

    def screens(self) -> int:
        """How many screens show."""

    def processes(self) -> Mapping[int, str]:
        """Process id -> name of the program."""

    def entitled(self) -> bool:
        """Whether the helper is there."""


class MacNative:
    """The real one."""

    def __init__(self, helper: Path = HELPER) -> None:
        self._helper = helper
        self._process: subprocess.Popen[str] | None = None

    def begin(self) -> Mapping[str, Any]:
        self._process = subprocess.Popen([self._helper], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self._ask("begin")

    def active(self) -> bool:
        return self._process is not None and self._process.poll() is None and bool(self._ask("active").get("active"))

    def end(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(ANSWER_SECONDS)
            self._process = None

    def screens(self) -> int:
        return int(self._ask("screens").get("screens", 1)) if self._process is not None else 1

    def processes(self) -> Mapping[int, str]:
        done = subprocess.run(["/bin/ps", "-axo", "pid=,comm="], capture_output=True, text=True, check=True)
        found = {}
        for line in done.stdout.splitlines():
            pid, _, path = line.strip().partition(" ")
            found[int(pid)] = path.strip().rpartition("/")[2].lower()
        return found

    def entitled(self) -> bool:
        return self._helper.exists()

    def _ask(self, order: str) -> Mapping[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return {}
        process.stdin.write(order + "\n")
        process.stdin.flush()
        return dict(json.loads(process.stdout.readline() or "{}"))
