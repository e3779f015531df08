"""Which server this is: pinned signing keys, certificates that they issued, and how a new key follows an old one.

A server's TLS certificate is issued by its own signing key, which stations pin when they are enrolled. So a certificate can
be renewed at any time, and nobody else can issue one. It refuses to trust what a pinned key has not signed.
"""

import base64
import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from stamp_desktop.sync.protocol import Succession
from stamp_desktop.sync.words import Signed, decode, unb64
from stamp_desktop.trouble import Trouble

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_STEPS = 100


def fingerprint(key: bytes) -> str:
    """80 bits of a signing key's hash, for people to compare: four groups of four letters and digits."""
    text = base64.b32encode(hashlib.sha256(b"stamp-server-1 " + key).digest()[:10]).decode()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def same_fingerprint(one: str, other: str) -> bool:
    """Case, blanks and dashes do not count."""
    kept = ["".join(letter for letter in text.upper() if letter.isalnum()) for text in (one, other)]
    return kept[0] == kept[1]


def issuer_of(certificate: bytes) -> bytes:
    """The signing key of the server that issued this certificate (DER), b"" when it is not one of ours."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        serial = read.issuer.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
        key = bytes.fromhex(str(serial[0].value))
        Ed25519PublicKey.from_public_bytes(key).verify(read.signature, read.tbs_certificate_bytes)
    except (ValueError, IndexError, InvalidSignature):
        return b""
    return key


def followed(pinned: bytes, announced: Sequence[Signed]) -> tuple[Succession, ...]:
    """The keys that the pinned key leads to, each signed by the one before, the newest last; none when it leads nowhere."""
    found: list[Succession] = []
    for signed in list(announced)[:MOST_STEPS]:
        try:
            Ed25519PublicKey.from_public_bytes(pinned).verify(unb64(signed.signature), signed.text.encode())
            said = decode(Succession, signed.text.encode())
            key, sealing = unb64(said.signing_key), unb64(said.sealing_key)
        except (InvalidSignature, Trouble):
            continue
        if len(key) == len(sealing) == 32:
            pinned = key
            found.append(said)
    return tuple(found)


def on_loopback(url: str) -> bool:
    """Whether the address is this computer itself."""
    return urlsplit(url).hostname in LOOPBACK
