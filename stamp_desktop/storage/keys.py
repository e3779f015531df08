"""Where keys wait between two starts of the program: the operating system's key store, or files of this user.

Names are chosen by the caller ("session/<id>", "package/<id>/<version>", "device"). It refuses to derive or use keys.
"""

import base64
import hashlib
import os
from pathlib import Path
from typing import Protocol

import keyring
from keyring.errors import KeyringError

from stamp_desktop.storage.durable import disk_troubles, make_folder, sync_file, sync_folder, write_all, write_whole
from stamp_desktop.trouble import Trouble

SERVICE = "STAMP Desktop"
REAL = 1  # keyring gives real back ends a priority of at least 1; "fail", "null" and plain-text ones are below


class KeyStore(Protocol):
    """A named place for small secrets; what `put` has returned from survives a power cut."""

    def put(self, name: str, secret: bytes) -> None: ...

    def get(self, name: str) -> bytes | None: ...

    def forget(self, name: str) -> None: ...


class FileKeyStore:
    """One file per key, readable by this user only (0600 in a 0700 folder; on Windows as the profile's folder allows).

    It keeps keys from other users of the computer. It does not keep them from this user, from an administrator, from
    whoever takes out the disk (unless the disk is encrypted), or from a backup that was made while the key was there.
    `forget` overwrites before it removes, which an SSD or a copying file system may do to other cells than the old ones.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with disk_troubles():
            make_folder(folder)

    def put(self, name: str, secret: bytes) -> None:
        with disk_troubles():
            write_whole(self._path(name), secret)

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        with disk_troubles():
            return path.read_bytes() if path.exists() else None

    def forget(self, name: str) -> None:
        path = self._path(name)
        if not path.exists():
            return
        with disk_troubles():
            with path.open("r+b", buffering=0) as file:
                write_all(file.fileno(), os.urandom(path.stat().st_size))
                sync_file(file.fileno())
            path.unlink()
            sync_folder(self._folder)

    def _path(self, name: str) -> Path:
        # a digest, because two names may differ only in case or have characters that a file system refuses
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:40]}.key"


class SystemKeyStore:
    """The operating system's key store: Credential Manager, Keychain or Secret Service. Trouble `key-store`."""

    def put(self, name: str, secret: bytes) -> None:
        try:
            keyring.set_password(SERVICE, name, base64.b64encode(secret).decode())
        except KeyringError as error:
            raise _closed(error) from error

    def get(self, name: str) -> bytes | None:
        try:
            text = keyring.get_password(SERVICE, name)
        except KeyringError as error:
            raise _closed(error) from error
        return None if text is None else base64.b64decode(text)

    def forget(self, name: str) -> None:
        if self.get(name) is None:
            return
        try:
            keyring.delete_password(SERVICE, name)
        except KeyringError as error:
            raise _closed(error) from error


def choose_key_store(folder: Path) -> KeyStore:
    """The operating system's store if this computer has a working one, else files in `folder`.

    The choice is made once and written down there: a key put into one store would not be found in the other, and the
    session that it opens could not be resumed.
    """
    note = folder / "store"
    with disk_troubles():
        make_folder(folder)
        if not note.exists():
            write_whole(note, b"system" if _system_store_works() else b"files")
        return SystemKeyStore() if note.read_bytes() == b"system" else FileKeyStore(folder)


def _system_store_works() -> bool:
    if keyring.get_keyring().priority < REAL:
        return False
    store, probe = SystemKeyStore(), os.urandom(32)
    try:
        store.put("probe", probe)
        same = store.get("probe") == probe
        store.forget("probe")
    except Trouble:
        return False
    return same


def _closed(error: KeyringError) -> Trouble:
    return Trouble(
        "key-store",
        f"This computer's key store did not answer ({error}).",
        "What is saved is safe, but cannot be opened now.",
        "Sign in to the computer with the account that the test was prepared with, then try again.",
    )
