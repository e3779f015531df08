"""The exam program as the guardian has it: a process that is started, adopted, watched and ended, by its true number."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from stamp_desktop.kiosk.linux.census import started, state_of, stopped


@dataclass(slots=True)
class ExamProgram:
    """`command` and `environ` start it. A process that this guardian did not start (its forerunner did) can be adopted."""

    command: Sequence[str]
    environ: Mapping[str, str]
    pid: int = 0
    began: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        self._process = subprocess.Popen(self.command, env=dict(self.environ), stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid, self.began = self._process.pid, started(self._process.pid)

    def adopt(self, pid: int, began: int) -> bool:
        """Take over a running one; False where it runs no more."""
        if not pid or started(pid) != began or not state_of(pid):
            return False
        self.pid, self.began, self._process = pid, began, None
        return True

    def alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return bool(self.pid) and started(self.pid) == self.began and bool(state_of(self.pid))

    def status(self) -> int | None:
        """How it ended, where this guardian started it."""
        return None if self._process is None else self._process.poll()

    def stopped(self) -> bool:
        return self.alive() and stopped(self.pid)

    def terminate(self) -> None:
        """Ask it to end: it saves and goes."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it now: what it has saved is saved."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def _signal(self, number: int) -> None:
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
