"""The server's parts in one hand: database, files, keys, clock. It does nothing with them."""

from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.server.identity import Identity, identity
from stamp_desktop.server.objects import FolderStore, ObjectStore
from stamp_desktop.server.settings import Settings
from stamp_desktop.server.store import Store
from stamp_desktop.storage.clock import Clock, SystemClock
from stamp_desktop.storage.durable import disk_troubles, make_folder


@dataclass(frozen=True, slots=True)
class House:
    """`incoming` holds files that are not whole yet; it lies on the same volume as the folder store."""

    store: Store
    objects: ObjectStore
    identity: Identity
    incoming: Path
    clock: Clock

    def close(self) -> None:
        self.store.close()


def open_house(settings: Settings, clock: Clock | None = None) -> House:
    """Everything below `settings.data`, made where it is missing. Trouble `program-too-old`, `disk-full`, `disk-error`."""
    incoming = settings.data / "incoming"
    with disk_troubles():
        make_folder(incoming)
    keys = identity(settings.data / "identity.json")
    return House(Store(settings.database_url), FolderStore(settings.data / "objects"), keys, incoming, clock or SystemClock())
