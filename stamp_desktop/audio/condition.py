"""What the system says of a microphone while it is open. Values only: it asks nothing, judges nothing and advises nothing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Permission: TypeAlias = Literal["granted", "denied", "unknown"]

LOW_VOLUME, DEAD_VOLUME = 0.35, 0.12
"""Of full. PulseAudio's scale is cubic: 27 dB and 55 dB down. Below the first a quiet voice is the setting's fault, not the
talker's; below the second no voice comes through, whatever the microphone."""

NARROW_RATE = 16_000
"""Hz, at most: what wireless headsets fall back to (8000, with newer ones 16000) once their microphone is on."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The microphone that is really listened to. `chosen`: it is the one that was asked for.

    `monitor`: it is no microphone, but what a loudspeaker plays. `volume`: 1 is full. `permission`: whether the system lets
    this program hear; without it some systems hand out silence, and no error. `rate`: at how many Hz the device itself hears, 0
    where that is not known.
    """

    device: str
    name: str
    chosen: bool = True
    monitor: bool = False
    muted: bool = False
    suspended: bool = False
    volume: float = 1.0
    permission: Permission = "unknown"
    rate: int = 0

    @property
    def narrow(self) -> bool:
        """It hears no more than a telephone does."""
        return 0 < self.rate <= NARROW_RATE
