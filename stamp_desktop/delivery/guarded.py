"""The room round all others while a guardian is there: what it finds is noted, and a pause stops everything but saving.

It decides nothing about findings; the guardian does, by the policy.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Interrupted, Message, Pulse, Room, Sound
from stamp_desktop.delivery.views import LockView, Showing
from stamp_desktop.delivery.wording import MovedAway, Sending, time_of_day
from stamp_desktop.kiosk.words import (
    AnswerChallenge,
    AskChallenge,
    Closed,
    Damaged,
    FromExam,
    Lock,
    Opened,
    Pin,
    Refused,
    Renewed,
    Shown,
    Ticket,
    Told,
    Unlock,
    Welcome,
)
from stamp_desktop.trouble import Trouble

if TYPE_CHECKING:
    from stamp_desktop.sync.words import Signed

log = logging.getLogger(__name__)

PASSES = Sending | MovedAway | Sound | Pulse | intents.Draft | intents.SetVolume
"""What reaches the room inside while the test is locked: nothing that a person could go on with."""


@runtime_checkable
class WithSession(Protocol):
    """A room that has a session open."""

    def opened(self) -> Opened: ...


@runtime_checkable
class WithCopies(Protocol):
    """A room that opens sessions: it may find one damaged, or put another copy of one in its place."""

    def damaged(self) -> Damaged | None: ...

    def renewed(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lock screen says about an entry: how many came, whether the last was refused, how long to wait."""

    refused: int = 0
    wait_until_ms: int = 0
    busy: bool = False
    challenge: str | None = None


class Guarded:
    """`tell` speaks to the guardian, `now_ms` is wall time, `offset` local time against UTC.

    `pause` is told whether a paused test waits: the server may have a ticket for it, which the guardian judges.
    """

    def __init__(
        self,
        inner: Room,
        tell: Callable[[FromExam], None],
        now_ms: Callable[[], int],
        offset: timedelta,
        pause: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._tell = tell
        self._now_ms = now_ms
        self._offset = offset
        self._pause = pause
        self._line = False
        self._tickets: tuple[Signed, ...] = ()
        self._locks: tuple[Lock, ...] = ()
        self._waiting: list[Told | Lock | Unlock] = []
        self._entry = Entry()
        self._open = False
        self._damaged: Damaged | None = None
        self._renewed = ""
        self._welcome: Welcome | None = None

    def take(self, message: Message) -> Room:
        match message:
            case Told():
                self._note(message)
            case Lock():
                self._lock(message)
            case Unlock():
                self._locks, self._entry, self._tickets = (), Entry(), ()
                self._pause(False)
                self._note(message)
            case Refused(wait_ms):
                refused = self._entry.refused + 1
                self._entry = replace(self._entry, refused=refused, wait_until_ms=self._now_ms() + wait_ms, busy=False)
            case Shown(code):
                self._entry = replace(self._entry, challenge=code)
            case Welcome():
                self._greet(message)
            case intents.EnterPin(pin, dismiss) if self._locks:
                self._entry = replace(self._entry, busy=True)
                self._tell(Pin(pin, dismiss))
            case intents.AskChallenge() if self._locks:
                self._tell(AskChallenge())
            case intents.AnswerChallenge(answer) if self._locks:
                self._entry = replace(self._entry, busy=True)
                self._tell(AnswerChallenge(answer))
            case intents.EnterPin() | intents.AskChallenge() | intents.AnswerChallenge():
                pass
            case _ if not self._locks or isinstance(message, PASSES):
                self._pass(message)
                self._carry(message)
                self._catch_up()
            case _:
                pass
        return self

    def showing(self) -> Showing:
        try:
            showing = self._inner.showing()
        except Trouble as trouble:
            self._inner = Interrupted(self._inner, Pulse(), trouble)
            showing = self._inner.showing()
        if not self._locks:
            return showing
        lock, entry = self._locks[0], self._entry
        wait = max(0, entry.wait_until_ms - self._now_ms())
        frame = showing.frame
        return Showing(
            LockView(
                reason=lock.said,
                at=time_of_day(lock.at_ms, self._offset),
                clock=frame.clock if frame else "",
                lifts_itself=lock.lifts == "cause",
                refused=entry.refused,
                wait_seconds=-(-wait // 1000),
                busy=entry.busy,
                challenge=entry.challenge,
                away=self._line,
            )
        )

    def wake_in(self) -> float | None:
        soon = self._inner.wake_in()
        if not self._locks or self._entry.wait_until_ms <= self._now_ms():
            return soon
        return 1.0 if soon is None else min(1.0, soon)

    def leave(self) -> None:
        self._inner.leave()

    def _pass(self, message: Message) -> None:
        """To the room inside. Its trouble stays in here: it must not come before the lock."""
        try:
            before = self._inner
            self._inner = before.take(message)
            if isinstance(before, WithCopies):
                self._tell_of_copies(before)
        except Trouble as trouble:
            log.warning("Interrupted by %s: %s", trouble.code, trouble)
            if trouble.code == "data-damaged" and (session := self._session()):
                self._tell(Damaged(session.session, trouble.advice.what))
            self._inner = Interrupted(self._inner, message, trouble)

    def _lock(self, lock: Lock) -> None:
        self._entry = replace(self._entry, busy=False)
        if all((each.code, each.subject) != (lock.code, lock.subject) for each in self._locks):
            self._locks = (*self._locks, lock)
            self._pause(True)
            self._note(lock)

    def _carry(self, message: Message) -> None:
        """Tickets to the guardian, each once a pause."""
        if not isinstance(message, Sending):
            return
        self._line = message.reachable is True
        for ticket in message.tickets if self._locks else ():
            if ticket not in self._tickets:
                self._tickets = (*self._tickets, ticket)
                self._tell(Ticket(ticket.text, ticket.signature))

    def _note(self, word: Told | Lock | Unlock) -> None:
        """For the session's journal, at once or as soon as a session is open."""
        self._waiting.append(word)
        self._catch_up()

    def _greet(self, word: Welcome) -> None:
        """What the guardian before was asked, it took with it. Under which policy the test is given is a fact of it."""
        self._entry = replace(self._entry, busy=False)
        if word != self._welcome:
            self._welcome = word
            self._note(Told("began", "", "inform", "", asdict(word)))

    def _tell_of_copies(self, room: WithCopies) -> None:
        """Each once, and before it is told how far the journal has come."""
        damaged, renewed = room.damaged(), room.renewed()
        if damaged and damaged != self._damaged:
            self._damaged = damaged
            self._tell(damaged)
        if renewed != self._renewed:
            self._renewed = renewed
            if renewed:
                self._tell(Renewed(renewed))

    def _session(self) -> Opened | None:
        return self._inner.opened() if isinstance(self._inner, WithSession) else None

    def _catch_up(self) -> None:
        session = self._session()
        if session is None:
            if self._open:
                self._open = False
                self._tell(Closed())
            return
        self._open = True
        self._tell(session)
        while self._waiting and self._session():
            self._pass(self._waiting.pop(0))
