"""The smallest process of the kiosk: starts the guardian, and starts it again when it was ended or stopped.

It guards nothing itself.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from stamp_desktop.kiosk.linux.census import stopped

SILENT_SECONDS: Final = 20.0
"""A guardian that says nothing for so long is ended; one that somebody stopped, at once."""

LOOK_SECONDS: Final = 0.5
TROUBLE: Final = 3
FINAL: Final = (0, 2, TROUBLE)
"""Ended as asked, a wrong command, trouble that was said: no reason to begin again. Any other end is one."""

TOO_MANY, TOO_SOON_SECONDS = 20, 60.0
PR_SET_CHILD_SUBREAPER: Final = 36


def supervise(command: Callable[[bool, int], Sequence[str]], held: int, *, again: bool = False) -> int:
    """Keep the guardian running until it ends by itself; the exit status is the guardian's.

    `command(again, descriptor)` starts one that beats there. `held` is the descriptor of the kiosk's lock: the guardian holds
    it as well. One that dies twenty times in a minute is given up.
    """
    _adopt_orphans()
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: asked.append(got))
    deaths: list[float] = []
    while True:
        ear, mouth = os.pipe()
        guardian = subprocess.Popen(command(again, mouth), pass_fds=(mouth, held), stdin=subprocess.DEVNULL)
        os.close(mouth)
        try:
            status = _watch(guardian, ear, asked)
        finally:
            os.close(ear)
        if status in FINAL or asked:
            return max(status, 0)
        deaths = [*(at for at in deaths if at > time.monotonic() - TOO_SOON_SECONDS), time.monotonic()]
        if len(deaths) > TOO_MANY:
            print("The guardian cannot be kept running.", file=sys.stderr)  # noqa: T201  # to the session's log
            return 1
        again = True


def _watch(guardian: "subprocess.Popen[bytes]", ear: int, asked: list[int]) -> int:
    heard = time.monotonic()
    told = False
    while (status := guardian.poll()) is None:
        if asked and not told:
            told = True
            guardian.terminate()
        with suppress(InterruptedError):
            if select.select([ear], [], [], LOOK_SECONDS)[0]:
                if not os.read(ear, 4096):
                    time.sleep(0.01)  # it has closed its end: it is about to go
                heard = time.monotonic()
        if stopped(guardian.pid) or time.monotonic() - heard > SILENT_SECONDS:
            guardian.kill()
        _bury(guardian.pid)
    return status


def _adopt_orphans() -> None:
    """What the guardian started becomes this process's when the guardian dies (prctl(2)), and not a stranger's."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury(but: int) -> None:
    """Take the dead that were adopted; the guardian's own end is asked for elsewhere."""
    if sys.platform != "linux":
        return
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid == but:
            return
        with suppress(ChildProcessError):
            os.waitpid(found.si_pid, os.WNOHANG)
