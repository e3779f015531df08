"""Letting a paused test go on from away: the ticket that a server signs for one computer, fetched while its test waits.

A hub only carries it. Who judges it is the guardian of that computer (`kiosk.ticket`).
"""

from dataclasses import dataclass
from typing import Final, Literal

from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.words import Signed

TICKETS: Final = f"{PREFIX}/unlocks"
TICKET_MS: Final = 10 * 60_000
"""How long a ticket counts: a computer may be without its line for some of it."""


@dataclass(frozen=True, slots=True)
class UnlockTicket:
    """`device`'s test may go on after every pause up to `paused_ms`, that computer's time. `by` is who gave it; Unix ms."""

    kind: Literal["stamp-unlock-1"]
    id: str
    device: str
    session: str
    paused_ms: int
    by: str
    issued_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class UnlockTickets:
    """Signed `UnlockTicket`s that count now, the oldest first."""

    tickets: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class UnlockGiven:
    """The ticket is there to be fetched by the computer of that name."""

    seat: str
    by: str
    expires_ms: int
