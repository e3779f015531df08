"""The computer's own microphones and loudspeakers. The only module that knows sounddevice (PortAudio); it judges nothing.

PortAudio is loaded on first use: a computer without its library, without a sound server or without a device is Trouble with
advice, never a program that does not start. Callbacks copy and do nothing else.

On Linux PortAudio shows one device for the whole sound server, so microphones are listed by `pactl` and chosen with
PULSE_SOURCE. What the server does to an open stream (moving, muting, suspending) is watched in `pulse`.
"""

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from stamp_desktop.audio import permission, pulse
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Opened
from stamp_desktop.trouble import Trouble

PREFERRED_RATE = 48_000
LATENCY_SECONDS = 0.1
"""Asked of PortAudio. With less, a busy school computer drops out; with its own "low", measured, nearly every block does."""

OWN_TRIES = 4
"""So often the lost microphone itself is looked for; then another headset that somebody plugged in is better than none."""

QUEUE_SECONDS = 0.1
"""How much sound waits for the loudspeaker's callback."""

Direction = Literal["input", "output"]

_lock = threading.Lock()
_open_streams: set[int] = set()


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or a loudspeaker. `id` chooses it, `name` is for people, `default` is taken when none is chosen."""

    id: str
    name: str
    default: bool = False


def inputs() -> tuple[Device, ...]:
    """The microphones; Trouble when sound does not work here at all."""
    return _devices("input")


def outputs() -> tuple[Device, ...]:
    """The loudspeakers and headphones; Trouble when sound does not work here at all."""
    return _devices("output")


def rescan() -> None:
    """Look for devices again: PortAudio sees new ones only after a new start. Trouble("sound-busy") while one is in use."""
    sound = _sounddevice()
    with _lock:
        if _open_streams:
            raise Trouble(
                "sound-busy",
                "A microphone or loudspeaker is in use.",
                "New devices can be looked for only when none is.",
                "Stop the recording or the sound first.",
            )
        sound._terminate()
        sound._initialize()


def mend(device: str) -> bool:
    """Unmute a microphone and turn it up, where the system lets a program do that (Linux); whether it was done.

    Only with the consent of the person in front of it: it is their computer.
    """
    return pulse.there() and pulse.mend(device)


class SystemMicrophone:
    """A microphone of this computer, at 48000 Hz or at its own rate. `device` is an id of `inputs()`; None the default.

    Opened again after it was lost, it looks for devices anew, and after some tries takes the one that is there. `wanted` is the
    one that was chosen before and is not there now: when it is plugged in, the sound comes from there again.
    """

    def __init__(self, device: str | None = None, wanted: str = "") -> None:
        self._device = device
        self._wanted = wanted or device or ""
        self._stream: Any = None
        self._watch: pulse.Watch | None = None
        self._allowed: Condition | None = None
        self._tries = 0
        self._blocks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._lost = threading.Event()

    def open(self) -> int:
        """Begin to listen; the rate in Hz."""
        self._blocks = queue.SimpleQueue()
        self._tries += self._lost.is_set()
        wanted = None if self._tries > OWN_TRIES else self._device
        stream, rate = _open("input", wanted, PREFERRED_RATE, "int16", self._heard, self._ended)
        self._lost.clear()
        self._stream, self._tries = stream, 0
        if pulse.there():
            self._watch = pulse.Watch(self._wanted)
            self._watch.start()
        elif (allowed := permission.microphone()) != "unknown" or rate != PREFERRED_RATE:
            own = rate if rate != PREFERRED_RATE else 0  # what is asked for tells nothing of the device
            self._allowed = Condition(self._device or "", "", permission=allowed, rate=own)
        return rate

    def condition(self) -> Condition | None:
        """What the system says of it now; None where it says nothing."""
        return self._watch.condition if self._watch is not None else self._allowed

    def read(self, timeout: float) -> bytes:
        """All that has arrived within `timeout` seconds; Trouble("device-lost") when the device is gone and all was read."""
        blocks = []
        with contextlib.suppress(queue.Empty):
            blocks.append(self._blocks.get(timeout=timeout))
            while True:
                blocks.append(self._blocks.get_nowait())
        pcm = b"".join(blocks)
        if not pcm and self._lost.is_set():
            raise _gone("microphone")
        return pcm

    def close(self) -> None:
        """Stop listening."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
        stream, self._stream = self._stream, None
        _close(stream)

    def _heard(self, data: Any, _frames: int, _time: Any, _status: Any) -> None:
        self._blocks.put(bytes(data))

    def _ended(self) -> None:
        self._lost.set()
        self._blocks.put(b"")


