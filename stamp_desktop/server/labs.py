"""What computers found when they were asked whether they are ready: kept by site and room, and held against the windows.

A report comes from a computer, signed, or from a login that uploads a file. It is bounded in size and number; of each computer
the last few are kept. The server believes a report as it believes whoever sent it: it checks nothing in the room itself.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, select

from stamp_desktop.readiness.check import Report, decode
from stamp_desktop.server import schema
from stamp_desktop.server.devices import Device, is_hub
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login, within
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.store import insert_new
from stamp_desktop.sync.console import LabsInReach, ReadinessNoted, RoomInReach, WindowInReach
from stamp_desktop.trouble import Trouble

LARGEST: Final = 256 * 2**10
"""Bytes of a report: one of three languages and a curve has 20 KB."""
LONGEST_NAME: Final = 200
KEPT: Final = 5
"""Reports of one computer: what it said before it was mended is worth a look, and no more."""
MINUTE_MS: Final = 60_000
A_MINUTE: Final = {"device": 6, "hub": 400, "login": 400}
"""A computer needs a minute for one check; a hub, after a day without a line, and a login may bring those of a whole school."""


@dataclass(frozen=True, slots=True)
class Window:
    """A testing group, and what its test is called in reports."""

    id: str
    name: str
    school: str
    package: str
    opens_ms: int
    ends_ms: int
    seats: int


def take_from(house: House, device: Device, body: bytes) -> ReadinessNoted:
    """A computer's own report, or one that a hub brings. 413 too-large, 422 report-unfit, 429 reports-later."""
    with house.store.glancing() as connection:
        most = A_MINUTE["hub" if is_hub(connection, device) else "device"]
    return _take(house, device.organization, f"device {device.id}", most, body)


def take_upload(house: House, login: Login, body: bytes) -> ReadinessNoted:
    """One that a person uploads; refused as above, and for a site beyond the login's reach (404 site-unknown)."""
    report = _read(body)
    with house.store.glancing() as connection:
        sites = _sites(connection, login)
    if sites is not None and report.site.casefold() not in sites:
        raise Refused(404, "site-unknown", f"Your reach has no site {report.site or 'without a name'}.", "Nothing was kept.")
    return _take(house, login.organization, f"login {login.id}", A_MINUTE["login"], body)


def within_reach(house: House, login: Login) -> list[Report]:
    """The newest report of each computer that this login may see: of a district, or of the site that is named as its school."""
    with house.store.reading() as connection:
        sites = _sites(connection, login)
        found = _newest(connection, login.organization)
    return [report for report in found if sites is None or report.site.casefold() in sites]


def all_reports(house: House, site: str = "") -> list[Report]:
    """The newest report of each computer; of one site where one is named."""
    with house.store.reading() as connection:
        organizations = connection.execute(select(schema.organization.c.id)).scalars().all()
        found = [report for each in organizations for report in _newest(connection, each)]
    return [report for report in found if not site or report.site.casefold() == site.casefold()]


def windows(house: House, login: Login | None = None) -> list[Window]:
    """Groups whose window is not over, the next one first; within a login's reach."""
    group = schema.testing_group.c
    query = (
        select(
            group.id, group.name, schema.school.c.name.label("school"), group.package_id, group.package_version,
            group.opens_ms, group.ends_ms, group.seats,
        )
        .select_from(schema.testing_group.join(schema.school))
        .where(group.ends_ms > house.clock.wall_ms())
        .order_by(group.opens_ms, group.name, group.id)
    )  # fmt: skip
    if login is not None:
        query = query.where(within(login))
    with house.store.glancing() as connection:
        rows = connection.execute(query).all()
    return [
        Window(row.id, row.name, row.school, f"{row.package_id} {row.package_version}", row.opens_ms, row.ends_ms, row.seats)
        for row in rows
    ]


def labs(reports: list[Report], asked: list[Window]) -> LabsInReach:
    """Which rooms are ready, and for which window: by the reports that were made for its very test."""
    places = sorted({(report.site, report.room) for report in reports})
    rooms = tuple(_room(site, room, [r for r in reports if (r.site, r.room) == (site, room)]) for site, room in places)
    fits = []
    for window in asked:
        for site, room in places:
            made = [r for r in reports if (r.site, r.room) == (site, room) and window.package in r.packages]
            if made:
                fits.append(_fit(window, _room(site, room, made)))
    return LabsInReach(rooms, tuple(fits))


