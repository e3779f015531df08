"""What hubs and their server tell each other, and how a hub shows that it is one. It forwards nothing (see `forward`)."""

from dataclasses import replace

from sqlalchemy import insert, select

from stamp_desktop.server import schema
from stamp_desktop.server.devices import Device, is_hub
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.sync.protocol import Certificate, Delegation, Introduction, KnownDevice, KnownDevices, Proof
from stamp_desktop.sync.words import Signed, b64, checked_id, decode, encode, unb64, verified
from stamp_desktop.trouble import Trouble

MOST_DEVICES = 1000


def introduce(house: House, nonce: str) -> Introduction:
    """Who this hub is; 404 where this is none."""
    if house.upstream is None:
        raise unknown("hub")
    proof = Proof("stamp-hub-proof-1", house.upstream.hub, checked_id(nonce))
    return Introduction(house.upstream.delegation, house.identity.sign(encode(Proof, proof)))


def word(house: House, device: Device) -> Signed:
    """The server's word for a hub, under the key that signs today; 404 for whoever is no hub."""
    with house.store.reading() as connection:
        own = schema.hub.c
        said = connection.execute(select(own.delegation).where(own.device == device.id)).scalar()
    if said is None:
        raise unknown("hub")
    given = decode(Delegation, decode(Signed, said.encode()).text.encode())
    return house.identity.sign(encode(Delegation, replace(given, issued_ms=house.clock.wall_ms())))


def known_devices(house: House, device: Device, after: str) -> KnownDevices:
    """Every computer of a hub's organization, a part at a time; 404 for whoever is no hub."""
    own = schema.device.c
    with house.store.reading() as connection:
        if not is_hub(connection, device):
            raise unknown("hub")
        query = select(schema.device).where(own.organization == device.organization, own.id > after)
        rows = connection.execute(query.order_by(own.id).limit(MOST_DEVICES)).mappings().all()
    return KnownDevices(
        tuple(
            KnownDevice(
                row["id"],
                row["name"],
                b64(row["signing_key"]),
                b64(row["sealing_key"]),
                decode(Signed, row["certificate"].encode()),
                row["enrolled_ms"],
                row["revoked_ms"] is not None,
            )
            for row in rows
        )
    )


def adopt_devices(house: House, device: Device, devices: KnownDevices) -> None:
    """Know the computers that a hub has enrolled. 404 for whoever is no hub, 422 device-unfit."""
    now = house.clock.wall_ms()
    with house.store.writing() as connection:
        if not is_hub(connection, device):
            raise unknown("hub")
        own = schema.device.c
        hub_key = connection.execute(select(own.signing_key).where(own.id == device.id)).scalar_one()
        for each in devices.devices:
            if connection.execute(select(own.id).where(own.id == checked_id(each.id))).first():
                continue
            _check(each, hub_key, device.organization)
            values = {"id": each.id, "organization": device.organization, "name": each.name, "enrolled_ms": now}
            keys = {"signing_key": unb64(each.signing_key), "sealing_key": unb64(each.sealing_key)}
            certificate = encode(Signed, each.certificate).decode()
            connection.execute(insert(schema.device).values(values | keys | {"certificate": certificate}))


def _check(each: KnownDevice, hub_key: bytes, organization: str) -> None:
    try:
        said = verified(Certificate, each.certificate, hub_key)
        right = (said.device, said.organization, said.signing_key) == (each.id, organization, each.signing_key)
    except Trouble:
        right = False
    if not right or len(unb64(each.signing_key)) != 32 or len(unb64(each.sealing_key)) != 32:
        raise Refused(422, "device-unfit", "This computer was not enrolled by this hub.", "Nothing was changed.")
