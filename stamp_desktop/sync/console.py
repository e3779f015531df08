"""The words between a console and the server: signing in, and what lies within a login's reach. It moves and stores nothing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Reach: TypeAlias = Literal["group", "school", "district"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Name and password of a login."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` goes into the Authorization header of later calls: `Bearer TOKEN`."""

    token: str
    expires_ms: int
    name: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class GroupInReach:
    """A testing group that the login may see; `sessions` are those that were begun, `sealed` those with a receipt."""

    id: str
    name: str
    school: str
    opens_ms: int
    ends_ms: int
    seats: int
    sessions: int
    sealed: int


@dataclass(frozen=True, slots=True)
class GroupsInReach:
    """By name."""

    groups: tuple[GroupInReach, ...]


@dataclass(frozen=True, slots=True)
class SessionInReach:
    """A test of a group. `receipt` is "" before the seal; `alarms` are codes of docs/protocol.md."""

    id: str
    login: str
    state: Literal["open", "sealed", "purged"]
    forked: bool
    events: int
    receipt: str
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionsInReach:
    """The oldest first."""

    sessions: tuple[SessionInReach, ...]


@dataclass(frozen=True, slots=True)
class ReadinessNoted:
    """A readiness report is kept; what the server reads in it."""

    computer: str
    verdict: Literal["pass", "warn", "fail", "skipped"]
    received_ms: int


@dataclass(frozen=True, slots=True)
class RoomInReach:
    """The newest reports of a room's computers. `limit` 0: nobody measured how many test takers its line holds."""

    site: str
    room: str
    ready: int
    warned: int
    not_ready: int
    limit: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class WindowInReach:
    """A testing group's window and a room whose computers were checked for its test."""

    group: str
    name: str
    opens_ms: int
    ends_ms: int
    seats: int
    site: str
    room: str
    ready: int
    warned: int
    limit: int
    state: Literal["ready", "to mend", "not ready"]


@dataclass(frozen=True, slots=True)
class LabsInReach:
    """Rooms by site and name; windows by when they open."""

    rooms: tuple[RoomInReach, ...]
    windows: tuple[WindowInReach, ...]