def _fit(window: Window, room: RoomInReach) -> WindowInReach:
    """Ready with a ready computer for each seat and a line that holds them; nearly, when those to mend are counted."""
    enough = not room.limit or room.limit >= window.seats
    if enough and room.ready >= window.seats:
        state = "ready"
    elif enough and room.ready + room.warned >= window.seats:
        state = "to mend"
    else:
        state = "not ready"
    facts = window.id, window.name, window.opens_ms, window.ends_ms, window.seats
    return WindowInReach(*facts, room.site, room.room, room.ready, room.warned, room.limit, state)  # type: ignore[arg-type]


def _room(site: str, room: str, reports: list[Report]) -> RoomInReach:
    said = [report.verdict for report in reports]
    limits = [report.limit for report in reports if report.limit]
    ready, warned = said.count("pass"), said.count("warn")
    newest = max(round(report.taken * 1000) for report in reports)
    return RoomInReach(site, room, ready, warned, len(said) - ready - warned, min(limits, default=0), newest)


def _take(house: House, organization: str, sender: str, most: int, body: bytes) -> ReadinessNoted:
    report, now = _read(body), house.clock.wall_ms()
    taken_ms, own = round(report.taken * 1000), schema.readiness.c
    place = (own.organization == organization) & (own.site == report.site)
    place &= (own.room == report.room) & (own.computer == report.computer)
    values = {"organization": organization, "site": report.site, "room": report.room, "computer": report.computer}
    values |= {"sender": sender, "verdict": report.verdict, "report": body.decode()}
    with house.store.writing() as connection:
        recent = select(func.count()).where(own.sender == sender, own.received_ms > now - MINUTE_MS)
        if connection.execute(recent).scalar_one() >= most:
            raise Refused(
                429, "reports-later", "Too many reports came in the last minute.", "", "Send it again later.", retry_after=60
            )
        insert_new(connection, schema.readiness, values | {"taken_ms": taken_ms, "received_ms": now})
        kept = connection.execute(select(own.taken_ms).where(place).order_by(own.taken_ms.desc()).limit(KEPT)).scalars().all()
        old = (own.taken_ms < kept[-1]) & (own.received_ms <= now - MINUTE_MS)  # what is fresh still counts against the sender
        connection.execute(delete(schema.readiness).where(place, old))
    return ReadinessNoted(report.computer, report.verdict, now)


def _read(body: bytes) -> Report:
    """A report that can be kept."""
    if len(body) > LARGEST:
        raise Refused(413, "too-large", f"A report has at most {LARGEST} bytes.")
    try:
        report = decode(body.decode())
    except (Trouble, UnicodeDecodeError, RecursionError) as error:
        why = error.advice.what if isinstance(error, Trouble) else "This is no readiness report."
        raise Refused(422, "report-unfit", why, "It was not kept.", "Make it again with `stamp-desktop readiness`.") from error
    names = report.computer, report.room, report.site
    if not report.computer or any(len(name) > LONGEST_NAME or not name.isprintable() for name in names):
        raise Refused(422, "report-unfit", "This report's names are not usable.", "It was not kept.")
    return report


def _newest(connection: Connection, organization: str) -> list[Report]:
    own = schema.readiness.c
    query = select(own.report).where(own.organization == organization).order_by(own.site, own.room, own.computer, own.taken_ms)
    newest: dict[tuple[str, str, str, str], Report] = {}
    for text in connection.execute(query).scalars():
        report = decode(text)
        newest[report.site, report.room, report.computer, report.machine] = report
    return list(newest.values())


def _sites(connection: Connection, login: Login) -> frozenset[str] | None:
    """The sites that a login reaches, folded: its school's name. None: all of its district."""
    if not (login.school or login.group):
        return None
    names = select(schema.school.c.name).select_from(schema.school.outerjoin(schema.testing_group))
    chosen = schema.testing_group.c.id == login.group if login.group else schema.school.c.id == login.school
    return frozenset(name.casefold() for name in connection.execute(names.where(chosen)).scalars())
