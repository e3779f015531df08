"""Leave to measure: a turn of this computer's own, or what another one behind the same address has just measured.

It waits no longer than it was told to, and seldom asks meanwhile: who waits must not be a load on the line that is measured.
"""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from stamp_desktop.readiness.line_way import Answer, StoppedError, Way, asked, calling
from stamp_desktop.sync.probe import LONGEST_NAME, TURNS, Gauged, Leave, Shared, Turn, TurnWish
from stamp_desktop.sync.words import Refusal, decode, encode
from stamp_desktop.trouble import Trouble

SELDOM_SECONDS = 12.0
"""Thirty computers that ask so often send 10 kbit/s. Nobody who measures and is turned off keeps them waiting longer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Until when to wait, in seconds from the beginning: for a turn of one's own, for what another computer finds, for a quiet
    moment. A silent run has a minute: some 10 s are over before the line, and a measurement of one's own takes 27, or 35 on a
    slow line.
    """

    own: float = 14.0
    shared: float = 40.0
    quiet: float = 45.0


PERSON = Patience(own=120.0, shared=120.0, quiet=140.0)
"""Of somebody before a window, who sees what is waited for."""
NONE = Patience(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks. `own`: only a turn of one's own will do, as long as there is patience for it."""

    computer: str = ""
    site: str = ""
    own: bool = False
    patience: Patience = field(default_factory=Patience)

    def wish(self, leave: Leave) -> TurnWish:
        """Names as the server takes them."""
        computer, site = ("".join(filter(str.isprintable, name))[:LONGEST_NAME] for name in (self.computer, self.site))
        return TurnWish(computer, site, leave)


def turn_for(way: Way, asking: Asking, waiting: Callable[[str], None], began: float) -> "Turn | Shared | str":
    """A turn, what another one has measured, or why there is neither; `waiting` is told what is waited for. `began`: when, by
    the monotonic clock.

    What this computer itself has measured a while ago is measured again, unless another one fills the line now. StoppedError.
    """
    patience = asking.patience
    leave: Leave = "own" if asking.own else "any"
    kept: Shared | None = None
    with _Calls(way) as calls:
        while True:
            said = calls.ask(asking.wish(leave))
            if isinstance(said, Turn):
                return said
            if isinstance(said, Shared):
                if said.computer != asking.computer or leave == "shared":
                    return said
                kept, leave = said, "own"
                continue
            if kept or not said.later:
                return kept or said.what
            waited, wait = time.monotonic() - began, min(said.seconds, SELDOM_SECONDS)
            if waited + wait > patience.own:
                if leave == "shared" and waited + wait > patience.shared:
                    return said.what
                wait = max(0.0, min(wait, patience.shared - waited))
                leave = "shared"
            waiting(said.what)
            time.sleep(wait)


@contextmanager
def quiet_for(way: Way, asking: Asking, waiting: Callable[[str], None], began: float) -> Iterator[str]:
    """A moment in which nobody fills the line, given back at the end; "" or why there is none. StoppedError."""
    end, turn = began + asking.patience.quiet, None
    with _Calls(way) as calls:
        while True:
            said = calls.ask(asking.wish("quiet"))
            if isinstance(said, Turn):
                turn, why = said, ""
                break
            why = said.what if isinstance(said, _Later) else "What answers contradicts itself."
            if not isinstance(said, _Later) or not said.later or time.monotonic() + said.seconds > end:
                break
            waiting(why)
            time.sleep(said.seconds)
    try:
        yield why
    finally:
        if turn:
            give_back(way, turn)


def tell(way: Way, turn: Turn, gauged: Gauged) -> None:
    """What was found, for the other computers of this site. Nothing depends on it."""
    with suppress(StoppedError), connection_on(way) as connection:
        asked(connection, way, "PUT", f"{TURNS}/{turn.id}", encode(Gauged, gauged))


def give_back(way: Way, turn: Turn) -> None:
    """Let the next one measure; it ends by itself where this fails."""
    with suppress(StoppedError), connection_on(way) as connection:
        asked(connection, way, "DELETE", f"{TURNS}/{turn.id}")


@contextmanager
def connection_on(way: Way) -> Iterator[http.client.HTTPConnection]:
    """For some small calls."""
    connection = calling(way)
    try:
        yield connection
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class _Later:
    """Not now: why, and for how many seconds; `later` False where waiting changes nothing."""

    what: str
    seconds: float
    later: bool


class _Calls:
    """One connection for all that is asked while waiting; another one where something on the way has ended it meanwhile."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def ask(self, wish: TurnWish) -> "Turn | Shared | _Later":
        """StoppedError."""
        body = encode(TurnWish, wish)
        if self._connection is not None:
            with suppress(StoppedError):
                return _understood(asked(self._connection, self._way, "POST", TURNS, body))
            self._close()
        self._connection = calling(self._way)
        return _understood(asked(self._connection, self._way, "POST", TURNS, body))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _understood(answer: Answer) -> "Turn | Shared | _Later":
    kinds: tuple[type[Turn | Shared], ...] = (Turn, Shared)
    for kind in kinds:
        with suppress(Trouble):
            return decode(kind, answer.body)
    try:
        said = Refusal.decode(answer.body)
    except Trouble:
        raise StoppedError("probes", "lying", f"status {answer.status} when asked for a turn") from None
    after = said.more.get("retry_after")
    return _Later(said.what, float(after) if isinstance(after, int) else 2.0, said.code == "probe-later")
