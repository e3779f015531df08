"""A lock that one process holds and that dies with it: two programs never write to one session. It refuses to wait."""

import os
import sys
from pathlib import Path

from stamp_desktop.trouble import Trouble

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Lock:
    """Held from construction to `release`; Trouble `session-open-elsewhere` when somebody holds it.

    The system lets go of it however the process ends. The file stays: removing it would let two hold two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if not isinstance(error, BlockingIOError | PermissionError):
                raise
            raise Trouble(
                "session-open-elsewhere",
                "This test is open in another window of this computer.",
                "Nothing is lost: it goes on there.",
                "Go on in the other window, or close it and sign in again.",
            ) from None

    @property
    def descriptor(self) -> int:
        """For a process started by this one, which holds the lock as well (not on Windows)."""
        return self._descriptor

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def lock_of(journal: Path) -> Path:
    """The lock of the session that has this journal."""
    return journal.with_suffix(".lock")
