"""Where a hub forwards to: the server's address and keys, and that server's word for the hub. It opens no line."""

import json
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.storage.durable import disk_troubles, write_whole
from stamp_desktop.sync.words import Signed, b64, decode, encode, unb64

UPSTREAM = "upstream.json"


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """A server as stations pin it: Ed25519 and X25519 public keys."""

    id: str
    signing: bytes
    sealing: bytes


@dataclass(frozen=True, slots=True)
class Upstream:
    """`hub` is this hub's device id there, `organization` the one that it serves.

    `pinned`: the server's certificate is by its own key. `former`: signing keys that led to the present one, oldest first;
    `announced`: how, for stations that know an earlier one.
    """

    url: str
    server: ServerKeys
    hub: str
    organization: str
    name: str
    certificate: Signed
    delegation: Signed
    pinned: bool = False
    former: tuple[bytes, ...] = ()
    announced: tuple[Signed, ...] = ()

    @property
    def signers(self) -> tuple[bytes, ...]:
        """Every key that has signed for the server, the present one first."""
        return (self.server.signing, *reversed(self.former))


@dataclass(slots=True)
class Above:
    """The server above this one as it is known now, None where there is none: its keys may change while the hub runs."""

    upstream: Upstream | None = None


def read_upstream(path: Path) -> Upstream | None:
    """None where this server is not a hub."""
    with disk_troubles():
        if not path.exists():
            return None
        said = json.loads(path.read_bytes())
    server = ServerKeys(said["server"], unb64(said["signing"]), unb64(said["sealing"]))
    certificate, delegation = (decode(Signed, said[name].encode()) for name in ("certificate", "delegation"))
    names = said["hub"], said["organization"], said["name"]
    former = tuple(unb64(each) for each in said.get("former", ()))
    announced = tuple(decode(Signed, each.encode()) for each in said.get("announced", ()))
    return Upstream(said["url"], server, *names, certificate, delegation, said["pinned"], former, announced)


def write_upstream(path: Path, upstream: Upstream) -> None:
    """Make this server a hub; it knows when it is opened next."""
    keys = upstream.server
    said: dict[str, object] = {"url": upstream.url, "hub": upstream.hub, "organization": upstream.organization}
    said |= {"name": upstream.name, "pinned": upstream.pinned}
    said |= {"server": keys.id, "signing": b64(keys.signing), "sealing": b64(keys.sealing)}
    said |= {"former": [b64(each) for each in upstream.former]}
    said |= {"announced": [encode(Signed, each).decode() for each in upstream.announced]}
    said |= {name: encode(Signed, getattr(upstream, name)).decode() for name in ("certificate", "delegation")}
    with disk_troubles():
        write_whole(path, json.dumps(said, indent=1).encode())
