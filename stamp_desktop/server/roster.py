"""Groups and rosters as stations learn them: what changed since a cursor. It tells nobody of another organization."""

import json
import re
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from stamp_desktop.server import schema
from stamp_desktop.server.devices import Device
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused
from stamp_desktop.sync.protocol import Gone, Group, Roster, RosterEntry

MOST_CHANGES = 1000


def next_changes(connection: Connection, organization: str, count: int) -> int:
    """The first of `count` new numbers of change. The organization's row is locked: no number is seen before a lower one."""
    own = schema.organization.c
    connection.execute(update(schema.organization).where(own.id == organization).values(revision=own.revision + count))
    last: int = connection.execute(select(own.revision).where(own.id == organization)).scalar_one()
    return last - count + 1


def changes(house: House, device: Device, cursor: str) -> Roster:
    """At most MOST_CHANGES changes behind the cursor, "" for all, oldest first."""
    if not re.fullmatch(r"\d{0,15}", cursor, re.ASCII):
        raise Refused(400, "cursor-unknown", "This place in the roster is not known.", "", "Fetch the whole roster.")
    with house.store.reading() as connection:
        own = schema.organization.c
        newest: int = connection.execute(select(own.revision).where(own.id == device.organization)).scalar_one()
        # a cursor ahead of the server: it was set back, and the numbers since then have been given anew
        after = int(cursor or 0) if int(cursor or 0) <= newest else 0
        groups = connection.execute(
            group_query()
            .where(schema.organization.c.id == device.organization, schema.testing_group.c.changed > after)
            .order_by(schema.testing_group.c.changed)
            .limit(MOST_CHANGES)
        ).mappings()
        entries = connection.execute(
            select(schema.roster)
            .select_from(schema.roster.join(schema.testing_group).join(schema.school))
            .where(schema.school.c.organization == device.organization, schema.roster.c.changed > after)
            .order_by(schema.roster.c.changed)
            .limit(MOST_CHANGES)
        ).mappings()
        found = sorted([*groups, *entries], key=lambda row: int(row["changed"]))[:MOST_CHANGES]
    people = [row for row in found if "login" in row]
    return Roster(
        str(found[-1]["changed"] if found else after),
        tuple(group_of(row) for row in found if "login" not in row),
        tuple(_entry(row) for row in people if not row["gone"]),
        tuple(Gone(row["testing_group"], row["login"]) for row in people if row["gone"]),
    )


def group_query() -> Any:
    """Rows that `group_of` reads."""
    group = schema.testing_group
    return select(
        group,
        schema.school.c.name.label("school_name"),
        schema.organization.c.name.label("organization_name"),
        schema.organization.c.id.label("organization"),
        schema.package.c.language,
        schema.package.c.assessment,
        schema.package.c.hash.label("package_hash"),
    ).select_from(group.join(schema.school).join(schema.organization).join(schema.package, schema.TAKES))


def group_of(row: RowMapping) -> Group:
    return Group(
        row["id"],
        row["name"],
        row["school_name"],
        row["organization_name"],
        row["language"],
        row["assessment"],
        row["package_id"],
        row["package_version"],
        row["package_hash"],
        row["test_code"],
        row["opens_ms"],
        row["ends_ms"],
        row["seats"],
        row["roster_control"],
    )


def _entry(row: RowMapping) -> RosterEntry:
    return RosterEntry(row["testing_group"], row["login"], row["first"], row["last"], json.loads(row["accommodations"]))
