"""From a decoded sound to the headphones, on a thread of its own. It says how much was really heard, and never seeks."""

import contextlib
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import soundfile
import soxr

from stamp_desktop.audio.condition import DEAD_VOLUME, Condition
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import Pace
from stamp_desktop.trouble import Trouble

BLOCK_SECONDS = 0.05
"""A change of volume, or a stop, is heard after this and the loudspeaker's latency."""

STALLED_SECONDS = 2.0
"""A loudspeaker that takes nothing for this long will not go on: Bluetooth takes up to a second to wake."""

TELL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples of one channel, float32 in [-1, 1], shape (n,), at `rate` Hz."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples.size / self.rate


@dataclass(frozen=True, slots=True)
class Opened:
    """A loudspeaker that is open: its rate in Hz, and how many seconds pass from taking a sample to hearing it."""

    rate: int
    latency: float


class Loudspeaker(Protocol):
    """Plays float32 samples of one channel. Used by one thread."""

    def open(self, rate: int) -> Opened:
        """Begin, at `rate` or at the device's own. Trouble where there is none, or it cannot be opened."""
        ...

    def write(self, samples: Samples, timeout: float) -> int:
        """How many of the samples were taken within `timeout` seconds. Trouble("device-lost") once it is gone."""
        ...

    def condition(self) -> Condition | None:
        """What the system says of it now, at once; None where it says nothing."""
        ...

    def close(self) -> None:
        """Silence at once. Harmless when it is not open."""
        ...


@dataclass(frozen=True, slots=True)
class Playing:
    """What is heard now, in seconds."""

    position: float
    length: float


@dataclass(frozen=True, slots=True)
class Played:
    """The end of a play. `complete`: every sample was heard. `start_ms`: from the request to the first sound, at most."""

    heard_ms: int
    complete: bool
    start_ms: int
    fault: Fault | None = None


Told: TypeAlias = Callable[[Playing | Played], None]


class Player:
    """Plays one sound at a time. `told` is called on the player's thread: `Playing` ten times a second, `Played` last."""

    def __init__(self, loudspeaker: Loudspeaker, pace: Pace, told: Told) -> None:
        self.volume = 1.0
        """0-1, at any time."""
        self._loudspeaker = loudspeaker
        self._pace = pace
        self._told = told
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def play(self, sound: Sound) -> None:
        """Play it from its beginning; what was playing ends first."""
        self.stop()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(sound, self._pace.now()), name="player")
        self._thread.start()

    def stop(self) -> None:
        """Silence; `Played` has been told when this returns. A bug that ended the play comes out here."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def wait(self) -> None:
        """Until the play has ended by itself."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, sound: Sound, asked: float) -> None:
        try:
            self._told(self._play(sound, asked))
        except Exception as error:  # noqa: BLE001  # no failure of a thread may be lost: stop() raises it to the owner
            self._error = error
            with contextlib.suppress(Exception):  # when it is `told` that fails, the first failure is the one to know
                self._told(Played(0, complete=False, start_ms=0, fault=Fault("failed")))
        finally:
            self._loudspeaker.close()

    def _play(self, sound: Sound, asked: float) -> Played:
        try:
            opened = self._loudspeaker.open(sound.rate)
        except Trouble as trouble:
            return Played(0, complete=False, start_ms=0, fault=Fault("device-lost", trouble))
        samples = resampled(sound, opened.rate)
        block = round(BLOCK_SECONDS * opened.rate)
        begun = told = taken_at = self._pace.now()
        start_ms = round((begun - asked + opened.latency) * 1000)
        taken, fault = 0, None
        while taken < samples.size and not self._stop.is_set():
            try:
                count = self._loudspeaker.write(samples[taken : taken + block] * np.float32(self.volume), BLOCK_SECONDS)
            except Trouble as trouble:
                fault = Fault("device-lost", trouble)
                break
            taken += count
            now = self._pace.now()
            if (unheard := _unheard(self._loudspeaker.condition())) is not None:
                fault = Fault("device-lost", unheard)
                break
            taken_at = now if count else taken_at
            if now - taken_at >= STALLED_SECONDS:
                fault = Fault("stalled")
                break
            if now - told >= TELL_SECONDS:
                told = now
                self._told(Playing(max(0.0, taken / opened.rate - opened.latency), sound.seconds))
        inside = opened.latency
        if taken == samples.size:
            inside = self._drain(opened.latency)
        complete = taken == samples.size and inside <= 0
        heard = sound.seconds if complete else max(0.0, taken / opened.rate - inside)
        return Played(round(heard * 1000), complete, start_ms, fault)

    def _drain(self, latency: float) -> float:
        """Wait until what was taken is heard too; the seconds that are not when the stop comes before."""
        until = self._pace.now() + latency
        while (left := until - self._pace.now()) > 1e-6 and not self._stop.is_set():
            self._pace.sleep(min(left, 0.01))
        return max(0.0, left) if left > 1e-6 else 0.0


def seconds(data: bytes) -> float:
    """How long a sound file plays, read from its headers alone. Trouble("sound-damaged") where it cannot be read."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return float(file.frames / file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise _damaged() from error


def decode(data: bytes) -> Sound:
    """Opus, Vorbis, FLAC, MP3 or WAV as a sound of one channel (the mean of several).

    Trouble("sound-damaged") where it cannot be read, is cut short or holds nothing.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            promised, rate = file.frames, file.samplerate
            samples = file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise _damaged() from error
    if not len(samples) or len(samples) < promised or not np.isfinite(samples).all():
        raise _damaged()
    return Sound(samples.mean(axis=1, dtype=np.float32), rate)


def resampled(sound: Sound, rate: int) -> Samples:
    """The sound's samples at another rate, band-limited (soxr, high quality)."""
    if rate == sound.rate or not sound.samples.size:
        return sound.samples
    return np.asarray(soxr.resample(sound.samples, sound.rate, rate), dtype=np.float32)


def _unheard(condition: Condition | None) -> Trouble | None:
    """Why nobody hears what is played, where the system knows it: then it was no play."""
    if condition is None:
        return None
    if not condition.chosen:
        what, todo = "Your headphones are unplugged.", "Plug them in again, then play it again."
    elif condition.muted or condition.volume < DEAD_VOLUME:
        what, todo = "The sound of this computer is switched off.", "Turn it up, or call the proctor, then play it again."
    else:
        return None
    return Trouble("loudspeaker-unheard", what, "This play does not count.", todo)


def _damaged() -> Trouble:
    return Trouble(
        "sound-damaged",
        "This sound cannot be played.",
        "Its file is damaged; answers are not touched by that.",
        "Call the proctor: the test package has to be fetched again.",
    )
