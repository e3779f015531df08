"""Devices: enrolling with a single-use code, signed requests, revoking. It refuses whoever cannot prove to be a device."""

import hashlib
import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update

from stamp_desktop.server import audit, schema
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused
from stamp_desktop.sync.protocol import Certificate, Delegation, Enrol, Enrolled
from stamp_desktop.sync.signing import TOLERANCE_MS, read_authorization, to_sign_of
from stamp_desktop.sync.words import UNSIGNED, Signed, b64, decode, encode, unb64

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What people read out and type: without 0 O 1 I L."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Device:
    """A device whose request was proved to be its own."""

    id: str
    organization: str
    sealing_key: bytes


def readable(groups: int) -> str:
    """Random letters and digits in groups of four, 4.95 bits each."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(groups))


def code_hash(code: str) -> str:
    """Codes are kept as this; they are random enough (59 bits) not to need more. Case, dashes and blanks do not count."""
    folded = "".join(letter for letter in unicodedata.normalize("NFKC", code).upper() if letter.isalnum())
    return hashlib.sha256(f"stamp-enrolment-code-1 {folded}".encode()).hexdigest()


def enrol(house: House, wish: Enrol) -> Enrolled:
    """The device for an unused code. The same code and keys again give the same device: an answer may have got lost.

    A code that is refused stays as good as it was.
    """
    signing, sealing = unb64(wish.signing_key), unb64(wish.sealing_key)
    name = wish.name.strip()
    if len(signing) != 32 or len(sealing) != 32 or not 0 < len(name) <= LONGEST_NAME:
        raise Refused(
            422, "device-unfit", "This computer's name or keys are not usable.", "", "Give it a short name and try again."
        )
    now, code = house.clock.wall_ms(), schema.enrolment_code.c
    with house.store.writing() as connection:
        found = (
            connection.execute(select(schema.enrolment_code).where(code.sha256 == code_hash(wish.code)).with_for_update())
            .mappings()
            .first()
        )
        if found is None:
            raise _no_code("code-unknown", "This enrolment code is not known.", "Check each letter of the code.")
        if found["device"]:
            row = connection.execute(select(schema.device).where(schema.device.c.id == found["device"])).mappings().one()
            if row["signing_key"] != signing or row["sealing_key"] != sealing or row["revoked_ms"]:
                raise _no_code("code-used", "This enrolment code was used already.", "Ask your coordinator for a new code.")
            return _enrolled(house, row["id"], row["certificate"], delegation(house, connection, row["id"]), now)
        if found["expires_ms"] <= now:
            raise _no_code("code-expired", "This enrolment code is too old.", "Ask your coordinator for a new code.")
        hubs = schema.hub_code.c.sha256
        for_hub = connection.execute(select(hubs).where(hubs == found["sha256"])).first() is not None
        if for_hub != wish.hub:
            raise _other_code(for_hub)
        device = str(uuid.uuid4())
        facts = Certificate("stamp-certificate-1", device, found["organization"], name, wish.signing_key, now)
        certificate = encode(Signed, house.identity.sign(encode(Certificate, facts))).decode()
        values: dict[str, Any] = {"id": device, "organization": found["organization"], "name": name, "enrolled_ms": now}
        values |= {"signing_key": signing, "sealing_key": sealing, "certificate": certificate}
        connection.execute(insert(schema.device).values(values))
        connection.execute(update(schema.enrolment_code).where(code.sha256 == found["sha256"]).values(device=device))
        if for_hub:
            word = Delegation("stamp-hub-1", device, found["organization"], name, wish.signing_key, now)
            said = encode(Signed, house.identity.sign(encode(Delegation, word))).decode()
            connection.execute(insert(schema.hub).values(device=device, delegation=said))
        audit.note(connection, now, "computer", "device enrolled", device=device, name=name, code=found["sha256"][:12])
        word_for = delegation(house, connection, device)
    return _enrolled(house, device, certificate, word_for, now)


def delegation(house: House, connection: Connection, device: str) -> Signed:
    """What makes this device a hub, or what makes this hub one; without text for a station of the server itself."""
    if house.upstream:
        return house.upstream.delegation
    said = connection.execute(select(schema.hub.c.delegation).where(schema.hub.c.device == device)).scalar()
    return decode(Signed, said.encode()) if said else UNSIGNED


def is_hub(connection: Connection, device: Device) -> bool:
    """Whether it may bring what other computers of its organization have made."""
    return connection.execute(select(schema.hub.c.device).where(schema.hub.c.device == device.id)).first() is not None


def proved(house: House, method: str, target: str, authorization: str, body: bytes) -> Device:
    """The device that signed this request. 401 signature-missing, signature-wrong, device-unknown, clock; 403 device-revoked"""
    return proved_of(house, method, target, authorization, hashlib.sha256(body).hexdigest())


def proved_of(house: House, method: str, target: str, authorization: str, sha256: str) -> Device:
    """The same of a request whose body has this SHA-256 (hex)."""
    require_signature(authorization)
    name, at, signature = read_authorization(authorization)
    with house.store.glancing() as connection:
        row = connection.execute(select(schema.device).where(schema.device.c.id == name)).mappings().first()
    if row is None:
        raise Refused(
            401, "device-unknown", "The server does not know this computer.", "Answers stay here.", "Enrol this computer again."
        )
    try:
        Ed25519PublicKey.from_public_bytes(row["signing_key"]).verify(signature, to_sign_of(method, target, at, sha256))
    except InvalidSignature:
        raise Refused(
            401,
            "signature-wrong",
            "The server cannot confirm that this message is from this computer.",
            "It was changed on the way, or this computer's keys are others. Answers stay here.",
            "Check the network's proxy, or enrol this computer again.",
        ) from None
    if row["revoked_ms"] is not None:
        raise _revoked()
    now = house.clock.wall_ms()
    if abs(now - at) > TOLERANCE_MS:
        raise Refused(401, "clock", "This computer's clock is wrong.", "", "Set the clock of this computer.", server_ms=now)
    return Device(row["id"], row["organization"], row["sealing_key"])


def _enrolled(house: House, device: str, certificate: str, word: Signed, now: int) -> Enrolled:
    server = house.server
    return Enrolled(
        device, decode(Signed, certificate.encode()), word, server.id, b64(server.signing), b64(server.sealing), now
    )


def require_signature(authorization: str) -> None:
    """401 signature-missing."""
    if not authorization:
        raise Refused(
            401, "signature-missing", "This call has to be signed by an enrolled computer.", "", "Enrol this computer."
        )


def signer(house: House, name: str) -> tuple[Device, Ed25519PublicKey]:
    """The device of this id and the key it signs with, for what comes by hand. 401 device-unknown, 403 device-revoked."""
    with house.store.reading() as connection:
        row = connection.execute(select(schema.device).where(schema.device.c.id == name)).mappings().first()
    if row is None:
        raise Refused(401, "device-unknown", "The server does not know the computer that this came from.", "", "Enrol it.")
    if row["revoked_ms"] is not None:
        raise _revoked()
    known = Device(row["id"], row["organization"], row["sealing_key"])
    return known, Ed25519PublicKey.from_public_bytes(row["signing_key"])


def _revoked() -> Refused:
    return Refused(
        403,
        "device-revoked",
        "This computer may no longer deliver to the server.",
        "Answers stay here.",
        "Ask your coordinator to enrol this computer again.",
    )


def _other_code(for_hub: bool) -> Refused:
    if for_hub:
        return _no_code(
            "code-for-hub", "This enrolment code makes a room's hub.", "Ask for a code for computers. This one is good still."
        )
    todo = "Ask for a code that was made with: stamp-server code new --hub. This one is good still."
    return _no_code("code-for-computer", "This enrolment code enrols a computer, not a hub.", todo)


def _no_code(code: str, what: str, todo: str) -> Refused:
    return Refused(403, code, what, "This computer was not enrolled.", todo)
