"""The sound of one recording on its way to where it is kept: pending, measured, and compared with the clock.

It knows no device and no thread, and it waits for nothing.
"""

import math
import sys
from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import soxr

from stamp_desktop.audio import levels
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.screening import Finding, Screen
from stamp_desktop.trouble import Trouble

Kept = TypeVar("Kept")
Kept_co = TypeVar("Kept_co", covariant=True)

MISSING_SECONDS = 0.06
"""The clock may run ahead of the sound by less than this: two blocks. More, for a whole second, was lost on the way."""

LAST_BLOCKS = 8
"""At the end the newest blocks tell what was lost in the last second: those before the loss would hide it."""

STEADY_SECONDS = 10
"""Drift is the change of the least lead between the first and the last so many seconds: blocks come up to 50 ms late."""

TOLD_DRIFT_MS = 1.0
"""Per minute: 17 millionths. The number goes with every recording; beyond this it is in the log too. A quartz keeps within 100
millionths; PulseAudio's null sink was measured to run 300 fast."""

PEAKS_PER_SECOND = 20
SAMPLE_BYTES = 2


class FrameSink(Protocol[Kept_co]):
    """Where a recording is kept. What `write_frame` has returned from is on the disk."""

    def write_frame(self, pcm: bytes) -> None:
        """Keep up to one second of int16 little-endian mono PCM; Trouble (or OSError) when it cannot."""
        ...

    def finish(self) -> Kept_co:
        """Close the recording; what is known of it then."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard since the last time, at most 20 times a second. `peaks` (0-1) are the new ones, 20 a second.

    `second` counts the sound so far; levels are of the last 50 ms; `findings` hold now, worst first.
    """

    second: float
    level_dbfs: float
    peak_dbfs: float
    peaks: tuple[float, ...]
    findings: tuple[Finding, ...]


class Take(Generic[Kept]):
    """What arrived at `rate` Hz, up to `limit` seconds, and where it is kept. SinkError when it cannot be."""

    def __init__(self, rate: int, sink: FrameSink[Kept], pace: Pace, limit: float) -> None:
        self.rate = rate
        self.sink = sink
        self.screen = Screen(rate)
        self.frames = 0
        self.lost = 0.0
        """Seconds that the clock says are missing."""
        self._samples = 0
        self._room = round(limit * rate) if math.isfinite(limit) else sys.maxsize
        self._pace = pace
        self._turned: soxr.ResampleStream | None = None
        self._pending = bytearray()
        self._untold = bytearray()
        self._window = 0
        self._ahead: list[float] = []
        self._recent: deque[float] = deque(maxlen=LAST_BLOCKS)
        self._leads: list[float] = []
        self._whole_until = 0.0

    @property
    def heard(self) -> float:
        """Seconds that arrived."""
        return self._samples / self.rate

    @property
    def full(self) -> bool:
        """The limit is reached."""
        return self._samples >= self._room

    @property
    def drift(self) -> float:
        """By how many seconds the clock ran ahead of the sound in all whole seconds, lost pieces included."""
        return round(self._leads[-1] - self._leads[0], 4) + 0.0 if self._leads else 0.0

    @property
    def drift_ms_per_minute(self) -> float:
        """The same by the minute, without lost pieces: how far the microphone's clock is off. 0 for less than half a minute."""
        if len(self._leads) < 3 * STEADY_SECONDS:
            return 0.0
        first, last = min(self._leads[:STEADY_SECONDS]), min(self._leads[-STEADY_SECONDS:])
        return round((last - first - self.lost) * 1000 / ((len(self._leads) - STEADY_SECONDS) / 60), 2) + 0.0

    def comes_at(self, rate: int) -> None:
        """From now on sound arrives at this rate: another device may have taken over. It is brought to the recording's own."""
        same = rate == self.rate
        self._turned = None if same else soxr.ResampleStream(rate, self.rate, 1, dtype="int16")

    def take(self, pcm: bytes) -> Heard | None:
        """Keep and measure; what there is to tell, at most once in 50 ms of sound. What is over the limit is left out."""
        if self._turned is not None:
            pcm = self._turned.resample_chunk(np.frombuffer(pcm, dtype="<i2")).astype("<i2").tobytes()
        pcm = pcm[: (self._room - self._samples) * SAMPLE_BYTES]
        self._pending += pcm
        self._samples += len(pcm) // SAMPLE_BYTES
        second = self.rate * SAMPLE_BYTES
        while len(self._pending) >= second:
            self._write(bytes(self._pending[:second]))
        self._watch_clock()
        self.screen.feed(levels.from_pcm(pcm))
        self._untold += pcm
        size = self.rate // PEAKS_PER_SECOND
        ready = len(self._untold) // (size * SAMPLE_BYTES) * size * SAMPLE_BYTES
        if not ready:
            return None
        fresh = levels.from_pcm(bytes(self._untold[:ready]))
        del self._untold[:ready]
        last = fresh[-size:]
        return Heard(
            second=self.heard,
            level_dbfs=levels.level(last),
            peak_dbfs=levels.dbfs(levels.peak(last)),
            peaks=levels.block_peaks(fresh, size),
            findings=self.screen.current,
        )

    def flush(self) -> None:
        """Keep what is less than a second, so that not even that hangs on what comes next."""
        if self._pending:
            self._write(bytes(self._pending))

    def end(self) -> None:
        """No more will come: keep the rest, and look at the clock once more for what was lost in the last second."""
        self.flush()
        if self._recent and self._leads:
            self._missed(min(self._recent) - self._leads[-1])
            self._recent.clear()

    def _write(self, pcm: bytes) -> None:
        try:
            self.sink.write_frame(pcm)
        except (Trouble, OSError) as error:
            raise SinkError(as_trouble(error)) from error
        del self._pending[: len(pcm)]
        self.frames += len(pcm) // SAMPLE_BYTES

    def _watch_clock(self) -> None:
        """Find what was lost on the way: sound that comes late catches up with the clock, sound that is lost never does.

        Of each second only the smallest lead of the clock counts, so that blocks which come late do not look lost.
        """
        ahead = self._pace.now() - self.heard
        self._ahead.append(ahead)
        self._recent.append(ahead)
        if not self._leads or ahead - self._leads[-1] <= MISSING_SECONDS:
            self._whole_until = self.heard
        if int(self.heard) == self._window:
            return
        self._window = int(self.heard)
        least = min(self._ahead)
        self._ahead.clear()
        if self._leads:
            self._missed(least - self._leads[-1])
        self._leads.append(least)

    def _missed(self, seconds: float) -> None:
        if seconds > MISSING_SECONDS:
            self.screen.missed(self._whole_until, seconds)
            self.lost += seconds
            self._whole_until = self.heard


class SinkError(Exception):
    """The sink could not keep a frame."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def as_trouble(error: Trouble | OSError) -> Trouble:
    """An error of the disk as people are told it."""
    if isinstance(error, Trouble):
        return error
    what = f"The recording cannot be written to the disk ({error.strerror})."
    return Trouble("disk-error", what, "What was recorded until then is kept.", "Call the proctor.")
