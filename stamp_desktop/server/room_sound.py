"""How a room sounds: the noise at each seat, what was heard there and when, and when the whole room got loud.

Worked out from the facts that the stations have sent (`sync.sound`), each time it is asked for. It stores nothing, changes
nothing, and a fact that does not open or cannot be read is left out: a proctor with forty seats needs the other thirty-nine.
Times are those of the stations' clocks, Unix ms.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection

from stamp_desktop.server.house import House
from stamp_desktop.server.noted import group_named, notes, sittings
from stamp_desktop.sync.sound import (
    FindingNoticed,
    MicrophoneChanged,
    MicrophoneMended,
    ResponseHeard,
    RoomHeard,
    SoundFact,
    read,
)

LOUD_DBFS = -42.0
"""A noise floor above this is within 16 dB of a voice at the nominal -26 dBov."""

LOUD_SEATS, LOUD_SHARE, LOUD_WITHIN_MS = 2, 0.25, 60_000
"""Noise at so many seats, and at this share of those with a microphone, within a minute is the room and no neighbour."""

SAYINGS = {
    "no_signal": "gives no sound",
    "no_response": "says nothing",
    "dropouts": "loses pieces of sound",
    "too_quiet": "is too quiet",
    "hum": "hums",
    "static": "hisses or crackles",
    "clipping": "is too loud",
    "loud_background": "has noise around",
    "background_speech": "hears another voice",
    "whisper": "whispers",
    "too_short": "said very little",
}
STATES = {
    "muted": "has a muted microphone",
    "suspended": "has a microphone that the system has stopped",
    "moved": "lost its microphone to another one",
    "low": "has a microphone that is turned down",
    "denied": "has a microphone that the program may not use",
    "ok": "has its microphone back in order",
}
_NOISY = frozenset({"loud_background", "background_speech"})


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the room's time line; `seat` "" for the whole room. `code` is that of a finding, a state, or `loud_room`."""

    at_ms: int
    seat: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class SeatSound:
    """One seat: the newest noise floor in dBFS (None: not heard yet), and each response with its findings, worst first.

    `health`: ok, attention, bad, or unknown; of the newest that is known.
    """

    seat: str
    login: str
    session: str
    noise_dbfs: float | None
    health: str
    responses: tuple[ResponseHeard, ...]


@dataclass(frozen=True, slots=True)
class RoomSound:
    """`noise`: the median noise floor of the seats heard in each minute, (Unix ms, dBFS), oldest first."""

    group: str
    name: str
    seats: tuple[SeatSound, ...]
    noise: tuple[tuple[int, float], ...]
    happened: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """A fact with its time and place."""

    at_ms: int
    seat: str
    fact: SoundFact


def room(house: House, group: str) -> RoomSound:
    """The sound of a testing group, named by its id or its test code. 404 group-unknown."""
    with house.store.reading() as connection:
        identity, name = group_named(connection, group)
        seated = sittings(connection, identity)
        heard = {session: _facts(house, connection, session) for session, _, _ in seated}
    told, seats = list[_Told](), list[SeatSound]()
    for session, seat, login in seated:
        own_told = [_Told(at, seat, fact) for at, fact in heard[session]]
        told += own_told
        seats.append(_seat(session, seat, login, own_told))
    told.sort(key=lambda each: each.at_ms)
    happened = sorted([*_lines(told), *_loud(told)], key=lambda each: each.at_ms)
    return RoomSound(identity, name, tuple(seats), _noise(told), tuple(happened))


def as_json(sound: RoomSound) -> str:
    """One object, for programs."""
    return json.dumps(asdict(sound), indent=2, ensure_ascii=False)


def as_text(sound: RoomSound) -> str:
    """For people: the seats, then what happened."""
    lines = [f"{sound.name}: {len(sound.seats)} seats"]
    width = max((len(seat.seat) for seat in sound.seats), default=0)
    for seat in sound.seats:
        noise = "not heard yet" if seat.noise_dbfs is None else f"room {seat.noise_dbfs:5.1f} dBFS"
        last = seat.responses[-1].findings if seat.responses else ()
        found = ", ".join(str(finding["code"]) for finding in last) or ("ok" if seat.responses else "-")
        lines.append(f"  {seat.seat:<{width}}  {seat.login:<12}  {seat.health:<9}  {noise}  {found}")
    lines += [f"{_clock(each.at_ms)}  {each.text}" for each in sound.happened]
    return "\n".join(lines)


