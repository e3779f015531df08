"""The computer's own microphones and loudspeakers. The only module that knows sounddevice (PortAudio); it judges nothing.

PortAudio is loaded on first use: a computer without its library, without a sound server or without a device is Trouble with
advice, never a program that does not start. Callbacks copy and do nothing else.

On Linux PortAudio shows one device for the whole sound server, so microphones are listed by `pactl` and chosen with
PULSE_SOURCE. When a device is pulled out while another is there, the server moves the stream without a word: only a list taken
again shows it.
"""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Opened
from stamp_desktop.trouble import Trouble

PREFERRED_RATE = 48_000
LATENCY_SECONDS = 0.1
"""Asked of PortAudio. With less, a busy school computer drops out; with its own "low", measured, nearly every block does."""

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


class SystemMicrophone:
    """A microphone of this computer, at 48000 Hz or at its own rate. `device` is an id of `inputs()`; None the default."""

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._stream: Any = None
        self._blocks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._lost = threading.Event()

    def open(self) -> int:
        """Begin to listen; the rate in Hz."""
        self._blocks = queue.SimpleQueue()
        self._lost.clear()
        stream, rate = _open("input", self._device, PREFERRED_RATE, "int16", self._heard, self._ended)
        self._stream = stream
        return rate

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

    def close(self) -> None:
        """Silence at once."""
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
    if not sys.platform.startswith("linux") or shutil.which("pactl") is None:
        return None
    kind = "source" if direction == "input" else "sink"
    try:
        listed = json.loads(_pactl("--format=json", "list", f"{kind}s"))
        default = _pactl(f"get-default-{kind}").strip()
    except (subprocess.SubprocessError, ValueError):
        return None
    return tuple(
        Device(d["name"], d["description"], d["name"] == default)
        for d in listed
        if d["properties"].get("device.class") != "monitor"
    )


def _pactl(*words: str) -> str:
    return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True, timeout=5).stdout


def _open(direction: Direction, device: str | None, rate: int, dtype: str, callback: Any, ended: Any) -> tuple[Any, int]:
    """A stream of one channel that runs, and its rate: the asked one, or the device's own where that is refused."""
    sound = _sounddevice()
    kind = sound.RawInputStream if direction == "input" else sound.RawOutputStream
    listed = _server_devices(direction)
    if listed == ():  # asked for a microphone, the server would now give what its loudspeaker plays
        raise _none(direction)
    through_server = device is not None and device in {d.id for d in listed or ()}
    with _lock, _chosen(direction, device if through_server else None):
        try:
            target = "pulse" if through_server else device
            own = round(float(sound.query_devices(target, direction)["default_samplerate"]))
            stream = _first(kind, (rate, own), sound.PortAudioError, device=target, dtype=dtype, callback=callback, ended=ended)
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
