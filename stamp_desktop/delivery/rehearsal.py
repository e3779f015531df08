"""Faults on purpose, for training: what a test taker would be told, and when. It keeps no recording and touches no session."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from stamp_desktop.audio import devices, pulse
from stamp_desktop.audio.capture import Microphone
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.simulated import (
    RATE,
    ClippingMicrophone,
    HummingMicrophone,
    LostMicrophone,
    NoisyMicrophone,
    QuietMicrophone,
    SilentMicrophone,
    SpeakingMicrophone,
    StalledMicrophone,
    babble,
)
from stamp_desktop.delivery.studio import SystemStudio
from stamp_desktop.trouble import Trouble

VOICE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A fault that can be rehearsed. `words`: how `pactl` makes it on a real microphone ("{}"), () where it cannot."""

    text: str
    simulated: Callable[[Pace], Microphone]
    words: tuple[str, ...] = ()


def _speaking(kind: type[SpeakingMicrophone], pace: Pace) -> Microphone:
    return kind(babble(VOICE_SECONDS), RATE, pace)


FAULTS: Mapping[str, Rehearsed] = {
    "none": Rehearsed("a good microphone, to compare with", partial(_speaking, SpeakingMicrophone)),
    "mute": Rehearsed("the microphone is muted", SilentMicrophone, ("set-source-mute", "{}", "1")),
    "quiet": Rehearsed("the microphone is turned down", partial(_speaking, QuietMicrophone), ("set-source-volume", "{}", "5%")),
    "asleep": Rehearsed(
        "the microphone gives nothing for three seconds",
        lambda pace: StalledMicrophone(babble(VOICE_SECONDS), RATE, pace, after=3.0, until=6.0),
        ("suspend-source", "{}", "1"),
    ),
    "unplugged": Rehearsed(
        "the plug is pulled out for three seconds",
        lambda pace: LostMicrophone(babble(VOICE_SECONDS), RATE, pace, after=3.0, away=3.0),
    ),
    "hum": Rehearsed("mains hum from a loose shield", partial(_speaking, HummingMicrophone)),
    "loud": Rehearsed("the microphone is turned up too far", partial(_speaking, ClippingMicrophone)),
    "noise": Rehearsed("a fan beside the microphone", partial(_speaking, NoisyMicrophone)),
}


def listing() -> str:
    """The faults, for people."""
    return "\n".join(f"{name:<10} {fault.text}{' (also --real)' if fault.words else ''}" for name, fault in FAULTS.items())


def fault(name: str) -> Rehearsed:
    """Trouble("fault-unknown") where there is none of that name."""
    if name not in FAULTS:
        raise Trouble("fault-unknown", f"There is no fault {name}.", "Nothing was changed.", f"One of: {', '.join(FAULTS)}.")
    return FAULTS[name]


class RehearsalStudio(SystemStudio):
    """A computer whose only microphone has the fault."""

    def __init__(self, rehearsed: Rehearsed, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self._rehearsed = rehearsed

    def microphones(self) -> tuple[str, ...]:
        return ("Rehearsal",)

    def microphone(self, name: str) -> Microphone:  # noqa: ARG002  # there is one
        return self._rehearsed.simulated(self.pace)


@contextlib.contextmanager
def broken(name: str, device: str) -> Iterator[str]:
    """This computer's own microphone (an id; "" the default) with the fault, and as it was afterwards; its id.

    Trouble: `fault-unknown`, `fault-simulated` (it cannot be made on a real one here), `no-sound-device`.
    """
    words = fault(name).words
    if not words or not pulse.there():
        raise Trouble("fault-simulated", f"{name} can only be simulated here.", "Nothing was changed.", "Leave out --real.")
    source = device or next((each.id for each in devices.inputs() if each.default), "") or pulse.default("source")
    before = next((each for each in pulse.listed("sources") or () if each["name"] == source), None)
    if before is None:
        raise Trouble("no-sound-device", f"There is no microphone {source}.", "Nothing was changed.", "See: audio devices.")
    try:
        pulse.tell(*(word.format(source) for word in words))
        yield source
    finally:
        pulse.tell("set-source-mute", source, "1" if before["mute"] else "0")
        pulse.tell("set-source-volume", source, str(round(65_536 * pulse.volume(before))))
        pulse.tell("suspend-source", source, "0")
