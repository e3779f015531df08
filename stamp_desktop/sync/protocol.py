"""The wire's words, shared by both ends. It moves nothing and stores nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

RosterControl: TypeAlias = Literal["open", "closed", "self_enrol"]


@dataclass(frozen=True, slots=True)
class Group:
    """A testing group as a station knows it. Times are Unix milliseconds; the window is [opens_ms, ends_ms)."""

    id: str
    name: str
    school: str
    organization: str
    language: str
    assessment: str
    package_id: str
    package_version: str
    package_hash: str
    test_code: str
    opens_ms: int
    ends_ms: int
    seats: int
    roster_control: RosterControl


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A test taker on a group's roster."""

    group: str
    login: str
    first: str
    last: str
    accommodations: Mapping[str, str] = field(default_factory=dict)
