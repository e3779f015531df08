"""Making a computer ready: enrolling it, learning groups and roster, fetching packages and their keys.

It offers a package only when it is whole, verified and the one that the group takes. What was fetched needs no network.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.content.plain import plain
from stamp_desktop.content.reader import verify
from stamp_desktop.storage import vault
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles, sync_file, sync_folder
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.station import Device, PackageLine, Station
from stamp_desktop.sync.moving import Found, look, take_over
from stamp_desktop.sync.protocol import (
    KEYS_EARLY_MS,
    PREFIX,
    Certificate,
    Delegation,
    Enrol,
    Enrolled,
    Gone,
    Group,
    Roster,
    RosterEntry,
    SealedKeys,
)
from stamp_desktop.sync.signing import keys_purpose
from stamp_desktop.sync.transport import Broken, DeviceKeys, Line, Offline, Refused, proved_address
from stamp_desktop.sync.ways import connect
from stamp_desktop.sync.words import Signed, b64, encode, unb64, unhex, verified
from stamp_desktop.trouble import Trouble


def enrol(
    station: Station, keys: KeyStore, url: str, code: str, name: str, clock: Clock, server_fingerprint: str = ""
) -> Device:
    """Make this computer one of the server's, with a single-use code. Offline, Broken, Refused.

    The server is known by its fingerprint and pinned, or else by an authority that this computer trusts. Trouble
    `server-unproved` names the fingerprint that was met, `server-other` when it is another, `line-open` without TLS.

    May be repeated when the answer got lost: the keys are kept before the code is used, and the server knows them again.
    """
    own = DeviceKeys.kept(keys)
    if own is None:
        own = DeviceKeys.new()
        own.keep(keys)
    signing, sealing = own.signing.public_key().public_bytes_raw(), own.sealing.public_key().public_bytes_raw()
    pinned = proved_address(url, server_fingerprint)
    with Line(url, clock, pinned=pinned) as line:
        said = encode(Enrol, Enrol(code, name, b64(signing), b64(sealing)))
        answer = line.call("POST", f"{PREFIX}/devices", said).read(Enrolled)
    _check_certificate(answer, signing)
    if pinned and _speaker(answer) != pinned:
        raise Broken("the keys are not those of the server's certificate")
    device = Device(
        answer.device,
        name,
        encode(Signed, answer.certificate),
        url,
        answer.server,
        unb64(answer.server_signing_key),
        unb64(answer.server_sealing_key),
        bool(pinned),
    )
    station.enrol(device)
    return device


@dataclass(frozen=True, slots=True)
class Preparation:
    """All that this computer fetches. For the thread that owns `station`. Only packages of `publishers` are taken."""

    folders: Folders
    station: Station
    keys: KeyStore
    clock: Clock
    publishers: Collection[Ed25519PublicKey]
    find: Callable[[str], list[str]] | None = None

    def refresh(self) -> None:
        """Roster, packages and keys as the server has them now. What could be fetched is kept even when something cannot.

        Offline, Broken, Refused; Trouble `not-enrolled`, `disk-full`, `disk-error`, and those of `content.reader.verify`.
        """
        device = self.station.device()
        if device is None:
            raise Trouble("not-enrolled", "This computer is not enrolled.", "No test can begin on it.", "Enrol it with a code.")
        first: Trouble | None = None
        with connect(self.folders, device, self.keys, self.clock, self.find).line as line:
            self.roster(line)
            for group in self._groups():
                try:
                    self.package(line, group)
                    self.package_keys(line, device, group)
                except (Offline, Broken):
                    raise
                except Trouble as trouble:  # one group's trouble is not another's
                    first = first or trouble
        if first:
            raise first

    def elsewhere(self, session: str) -> Found | None:
        """The session as another computer has left it, as far as server or hub know. Trouble as of `moving.look`."""
        device = self.station.device()
        if device is None:
            return None
        with connect(self.folders, device, self.keys, self.clock, self.find).line as line:
            return look(line, device, self.keys, session)

    def take_over(self, found: Found) -> None:
        """Go on with it here. Trouble as of `moving.take_over`."""
        device = self.station.device()
        if device:
            with connect(self.folders, device, self.keys, self.clock, self.find).line as line:
                take_over(line, self.folders, self.station, device, self.keys, found)

    def roster(self, line: Line) -> None:
        """Every change since the last time."""
        while True:
            cursor = self.station.roster_cursor()
            part = line.call("GET", f"{PREFIX}/roster?cursor={quote(cursor, safe='')}").read(Roster)
            groups = [plain(Group, group) for group in part.groups]
            entries = [plain(RosterEntry, entry) for entry in part.entries]
            self.station.roster_changed(groups, entries, [_pair(gone) for gone in part.gone], part.cursor)
            if not (part.groups or part.entries or part.gone):
                return

    def package(self, line: Line, group: Group) -> None:
        """The group's package, if it is not here and whole. An earlier try is gone on with where it stopped."""
        names = (group.package_id, group.package_version, group.package_hash)
        file = self.folders.packages / f"{unhex(group.package_hash).hex()}.stamp"
        if any(
            (kept.id, kept.version, kept.hash) == names and kept.verified for kept in self.station.packages()
        ) and self._is_whole(file):
            return
        self.folders.make()
        part = file.with_suffix(".part")
        _fetch(line, _package_target(group), part)
        try:
            manifest = verify(part, self.publishers)
            if (manifest.id, manifest.version, manifest.hash) != names:
                raise _other_package()
        except Trouble:
            with disk_troubles():
                part.unlink(missing_ok=True)  # going on with it would only make it wrong again
            raise
        with disk_troubles():
            part.replace(file)
            sync_folder(file.parent)
        self.station.keep_package(PackageLine(*names, path=file.name, verified=True))

    def _is_whole(self, file: Path) -> bool:
        """Whether a package can still be opened: a disk may have damaged it since it came."""
        try:
            verify(file, self.publishers)
        except Trouble:
            return False
        return True

    def package_keys(self, line: Line, device: Device, group: Group) -> None:
        """The keys of the group's package, if they are not here and its time has come."""
        name = f"package/{group.package_id}/{group.package_version}"
        now = self.clock.wall_ms()
        if self.keys.get(name) is not None or not group.opens_ms - KEYS_EARLY_MS <= now < group.ends_ms:
            return
        answer = line.call("GET", f"{_package_target(group)}/keys?group={quote(group.id, safe='')}").read(SealedKeys)
        own = DeviceKeys.kept(self.keys)
        if answer.package_hash != group.package_hash or own is None:
            raise _other_package()
        both = vault.open_from(own.sealing, unb64(answer.sealed), keys_purpose(device.id, group.package_hash))
        self.keys.put(name, both)

    def _groups(self) -> list[Group]:
        """Those whose window is not over."""
        groups = [Group(**facts) for facts in self.station.groups()]
        return [group for group in groups if self.clock.wall_ms() < group.ends_ms]


