"""What this computer itself has to remember: its identity, the roster, its packages, which sessions lie here.

What a server sends about groups and test takers is kept as it came. Secrets are not here (see `keys`), nor is anything
that a session's own journal says.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sqlite_utils.db import Table

from stamp_desktop.storage.database import connect, settle, troubles, writing
from stamp_desktop.storage.durable import damaged, disk_troubles, make_folder, sync_file, sync_folder
from stamp_desktop.storage.reader import told_as_damage
from stamp_desktop.storage.schema import STATION, STRUCTURE, other_structure, upgrade

Facts: TypeAlias = Mapping[str, Any]
State: TypeAlias = Literal["open", "finished", "received", "purged", "damaged", "moved"]


@dataclass(frozen=True, slots=True)
class Device:
    """This computer as it is enrolled, and its server's pinned public keys (Ed25519 and X25519, 32 bytes each).

    `server_pinned`: the server's certificate has to be issued by its signing key, else by an authority of this computer.
    `server_former`: signing keys that led to this one, one after the other: what they have signed stays good.
    """

    id: str
    name: str
    certificate: bytes
    server_url: str
    server_id: str
    server_signing_key: bytes
    server_hpke_key: bytes
    server_pinned: bool = False
    server_former: bytes = b""

    @property
    def server_keys(self) -> tuple[bytes, ...]:
        """Every signing key that this computer knows its server by, the present one first."""
        former = self.server_former
        return (self.server_signing_key, *(former[at : at + 32] for at in range(len(former) - 32, -1, -32)))


@dataclass(frozen=True, slots=True)
class PackageLine:
    """A package on this computer; offered to a test only when `verified`."""

    id: str
    version: str
    hash: str
    path: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session that lies on this computer; `receipt` is the number, "" before a verified one. Unix ms.

    `moved`: the test goes on at another computer, and not here.
    """

    id: str
    group_id: str
    login: str
    created: int
    state: State = "open"
    receipt: str = ""


class Station:
    """`station.db`, for the thread that opened it. Any call raises Trouble `disk-full`, `disk-error` or `data-damaged`."""

    def __init__(self, path: Path) -> None:
        """Opened or made; Trouble `program-too-old`."""
        with disk_troubles():
            make_folder(path.parent)
        self._connection = connect(path, create=True)
        try:
            self._db = upgrade(self._connection, STATION)
            settle(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def check(self) -> None:
        """Read all of it; Trouble `data-damaged` when the file is not one that this program wrote."""
        with troubles():
            problems = self._connection.execute("PRAGMA integrity_check(1)").fetchall()
            tables = self._connection.execute(STRUCTURE).fetchall()
        if problems != [("ok",)]:
            raise damaged(str(problems[0][0]))
        if other_structure(tables, STATION):
            raise damaged("its tables are others")
        with told_as_damage():
            self.device(), self.packages(), self.sessions(), self.roster_cursor()
            for row in self._rows("testing_group"):
                _same(json.loads(row["facts"])["id"], row["id"])
            for row in self._rows("roster"):
                said = json.loads(row["facts"])
                _same((said["group"], said["login"]), (row["group_id"], row["login"]))

    def keep_copy(self, path: Path) -> None:
        """Write all of it to `path`, whole, or leave there what there was. Trouble `disk-full`, `disk-error`."""
        new = path.with_name(path.name + ".new")
        with disk_troubles(), troubles():
            new.unlink(missing_ok=True)
            with closing(sqlite3.connect(new)) as copy:
                self._connection.backup(copy)
            descriptor = os.open(new, os.O_RDWR)
            try:
                sync_file(descriptor)
            finally:
                os.close(descriptor)
            new.replace(path)
            sync_folder(path.parent)

    def device(self) -> Device | None:
        """None before this computer was enrolled."""
        found = self._rows("device", "one = 1")
        if not found:
            return None
        facts = {name: value for name, value in found[0].items() if name != "one"}
        return Device(**{**facts, "server_pinned": bool(facts["server_pinned"])})

    def enrol(self, device: Device) -> None:
        """Keep the identity that a server gave; an earlier one is replaced."""
        with writing(self._connection):
            self._table("device").upsert({"one": 1, **asdict(device)}, pk="one")

    def roster_cursor(self) -> str:
        """How far the roster is known; "" before the first part."""
        found = self._rows("roster_cursor", "one = 1")
        return str(found[0]["cursor"]) if found else ""

    def roster_changed(
        self, groups: Iterable[Facts], entries: Iterable[Facts], gone: Iterable[tuple[str, str]], cursor: str
    ) -> None:
        """Take over one part of the roster as a whole: groups (by `id`), entries (by `group` and `login`) new or changed,
        (group, login) that are `gone`.
        """
        with writing(self._connection):
            self._table("testing_group").upsert_all(
                [{"id": facts["id"], "facts": json.dumps(dict(facts))} for facts in groups], pk="id"
            )
            self._table("roster").upsert_all(
                [{"group_id": facts["group"], "login": facts["login"], "facts": json.dumps(dict(facts))} for facts in entries],
                pk=("group_id", "login"),
            )
            for group, login in gone:
                self._table("roster").delete_where("group_id = ? AND login = ?", [group, login])
            self._table("roster_cursor").upsert({"one": 1, "cursor": cursor}, pk="one")

    def groups(self) -> list[Facts]:
        """Every testing group as the server gave it."""
        return [json.loads(row["facts"]) for row in self._rows("testing_group")]

    def roster(self, group: str) -> list[Facts]:
        """The group's test takers as the server gave them."""
        return [json.loads(row["facts"]) for row in self._rows("roster", "group_id = ?", group)]

    def keep_package(self, package: PackageLine) -> None:
        with writing(self._connection):
            self._table("package").upsert(asdict(package), pk=("id", "version"))

    def packages(self) -> list[PackageLine]:
        return [PackageLine(**{**row, "verified": bool(row["verified"])}) for row in self._rows("package")]

    def keep_session(self, session: SessionLine) -> None:
        """Note a session that begins here, or how it stands now."""
        with writing(self._connection):
            self._table("session").upsert(asdict(session), pk="id")

    def sessions(self) -> list[SessionLine]:
        """Every session that lies or lay here, in the order they began."""
        return [SessionLine(**row) for row in self._rows("session", "1 ORDER BY created, id")]

    def _table(self, name: str) -> Table:
        return self._db.table(name)

    def _rows(self, table: str, where: str = "1", *values: Any) -> list[dict[str, Any]]:
        with troubles():
            return list(self._table(table).rows_where(where, values))


def _same(said: object, known: object) -> None:
    """What is kept as it came stands under what it says of itself."""
    if said != known:
        raise damaged("what the server said of a group or a test taker is not as it came")
