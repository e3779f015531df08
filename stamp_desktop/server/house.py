"""The server's parts in one hand: database, files, keys, clock. It does nothing with them."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from stamp_desktop.server.identity import Identity, identity
from stamp_desktop.server.objects import ObjectStore, open_objects
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.settings import Settings
from stamp_desktop.server.store import Store
from stamp_desktop.server.turns import SEALS, UPLOADS, Crowd, Gate, Turns
from stamp_desktop.server.upstream import UPSTREAM, Above, ServerKeys, Upstream, read_upstream
from stamp_desktop.storage.clock import Clock, SystemClock
from stamp_desktop.storage.durable import disk_troubles, make_folder

LEAST_FREE = 256 * 2**20


@dataclass(frozen=True, slots=True)
class House:
    """`incoming` holds files that are not whole yet; it lies on the volume of the folder store, or of the cache of S3.

    `who` acts, for the audit log. `above` makes it a hub.
    """

    store: Store
    objects: ObjectStore
    identity: Identity
    incoming: Path
    clock: Clock
    turns: Turns
    who: str = "server"
    uploads: Crowd = field(default_factory=lambda: Crowd(UPLOADS))
    seals: Gate = field(default_factory=lambda: Gate(SEALS))
    above: Above = field(default_factory=Above)

    @property
    def upstream(self) -> Upstream | None:
        """The server that this hub forwards to, as it is known now."""
        return self.above.upstream

    @property
    def server(self) -> ServerKeys:
        """Whose receipts stations wait for: this server's, or that of the server which this hub forwards to."""
        own = self.identity
        return self.upstream.server if self.upstream else ServerKeys(own.id, own.public, own.sealing_public)

    def check(self) -> None:
        """Trouble when the server cannot take anything at the moment: database, store of files, room on the disk."""
        with self.store.glancing() as connection:
            connection.execute(text("SELECT 1"))
        self.objects.check()
        with disk_troubles():
            if shutil.disk_usage(self.incoming).free < LEAST_FREE:
                raise Refused(507, "disk-full", "The server's disk is nearly full.", "", "Make room on it.")

    def close(self) -> None:
        self.store.close()


def open_house(settings: Settings, clock: Clock | None = None, who: str = "server") -> House:
    """Everything below `settings.data`, made where it is missing. Trouble of the database, the store of files, the disk."""
    incoming = settings.data / "incoming"
    with disk_troubles():
        make_folder(incoming)
    keys = identity(settings.data / "identity.json")
    objects = open_objects(settings.objects, settings.data)
    store, turns, crowd = Store(settings.database_url), Turns(incoming), Crowd(settings.uploads)
    above = Above(read_upstream(settings.data / UPSTREAM))
    return House(store, objects, keys, incoming, clock or SystemClock(), turns, who, crowd, above=above)
