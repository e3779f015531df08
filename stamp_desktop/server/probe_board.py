"""Whose turn it is to fill a line, as a board and what becomes of it. Pure: whoever keeps the board gives the time.

Computers behind one address share one line: two that filled it at the same time would each find half of it. So a place has one
turn at a time and the server a few; and what one computer has found is told to the others of its place and site for a while,
by its name. Turns are few enough, and short enough, that nobody can keep the server busy with them (token buckets: a place,
all places). It checks no figure that it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stamp_desktop.sync.probe import (
    LONGEST_TURN_SECONDS,
    QUIET_SECONDS,
    SHARED_SECONDS,
    USUAL_TURN_SECONDS,
    Gauged,
    Shared,
    TurnWish,
)

PLACES = 4
"""Turns at a time of the whole server: with its line they share it, so more would measure the server's end."""
QUIET_OF_ONE, QUIET_OF_ALL = 8, 200
"""Computers that ask small questions at a time: eight of one address send some 0.3 Mbit/s of them."""
UNHEARD_MS = 20_000
"""A turn in which no stream begins is over after this: its computer was turned off."""
SOONEST_MS, LAST_MS = 3_000, 12_000
"""Who is told to come again comes no sooner than this. A turn's last streams take some 10 s, on a slow line 14."""
BETWEEN_MS = 6_000
"""From the end of one turn's streams to the beginning of the next ones."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A token bucket: `most` at once, and one more every `seconds`."""

    most: float
    seconds: float

    def at(self, level: "Level", now_ms: int) -> float:
        """What is in it now."""
        return min(self.most, level.tokens + max(0, now_ms - level.at_ms) / 1000 / self.seconds)


@dataclass(frozen=True, slots=True)
class Level:
    """What was in a bucket then."""

    tokens: float
    at_ms: int


ONE_ADDRESS = Allowance(60, 10.0)
"""A school's three hundred computers behind one address need 300 turns of 25 s, which is two hours of turns one by one. The
bucket never holds them up; it stops whoever takes turns and drops them, after 60."""
ALL_ADDRESSES = Allowance(240, 2.0)
ANYBODY = TurnWish()


@dataclass(frozen=True, slots=True)
class Under:
    """A turn that somebody has: until when if nothing is heard of it, at the longest, and as a rule. `quiet` fills nothing."""

    place: str
    until_ms: int
    last_ms: int
    usual_ms: int
    computer: str = ""
    site: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What a computer has measured, for the others of its place and site."""

    place: str
    site: str
    computer: str
    at_ms: int
    gauged: Gauged


@dataclass(frozen=True, slots=True)
class Board:
    """Who has a turn, by its id, what is left to whom, and what was measured. Times are monotonic milliseconds of `boot`."""

    boot: str
    turns: Mapping[str, Under] = field(default_factory=dict)
    left: Mapping[str, Level] = field(default_factory=dict)
    found: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """No turn now; `seconds` until it is worth while to ask again."""

    seconds: float
    why: str


def take(board: Board, place: str, turn: str, now_ms: int, wish: TurnWish = ANYBODY) -> "Board | Shared | Wait":
    """The board with this turn on it, what another one has measured, or how long to wait. Pure."""
    board = swept(board, now_ms)
    known = [each for each in board.found if (each.place, each.site) == (place, wish.site)]
    if known and wish.leave in {"any", "shared"}:
        return Shared(known[0].computer, (now_ms - known[0].at_ms) // 1000, known[0].gauged)
    here = [each for each in board.turns.values() if each.place == place]
    if filling := [each for each in here if not each.quiet]:
        named = filling[0].computer if filling[0].site == wish.site else ""
        return _after(filling, now_ms, f"{named or 'another computer of this address'} measures at the moment")
    if wish.leave == "quiet":
        return _quiet(board, here, place, turn, now_ms)
    if wish.leave == "shared":
        return Wait(USUAL_TURN_SECONDS, "no computer of this address has measured it")
    if here:
        return _after(here, now_ms, "others ask small questions at the moment")
    return _own(board, Under(place, now_ms, now_ms, now_ms, wish.computer, wish.site), turn, now_ms)


def _after(turns: list[Under], now_ms: int, why: str) -> Wait:
    """Until the first of them is over, as a rule; one that takes longer may end at any moment."""
    return Wait(max(SOONEST_MS, min(each.usual_ms for each in turns) - now_ms) / 1000, why)


def _own(board: Board, under: Under, turn: str, now_ms: int) -> "Board | Wait":
    filling = [each for each in board.turns.values() if not each.quiet]
    if len(filling) >= PLACES:
        return _after(filling, now_ms, "others measure at the moment")
    left = dict(board.left)
    for name, allowance in ((under.place, ONE_ADDRESS), ("", ALL_ADDRESSES)):
        tokens = allowance.at(left.get(name, Level(allowance.most, now_ms)), now_ms)
        if tokens < 1:
            return Wait((1 - tokens) * allowance.seconds, "there were many measurements lately")
        left[name] = Level(tokens - 1, now_ms)
    usual, last = now_ms + USUAL_TURN_SECONDS * 1000, now_ms + LONGEST_TURN_SECONDS * 1000
    made = replace(under, until_ms=now_ms + UNHEARD_MS, last_ms=last, usual_ms=usual)
    return replace(board, turns={**board.turns, turn: made}, left=left)


def _quiet(board: Board, here: list[Under], place: str, turn: str, now_ms: int) -> "Board | Wait":
    if len(here) >= QUIET_OF_ONE or sum(each.quiet for each in board.turns.values()) >= QUIET_OF_ALL:
        return Wait(QUIET_SECONDS / 2, "others ask small questions at the moment")
    until = now_ms + QUIET_SECONDS * 1000
    return replace(board, turns={**board.turns, turn: Under(place, until, until, until, quiet=True)})


def heard(board: Board, turn: str, seconds: float, now_ms: int, *, last: bool = False) -> Board:
    """A stream of so many seconds begins: the turn goes on for as long, and a little beyond. `last`: it is one of the last."""
    under = board.turns[turn]
    until = min(under.last_ms, max(under.until_ms, now_ms + round(seconds * 1000) + BETWEEN_MS))
    usual = max(under.usual_ms, now_ms + LAST_MS) if last else under.usual_ms
    return replace(board, turns={**board.turns, turn: replace(under, until_ms=until, usual_ms=usual)})


def leave(board: Board, turn: str, gauged: Gauged, now_ms: int) -> Board:
    """What was found in this turn, instead of what was found before at the same place and site."""
    under = board.turns[turn]
    others = tuple(each for each in board.found if (each.place, each.site) != (under.place, under.site))
    return replace(board, found=(*others, Left(under.place, under.site, under.computer, now_ms, gauged)))


def give_back(board: Board, turn: str) -> Board:
    return replace(board, turns={name: under for name, under in board.turns.items() if name != turn})


def swept(board: Board, now_ms: int) -> Board:
    """Without what is over: turns that ran out, buckets that are full again, and what was measured long ago."""
    turns = {name: under for name, under in board.turns.items() if under.until_ms > now_ms}
    left = {
        name: level
        for name, level in board.left.items()
        if (allowance := ONE_ADDRESS if name else ALL_ADDRESSES).at(level, now_ms) < allowance.most
    }
    found = tuple(each for each in board.found if now_ms - each.at_ms < SHARED_SECONDS * 1000)
    return replace(board, turns=turns, left=left, found=found)
