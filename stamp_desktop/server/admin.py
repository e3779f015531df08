"""What the people who run the server do: set up organizations, groups and rosters, give codes, look at sessions.

Nothing here is reached over the wire. A test code is unique on the whole server.
"""

import csv
import io
import json
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from stamp_desktop.server import audit, schema
from stamp_desktop.server.devices import code_hash, readable
from stamp_desktop.server.house import House
from stamp_desktop.server.receipts import session_key
from stamp_desktop.server.recordings import object_name
from stamp_desktop.server.refusals import unknown
from stamp_desktop.server.replaying import Found, work_out
from stamp_desktop.server.roster import group_of, group_query, next_changes
from stamp_desktop.server.sessions import Place, line, wrapped_key
from stamp_desktop.server.store import insert_new
from stamp_desktop.storage import recordings
from stamp_desktop.sync.protocol import Group, RosterControl
from stamp_desktop.trouble import Trouble

CODE_DAYS = 14


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A testing group to be set up. Unix ms."""

    school: str
    name: str
    package_id: str
    package_version: str
    test_code: str
    opens_ms: int
    ends_ms: int
    seats: int
    roster_control: RosterControl


@dataclass(frozen=True, slots=True)
class Person:
    """A line of a roster."""

    first: str
    last: str
    login: str


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """An enrolled computer for a list; `revoked_ms` None while it may deliver."""

    id: str
    name: str
    organization: str
    enrolled_ms: int
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session for a list; `receipt` "" before it was sealed."""

    id: str
    group: str
    login: str
    state: str
    events: int
    recordings: int
    forked: bool
    alarms: tuple[str, ...]
    receipt: str


def add_organization(house: House, name: str) -> str:
    """The new organization's id."""
    organization = str(uuid.uuid4())
    with house.store.writing() as connection:
        connection.execute(insert(schema.organization).values(id=organization, name=name, revision=0))
        _note(house, connection, "organization added", organization=organization, name=name)
    return organization


def add_school(house: House, organization: str, name: str) -> str:
    """The new school's id; 404 organization-unknown."""
    school = str(uuid.uuid4())
    with house.store.writing() as connection:
        own = schema.organization.c.id
        if connection.execute(select(own).where(own == organization)).first() is None:
            raise unknown("organization")
        connection.execute(insert(schema.school).values(id=school, organization=organization, name=name))
        _note(house, connection, "school added", school=school, organization=organization, name=name)
    return school


def add_group(house: House, new: NewGroup) -> Group:
    """Trouble `school-unknown`, `package-unknown`, `test-code-taken`, `window-unfit`."""
    if new.opens_ms >= new.ends_ms:
        raise Trouble("window-unfit", "A test window ends after it opens.", "", "Check both times.")
    group, code = str(uuid.uuid4()), new.test_code.strip()
    with house.store.writing() as connection:
        school, package, own = schema.school.c, schema.package.c, schema.testing_group.c
        organization = connection.execute(select(school.organization).where(school.id == new.school)).scalar()
        if organization is None:
            raise unknown("school")
        known = (package.id == new.package_id) & (package.version == new.package_version)
        if connection.execute(select(package.hash).where(known)).first() is None:
            raise unknown("package")
        if connection.execute(select(own.id).where(func.lower(own.test_code) == code.lower())).first():
            raise Trouble("test-code-taken", f"The test code {code} is another group's.", "", "Choose another test code.")
        changed = next_changes(connection, organization, 1)
        facts = {**asdict(new), "id": group, "test_code": code, "changed": changed}
        connection.execute(insert(schema.testing_group).values(facts))
        _note(house, connection, "group added", group=group, name=new.name, opens_ms=new.opens_ms, ends_ms=new.ends_ms)
        return group_of(connection.execute(group_query().where(own.id == group)).mappings().one())


def set_window(house: House, group: str, opens_ms: int, ends_ms: int) -> None:
    """Another window for a group; computers learn of it with the roster. Trouble `window-unfit`; 404 group-unknown."""
    if opens_ms >= ends_ms:
        raise Trouble("window-unfit", "A test window ends after it opens.", "", "Check both times.")
    with house.store.writing() as connection:
        changed = next_changes(connection, _organization_of(connection, group), 1)
        own = update(schema.testing_group).where(schema.testing_group.c.id == group)
        connection.execute(own.values(opens_ms=opens_ms, ends_ms=ends_ms, changed=changed))
        _note(house, connection, "window set", group=group, opens_ms=opens_ms, ends_ms=ends_ms)


