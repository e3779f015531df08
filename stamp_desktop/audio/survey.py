"""Which microphones and loudspeakers this computer has, and how the system has them: it changes nothing."""

import json
from dataclasses import asdict, dataclass

from stamp_desktop.audio import devices, permission, pulse
from stamp_desktop.audio.condition import LOW_VOLUME, NARROW_RATE
from stamp_desktop.audio.devices import Device


@dataclass(frozen=True, slots=True)
class Known:
    """A device. `muted`, `suspended`, `volume` (1 is full) and `rate` (Hz) are None where the system does not say."""

    id: str
    name: str
    default: bool
    muted: bool | None = None
    suspended: bool | None = None
    volume: float | None = None
    rate: int | None = None

    @property
    def words(self) -> str:
        """What is to be said of it."""
        said = ["muted"] if self.muted else []
        if self.volume is not None and self.volume < LOW_VOLUME:
            said.append("turned down")
        if self.rate and self.rate <= NARROW_RATE:
            said.append(f"no better than a telephone ({self.rate} Hz: a wireless headset in its call mode?)")
        return ", ".join(said) or "ready"


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is. `permission`: whether programs may use the microphone."""

    microphones: tuple[Known, ...]
    loudspeakers: tuple[Known, ...]
    permission: str

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """For people; the default has a star."""
        lines = []
        for title, found in (("Microphones", self.microphones), ("Loudspeakers", self.loudspeakers)):
            lines.append(f"{title}:" if found else f"{title}: none")
            for each in found:
                volume = "" if each.volume is None else f", volume {each.volume:.0%}"
                lines.append(f"  {'*' if each.default else ' '} {each.name}  [{each.id}]  {each.words}{volume}")
        if self.permission == "denied":
            lines.append("Programs may not use the microphone: allow it in the system's privacy settings.")
        return "\n".join(lines)


def survey() -> Survey:
    """Look now; Trouble where sound does not work here at all."""
    return Survey(_known("source", devices.inputs()), _known("sink", devices.outputs()), permission.microphone())


def _known(kind: str, found: tuple[Device, ...]) -> tuple[Known, ...]:
    listed = {each["name"]: each for each in (pulse.listed(f"{kind}s") or () if pulse.there() else ())}
    known = []
    for device in found:
        said = listed.get(device.id)
        if said is None:
            known.append(Known(device.id, device.name, device.default))
        else:
            state = bool(said["mute"]), said["state"] == "SUSPENDED", round(pulse.volume(said), 2)
            known.append(Known(device.id, device.name, device.default, *state, pulse.rate(said) or None))
    return tuple(known)