class SystemLoudspeaker:
    """A loudspeaker of this computer. `device` is an id of `outputs()`; None the default."""

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._stream: Any = None
        self._watch: pulse.Watch | None = None
        self._blocks: deque[bytes] = deque()
        self._waiting = 0
        self._most = 0
        self._room = threading.Condition()
        self._lost = False

    def open(self, rate: int) -> Opened:
        """Begin, at `rate` or at the device's own."""
        self._blocks.clear()
        self._waiting, self._lost = 0, False
        stream, opened = _open("output", self._device, rate, "float32", self._fill, self._ended)
        self._stream = stream
        self._most = round(QUEUE_SECONDS * opened) * 4
        if pulse.there():
            self._watch = pulse.Watch(self._device or "", "sink")
            self._watch.start()
        return Opened(opened, float(stream.latency) + QUEUE_SECONDS)

    def write(self, samples: Samples, timeout: float) -> int:
        """How many samples were taken within `timeout` seconds; Trouble("device-lost") when the device is gone."""
        data = samples.tobytes()
        with self._room:
            self._room.wait_for(lambda: self._waiting < self._most or self._lost, timeout)
            if self._lost:
                raise _gone("loudspeaker")
            taken = data[: max(0, self._most - self._waiting)]
            if taken:
                self._blocks.append(taken)
                self._waiting += len(taken)
        return len(taken) // 4

    def condition(self) -> Condition | None:
        """What the system says of it now; None where it says nothing."""
        return self._watch.condition if self._watch is not None else None

    def close(self) -> None:
        """Silence at once."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
        stream, self._stream = self._stream, None
        _close(stream)

    def _fill(self, out: Any, _frames: int, _time: Any, _status: Any) -> None:
        with self._room:
            at = 0
            while at < len(out) and self._blocks:
                block = self._blocks.popleft()
                part = block[: len(out) - at]
                out[at : at + len(part)] = part
                if len(part) < len(block):
                    self._blocks.appendleft(block[len(part) :])
                at += len(part)
            self._waiting -= at
            out[at:] = bytes(len(out) - at)
            self._room.notify()

    def _ended(self) -> None:
        with self._room:
            self._lost = True
            self._room.notify()


def _sounddevice() -> ModuleType:
    try:
        import sounddevice  # noqa: PLC0415  # loading it starts PortAudio, and fails without its library
    except OSError as error:
        raise Trouble(
            "sound-library",
            "This computer cannot use sound: the PortAudio library is missing.",
            "Listening and speaking cannot be done here.",
            "Call the proctor. For IT staff: install libportaudio2.",
        ) from error
    except Exception as error:
        if type(error).__name__ != "PortAudioError":  # the module that defines it did not load
            raise
        raise _none("input") from error
    module: ModuleType = sounddevice
    return module


def _devices(direction: Direction) -> tuple[Device, ...]:
    listed = _server_devices(direction)
    if listed is not None:
        return listed
    sound = _sounddevice()
    hosts = sound.query_hostapis()
    # Windows shows each device once for every one of its sound systems; WASAPI is the one without conversions on the way.
    host = next((host for host in hosts if host["name"] == "Windows WASAPI"), hosts[sound.default.hostapi])
    found = [sound.query_devices(index) for index in host["devices"]]
    return tuple(
        Device(f"{d['name']}, {host['name']}", str(d["name"]), d["index"] == host[f"default_{direction}_device"])
        for d in found
        if d[f"max_{direction}_channels"] > 0
    )


def _server_devices(direction: Direction) -> tuple[Device, ...] | None:
    """What the sound server of Linux has; None where there is no such server or no `pactl` to ask it."""
    if not pulse.there():
        return None
    kind = "source" if direction == "input" else "sink"
    listed = pulse.listed(f"{kind}s")
    if listed is None:
        return None
    default = pulse.default(kind)
    return tuple(
        Device(d["name"], d["description"], d["name"] == default)
        for d in listed
        if d["properties"].get("device.class") != "monitor"
    )


def _open(direction: Direction, device: str | None, rate: int, dtype: str, callback: Any, ended: Any) -> tuple[Any, int]:
    """A stream of one channel that runs, and its rate: the asked one, or the device's own where that is refused.

    What was plugged in, and a sound server that was started again, is known to PortAudio only after it has looked again.
    """
    listed = _server_devices(direction)
    if listed == ():  # asked for a microphone, the server would now give what its loudspeaker plays
        raise _none(direction)
    if device is None and listed and not any(each.default for each in listed):  # its default is a loudspeaker's monitor
        device = listed[0].id
    through_server = device is not None and device in {d.id for d in listed or ()}
    chosen = device if through_server else None
    target = "pulse" if through_server else device
    try:
        return _stream(direction, chosen, target, rate, dtype=dtype, callback=callback, ended=ended)
    except Trouble:
        with contextlib.suppress(Trouble):
            rescan()
            return _stream(direction, chosen, target, rate, dtype=dtype, callback=callback, ended=ended)
        raise


def _stream(direction: Direction, chosen: str | None, target: str | None, rate: int, **options: Any) -> tuple[Any, int]:
    sound = _sounddevice()
    kind = sound.RawInputStream if direction == "input" else sound.RawOutputStream
    with _lock, _chosen(direction, chosen):
        try:
            own = round(float(sound.query_devices(target, direction)["default_samplerate"]))
            stream = _first(kind, (rate, own), sound.PortAudioError, device=target, **options)
        except (sound.PortAudioError, ValueError) as error:
            raise _none(direction) from error
        _open_streams.add(id(stream))
    return stream, round(stream.samplerate)


def _first(kind: Any, rates: tuple[int, int], refusal: type[Exception], *, ended: Any, **options: Any) -> Any:
    """A running stream at the first of the rates that the device does not refuse."""
    for rate in rates:
        stream = None
        try:
            stream = kind(samplerate=rate, channels=1, latency=LATENCY_SECONDS, finished_callback=ended, **options)
            stream.start()
        except refusal:
            if stream is not None:
                stream.close(ignore_errors=True)
            if rate == rates[-1]:
                raise
        else:
            return stream
    raise AssertionError(rates)


def _close(stream: Any) -> None:
    if stream is None:
        return
    with _lock:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)
        _open_streams.discard(id(stream))


@contextlib.contextmanager
def _chosen(direction: Direction, device: str | None) -> Iterator[None]:
    """Lead libpulse to `device` while a stream is opened."""
    variable = "PULSE_SOURCE" if direction == "input" else "PULSE_SINK"
    before = os.environ.get(variable)
    if device is not None:
        os.environ[variable] = device
    try:
        yield
    finally:
        if device is not None:
            os.environ.pop(variable)
            if before is not None:
                os.environ[variable] = before


def _gone(what: str) -> Trouble:
    return Trouble(
        "device-lost",
        f"The {what} is gone.",
        "What was recorded until then is kept." if what == "microphone" else "This play does not count.",
        "Plug it in again, or call the proctor.",
    )


def _none(direction: Direction) -> Trouble:
    what = "microphone" if direction == "input" else "loudspeaker or headphones"
    return Trouble(
        "no-sound-device",
        f"No {what} can be used on this computer.",
        "",
        "Check that it is plugged in and that no other program uses it, or call the proctor.",
    )