def groups(house: House) -> list[Group]:
    """Every group of the server, by name."""
    with house.store.reading() as connection:
        return [group_of(row) for row in connection.execute(group_query().order_by(schema.testing_group.c.name)).mappings()]


def read_roster(text: str) -> list[Person]:
    """The people of a CSV with the columns first, last, login; all faults in one Trouble `roster-unfit`, by line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    people, faults, seen = [], [], set()
    try:
        if {name.strip().lower() for name in reader.fieldnames or ()} != {"first", "last", "login"}:
            raise Trouble(
                "roster-unfit", "The first line has to be: first,last,login.", "Nothing was imported.", "Correct the file."
            )
        for row in reader:
            said = {str(name).strip().lower(): _clean(value) for name, value in row.items() if name is not None}
            person = Person(said["first"], said["last"], said["login"])
            if None in row or not person.login:
                faults.append(f"line {reader.line_num}: {'too many columns' if None in row else 'no login name'}")
            elif person.login.casefold() in seen:
                faults.append(f"line {reader.line_num}: the login name {person.login} is there twice")
            seen.add(person.login.casefold())
            people.append(person)
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: {error}")
    if faults:
        raise Trouble(
            "roster-unfit", f"The roster has faults: {'; '.join(faults)}.", "Nothing was imported.", "Correct the file."
        )
    return people


def import_roster(house: House, group: str, people: Iterable[Person]) -> int:
    """Add people to a group or correct their names; those who are not named stay. How many there were; 404 group-unknown."""
    return import_rosters(house, {group: list(people)})


def import_rosters(house: House, rosters: Mapping[str, Sequence[Person]]) -> int:
    """Several groups' people in one transaction: all of them or none. How many there were; 404 group-unknown."""
    with house.store.writing() as connection:
        for group, people in rosters.items():
            first = next_changes(connection, _organization_of(connection, group), len(people)) if people else 0
            for changed, person in enumerate(people, first):
                _enter(connection, group, person, changed)
            _note(house, connection, "roster imported", group=group, people=len(people))
    return sum(map(len, rosters.values()))


def _enter(connection: Connection, group: str, person: Person, changed: int) -> None:
    own = schema.roster.c
    facts: dict[str, Any] = {"first": person.first, "last": person.last, "gone": False, "changed": changed}
    whole = facts | {"testing_group": group, "login": person.login, "accommodations": json.dumps({})}
    if not insert_new(connection, schema.roster, whole):
        same = (own.testing_group == group) & (own.login == person.login)
        connection.execute(update(schema.roster).where(same).values(facts))


def people(house: House, group: str) -> list[Person]:
    """Who is on a group's roster, by login name."""
    own = schema.roster.c
    query = select(own.first, own.last, own.login).where(own.testing_group == group, ~own.gone)
    with house.store.glancing() as connection:
        return [Person(*row) for row in connection.execute(query.order_by(own.login))]


def remove_from_roster(house: House, group: str, login: str) -> None:
    """Take somebody off a group's roster; a test that was begun stays. 404 group-unknown, login-unknown."""
    with house.store.writing() as connection:
        own = schema.roster.c
        changed = next_changes(connection, _organization_of(connection, group), 1)
        same = (own.testing_group == group) & (own.login == login)
        if connection.execute(update(schema.roster).where(same).values(gone=True, changed=changed)).rowcount == 0:
            raise unknown("login")
        _note(house, connection, "roster removed", group=group, login=login)


def new_code(house: House, organization: str, code: str = "", *, hub: bool = False) -> str:
    """A single-use enrolment code that is good for CODE_DAYS; `code` where it has to be a given one. Only its hash is kept.

    `hub`: it enrols a room's hub instead of a station.
    """
    made = code or readable(3)
    with house.store.writing() as connection:
        expires = house.clock.wall_ms() + CODE_DAYS * 86_400_000
        kept = insert(schema.enrolment_code).values(sha256=code_hash(made), organization=organization, expires_ms=expires)
        connection.execute(kept)
        if hub:
            connection.execute(insert(schema.hub_code).values(sha256=code_hash(made)))
        _note(house, connection, "code made", organization=organization, code=code_hash(made)[:12], expires_ms=expires)
    return made


