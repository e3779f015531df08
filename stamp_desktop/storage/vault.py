"""Sealing: AES-256-GCM for what lies on a disk, HPKE for keys that travel; whether a signature is good. It refuses to keep
keys (see `keys`).

Every sealed thing is bound to its place: session, what it is, its index, whether it is the last. Moved anywhere else it does
not open. Not defended: an administrator of the machine who reads the memory of a running test.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from stamp_desktop.trouble import Trouble

NONCE = 12  # bytes; 96 bits drawn at random are safe for 2**32 sealings under one key (NIST SP 800-38D, 8.3)
TAG = 16  # bytes
HEAD = Struct(">cQ").pack
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # RFC 9180, base mode


@dataclass(frozen=True, slots=True, repr=False)
class SessionKey:
    """The 32 random bytes that open one session. It has no readable form, so that no log shows it."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError("a session key has 32 bytes")

    @classmethod
    def new(cls) -> "SessionKey":
        return cls(os.urandom(32))


def fields(*parts: str | int | bytes | None) -> bytes:
    """Bytes that stand for exactly these parts: each is a letter for its type (s i b n), its length in 8 bytes big-endian
    and its content (UTF-8; an integer in decimal digits). No two different sequences give the same bytes.
    """
    out: list[bytes] = []
    for part in parts:
        if isinstance(part, str):
            content = part.encode()
            out += (HEAD(b"s", len(content)), content)
        elif isinstance(part, bytes):
            out += (HEAD(b"b", len(part)), part)
        elif part is None:
            out.append(HEAD(b"n", 0))
        else:
            content = b"%d" % part
            out += (HEAD(b"i", len(content)), content)
    return b"".join(out)


def place(session: str, what: str, index: int, *, final: bool = False, clear: bytes = b"") -> bytes:
    """The associated data of a sealed thing: where it belongs, and what stands in the clear beside it."""
    return fields("stamp-sealed-1", session, what, index, int(final), clear)


def seal(key: bytes, plain: bytes, associated: bytes) -> bytes:
    """Nonce (12 bytes), ciphertext, tag (16 bytes)."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """What was sealed; Trouble `seal-broken` when a bit of it, its place or the key is another."""
    if len(sealed) < NONCE + TAG:
        raise _broken()
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], associated)
    except InvalidTag:
        raise _broken() from None


def seal_to(public: bytes, plain: bytes, purpose: str) -> bytes:
    """HPKE to an X25519 public key (32 bytes): encapsulation (32), ciphertext, tag. To open, `purpose` must be the same."""
    return SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=purpose.encode())


def open_from(private: X25519PrivateKey, sealed: bytes, purpose: str) -> bytes:
    """What `seal_to` sealed; Trouble `seal-broken` when it was altered, or sealed to another key or purpose."""
    try:
        return SUITE.decrypt(sealed, private, info=purpose.encode())
    except InvalidTag:
        raise _broken() from None


def wrap(key: SessionKey, session: str, server: bytes) -> bytes:
    """The session key for the server that holds the private half of `server` (X25519, 32 bytes)."""
    return seal_to(server, key.raw, _purpose(session))


def unwrap(wrapped: bytes, session: str, private: X25519PrivateKey) -> SessionKey:
    """The session key that a station wrapped; Trouble `seal-broken`."""
    return SessionKey(open_from(private, wrapped, _purpose(session)))


def signed_by(keys: Sequence[bytes], text: bytes, signature: bytes) -> bool:
    """Whether one of these Ed25519 public keys (32 bytes each) has signed exactly this."""
    for key in keys:
        with suppress(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
            return True
    return False


def _purpose(session: str) -> str:
    return f"stamp-session-key-1 {session}"


def _broken() -> Trouble:
    return Trouble(
        "seal-broken",
        "A protected part does not open.",
        "It was changed, belongs somewhere else, or this is not its key.",
        "Keep it as it is and tell your coordinator.",
    )
