"""Which way to go: the room's hub where one was named, the server, else a hub that is found. It believes none without proof.

A hub only carries: receipts are the server's, and are verified with the key that this computer has pinned.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles, write_whole
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.station import Device
from stamp_desktop.sync.protocol import PREFIX, Delegation, Health, Introduction, Proof, ServerKeys
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused, met_key, station_line
from stamp_desktop.sync.trust import followed
from stamp_desktop.sync.words import unb64, verified
from stamp_desktop.trouble import Trouble

HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Way:
    """A line that is up. `room`: it ends at the room's hub, not at the server."""

    line: Line
    room: bool


def named_hub(folders: Folders) -> str:
    """The hub's address that somebody gave this computer, "" where nobody did."""
    with disk_troubles():
        path = folders.root / "hub"
        return path.read_text(encoding="ascii").strip() if path.exists() else ""


def name_hub(folders: Folders, url: str) -> None:
    """Try this address first from now on; "" forgets it. Trouble `address-unfit`."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii()):
        raise Trouble("address-unfit", f"{url} is not an address.", "", "It looks like http://192.168.1.20:8440.")
    with disk_troubles():
        write_whole(folders.root / "hub", url.rstrip("/").encode())


def connect(
    folders: Folders, device: Device, keys: KeyStore, clock: Clock, find: Callable[[str], list[str]] | None = None
) -> Way:
    """The first way that is up. The trouble of the first one when none is: Offline, Broken; Trouble `device-keys`.

    `find` looks for hubs of a server in the local network, and is only asked when nobody else answers.
    """
    first: Trouble | None = None
    for url in _addresses(folders, device, find):
        line: Line | None = None
        try:
            line, key = _line(device, keys, clock, url)
            return Way(line, _is_hub(line, device, key))
        except BaseException as error:
            if line:
                line.close()
            if not isinstance(error, (Offline, Broken)):
                raise
            first = first or error
    raise first or Offline("no address")


def key_at(url: str, device: Device, clock: Clock) -> bytes:
    """The key that has to have issued the certificate at this address: a hub's own, where the server's word is for it; else the
    server's, where it was pinned, and b"" for the authorities. Offline, Broken.
    """
    own = device.server_signing_key if device.server_pinned else b""
    met = met_key(url) if urlsplit(url).scheme == "https" else b""
    if not met or met == device.server_signing_key:
        return own
    with Line(url, clock, pinned=met) as line:
        try:
            return met if _is_hub(line, device, met) else own
        except Broken:  # the server perhaps, with newer keys, which a line of its own finds out
            return own


def _addresses(folders: Folders, device: Device, find: Callable[[str], list[str]] | None) -> Iterator[str]:
    given = dict.fromkeys(filter(None, (named_hub(folders), device.server_url)))
    yield from given
    if find and urlsplit(device.server_url).hostname not in HERE:
        yield from (url for url in find(device.server_id) if url not in given)


def _line(device: Device, keys: KeyStore, clock: Clock, url: str) -> tuple[Line, bytes]:
    """A line to this address, and the key of the hub whose own certificate is met there, b"" where none is."""
    if urlsplit(url).scheme == "https" and (key := met_key(url)) and key != device.server_signing_key:
        line = station_line(device, keys, clock, url, key)
        try:
            line.call("GET", f"{PREFIX}/hub?nonce=0")
        except Refused:  # no hub: the server, perhaps with newer keys, which its own line finds out
            line.close()
        else:
            return line, key
    return station_line(device, keys, clock, url), b""


def _is_hub(line: Line, device: Device, key: bytes) -> bool:
    """False: it says to be the server, which its receipts will have to show. True: a hub that the server's word is for."""
    health = line.call("GET", f"{PREFIX}/health").read(Health)
    if health.server == device.server_id:
        return False
    nonce = secrets.token_hex(16)
    announced = line.call("GET", f"{PREFIX}/identity").read(ServerKeys).announced
    newer = [unb64(each.signing_key) for each in followed(device.server_signing_key, announced)]
    try:
        said = line.call("GET", f"{PREFIX}/hub?nonce={nonce}").read(Introduction)
        word = verified(Delegation, said.delegation, *device.server_keys, *newer)
        proof = verified(Proof, said.proof, unb64(word.signing_key))
    except (Offline, Broken):
        raise
    except Refused as refused:
        if not key and newer:
            return False  # no hub: the server, which has new keys
        raise Broken(f"another server answers: {refused.code}") from refused
    except Trouble as trouble:
        raise Broken(f"another server answers: {trouble.code}") from trouble
    if (proof.hub, proof.nonce) != (word.hub, nonce) or (key and unb64(word.signing_key) != key):
        raise Broken("a hub answers with another's word")
    return True
