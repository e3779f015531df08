"""The demonstration's district: one school, groups open, later and over, people, codes. Made once, then found again."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.content.keys import PackageKeys
from stamp_desktop.server import admin
from stamp_desktop.server.admin import NewGroup, Person
from stamp_desktop.server.house import House
from stamp_desktop.server.packages import add_package
from stamp_desktop.sync.protocol import Group, RosterControl

HOUR = 3_600_000
DAY = 24 * HOUR
PEOPLE = (
    Person("Amara", "Okafor", "amara"),
    Person("Diego", "Hernández Ruiz", "diego"),
    Person("Lin", "Zhang", "lin"),
    Person("Noah", "Berg", "noah"),
    Person("Priya", "Raman", "priya"),
    Person("Sofía", "Ortega", "sofia"),
    Person("Yusuf", "Al-Amin", "yusuf"),
    Person("Zoë", "O’Brien", "zoe"),
)


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What there is to try. `logins` are on the closed group's roster; the open group takes any login name.

    `enrolment_code` is new with each call, since a code enrols one computer.
    """

    closed: Group
    open: Group
    later: Group
    over: Group
    logins: tuple[str, ...]
    enrolment_code: str


def seed_demo(house: House, package: Path, keys: PackageKeys, publisher: Ed25519PublicKey) -> DemoFacts:
    """Set the demonstration up on a fresh server; on one that has it, only a new enrolment code is made."""
    made = add_package(house, package, keys, publisher)
    known = {group.test_code: group for group in admin.groups(house)}
    if "RIVER-1" not in known:
        organization = admin.add_organization(house, "Riverside Unified School District")
        school = admin.add_school(house, organization, "Riverside High School")
        now = house.clock.wall_ms()
        plans: tuple[tuple[str, str, int, int, RosterControl], ...] = (
            ("English 3, Ms. Alvarez", "RIVER-1", -DAY, 30 * DAY, "closed"),
            ("Placement, walk-in", "RIVER-2", -DAY, 30 * DAY, "open"),
            ("English 4, spring", "RIVER-3", 20 * DAY, 30 * DAY, "closed"),
            ("English 2, autumn", "RIVER-4", -30 * DAY, -DAY, "closed"),
        )
        for name, code, opens, ends, control in plans:
            new = NewGroup(school, name, made.id, made.version, code, now + opens, now + ends, 30, control)
            known[code] = admin.add_group(house, new)
            if control == "closed":
                admin.import_roster(house, known[code].id, PEOPLE)
    first = known["RIVER-1"]
    code = admin.new_code(house, admin.organization_of(house, first.id))
    logins = tuple(person.login for person in PEOPLE)
    return DemoFacts(first, known["RIVER-2"], known["RIVER-3"], known["RIVER-4"], logins, code)
