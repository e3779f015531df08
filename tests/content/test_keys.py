"""Keys are kept where only their owner reads them, and are never overwritten."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from stamp_desktop.content.keys import (
    PackageKeys,
    key_id,
    keys_path,
    load_keys,
    load_public_key,
    load_publisher_key,
    new_keys,
    new_publisher_key,
    publisher_id,
    save_keys,
    save_publisher_key,
    seal,
    unseal,
)
from stamp_desktop.trouble import Trouble


def test_package_keys_come_back_from_their_file(tmp_path: Path) -> None:
    path = keys_path(tmp_path / "demo.stamp")
    keys = new_keys()
    save_keys(path, keys)
    assert path.name == "demo.keys.json"
    assert load_keys(path) == keys
    assert keys.content != keys.answers


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes: the folder's access list protects the file")
def test_private_files_are_for_their_owner_only(tmp_path: Path) -> None:
    save_keys(tmp_path / "a.keys.json", new_keys())
    save_publisher_key(tmp_path / "publisher.pem", new_publisher_key())
    for name in ("a.keys.json", "publisher.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_keys_are_not_overwritten(tmp_path: Path) -> None:
    keys = new_keys()
    save_keys(tmp_path / "a.keys.json", keys)
    with pytest.raises(Trouble) as caught:
        save_keys(tmp_path / "a.keys.json", new_keys())
    assert caught.value.code == "keys-exist"
    assert load_keys(tmp_path / "a.keys.json") == keys


def test_a_publishers_key_comes_back_from_its_files(tmp_path: Path) -> None:
    key = new_publisher_key()
    public = save_publisher_key(tmp_path / "publisher.pem", key)
    assert load_publisher_key(tmp_path / "publisher.pem").private_bytes_raw() == key.private_bytes_raw()
    assert publisher_id(load_public_key(public)) == publisher_id(key.public_key())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"format":1,"content":"00","answers":"00"}',
        b'{"format":1,"content":"xy","answers":1}',
        b'{"format":2,"content":"%s","answers":"%s"}' % (b"00" * 32, b"00" * 32),
    ],
)
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    for load in (load_keys, load_publisher_key, load_public_key):
        with pytest.raises(Trouble) as caught:
            load(path)
        assert caught.value.code == "keys-unreadable"


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    other = X25519PrivateKey.generate()
    path = tmp_path / "other.pem"
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Trouble, match="Ed25519 signing key"):
        load_publisher_key(path)
    path.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(Trouble, match="Ed25519 public key"):
        load_public_key(path)


def test_keys_do_not_show_in_logs() -> None:
    keys = PackageKeys(b"c" * 32, b"a" * 32)
    assert repr(keys) == "PackageKeys()"
    assert key_id(keys.content) != key_id(keys.answers)


def test_what_is_sealed_opens_only_with_its_key_place_and_part() -> None:
    keys = new_keys()
    sealed = seal(keys.content, b"here", "texts", b"content")
    assert sealed == seal(keys.content, b"here", "texts", b"content")
    assert unseal(keys.content, b"here", "texts", sealed) == b"content"
    for key, place, part, content in (
        (keys.answers, b"here", "texts", sealed),
        (keys.content, b"there", "texts", sealed),
        (keys.content, b"here", "answers", sealed),
        (keys.content, b"here", "texts", sealed[:-1]),
        (keys.content, b"here", "texts", b""),
    ):
        with pytest.raises(ValueError, match="does not"):
            unseal(key, place, part, content)
