"""What a back end has to be able to do, and the words in which it says how far it can.

A protection is enforced, only detected, or not available on this computer; nothing here pretends otherwise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, get_args

from stamp_desktop.kiosk.policy import Policy

Protection: TypeAlias = Literal[
    "screen covered",
    "keys",
    "other programs",
    "clipboard",
    "second screen",
    "screen capture",
    "restart",
    "consoles",
    "power keys",
    "clock",
]
PROTECTIONS: tuple[Protection, ...] = get_args(Protection)
Grade: TypeAlias = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a protection reaches here, and why."""

    reach: Literal["enforced", "detected", "unavailable"]
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was noticed. `code` is a policy rule's, `subject` tells two of a kind apart. Times are Unix ms."""

    code: str
    subject: str
    at_ms: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    mend: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.subject


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to end a lock or the kiosk: given for the proctor's PIN, a recovery answer, an administrator, a server."""

    by: str


class Guard(Protocol):
    """One back end. All calls come from one thread; `engage`, `release` and `recover` may be repeated."""

    grade: Grade

    def probe(self) -> Mapping[Protection, Standing]:
        """What this computer can hold; changes nothing."""

    def preflight(self, policy: Policy) -> Sequence[Finding]:
        """What speaks against a test here, each with how to mend it; changes nothing."""

    def engage(self, policy: Policy, session: str) -> None:
        """Close the computer: each setting is journalled, then changed."""

    def admit(self, pids: Collection[int]) -> None:
        """These processes, and what they start, are the exam program."""

    def verify(self) -> Sequence[Finding]:
        """What is wrong now; asked about once a second. A cause that lasts is found each time."""

    def attend(self) -> Sequence[Finding]:
        """Deal with what the system has sent; asked when `fileno` has something, and with every `verify`."""

    def fileno(self) -> int | None:
        """What tells that there is something to attend to; None where nothing does."""

    def release(self, ticket: Ticket) -> None:
        """Open the computer again."""

    def recover(self) -> None:
        """Undo whatever the journal says was changed, after any kill."""
