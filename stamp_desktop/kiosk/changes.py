"""The journal of system changes: what a setting was is on the disk before it becomes anything else.

`undo` goes through it from the end; each undoing may be repeated, so a kill in the midst costs nothing. It knows no setting.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from stamp_desktop.storage.durable import make_folder, sync_file, sync_folder, write_all

Restore: TypeAlias = Callable[[str, Any], None]
"""Brings the setting of that name back to that value; harmless where it has it already."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting of a kind, and what it was. `before` is anything that JSON can say."""

    kind: str
    name: str
    before: Any


class Changes:
    """One file of lines. It is gone when nothing is left to undo."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __bool__(self) -> bool:
        return self._path.exists()

    def read(self) -> tuple[Change, ...]:
        """In the order in which they were made. A last line that was cut off by a kill was not acted on yet."""
        if not self._path.exists():
            return ()
        lines = self._path.read_bytes().split(b"\n")
        return tuple(Change(**json.loads(line)) for line in lines[:-1])

    def note(self, change: Change) -> None:
        """Write it down; on return it is on the disk, and the setting may be changed. A setting's first `before` counts."""
        known = self.read()
        if any((each.kind, each.name) == (change.kind, change.name) for each in known):
            return
        make_folder(self._path.parent)
        fresh = not self._path.exists()
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            whole = self._path.read_bytes()
            os.ftruncate(descriptor, whole.rfind(b"\n") + 1)
            os.lseek(descriptor, 0, os.SEEK_END)
            line = {"kind": change.kind, "name": change.name, "before": change.before}
            write_all(descriptor, json.dumps(line).encode() + b"\n")
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(self._path.parent)

    def undo(self, restore: Mapping[str, Restore]) -> None:
        """Bring everything back, last change first, then forget it. KeyError for a kind that nobody can restore."""
        for change in reversed(self.read()):
            restore[change.kind](change.name, change.before)
        self._path.unlink(missing_ok=True)
        if self._path.parent.is_dir():
            sync_folder(self._path.parent)