def _facts(house: House, connection: Connection, session: str) -> list[tuple[int, SoundFact]]:
    told = ((at_ms, read(note)) for at_ms, note in notes(house, connection, session))
    return [(at_ms, fact) for at_ms, fact in told if fact is not None]


def _seat(session: str, seat: str, login: str, told: Sequence[_Told]) -> SeatSound:
    noise, health = None, "unknown"
    responses = []
    for each in told:
        match each.fact:
            case RoomHeard(noise_dbfs):
                noise, health = noise_dbfs, "attention" if noise_dbfs > LOUD_DBFS else "ok"
            case ResponseHeard() as response:
                responses.append(response)
                noise = response.noise_dbfs
                health = {"yes": "ok", "doubtful": "attention"}.get(response.ratable, "bad")
            case FindingNoticed(severity=severity):
                health = "bad" if severity == "likely_nr" else "attention"
            case MicrophoneChanged(state=state):
                health = "ok" if state == "ok" else "bad"
            case _:
                pass
    return SeatSound(seat, login, session, noise, health, tuple(responses))


def _lines(told: Iterable[_Told]) -> list[Happened]:
    lines, said = list[Happened](), set[tuple[str, str, str]]()
    states: dict[str, str] = {}
    for each in told:
        seat, at = each.seat, each.at_ms
        match each.fact:
            case FindingNoticed(recording=recording, code=code) if code in SAYINGS:
                said.add((seat, recording, code))
                lines.append(Happened(at, seat, code, f"{seat} {SAYINGS[code]}"))
            case ResponseHeard(recording=recording, findings=findings):
                for finding in findings:
                    code = str(finding.get("code"))
                    if code in SAYINGS and (seat, recording, code) not in said:
                        lines.append(Happened(at, seat, code, f"{seat} {SAYINGS[code]}"))
            case MicrophoneChanged(state=state) if state in STATES and state != states.get(seat, "ok"):
                states[seat] = state
                lines.append(Happened(at, seat, state, f"{seat} {STATES[state]}"))
            case MicrophoneMended(done=done):
                lines.append(Happened(at, seat, "mended", f"{seat} {'was' if done else 'could not be'} turned on and up"))
            case RoomHeard(noise_dbfs) if noise_dbfs > LOUD_DBFS:
                lines.append(Happened(at, seat, "loud_background", f"{seat} is in a loud place ({noise_dbfs:.0f} dBFS)"))
            case _:
                pass
    return lines


def _loud(told: Sequence[_Told]) -> list[Happened]:
    """When noise came up at several seats within a minute: once, until a minute without it has passed."""
    seats = {each.seat for each in told}
    enough = max(LOUD_SEATS, LOUD_SHARE * len(seats))
    noisy = [each for each in told if _is_noisy(each.fact)]
    found, quiet_since = list[Happened](), -LOUD_WITHIN_MS
    for number, each in enumerate(noisy):
        around = [other for other in noisy[number:] if other.at_ms - each.at_ms <= LOUD_WITHIN_MS]
        if len({other.seat for other in around}) < enough:
            continue
        if each.at_ms - quiet_since > LOUD_WITHIN_MS:
            found.append(Happened(each.at_ms, "", "loud_room", f"the room got loud at {_clock(each.at_ms)}"))
        quiet_since = max(other.at_ms for other in around)
    return found


def _is_noisy(fact: SoundFact) -> bool:
    match fact:
        case RoomHeard(noise_dbfs):
            return noise_dbfs > LOUD_DBFS
        case FindingNoticed(code=code):
            return code in _NOISY
        case ResponseHeard(noise_dbfs=noise, findings=findings):
            return noise > LOUD_DBFS or any(finding.get("code") in _NOISY for finding in findings)
        case _:
            return False


def _noise(told: Iterable[_Told]) -> tuple[tuple[int, float], ...]:
    minutes: dict[int, list[float]] = {}
    for each in told:
        if isinstance(each.fact, RoomHeard | ResponseHeard):
            minutes.setdefault(each.at_ms // 60_000 * 60_000, []).append(each.fact.noise_dbfs)
    return tuple((minute, round(median(levels), 1)) for minute, levels in sorted(minutes.items()))


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M")
