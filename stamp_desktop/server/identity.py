"""The server's own keys: one signs receipts and certificates, one opens what stations have sealed. It gives neither out."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stamp_desktop.storage.durable import disk_troubles, write_whole
from stamp_desktop.sync.protocol import Signed, b64, unb64


@dataclass(frozen=True, slots=True)
class Identity:
    """`id` names this server to its stations."""

    id: str
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)

    def sign(self, text: bytes) -> Signed:
        """The text, signed. Each kind of text says in itself what it is, so that none passes for another."""
        return Signed(text.decode(), b64(self.signing.sign(text)))


def identity(path: Path) -> Identity:
    """The identity of a file that only the server's user can read; made when there is none. Losing it loses the sessions."""
    with disk_troubles():
        if not path.exists():
            signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
            words = {"signing": b64(signing.private_bytes_raw()), "sealing": b64(sealing.private_bytes_raw())}
            write_whole(path, json.dumps(words).encode())
        words = json.loads(path.read_bytes())
    signing = Ed25519PrivateKey.from_private_bytes(unb64(words["signing"]))
    sealing = X25519PrivateKey.from_private_bytes(unb64(words["sealing"]))
    return Identity(signing.public_key().public_bytes_raw().hex()[:16], signing, sealing)
