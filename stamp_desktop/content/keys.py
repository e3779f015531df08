"""The keys of test packages: the two that open one, the one that signs. It never writes a key where others can read it.

Key files are for the publisher and for handing to a server; a station gets its keys from the server, and keeps them elsewhere.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from stamp_desktop.trouble import Trouble

KEY_FILE_FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12
SEAL_BYTES = NONCE_BYTES + 16
"""What sealing adds to a part: nonce before, GCM tag behind (NIST SP 800-38D)."""


@dataclass(frozen=True, slots=True)
class PackageKeys:
    """Two AES-256 keys: `content` opens texts and media, `answers` opens keys and parameters."""

    content: bytes = field(repr=False)
    answers: bytes = field(repr=False)


def new_keys() -> PackageKeys:
    """Two new random keys."""
    return PackageKeys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))


def keys_path(package: Path) -> Path:
    """Where the keys of a package lie beside it: FILE.stamp -> FILE.keys.json."""
    return package.with_suffix(".keys.json")


def save_keys(path: Path, keys: PackageKeys) -> None:
    """Write a new key file that only its owner can read; Trouble keys-exist rather than overwriting keys."""
    _write_private(path, keys_json(keys))


def keys_json(keys: PackageKeys) -> bytes:
    """The JSON form of the keys."""
    return json.dumps(
        {"format": KEY_FILE_FORMAT, "content": keys.content.hex(), "answers": keys.answers.hex()}, indent=1
    ).encode()


def load_keys(path: Path) -> PackageKeys:
    """The keys of a key file; Trouble keys-unreadable when it is none."""
    try:
        stored = json.loads(path.read_bytes())
        keys = PackageKeys(bytes.fromhex(stored["content"]), bytes.fromhex(stored["answers"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, "package keys") from error
    if stored.get("format") != KEY_FILE_FORMAT or {len(keys.content), len(keys.answers)} != {KEY_BYTES}:
        raise _unreadable(path, "package keys")
    return keys


def key_id(key: bytes) -> str:
    """A name for a content or answer key that says nothing of it (32 hex digits)."""
    return hmac.digest(key, b"stamp package key id", "sha256").hex()[:32]


def seal(key: bytes, place: bytes, part: str, content: bytes) -> bytes:
    """`content` under AES-256-GCM: nonce, ciphertext, tag. `place` (the package) and `part` are bound as associated data.

    The nonce is the HMAC-SHA-256 of place, part and content under the key, so that the same build gives the same bytes and two
    different contents never share a nonce (the synthetic-IV construction of RFC 5297 put before GCM).
    """
    bound = place + b"\0" + part.encode()
    nonce = hmac.digest(key, b"stamp nonce\0" + bound + b"\0" + hashlib.sha256(content).digest(), "sha256")[:NONCE_BYTES]
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def unseal(key: bytes, place: bytes, part: str, sealed: bytes) -> bytes:
    """The content that `seal` was given; ValueError when the key, the place, the part or a byte is another."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place + b"\0" + part.encode())
    except (InvalidTag, ValueError) as error:
        raise ValueError(f"{part} does not open with this key") from error


def new_publisher_key() -> Ed25519PrivateKey:
    """A new signing key."""
    return Ed25519PrivateKey.generate()


def publisher_id(key: Ed25519PublicKey) -> str:
    """The name of a publisher's key: the first 32 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]


def save_publisher_key(path: Path, key: Ed25519PrivateKey) -> Path:
    """Write a new signing key (PEM, PKCS #8) that only its owner can read, and its public half beside it; returns that path."""
    _write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = path.with_suffix(".pub")
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public


def load_publisher_key(path: Path) -> Ed25519PrivateKey:
    """The signing key of a file; Trouble keys-unreadable when it holds none."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(path, "a signing key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unreadable(path, "an Ed25519 signing key")
    return key


def load_public_key(path: Path) -> Ed25519PublicKey:
    """The public key of a publisher; Trouble keys-unreadable when the file holds none."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(path, "a publisher's public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _unreadable(path, "an Ed25519 public key")
    return key


def _write_private(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Trouble(
            "keys-exist",
            f"There is a key file {path.name} already.",
            "It was left as it is: what was made with those keys cannot be opened or signed without them.",
            "Use these keys, or choose another name.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _unreadable(path: Path, kind: str) -> Trouble:
    return Trouble(
        "keys-unreadable",
        f"The file {path.name} cannot be read as {kind}.",
        "Nothing was opened or signed.",
        "Check that it is the right file and that it was copied completely.",
    )