def revoke(house: House, device: str) -> None:
    """Refuse everything that this device sends from now on; 404 device-unknown."""
    with house.store.writing() as connection:
        own = schema.device.c.id == device
        if connection.execute(update(schema.device).where(own).values(revoked_ms=house.clock.wall_ms())).rowcount == 0:
            raise unknown("device")
        _note(house, connection, "device revoked", device=device)


def sessions(house: House) -> list[SessionRow]:
    """Every session, the oldest first."""
    session, kept = schema.session.c, schema.recording.c
    with house.store.reading() as connection:
        query = select(schema.session, schema.testing_group.c.name.label("group_name")).select_from(
            schema.session.join(schema.testing_group)
        )
        found = connection.execute(query.order_by(session.created_ms, session.id)).mappings().all()
        events = dict(
            _pairs(connection, select(schema.branch.c.session, schema.branch.c.seq).where(schema.branch.c.number == 0))
        )
        whole = select(kept.session, func.count()).where(kept.whole).group_by(kept.session)
        recorded = dict(_pairs(connection, whole))
        receipts = dict(_pairs(connection, select(schema.receipt.c.session, schema.receipt.c.number)))
        alarms = _pairs(connection, select(schema.alarm.c.session, schema.alarm.c.code).order_by(schema.alarm.c.number))
    return [
        SessionRow(
            row["id"],
            row["group_name"],
            row["login"],
            row["state"],
            events[row["id"]],
            recorded.get(row["id"], 0),
            row["forked"],
            tuple(code for owner, code in alarms if owner == row["id"]),
            receipts.get(row["id"], ""),
        )
        for row in found
    ]


def replayed(house: House, session: str) -> Found:
    """What came of a session, worked out now from its first line of events. 404 session-unknown, Trouble `seal-broken`."""
    with house.store.reading() as connection:
        first = connection.execute(_first_branch(session)).mappings().first()
        if first is None:
            raise unknown("session")
        rows = line(connection, session, Place(0, first["seq"]))
        wrapped = wrapped_key(connection, session, first["epoch"])
    return work_out(house, session_key(house, wrapped, session), session, rows)


def pcm(house: House, recording: str) -> tuple[bytes, int]:
    """A recording as int16 mono PCM and its rate in Hz; 404 recording-unknown, Trouble `recording-changed`, `seal-broken`."""
    with house.store.reading() as connection:
        own = schema.recording.c
        row = connection.execute(select(schema.recording).where(own.id == recording, own.whole)).mappings().first()
        if row is None:
            raise unknown("recording")
        epochs = connection.execute(select(schema.copy.c.epoch).where(schema.copy.c.session == row["session"])).scalars().all()
        wrapped = [wrapped_key(connection, row["session"], epoch) for epoch in epochs]
    path = house.objects.file(object_name(row))
    if path is None:
        raise unknown("recording")
    for key in wrapped[:-1]:  # copies of one session may have keys of their own: which one it was, only opening tells
        try:
            return recordings.read(path, session_key(house, key, row["session"]), row["session"], recording)
        except Trouble:
            continue
    return recordings.read(path, session_key(house, wrapped[-1], row["session"]), row["session"], recording)


def organization_of(house: House, group: str) -> str:
    """The organization that a group belongs to; 404 group-unknown."""
    with house.store.reading() as connection:
        return _organization_of(connection, group)


def devices(house: House) -> list[DeviceRow]:
    """Every computer that was enrolled, by name."""
    own = schema.device.c
    query = select(own.id, own.name, schema.organization.c.name, own.enrolled_ms, own.revoked_ms)
    with house.store.reading() as connection:
        joined = query.select_from(schema.device.join(schema.organization)).order_by(own.name, own.id)
        return [DeviceRow(*row) for row in connection.execute(joined)]


def _note(house: House, connection: Connection, act: str, **facts: object) -> None:
    audit.note(connection, house.clock.wall_ms(), house.who, act, **facts)


def _first_branch(session: str) -> Any:
    return select(schema.branch).where(schema.branch.c.session == session, schema.branch.c.number == 0)


def _pairs(connection: Connection, query: Any) -> list[tuple[str, Any]]:
    return [(row[0], row[1]) for row in connection.execute(query)]


def _organization_of(connection: Connection, group: str) -> str:
    query = select(schema.school.c.organization).select_from(schema.school.join(schema.testing_group))
    organization: str | None = connection.execute(query.where(schema.testing_group.c.id == group)).scalar()
    if organization is None:
        raise unknown("group")
    return organization


def _clean(value: object) -> str:
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""
