"""What each verb of `stamp-server` does, as lines for the terminal. It prints nothing itself and decides nothing."""

import argparse
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from stamp_desktop.audio.encode import to_flac, to_opus
from stamp_desktop.content.keys import keys_path, load_keys, load_public_key
from stamp_desktop.server import (
    admin,
    audit,
    backup,
    identity,
    logins,
    oneroster,
    packages,
    retention,
    room_guard,
    unlocking,
    verifying,
)
from stamp_desktop.server.house import House
from stamp_desktop.server.room_sound import as_json, as_text
from stamp_desktop.server.room_sound import room as room_of
from stamp_desktop.server.settings import keep_settings, settings_of
from stamp_desktop.trouble import Trouble

PASSWORD = "STAMP_PASSWORD"  # noqa: S105 (the name of a variable)


def init(house: House, asked: argparse.Namespace) -> Iterator[str]:
    keep_settings(settings_of(asked.data, asked.database, asked.objects))
    yield f"The server {house.identity.id} is ready in {asked.data}."
    yield f"Its fingerprint, for enrolling computers: {house.identity.fingerprint}"
    yield f"Keep a copy of {asked.data / identity.FILE} in a safe place: without it no test that was received can be opened."


def organization(house: House, asked: argparse.Namespace) -> Iterator[str]:
    yield admin.add_organization(house, asked.name)


def school(house: House, asked: argparse.Namespace) -> Iterator[str]:
    yield admin.add_school(house, asked.organization, asked.name)


def group(house: House, asked: argparse.Namespace) -> Iterator[str]:
    package, version = asked.package
    times = _ms(asked.opens), _ms(asked.ends)
    new = admin.NewGroup(asked.school, asked.name, package, version, asked.code, *times, asked.seats, asked.roster)
    yield admin.add_group(house, new).id


def groups(house: House, _: argparse.Namespace) -> Iterator[str]:
    for each in admin.groups(house):
        window = f"{_time(each.opens_ms)} to {_time(each.ends_ms)}"
        yield f"{each.id}  {each.name}  {each.school}  {each.organization}  {each.test_code}  {window}"


def window(house: House, asked: argparse.Namespace) -> Iterator[str]:
    admin.set_window(house, asked.group, _ms(asked.opens), _ms(asked.ends))
    yield f"{asked.group} is open from {_time(_ms(asked.opens))} to {_time(_ms(asked.ends))}"


def roster_import(house: House, asked: argparse.Namespace) -> Iterator[str]:
    try:
        text = asked.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(
            "roster-unfit", f"{asked.file} cannot be read ({error}).", "Nothing was imported.", "Save it as CSV in UTF-8."
        ) from error
    yield f"{admin.import_roster(house, asked.group, admin.read_roster(text))} test takers"


def roster_oneroster(house: House, asked: argparse.Namespace) -> Iterator[str]:
    courses = {course.id: course for course in oneroster.read(asked.file, asked.login)}
    if not asked.take:
        for course in courses.values():
            yield f"{course.id}  {course.title}  {course.school}  {len(course.students)} students"
        yield f"Nothing was imported. Name what to take: --take CLASS GROUP, once for each of these {len(courses)} classes."
        return
    unknown = sorted({each for each, _ in asked.take} - courses.keys())
    if unknown:
        raise Trouble("class-unknown", f"There is no class {', '.join(unknown)} in {asked.file}.", "Nothing was imported.")
    wanted: dict[str, dict[str, admin.Person]] = {}
    for course, into in asked.take:
        wanted.setdefault(into, {}).update({each.login: each for each in courses[course].students})
    count = admin.import_rosters(house, {into: list(people.values()) for into, people in wanted.items()})
    yield f"{count} test takers in {len(wanted)} groups"


def roster_remove(house: House, asked: argparse.Namespace) -> Iterator[str]:
    admin.remove_from_roster(house, asked.group, asked.login)
    yield f"{asked.login} is no longer on the roster; a test that was begun stays."


def code(house: House, asked: argparse.Namespace) -> Iterator[str]:
    for _ in range(asked.count):
        organization = asked.organization or (house.upstream.organization if house.upstream else "")
        yield admin.new_code(house, organization, hub=asked.hub)


def code_line(house: House, asked: argparse.Namespace) -> Iterator[str]:
    """What to type at the computer, whole."""
    made = admin.new_code(house, asked.organization)
    yield f"stamp-desktop enrol --server {asked.server} --fingerprint {house.identity.fingerprint} --code {made}"


def devices(house: House, _: argparse.Namespace) -> Iterator[str]:
    for each in admin.devices(house):
        state = "enrolled" if each.revoked_ms is None else f"revoked {_time(each.revoked_ms)}"
        yield f"{each.id}  {each.name}  {each.organization}  {state}"


def revoke(house: House, asked: argparse.Namespace) -> Iterator[str]:
    admin.revoke(house, asked.device)
    yield f"{asked.device} is refused from now on."


def login_add(house: House, asked: argparse.Namespace) -> Iterator[str]:
    password = os.environ.get(PASSWORD) or asked.ask(f"Password for {asked.name}: ")
    made = logins.add(
        house, asked.name, password, organization=asked.district or "", school=asked.school or "", group=asked.group or ""
    )
    yield f"{made.name} may sign in; reach: {made.reach}"


