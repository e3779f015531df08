"""The server's tables as they are now. How they came about stands in `migrations`.

Times are Unix milliseconds. An event belongs to a branch: 0 is the session's first line, the others left theirs (`parent`)
after event `after_seq`. `handover` says from which event on another copy of the session goes on with a branch. `forwarded` and
`wish` are a hub's: how far its server is with each part, and which seals stations are waiting for.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _text(name: str, *, key: bool = False, to: str = "") -> Column[str]:
    return Column(name, Text, *([ForeignKey(to)] if to else []), primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, autoincrement=False, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False)


organization = Table("organization", metadata, _text("id", key=True), _text("name"), _number("revision"))
school = Table("school", metadata, _text("id", key=True), _text("organization", to="organization.id"), _text("name"))
package = Table(
    "package",
    metadata,
    _text("id", key=True),
    _text("version", key=True),
    Column("hash", Text, nullable=False, unique=True),
    _text("title"),
    _text("language"),
    _text("assessment"),
    _text("file"),
    _text("file_sha256"),
    _number("bytes"),
    _bytes("publisher"),
    _bytes("keys"),
    _number("added_ms"),
)
testing_group = Table(
    "testing_group",
    metadata,
    _text("id", key=True),
    _text("school", to="school.id"),
    _text("name"),
    _text("package_id"),
    _text("package_version"),
    Column("test_code", Text, nullable=False, unique=True),
    _number("opens_ms"),
    _number("ends_ms"),
    _number("seats"),
    _text("roster_control"),
    _number("changed"),
)
roster = Table(
    "roster",
    metadata,
    _text("testing_group", key=True, to="testing_group.id"),
    _text("login", key=True),
    _text("first"),
    _text("last"),
    _text("accommodations"),
    _flag("gone"),
    _number("changed"),
)
enrolment_code = Table(
    "enrolment_code",
    metadata,
    _text("sha256", key=True),
    _text("organization", to="organization.id"),
    _number("expires_ms"),
    Column("device", Text),
)
device = Table(
    "device",
    metadata,
    _text("id", key=True),
    _text("organization", to="organization.id"),
    _text("name"),
    _bytes("signing_key"),
    _bytes("sealing_key"),
    _text("certificate"),
    _number("enrolled_ms"),
    Column("revoked_ms", BigInteger),
)
session = Table(
    "session",
    metadata,
    _text("id", key=True),
    _text("organization", to="organization.id"),
    _text("testing_group", to="testing_group.id"),
    _text("login"),
    _text("state"),
    _flag("forked"),
    _number("created_ms"),
    _number("begun_ms"),
)
copy = Table(
    "copy",
    metadata,
    _text("session", key=True, to="session.id"),
    _text("epoch", key=True),
    _text("device", key=True, to="device.id"),
    _text("facts"),
    _bytes("wrapped_key"),
    _number("begun_ms"),
)
branch = Table(
    "branch",
    metadata,
    _text("session", key=True, to="session.id"),
    _number("number", key=True),
    _number("parent"),
    _number("after_seq"),
    _text("epoch"),
    _number("seq"),
    _bytes("head"),
)
event = Table(
    "event",
    metadata,
    _text("session", key=True, to="session.id"),
    _number("branch", key=True),
    _number("seq", key=True),
    _text("id"),
    _text("kind"),
    Column("item", Text),
    _number("wall"),
    _number("mono"),
    _text("boot"),
    _bytes("body"),
    _bytes("prev_hash"),
    _bytes("hash"),
    _number("received_ms"),
    UniqueConstraint("session", "hash"),
    postgresql_partition_by="HASH (session)",
)
recording = Table(
    "recording",
    metadata,
    _text("upload", key=True),
    _text("session", to="session.id"),
    _text("id"),
    _text("sha256"),
    _number("length"),
    _number("offset"),
    _flag("whole"),
    _number("begun_ms"),
    Column("touched_ms", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("session", "id", "sha256"),
)
receipt = Table(
    "receipt",
    metadata,
    _text("number", key=True),
    _text("session", to="session.id"),
    _bytes("head"),
    _text("signed"),
    _text("signature"),
    _bytes("outcome"),
    _bytes("claimed"),
    _number("received_ms"),
    UniqueConstraint("session", "head"),
)
alarm = Table(
    "alarm",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _text("session", to="session.id"),
    _text("code"),
    _text("detail"),
    _number("at_ms"),
    UniqueConstraint("session", "code", "detail"),
)
hub_code = Table("hub_code", metadata, _text("sha256", key=True, to="enrolment_code.sha256"))
hub = Table("hub", metadata, _text("device", key=True, to="device.id"), _text("delegation"))
handover = Table(
    "handover",
    metadata,
    _text("session", key=True, to="session.id"),
    _number("branch", key=True),
    _text("epoch", key=True),
    _number("after_seq"),
    _number("at_ms"),
)
forwarded = Table(
    "forwarded",
    metadata,
    _text("session", key=True, to="session.id"),
    _text("what", key=True),
    _number("through"),
)
wish = Table(
    "wish",
    metadata,
    _text("session", key=True, to="session.id"),
    _text("head", key=True),
    _text("manifest"),
    _flag("granted"),
)
login = Table(
    "login",
    metadata,
    _text("id", key=True),
    Column("name", Text, nullable=False, unique=True),
    _text("organization", to="organization.id"),
    Column("school", Text, ForeignKey("school.id")),
    Column("testing_group", Text, ForeignKey("testing_group.id")),
    _text("password"),
    _number("failures"),
    _number("failed_ms"),
    _number("made_ms"),
    Column("ended_ms", BigInteger),
)
token = Table(
    "token",
    metadata,
    _text("sha256", key=True),
    _text("login", to="login.id"),
    _number("expires_ms"),
)
audit = Table(
    "audit",
    metadata,
    _number("number", key=True),
    _number("at_ms"),
    _text("who"),
    _text("act"),
    _text("facts"),
    _bytes("prev_hash"),
    _bytes("hash"),
)
readiness = Table(
    "readiness",
    metadata,
    _text("organization", key=True, to="organization.id"),
    _text("site", key=True),
    _text("room", key=True),
    _text("computer", key=True),
    _number("taken_ms", key=True),
    _text("sender"),
    _number("received_ms"),
    _text("verdict"),
    _text("report"),
)
unlock = Table(
    "unlock",
    metadata,
    _text("id", key=True),
    _text("device", to="device.id"),
    _text("signed"),
    _number("issued_ms"),
    _number("expires_ms"),
)
Index("roster_by_change", roster.c.testing_group, roster.c.changed)
Index("session_by_organization", session.c.organization, session.c.created_ms)
Index("session_by_group", session.c.testing_group)
Index("recording_by_touch", recording.c.whole, recording.c.touched_ms)
Index("token_by_login", token.c.login)
Index("readiness_by_sender", readiness.c.sender, readiness.c.received_ms)
Index("unlock_by_device", unlock.c.device, unlock.c.expires_ms)

TAKES = (testing_group.c.package_id == package.c.id) & (testing_group.c.package_version == package.c.version)
"""Which package a group takes."""
