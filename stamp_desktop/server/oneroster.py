"""Rosters as OneRoster CSV writes them: a zip of version 1.1 or 1.2, read whole and checked before anything is taken from it.

All faults are named at once, by file and line: a missing file or column, an id that is there twice, an id that leads nowhere.
Only bulk files are read; a delta says what has changed since some other reading, and that is not here.
Sources: 1EdTech, OneRoster CSV Tables 1.1 (2017) and OneRoster 1.2 CSV Binding 1.2.1 (2022).
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from stamp_desktop.server.admin import Person
from stamp_desktop.trouble import Trouble

Row: TypeAlias = Mapping[str, str]
LoginColumn: TypeAlias = Literal["username", "identifier", "email", "sourcedId"]
VERSIONS = ("1.1", "1.2")
MANIFEST = "manifest.csv"
LARGEST = 512 * 2**20
"""Bytes of one file unpacked: a district of a million enrolments needs a fifth of that."""
MOST_SHOWN = 200
REFERENCES: Mapping[str, Mapping[str, str]] = {
    "orgs": {"parentSourcedId": "orgs"},
    "academicSessions": {"parentSourcedId": "academicSessions"},
    "courses": {"orgSourcedId": "orgs", "schoolYearSourcedId": "academicSessions"},
    "classes": {"courseSourcedId": "courses", "schoolSourcedId": "orgs", "termSourcedIds": "academicSessions"},
    "users": {"orgSourcedIds": "orgs", "agentSourcedIds": "users", "primaryOrgSourcedId": "orgs"},
    "roles": {"userSourcedId": "users", "orgSourcedId": "orgs"},
    "enrollments": {"classSourcedId": "classes", "schoolSourcedId": "orgs", "userSourcedId": "users"},
}
"""Which column of which file holds ids of which other file. Several ids in one field stand apart by commas."""
COLUMNS: Mapping[str, frozenset[str]] = {
    "orgs": frozenset({"sourcedId", "name", "type"}),
    "classes": frozenset({"sourcedId", "title", "schoolSourcedId"}),
    "users": frozenset({"sourcedId", "username", "givenName", "familyName"}),
    "enrollments": frozenset({"sourcedId", "classSourcedId", "userSourcedId", "role"}),
}
"""The files that a roster needs, and what is read of them."""


@dataclass(frozen=True, slots=True)
class Course:
    """A class of a school, with the students who are enrolled in it."""

    id: str
    title: str
    school: str
    students: tuple[Person, ...]


@dataclass(slots=True)
class _Files:
    """What was read, and what was found wrong."""

    rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def said(self, name: str, line: int, what: str) -> None:
        self.faults.append(f"{name}.csv line {line}: {what}")


def read(path: Path, login: LoginColumn = "username") -> list[Course]:
    """Every class with its students, by title. Trouble `roster-unfit` with every fault, one a line; nothing is taken then."""
    files = _Files()
    try:
        with zipfile.ZipFile(path) as archive:
            _read_all(archive, files)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _unfit([f"{path.name} is not a zip that can be read ({error})"]) from error
    if not files.faults:
        _check(files)
    courses = list(_courses(files, login)) if not files.faults else []
    if files.faults:
        raise _unfit(files.faults)
    return sorted(courses, key=lambda each: (each.title, each.id))


def _read_all(archive: zipfile.ZipFile, files: _Files) -> None:
    names = {Path(each.filename).name: each for each in archive.infolist() if not each.is_dir()}
    if MANIFEST not in names:
        files.faults.append(f"{MANIFEST} is missing: this is no OneRoster zip")
        return
    manifest = {row.get("propertyName", ""): row.get("value", "") for _, row in _rows(archive, names[MANIFEST], files)}
    version = manifest.get("oneroster.version", "")
    if version not in VERSIONS:
        files.faults.append(f"{MANIFEST}: oneroster.version is {version or 'missing'}, not {' or '.join(VERSIONS)}")
    for kind in REFERENCES:
        mode = manifest.get(f"file.{kind}", "absent")
        if mode == "delta":
            files.faults.append(f"{MANIFEST}: {kind} are a delta; export them in bulk")
        elif mode == "bulk" and f"{kind}.csv" not in names:
            files.faults.append(f"{MANIFEST} names {kind}.csv, which is not in the zip")
        elif mode == "bulk":
            files.rows[kind] = list(_rows(archive, names[f"{kind}.csv"], files))
        elif mode != "absent":
            files.faults.append(f"{MANIFEST}: file.{kind} is {mode}, not bulk or absent")
        if kind in COLUMNS and mode == "absent":
            files.faults.append(f"{kind}.csv is missing")


def _rows(archive: zipfile.ZipFile, about: zipfile.ZipInfo, files: _Files) -> Iterator[tuple[int, Row]]:
    kind = Path(about.filename).stem
    if about.file_size > LARGEST:
        files.faults.append(f"{about.filename} is larger than {LARGEST // 2**20} MiB")
        return
    try:
        text = archive.read(about).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        files.faults.append(f"{about.filename} is not UTF-8 (byte {error.start})")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = sorted(COLUMNS.get(kind, frozenset()) - set(reader.fieldnames or ()))
    if missing:
        files.said(kind, 1, f"no column {', '.join(missing)}")
        return
    last = reader.line_num
    try:
        for row in reader:
            if None in row or None in row.values():
                files.said(kind, last + 1, "another number of columns than the first line")
            else:
                yield last + 1, {name: unicodedata.normalize("NFC", value).strip() for name, value in row.items()}
            last = reader.line_num
    except csv.Error as error:
        files.said(kind, last + 1, str(error))


def _check(files: _Files) -> None:
    """Every id once, and every id that is spoken of there."""
    known: dict[str, set[str]] = {}
    for kind, rows in files.rows.items():
        seen = known[kind] = set()
        for number, row in rows:
            own = row.get("sourcedId", "")
            if not own or own in seen:
                files.said(kind, number, f"sourcedId {own} is there twice" if own else "no sourcedId")
            seen.add(own)
    for kind, references in REFERENCES.items():
        for number, row in files.rows.get(kind, ()):
            for column, target in references.items():
                for wanted in _ids(row.get(column, "")):
                    if target not in known:
                        files.said(kind, number, f"{column} {wanted}: there is no {target}.csv")
                    elif wanted not in known[target]:
                        files.said(kind, number, f"{column} {wanted} is not in {target}.csv")


def _courses(files: _Files, login: LoginColumn) -> Iterator[Course]:
    schools = {row["sourcedId"]: row["name"] for _, row in files.rows["orgs"]}
    users = {row["sourcedId"]: (number, row) for number, row in files.rows["users"]}
    enrolled: dict[str, list[str]] = {}
    for _, row in files.rows["enrollments"]:
        if row["role"].lower() == "student" and _active(row):
            enrolled.setdefault(row["classSourcedId"], []).append(row["userSourcedId"])
    for _, row in files.rows["classes"]:
        if _active(row):
            students = tuple(_people(files, login, [users[each] for each in dict.fromkeys(enrolled.get(row["sourcedId"], ()))]))
            yield Course(row["sourcedId"], row["title"], schools.get(row["schoolSourcedId"], ""), students)


def _people(files: _Files, login: LoginColumn, rows: Sequence[tuple[int, Row]]) -> Iterator[Person]:
    seen: set[str] = set()
    for number, row in rows:
        if not _active(row) or row.get("enabledUser", "true").lower() == "false":
            continue
        name = row.get(login, "")
        if not name or name.casefold() in seen:
            said = f"{login} {name} is another student's of the same class" if name else f"no {login}"
            if f"users.csv line {number}: {said}" not in files.faults:
                files.said("users", number, said)
        seen.add(name.casefold())
        yield Person(row["givenName"], row["familyName"], name)


def _active(row: Row) -> bool:
    return row.get("status", "").lower() != "tobedeleted"


def _ids(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _unfit(faults: Sequence[str]) -> Trouble:
    shown = [*faults[:MOST_SHOWN], *([f"… and {len(faults) - MOST_SHOWN} more"] if len(faults) > MOST_SHOWN else [])]
    return Trouble(
        "roster-unfit",
        "The roster has faults:\n" + "\n".join(f"  {each}" for each in shown) + "\n",
        "Nothing was imported.",
        "Correct them where the roster was exported, and export it again.",
    )
