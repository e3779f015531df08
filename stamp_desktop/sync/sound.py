"""What a station tells of the sound at its seat, as facts of the journal: `Noted`, sealed, chained and sent like the others.

The engine does not act on them and no score depends on them. They are for the proctor now and for the rater later. Levels are
in dBFS (noise, level), dB (snr); seconds count from the beginning of the recording.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from stamp_desktop.engine.events import Noted


@dataclass(frozen=True, slots=True)
class RoomHeard:
    """The quiet seconds of the equipment check: how loud the room is at this seat."""

    noise_dbfs: float


@dataclass(frozen=True, slots=True)
class FindingNoticed:
    """A finding came up while somebody spoke (once for each recording), or in the equipment check (`recording` "")."""

    recording: str
    code: str
    severity: str
    second: float


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """What the system said of the microphone while it was open: `state` is ok, muted, suspended, moved, low or denied."""

    recording: str
    state: str
    name: str
    volume: float


@dataclass(frozen=True, slots=True)
class MicrophoneMended:
    """The test taker let the program turn the microphone on and up; `done` whether the system did it."""

    recording: str
    done: bool


@dataclass(frozen=True, slots=True)
class ResponseHeard:
    """The judgement of a recording that has ended, findings worst first. `faults` are codes of what failed, in order.

    `lost` are the seconds that never arrived; `drift_ms_per_minute` is how far the microphone's clock is off.
    """

    prompt: str
    recording: str
    ratable: str
    findings: tuple[Mapping[str, Any], ...]
    level_dbfs: float
    noise_dbfs: float
    snr_db: float
    speech_seconds: float
    faults: tuple[str, ...]
    lost: float
    drift_ms_per_minute: float


SoundFact: TypeAlias = RoomHeard | FindingNoticed | MicrophoneChanged | MicrophoneMended | ResponseHeard

_CODES: Final[Mapping[type, str]] = {
    RoomHeard: "sound.room",
    FindingNoticed: "sound.finding",
    MicrophoneChanged: "sound.microphone",
    MicrophoneMended: "sound.mended",
    ResponseHeard: "sound.response",
}


def noted(fact: SoundFact) -> Noted:
    """The fact as an event of the journal."""
    return Noted(_CODES[type(fact)], asdict(fact))


def read(event: Noted) -> SoundFact | None:
    """The fact that an event tells; None for another event, and for one whose detail is not as it should be."""
    kind = next((kind for kind, code in _CODES.items() if code == event.code), None)
    if kind is None:
        return None
    hints = get_type_hints(kind)
    told = {name: _frozen(value) for name, value in event.detail.items() if name in hints}  # a newer station may tell more
    if told.keys() != hints.keys() or not all(_fits(told[name], hint) for name, hint in hints.items()):
        return None
    fact: SoundFact = kind(**told)
    return fact


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return isinstance(value, tuple) and all(isinstance(each, get_origin(inner) or inner) for each in value)
    return isinstance(value, (int, float) if hint is float else hint) and not (hint is float and isinstance(value, bool))
