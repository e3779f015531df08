"""Where whole files are kept: packages and recordings. It refuses to hold half a file under a name."""

from pathlib import Path
from typing import Protocol

from stamp_desktop.storage.durable import disk_troubles, make_folder, sync_folder


class ObjectStore(Protocol):
    """Files by name (`recordings/...`). What `keep` has returned from survives a power cut."""

    def keep(self, name: str, source: Path) -> None:
        """Take over a file that is whole and on the disk; `source` is gone afterwards. The same name again replaces it."""

    def file(self, name: str) -> Path | None:
        """A local path to read it from, or None when there is no such file."""


class FolderStore:
    """A durable folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with disk_troubles():
            make_folder(root)

    def keep(self, name: str, source: Path) -> None:
        target = self._root / name
        with disk_troubles():
            make_folder(target.parent)
            source.replace(target)
            sync_folder(target.parent)
            sync_folder(source.parent)

    def file(self, name: str) -> Path | None:
        path = self._root / name
        return path if path.is_file() else None
