"""The server's own keys: one signs receipts and certificates, one opens what stations have sealed. It gives neither out.

Keys can be changed: the old signing key then announces the new keys, and the old opening keys are kept for good, since
stations may have sealed to them before they heard of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stamp_desktop.storage import vault
from stamp_desktop.storage.durable import disk_troubles, write_whole
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import Succession
from stamp_desktop.sync.trust import fingerprint
from stamp_desktop.sync.words import Signed, b64, decode, encode, unb64
from stamp_desktop.trouble import Trouble

T = TypeVar("T")
FILE = "identity.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """`id` names this server to its stations. `former` opened what was sealed earlier; `announced` is the way from the first
    signing key to this one, oldest first.
    """

    id: str
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)
    former: tuple[X25519PrivateKey, ...] = field(default=(), repr=False)
    announced: tuple[Signed, ...] = ()

    @property
    def public(self) -> bytes:
        """The key that stations pin."""
        return self.signing.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """What people compare when they enrol a computer."""
        return fingerprint(self.public)

    @property
    def signers(self) -> tuple[Ed25519PublicKey, ...]:
        """Every key that has signed for this server, the present one first."""
        old = [unb64(decode(Succession, each.text.encode()).former_signing_key) for each in self.announced]
        return tuple(map(Ed25519PublicKey.from_public_bytes, [self.public, *reversed(old)]))

    @property
    def sealing_public(self) -> bytes:
        return self.sealing.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> Signed:
        """The text, signed. Each kind of text says in itself what it is, so that none passes for another."""
        return Signed(text.decode(), b64(self.signing.sign(text)))

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed to this server at any time; Trouble `seal-broken`."""
        return self._tried(lambda private: vault.open_from(private, sealed, purpose))

    def unwrap(self, wrapped: bytes, session: str) -> SessionKey:
        """A session's key; Trouble `seal-broken`."""
        return self._tried(lambda private: vault.unwrap(wrapped, session, private))

    def _tried(self, opening: Callable[[X25519PrivateKey], T]) -> T:
        *newer, oldest = (self.sealing, *reversed(self.former))
        for private in newer:
            try:
                return opening(private)
            except Trouble:
                continue
        return opening(oldest)


def identity(path: Path) -> Identity:
    """The identity of a file that only the server's user can read; made when there is none. Losing it loses the sessions."""
    with disk_troubles():
        if not path.exists():
            _keep(path, _new((), ()))
        words = json.loads(path.read_bytes())
    return _of(
        Ed25519PrivateKey.from_private_bytes(unb64(words["signing"])),
        X25519PrivateKey.from_private_bytes(unb64(words["sealing"])),
        tuple(X25519PrivateKey.from_private_bytes(unb64(each)) for each in words.get("former", ())),
        tuple(Signed(each["text"], each["signature"]) for each in words.get("announced", ())),
    )


def rotate(path: Path, now_ms: int) -> Identity:
    """New keys, announced under the present one. A server that runs has to be started again."""
    old = identity(path)
    new = _new((*old.former, old.sealing), old.announced)
    keys = (b64(old.public), b64(new.public), b64(new.sealing.public_key().public_bytes_raw()))
    said = old.sign(encode(Succession, Succession("stamp-succession-1", new.id, *keys, now_ms)))
    made = _of(new.signing, new.sealing, new.former, (*old.announced, said))
    with disk_troubles():
        _keep(path, made)
    return made


def _new(former: tuple[X25519PrivateKey, ...], announced: tuple[Signed, ...]) -> Identity:
    return _of(Ed25519PrivateKey.generate(), X25519PrivateKey.generate(), former, announced)


def _of(signing: Ed25519PrivateKey, sealing: X25519PrivateKey, former: Any, announced: Any) -> Identity:
    return Identity(signing.public_key().public_bytes_raw().hex()[:16], signing, sealing, former, announced)


def _keep(path: Path, made: Identity) -> None:
    words: dict[str, object] = {
        "signing": b64(made.signing.private_bytes_raw()),
        "sealing": b64(made.sealing.private_bytes_raw()),
    }
    if made.announced:
        words["former"] = [b64(each.private_bytes_raw()) for each in made.former]
        words["announced"] = [{"text": each.text, "signature": each.signature} for each in made.announced]
    write_whole(path, json.dumps(words).encode())
