"""Room on the disk that is kept for the last answers: a file that is let go when the disk is full. It refuses to hold data."""

import os
from pathlib import Path

from stamp_desktop.storage.durable import disk_troubles, make_folder, sync_file, sync_folder, write_all

SIZE = 16_000_000
"""Bytes: the rest of any test's journal, and two minutes of speech at 48 kHz."""

BLOCK = bytes(2**20)


class Reserve:
    """One for this computer. `gone` says that it was let go since it was made last."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size
        self.gone = False

    def make(self) -> None:
        """Have it on the disk; Trouble `disk-full`, `disk-error`, and then nothing of it is left."""
        if self._path.exists() and self._path.stat().st_size == self._size:
            self.gone = False
            return
        with disk_troubles():
            make_folder(self._path.parent)
            descriptor = os.open(self._path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
            try:
                for left in range(self._size, 0, -len(BLOCK)):
                    write_all(descriptor, BLOCK[:left])
                sync_file(descriptor)
            except BaseException:
                self._path.unlink(missing_ok=True)
                raise
            finally:
                os.close(descriptor)
        self.gone = False

    def let_go(self) -> bool:
        """Give the room back; False when there was none."""
        if not self._path.exists():
            return False
        with disk_troubles():
            self._path.unlink()
            sync_folder(self._path.parent)
        self.gone = True
        return True
