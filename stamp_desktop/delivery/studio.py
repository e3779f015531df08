"""This computer's sound for the exam: real devices by name, and, where it is offered, a simulated microphone.

The simulated one is for demonstrations and training; it says so by its name.
"""

from stamp_desktop.audio import devices
from stamp_desktop.audio.capture import Microphone
from stamp_desktop.audio.devices import SystemLoudspeaker, SystemMicrophone
from stamp_desktop.audio.pace import Pace, RealPace
from stamp_desktop.audio.playback import Loudspeaker, Sound
from stamp_desktop.audio.simulated import NullLoudspeaker, SpeakingMicrophone
from stamp_desktop.trouble import Trouble

SIMULATED = "Simulated microphone (demonstration)"


class SystemStudio:
    """`voice` is what the simulated microphone says; None: none is offered, and silence is never played for sound."""

    def __init__(self, voice: Sound | None = None) -> None:
        self.pace: Pace = RealPace()
        self.volume = 0.8
        self.simulated = SIMULATED if voice else ""
        self._voice = voice
        self._known: dict[str, str] = {}
        """The microphones that were ever there, by name: one that is missing now is noticed."""

    def set_volume(self, volume: float) -> None:
        self.volume = min(1.0, max(0.0, volume))

    def microphones(self) -> tuple[str, ...]:
        """The names of the microphones, looked for anew."""
        try:
            devices.rescan()
            found = tuple(device.name for device in devices.inputs())
        except Trouble:  # none, or sound does not work here: recording will say so, and why
            found = ()
        return (*found, SIMULATED) if self._voice else found

    def microphone(self, name: str) -> Microphone:
        if name == SIMULATED and self._voice:
            return SpeakingMicrophone(self._voice.samples, self._voice.rate, self.pace)
        try:
            there = {device.name: device.id for device in devices.inputs()}
            self._known |= there
        except Trouble:
            there = {}
        return SystemMicrophone(there.get(name), self._known.get(name, ""))

    def mend(self, device: str) -> bool:
        """Turn this microphone on and up in the system; whether it was done."""
        return devices.mend(device)

    def loudspeaker(self) -> Loudspeaker:
        """The system's; a silent one only where the simulated microphone is offered and there is no other."""
        if self._voice:
            try:
                if not devices.outputs():
                    return NullLoudspeaker(self.pace)
            except Trouble:
                return NullLoudspeaker(self.pace)
        return SystemLoudspeaker()