def _fetch(line: Line, target: str, part: Path) -> None:
    """Bring `part` to its full length, from where it stands; the disk has it when this returns."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        download = line.download(target, headers)
    except Refused as refused:
        if refused.status != 416:
            raise
        return  # nothing is left to fetch; whether it is right, verifying tells
    try:
        with disk_troubles(), part.open("ab" if download.status == 206 else "wb") as file:
            for piece in download.pieces():
                file.write(piece)
            file.flush()
            sync_file(file.fileno())
    finally:
        download.close()


def _package_target(group: Group) -> str:
    return f"{PREFIX}/packages/{quote(group.package_id, safe='')}/{quote(group.package_version, safe='')}"


def _check_certificate(answer: Enrolled, signing: bytes) -> None:
    """The server signed this very device, or the hub for which it signed: otherwise its keys are not those of the receipts."""
    try:
        signer = unb64(answer.server_signing_key)
        if answer.delegation.text:
            signer = unb64(verified(Delegation, answer.delegation, signer).signing_key)
        facts = verified(Certificate, answer.certificate, signer)
        right = (facts.device, facts.signing_key) == (answer.device, b64(signing)) and len(
            unb64(answer.server_sealing_key)
        ) == 32
    except Trouble:
        right = False
    if not right:
        raise Broken("the certificate is not the server's")


def _speaker(answer: Enrolled) -> bytes:
    """The key of whoever enrols: the server's, or the hub's which the server's word names."""
    key = unb64(answer.server_signing_key)
    return unb64(verified(Delegation, answer.delegation, key).signing_key) if answer.delegation.text else key


def _pair(gone: Gone) -> tuple[str, str]:
    return gone.group, gone.login


def _other_package() -> Trouble:
    return Trouble(
        "package-other",
        "The server gave another test than the one that the group takes.",
        "Nothing of it is used.",
        "Tell your coordinator.",
    )
