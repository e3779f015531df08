"""What a console is shown: groups and sessions within the reach of who is signed in. What lies outside is not there (404)."""

from sqlalchemy import func, select

from stamp_desktop.server import schema
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login, within
from stamp_desktop.server.refusals import unknown
from stamp_desktop.sync.console import GroupInReach, GroupsInReach, SessionInReach, SessionsInReach


def groups(house: House, login: Login) -> GroupsInReach:
    """Every group within reach."""
    group, session = schema.testing_group.c, schema.session.c
    begun = select(func.count()).where(session.testing_group == group.id)
    query = (
        select(
            group.id,
            group.name,
            schema.school.c.name.label("school"),
            group.opens_ms,
            group.ends_ms,
            group.seats,
            begun.scalar_subquery(),
            begun.where(session.state != "open").scalar_subquery(),
        )
        .select_from(schema.testing_group.join(schema.school))
        .where(within(login))
        .order_by(group.name, group.id)
    )
    with house.store.glancing() as connection:
        return GroupsInReach(tuple(GroupInReach(*row) for row in connection.execute(query)))


def sessions(house: House, login: Login, group: str) -> SessionsInReach:
    """The sessions of a group; 404 group-unknown outside the reach."""
    session, first, kept = schema.session.c, schema.branch.c, schema.receipt.c
    reached = select(schema.testing_group.c.id).select_from(schema.testing_group.join(schema.school)).where(within(login))
    with house.store.reading() as connection:
        if connection.execute(reached.where(schema.testing_group.c.id == group)).first() is None:
            raise unknown("group")
        rows = connection.execute(
            select(session.id, session.login, session.state, session.forked, first.seq)
            .select_from(schema.session.join(schema.branch))
            .where(session.testing_group == group, first.number == 0)
            .order_by(session.created_ms, session.id)
        ).all()
        of_group = select(session.id).where(session.testing_group == group)
        receipts = connection.execute(
            select(kept.session, kept.number).where(kept.session.in_(of_group)).order_by(kept.received_ms)
        ).all()
        alarms = connection.execute(
            select(schema.alarm.c.session, schema.alarm.c.code)
            .where(schema.alarm.c.session.in_(of_group))
            .order_by(schema.alarm.c.number)
        ).all()
    numbers = {row[0]: row[1] for row in receipts}
    return SessionsInReach(
        tuple(
            SessionInReach(
                row.id,
                row.login,
                row.state,
                row.forked,
                row.seq,
                numbers.get(row.id, ""),
                tuple(code for owner, code in alarms if owner == row.id),
            )
            for row in rows
        )
    )
