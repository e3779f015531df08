import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.errors import KeyringLocked, PasswordDeleteError

from stamp_desktop.storage.keys import FileKeyStore, KeyStore, SystemKeyStore, choose_key_store
from stamp_desktop.trouble import Trouble


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A working system store, as far as `keyring` can tell."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it untyped
        self.secrets: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("locked")
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        try:
            del self.secrets[service, username]
        except KeyError:
            raise PasswordDeleteError(username) from None


@pytest.fixture
def system() -> Iterator[MemoryKeyring]:
    before, ours = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture(params=["files", "system"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    if request.param == "files":
        return FileKeyStore(tmp_path / "keys")
    request.getfixturevalue("system")
    return SystemKeyStore()


def test_a_key_is_found_again_until_it_is_forgotten(store: KeyStore) -> None:
    secret = bytes(range(256))
    assert store.get("session/1") is None
    store.put("session/1", b"old")
    store.put("session/1", secret)
    store.put("session/2", b"other")
    assert store.get("session/1") == secret
    store.forget("session/1")
    store.forget("session/1")
    assert store.get("session/1") is None
    assert store.get("session/2") == b"other"


def test_names_that_differ_only_in_case_or_are_no_file_names_are_kept_apart(store: KeyStore) -> None:
    for name in ("a", "A", "../a", "a/b", "ä:*?"):
        store.put(name, name.encode())
    assert all(store.get(name) == name.encode() for name in ("a", "A", "../a", "a/b", "ä:*?"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")
def test_key_files_are_readable_by_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        FileKeyStore(tmp_path / "keys").put("session/1", b"secret")
    finally:
        os.umask(old)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_without_a_working_system_store_keys_lie_in_files(tmp_path: Path, system: MemoryKeyring) -> None:
    system.locked = True
    assert isinstance(choose_key_store(tmp_path), FileKeyStore)


def test_a_working_system_store_is_taken_and_left_clean(tmp_path: Path, system: MemoryKeyring) -> None:
    assert isinstance(choose_key_store(tmp_path), SystemKeyStore)
    assert not system.secrets


def test_the_choice_stays_when_the_computer_changes(tmp_path: Path, system: MemoryKeyring) -> None:
    choose_key_store(tmp_path).put("session/1", b"secret")
    system.locked = True
    store = choose_key_store(tmp_path)
    with pytest.raises(Trouble) as trouble:
        store.get("session/1")
    assert trouble.value.code == "key-store"
    system.locked = False
    assert store.get("session/1") == b"secret"