def login_end(house: House, asked: argparse.Namespace) -> Iterator[str]:
    logins.end(house, asked.name)
    yield f"{asked.name} may no longer sign in."


def package(house: House, asked: argparse.Namespace) -> Iterator[str]:
    keys = load_keys(asked.keys or keys_path(asked.file))
    made = packages.add_package(house, asked.file, keys, load_public_key(asked.publisher))
    yield f"{made.id} {made.version} {made.hash}"


def sessions(house: House, _: argparse.Namespace) -> Iterator[str]:
    for row in admin.sessions(house):
        marks = ", ".join(row.alarms) or "-"
        counts = f"{row.events} events  {row.recordings} recordings"
        yield f"{row.id}  {row.group}  {row.login}  {row.state}  {counts}  {row.receipt or 'no receipt'}  {marks}"


def session(house: House, asked: argparse.Namespace) -> Iterator[str]:
    found = admin.replayed(house, asked.session)
    for alarm in found.alarms:
        asked.warn(f"{alarm.code}: {alarm.detail}")
    with house.store.writing() as connection:
        audit.note(connection, house.clock.wall_ms(), house.who, "session shown", session=asked.session)
    if found.outcome:
        yield json.dumps(json.loads(found.outcome), indent=2, ensure_ascii=False)


def room(house: House, asked: argparse.Namespace) -> Iterator[str]:
    sound = room_of(house, asked.group)
    yield as_json(sound) if asked.json else as_text(sound)


def unlock(house: House, asked: argparse.Namespace) -> Iterator[str]:
    given = unlocking.give_seat(house, asked.group, asked.seat, asked.by)
    yield f"{given.seat} goes on as soon as it asks, until {_time(given.expires_ms)}."


def guard(house: House, asked: argparse.Namespace) -> Iterator[str]:
    found = room_guard.guard(house, asked.group)
    yield room_guard.as_json(found) if asked.json else room_guard.as_text(found)


def recording(house: House, asked: argparse.Namespace) -> Iterator[str]:
    encoded = to_opus if asked.out.suffix in {".opus", ".ogg"} else to_flac
    file = encoded(*admin.pcm(house, asked.recording))
    with house.store.writing() as connection:
        audit.note(connection, house.clock.wall_ms(), house.who, "recording exported", recording=asked.recording)
    asked.out.write_bytes(file)
    yield str(asked.out)


def verify(house: House, asked: argparse.Namespace) -> Iterator[str]:
    """The exit status is 1 when anything was changed: by the Trouble at the end."""
    count = 0
    for said in verifying.faults(house, asked.session or ""):
        count += 1
        yield said
    if count:
        raise Trouble(
            "data-changed",
            f"{count} things are not as they were received.",
            "The rest is. Nothing was repaired.",
            "Compare with a backup; stations keep what they sent for the retention time.",
        )
    yield "Everything is as it was received."


def audit_log(house: House, asked: argparse.Namespace) -> Iterator[str]:
    with house.store.reading() as connection:
        for entry in audit.entries(connection):
            if entry.number >= asked.since:
                said = audit.shown(entry)
                yield json.dumps(said, ensure_ascii=False) if asked.json else _audit_line(entry)
        found = audit.faults(connection)
    if found:
        raise Trouble("audit-changed", f"The audit log is not as it was written: {'; '.join(found)}.")


def purge(house: House, asked: argparse.Namespace) -> Iterator[str]:
    before = datetime.now(UTC) - timedelta(days=asked.days)
    found = retention.purge(house, int(before.timestamp() * 1000), alarms=asked.alarms, really=asked.yes)
    yield from found.sessions
    said = f"{len(found.sessions)} sessions with {found.recordings} recordings, {found.parts} unfinished uploads"
    yield f"Let go of {said}." if asked.yes else f"Would let go of {said}. Say --yes to do it."


def rotate(house: House, asked: argparse.Namespace) -> Iterator[str]:
    made = identity.rotate(asked.data / identity.FILE, house.clock.wall_ms())
    with house.store.writing() as connection:
        audit.note(connection, house.clock.wall_ms(), house.who, "keys changed", former=house.identity.id, server=made.id)
    yield f"The server {house.identity.id} is {made.id} from its next start; enrolled computers follow by themselves."
    yield f"Its fingerprint, for enrolling computers: {made.fingerprint}"
    yield f"Keep a copy of {asked.data / identity.FILE} in a safe place, beside the earlier one."


def back_up(house: House, asked: argparse.Namespace) -> Iterator[str]:
    settings = settings_of(asked.data, asked.database, asked.objects)
    count = backup.back_up(settings, asked.out)
    yield f"{count} files in {asked.out}. It holds the server's keys: keep it as safe as they are."
    with house.store.writing() as connection:
        audit.note(connection, house.clock.wall_ms(), house.who, "backed up")


def _audit_line(entry: audit.Entry) -> str:
    facts = "  ".join(f"{name}={value}" for name, value in json.loads(entry.facts).items())
    return f"{entry.number}  {_time(entry.at_ms)}  {entry.who}  {entry.act}  {facts}  {entry.hash.hex()[:16]}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
