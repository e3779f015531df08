"""A hub learns from its server what its stations need: groups, rosters, packages with their keys, who may deliver.

What it has learned stands in the same tables as a server's own, so that everything else is the same program. It never opens a
session: sessions' keys are sealed to the server.
"""

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Table, insert, select, update

from stamp_desktop.server import schema
from stamp_desktop.server.house import House
from stamp_desktop.server.packages import at_rest
from stamp_desktop.server.roster import next_changes
from stamp_desktop.server.upstream import UPSTREAM, ServerKeys, Upstream, write_upstream
from stamp_desktop.storage import vault
from stamp_desktop.storage.durable import disk_troubles, sync_file, write_whole
from stamp_desktop.sync import protocol
from stamp_desktop.sync.protocol import (
    KEYS_EARLY_MS,
    PREFIX,
    Delegation,
    Enrol,
    Enrolled,
    Group,
    Health,
    KnownDevice,
    KnownDevices,
    Roster,
    RosterEntry,
    SealedKeys,
)
from stamp_desktop.sync.signing import keys_purpose
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused, proved_address
from stamp_desktop.sync.trust import followed
from stamp_desktop.sync.unlocking import TICKETS, UnlockTickets
from stamp_desktop.sync.words import Signed, b64, decode, encode, unb64, unhex, verified
from stamp_desktop.trouble import Trouble

ROSTER = "roster.json"
"""How far the roster is known, and the groups, beside the database: it is only ever behind, and then it is learned again."""


def become_hub(house: House, data: Path, url: str, code: str, name: str, server_fingerprint: str = "") -> Upstream:
    """Enrol this server, whose folder is `data`, as a hub of the one at `url`, with a code that was made for hubs.

    It is one when it is opened next. Offline, Broken, Refused (`code-for-computer`), Trouble of `proved_address`.
    """
    own, pinned = house.identity, proved_address(url, server_fingerprint)
    with Line(url, house.clock, pinned=pinned) as line:
        wish = encode(Enrol, Enrol(code, name, b64(own.public), b64(own.sealing_public), hub=True))
        answer = line.call("POST", f"{PREFIX}/devices", wish).read(Enrolled)
    try:
        word = verified(Delegation, answer.delegation, unb64(answer.server_signing_key))
    except Trouble as trouble:
        raise Broken("it does not give a hub its word") from trouble
    server = ServerKeys(answer.server, unb64(answer.server_signing_key), unb64(answer.server_sealing_key))
    made = Upstream(url, server, answer.device, word.organization, name, answer.certificate, answer.delegation, bool(pinned))
    write_upstream(data / UPSTREAM, made)
    return made


def upstream_line(house: House) -> Line:
    """The line of a hub to its server."""
    upstream = _upstream(house)
    signing: Ed25519PrivateKey = house.identity.signing
    return Line(upstream.url, house.clock, upstream.hub, signing, upstream.server.signing if upstream.pinned else b"")


def tickets(house: House, device: str) -> UnlockTickets:
    """The server's unlocks for a computer of this room; none while there is no line to it."""
    try:
        with upstream_line(house) as line:
            return line.call("GET", f"{TICKETS}/{device}").read(UnlockTickets)
    except (Offline, Broken, Refused):
        return UnlockTickets(())


def refresh(house: House, line: Line) -> None:
    """Everything as the server has it now; what can be learned is kept when something cannot. Offline, Broken, Refused."""
    _server_keys(house, line)
    _devices(house, line)
    groups = _roster(house, line)
    first: Trouble | None = None
    for group in groups:
        try:
            _package_keys(house, line, group)
        except (Offline, Broken):
            raise
        except Trouble as trouble:
            first = first or trouble
    if first:
        raise first


def _server_keys(house: House, line: Line) -> None:
    """The server's keys of today, if the pinned one leads to them, and its word for this hub under them."""
    upstream = _upstream(house)
    if line.call("GET", f"{PREFIX}/health").read(Health).server == upstream.server.id:
        return
    announced = line.call("GET", f"{PREFIX}/identity").read(protocol.ServerKeys).announced
    steps = followed(upstream.server.signing, announced)
    if not steps:
        raise Broken("another server answers")
    word = line.call("GET", f"{PREFIX}/hub/word").read(Signed)
    signing, sealing = unb64(steps[-1].signing_key), unb64(steps[-1].sealing_key)
    try:
        verified(Delegation, word, signing)
    except Trouble as trouble:
        raise Broken("it does not give a hub its word") from trouble
    between = (unb64(each.signing_key) for each in steps[:-1])
    house.above.upstream = replace(
        upstream,
        server=ServerKeys(steps[-1].server, signing, sealing),
        delegation=word,
        former=(*upstream.former, upstream.server.signing, *between),
        announced=announced,
    )
    write_upstream(house.incoming.parent / UPSTREAM, house.above.upstream)


def _devices(house: House, line: Line) -> None:
    after, upstream = "", _upstream(house)
    while True:
        part = line.call("GET", f"{PREFIX}/hub/devices?after={quote(after, safe='')}").read(KnownDevices)
        if not part.devices:
            return
        with house.store.writing() as connection:
            _organization(connection, upstream.organization, upstream.name)
            for each in part.devices:
                _keep_device(connection, upstream.organization, each, house.clock.wall_ms())
        after = part.devices[-1].id


def _keep_device(connection: Connection, organization: str, each: KnownDevice, now: int) -> None:
    facts = {"organization": organization, "name": each.name, "enrolled_ms": each.enrolled_ms}
    facts |= {"signing_key": unb64(each.signing_key), "sealing_key": unb64(each.sealing_key)}
    facts |= {"certificate": encode(Signed, each.certificate).decode(), "revoked_ms": now if each.revoked else None}
    _put(connection, schema.device, {"id": each.id}, facts)


