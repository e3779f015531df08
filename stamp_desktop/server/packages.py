"""Test packages at the server: taken in verified, given to the stations that need them, opened to replay.

It refuses to give keys outside the time of a test. Package keys lie in the database sealed to the server's own key.
"""

import functools
import hashlib
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert, select

from stamp_desktop.content.keys import PackageKeys
from stamp_desktop.content.manifest import Manifest
from stamp_desktop.content.reader import open_package
from stamp_desktop.engine.form import Form
from stamp_desktop.server import audit, schema
from stamp_desktop.server.devices import Device
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.storage import vault
from stamp_desktop.storage.durable import disk_troubles, sync_file
from stamp_desktop.sync.protocol import KEYS_EARLY_MS, SealedKeys
from stamp_desktop.sync.signing import keys_purpose
from stamp_desktop.sync.words import b64
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A package as it is given out; `sha256` is of the file, not the package's own hash."""

    path: Path
    sha256: bytes


def add_package(house: House, path: Path, keys: PackageKeys, publisher: Ed25519PublicKey) -> Manifest:
    """Verify the package, keep file and keys. Adding the same one again changes nothing.

    Trouble as of `open_package`; `package-version-taken` when the version is there with other contents.
    """
    package = open_package(path, [publisher], keys)
    made = package.manifest
    sealing = house.identity.sealing.public_key().public_bytes_raw()
    with house.store.reading() as connection:
        found = connection.execute(_named(made.id, made.version)).mappings().first()
    if found:
        if found["hash"] != made.hash:
            raise Trouble(
                "package-version-taken",
                f"There is another package {made.id} {made.version} on this server.",
                "It was left as it is: sessions may rest on it.",
                "Give the new package a new version.",
            )
        return made
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).digest()
    name = f"packages/{made.hash}.stamp"
    with disk_troubles():
        incoming = house.incoming / f"{uuid.uuid4().hex}.stamp"
        shutil.copyfile(path, incoming)
        descriptor = os.open(incoming, os.O_RDWR)
        try:
            sync_file(descriptor)
        finally:
            os.close(descriptor)
    house.objects.keep(name, incoming)
    with house.store.writing() as connection:
        connection.execute(
            insert(schema.package).values(
                id=made.id,
                version=made.version,
                hash=made.hash,
                title=made.title,
                language=made.language,
                assessment=made.assessment,
                file=name,
                file_sha256=digest.hex(),
                bytes=size,
                publisher=publisher.public_bytes_raw(),
                keys=vault.seal_to(sealing, keys.content + keys.answers, at_rest(made.hash)),
                added_ms=house.clock.wall_ms(),
            )
        )
        audit.note(connection, house.clock.wall_ms(), house.who, "package added", package=made.id, version=made.version)
    return made


def package_file(house: House, device: Device, package: str, version: str) -> PackageFile:
    """The file for a device whose organization has a group with this package; 404 otherwise."""
    row = _package_of(house, device, package, version, "")
    path = house.objects.file(row["file"])
    if path is None:
        raise unknown("package")
    return PackageFile(path, bytes.fromhex(row["file_sha256"]))


def sealed_keys(house: House, device: Device, package: str, version: str, group: str) -> SealedKeys:
    """The package's keys for this device, while the group's window allows: 403 window-not-open, window-over."""
    row = _package_of(house, device, package, version, group)
    now = house.clock.wall_ms()
    if now < row["opens_ms"] - KEYS_EARLY_MS:
        raise Refused(
            403,
            "window-not-open",
            f"The test of {row['group_name']} is not given out yet.",
            "Computers get its keys on the day before the window opens.",
            "Prepare this computer again then.",
            opens_ms=row["opens_ms"],
        )
    if now >= row["ends_ms"]:
        raise Refused(
            403,
            "window-over",
            f"The test window of {row['group_name']} is over.",
            "Answers that were given before are delivered as always.",
            "Ask your coordinator to extend the window.",
            ends_ms=row["ends_ms"],
        )
    if not row["keys"]:
        raise Refused(
            403, "keys-later", "The room does not have the keys of this test yet.", "It has to reach the server once.", ""
        )
    both = _opened_keys(house, row)
    return SealedKeys(
        package, version, row["hash"], b64(vault.seal_to(device.sealing_key, both, keys_purpose(device.id, row["hash"])))
    )


def form_of(house: House, package_hash: str) -> Form:
    """What a session of this package runs on; Trouble `package-unknown`."""
    with house.store.reading() as connection:
        row = connection.execute(select(schema.package).where(schema.package.c.hash == package_hash)).mappings().first()
    path = row and house.objects.file(row["file"])
    if row is None or path is None:
        raise unknown("package")
    both = _opened_keys(house, row)
    return _form(path, row["publisher"], both)


@functools.lru_cache(maxsize=8)
def _form(path: Path, publisher: bytes, both: bytes) -> Form:
    keys = PackageKeys(both[:32], both[32:])
    package = open_package(path, [Ed25519PublicKey.from_public_bytes(publisher)], keys)
    return Form(package.blueprint, package.bank, package.manifest.id, package.hash)


def _opened_keys(house: House, row: Mapping[Any, Any]) -> bytes:
    return house.identity.open(row["keys"], at_rest(row["hash"]))


def _package_of(house: House, device: Device, package: str, version: str, group: str) -> Mapping[Any, Any]:
    wanted, which = schema.testing_group.c, schema.package.c
    query = (
        select(schema.package, wanted.name.label("group_name"), wanted.opens_ms, wanted.ends_ms)
        .select_from(schema.testing_group.join(schema.school).join(schema.package, schema.TAKES))
        .where(which.id == package, which.version == version, schema.school.c.organization == device.organization)
    )
    with house.store.reading() as connection:
        row = connection.execute(query.where(wanted.id == group) if group else query).mappings().first()
    if row is None:
        raise unknown("package")
    return row


def _named(package: str, version: str) -> Any:
    return select(schema.package).where(schema.package.c.id == package, schema.package.c.version == version)


def at_rest(package_hash: str) -> str:
    """What a package's keys are sealed for in the database."""
    return f"stamp-package-at-rest-1 {package_hash}"
