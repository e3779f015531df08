"""The server's parts in one hand: database, files, keys, clock. It does nothing with them."""

from dataclasses import dataclass, field
from pathlib import Path

from stamp_desktop.server.identity import Identity, identity
from stamp_desktop.server.objects import ObjectStore, open_objects
from stamp_desktop.server.settings import Settings
from stamp_desktop.server.store import Store
from stamp_desktop.server.turns import SEALS, UPLOADS, Crowd, Gate, Turns
from stamp_desktop.storage.clock import Clock, SystemClock
from stamp_desktop.storage.durable import disk_troubles, make_folder


@dataclass(frozen=True, slots=True)
class House:
    """`incoming` holds files that are not whole yet; it lies on the volume of the folder store, or of the cache of S3."""

    store: Store
    objects: ObjectStore
    identity: Identity
    incoming: Path
    clock: Clock
    turns: Turns
    uploads: Crowd = field(default_factory=lambda: Crowd(UPLOADS))
    seals: Gate = field(default_factory=lambda: Gate(SEALS))

    def close(self) -> None:
        self.store.close()


def open_house(settings: Settings, clock: Clock | None = None) -> House:
    """Everything below `settings.data`, made where it is missing. Trouble of the database, the store of files, the disk."""
    incoming = settings.data / "incoming"
    with disk_troubles():
        make_folder(incoming)
    keys = identity(settings.data / "identity.json")
    objects = open_objects(settings.objects, settings.data)
    store, turns, crowd = Store(settings.database_url), Turns(incoming), Crowd(settings.uploads)
    return House(store, objects, keys, incoming, clock or SystemClock(), turns, crowd)
