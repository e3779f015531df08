"""The floor of everything durable: 4 KiB appended to a file and on the disk."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

BLOCK = bytes(4096)
NAME = "4 KiB append + fdatasync"


class RawFile:
    """A file in `folder` to append to, in milliseconds for each time."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.took: list[float] = []

    def append(self) -> None:
        began = time.perf_counter()
        os.write(self._descriptor, BLOCK)
        os.fdatasync(self._descriptor)
        self.took.append((time.perf_counter() - began) * 1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)
