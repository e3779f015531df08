"""The server's TLS certificate: issued by its own signing key, which stations pin. It asks no authority.

It is made anew when it grows old, when the signing key was changed, or when the server gets another name.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stamp_desktop.server.identity import Identity
from stamp_desktop.storage.durable import disk_troubles, make_folder, write_whole
from stamp_desktop.sync.trust import issuer_of

DAYS = 825
RENEW_DAYS = DAYS // 2


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files that only the server's user can read."""

    chain: Path
    key: Path


def certificate(folder: Path, identity: Identity, names: tuple[str, ...], now_ms: int) -> Certificate:
    """The certificate for these host names and addresses; the one that is there while it is good."""
    files = Certificate(folder / "server.pem", folder / "server.key")
    with disk_troubles():
        make_folder(folder)
        if not _is_good(files, identity, names, now_ms):
            key = ec.generate_private_key(ec.SECP256R1())
            write_whole(
                files.key,
                key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
            )
            write_whole(files.chain, _issued(identity, key.public_key(), names, now_ms))
    return files


def _issued(identity: Identity, key: ec.EllipticCurvePublicKey, names: tuple[str, ...], now_ms: int) -> bytes:
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"STAMP server {identity.id}"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, identity.public.hex()),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(identity.signing, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _is_good(files: Certificate, identity: Identity, names: tuple[str, ...], now_ms: int) -> bool:
    try:
        there = x509.load_pem_x509_certificate(files.chain.read_bytes())
        private = serialization.load_pem_private_key(files.key.read_bytes(), None)
        said = there.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    of_ours = issuer_of(there.public_bytes(serialization.Encoding.DER)) == identity.public
    left = there.not_valid_after_utc - datetime.fromtimestamp(now_ms / 1000, UTC)
    same_names = {_name(each) for each in names} <= set(said)
    return of_ours and private.public_key() == there.public_key() and same_names and left > timedelta(days=RENEW_DAYS)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text.encode("idna").decode())