def _roster(house: House, line: Line) -> list[Group]:
    """Learn what changed; every group that is known now. A group counts once its package is here."""
    upstream, cursor_file = _upstream(house), house.incoming.parent / ROSTER
    known: dict[str, Any] = {"cursor": "", "groups": {}}
    with disk_troubles():
        if cursor_file.exists():
            known = json.loads(cursor_file.read_bytes())
    while True:
        part = line.call("GET", f"{PREFIX}/roster?cursor={quote(known['cursor'], safe='')}").read(Roster)
        for group in part.groups:
            _package(house, line, group)
        with house.store.writing() as connection:
            _learn(connection, upstream, part)
        known["groups"] |= {group.id: encode(Group, group).decode() for group in part.groups}
        known["cursor"] = part.cursor
        with disk_troubles():
            write_whole(cursor_file, json.dumps(known).encode())
        if not (part.groups or part.entries or part.gone):
            return [decode(Group, said.encode()) for said in known["groups"].values()]


def _learn(connection: Connection, upstream: Upstream, part: Roster) -> None:
    _organization(connection, upstream.organization, part.groups[0].organization if part.groups else upstream.name)
    changes = len(part.groups) + len(part.entries) + len(part.gone)
    changed = next_changes(connection, upstream.organization, changes) if changes else 0
    for group in part.groups:
        school = hashlib.sha256(f"{upstream.organization} {group.school}".encode()).hexdigest()[:32]
        _put(connection, schema.school, {"id": school}, {"organization": upstream.organization, "name": group.school})
        names = ("name", "package_id", "package_version", "test_code", "opens_ms", "ends_ms", "seats", "roster_control")
        facts = {name: getattr(group, name) for name in names} | {"school": school, "changed": changed}
        _put(connection, schema.testing_group, {"id": group.id}, facts)
        changed += 1
    entries: list[tuple[RosterEntry, bool]] = [(entry, False) for entry in part.entries]
    entries += [(RosterEntry(gone.group, gone.login, "", ""), True) for gone in part.gone]
    for entry, gone in entries:
        facts = {"first": entry.first, "last": entry.last, "gone": gone, "changed": changed}
        facts["accommodations"] = json.dumps(dict(entry.accommodations))
        _put(connection, schema.roster, {"testing_group": entry.group, "login": entry.login}, facts)
        changed += 1


def _package(house: House, line: Line, group: Group) -> None:
    """The group's package, as the server gives it out; whole or not at all."""
    name = f"packages/{unhex(group.package_hash).hex()}.stamp"
    own = schema.package.c
    with house.store.reading() as connection:
        query = select(own.hash).where(own.id == group.package_id, own.version == group.package_version)
        if connection.execute(query).first() and house.objects.file(name):
            return
    download = line.download(_target(group), {})
    part, digest, size = house.incoming / f"{group.package_hash}.part", hashlib.sha256(), 0
    try:
        with disk_troubles(), part.open("wb") as file:
            for piece in download.pieces():
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.flush()
            sync_file(file.fileno())
    finally:
        download.close()
    said = download.headers.get("Repr-Digest", "")
    if said != f"sha-256=:{base64.b64encode(digest.digest()).decode()}:":
        raise Broken("a package did not arrive as it was sent")
    house.objects.keep(name, part)
    facts = {"hash": group.package_hash, "title": group.assessment, "language": group.language}
    facts |= {"assessment": group.assessment, "file": name, "file_sha256": digest.hexdigest()}
    whole = facts | {"bytes": size, "publisher": b"", "keys": b"", "added_ms": house.clock.wall_ms()}
    with house.store.writing() as connection:
        _put(connection, schema.package, {"id": group.package_id, "version": group.package_version}, whole)


def _package_keys(house: House, line: Line, group: Group) -> None:
    """The package's keys, once their time has come; at rest sealed to the hub, given out sealed to each station."""
    own, now = schema.package.c, house.clock.wall_ms()
    same = (own.id == group.package_id) & (own.version == group.package_version)
    with house.store.reading() as connection:
        row = connection.execute(select(schema.package).where(same)).mappings().first()
    if row is None or row["keys"] or not group.opens_ms - KEYS_EARLY_MS <= now < group.ends_ms:
        return
    answer = line.call("GET", f"{_target(group)}/keys?group={quote(group.id, safe='')}").read(SealedKeys)
    purpose = keys_purpose(_upstream(house).hub, row["hash"])
    both = house.identity.open(unb64(answer.sealed), purpose)
    sealed = vault.seal_to(house.identity.sealing_public, both, at_rest(row["hash"]))
    with house.store.writing() as connection:
        connection.execute(update(schema.package).where(same).values(keys=sealed))


def _organization(connection: Connection, organization: str, name: str) -> None:
    own = schema.organization.c
    if connection.execute(update(schema.organization).where(own.id == organization).values(name=name)).rowcount == 0:
        connection.execute(insert(schema.organization).values(id=organization, name=name, revision=0))


def _put(connection: Connection, table: Table, key: dict[str, Any], facts: dict[str, Any]) -> None:
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*same).values(facts)).rowcount == 0:
        connection.execute(insert(table).values(key | facts))


def _target(group: Group) -> str:
    return f"{PREFIX}/packages/{quote(group.package_id, safe='')}/{quote(group.package_version, safe='')}"


def _upstream(house: House) -> Upstream:
    if house.upstream is None:
        raise LookupError("this server is no hub")
    return house.upstream
