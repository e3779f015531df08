"""From the microphone to the disk: one thread reads, keeps and measures; what it catches, its owner gets.

Nothing else happens on that path. The recorder never decides whether a recording is good enough, never stops anybody from
going on, and never holds back what it heard: each full second is on the disk before the next one is read.
"""

import contextlib
import math
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from stamp_desktop.audio import levels
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.screening import Finding, Screen, Verdict
from stamp_desktop.trouble import Trouble

Kept = TypeVar("Kept")
Kept_co = TypeVar("Kept_co", covariant=True)

STALLED_SECONDS = 0.5
"""No data for this long is a fault: blocks come every 20-50 ms, and the test taker should know before the next sentence."""

OPENING_SECONDS = 2.5
"""The first block may take longer: a Bluetooth headset changes its profile when its microphone opens."""

DRAIN_SECONDS = 0.25
"""Recording goes on for this long after the stop: what was said until then is still on its way (device and server buffers)."""

MISSING_SECONDS = 0.06
"""The clock may run ahead of the sound by less than this: two blocks. More, for a whole second, was lost on the way."""

READ_SECONDS = 0.1
PEAKS_PER_SECOND = 20
SAMPLE_BYTES = 2


class Microphone(Protocol):
    """Gives int16 little-endian mono PCM at its own rate. Used by one thread."""

    def open(self) -> int:
        """Begin to listen; the rate in Hz. Trouble where there is no microphone, or it cannot be opened."""
        ...

    def read(self, timeout: float) -> bytes:
        """All that has arrived; b"" if nothing came within `timeout` seconds. Trouble("device-lost") once it is gone."""
        ...

    def close(self) -> None:
        """Stop listening. Harmless when it is not open."""
        ...


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


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording ran out (limit), or cannot go on (a fault was told before): `stop` has the result."""


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Kept]):
    """A recording as it was kept. `frames` samples at `rate` Hz (0: the microphone never opened).

    `kept` is what the sink's `finish` gave, None when it could not. `drift` is how far the clock ran ahead of the sound in
    seconds, beyond what arrived late: near 0 unless something was lost.
    """

    frames: int
    rate: int
    seconds: float
    faults: tuple[Fault, ...]
    verdict: Verdict | None
    drift: float
    kept: Kept | None


Told: TypeAlias = Callable[[Heard | Fault | Ended], None]


class Recorder(Generic[Kept]):
    """Records once. `told` is called on the recorder's thread and must return at once; after `Ended` nothing is told.

    `sink` is opened with the rate before the first frame. `limit` in seconds ends the recording by itself; with `math.inf`
    only `stop` does.
    """

    def __init__(
        self, microphone: Microphone, sink: Callable[[int], FrameSink[Kept]], pace: Pace, told: Told, limit: float
    ) -> None:
        self._microphone = microphone
        self._open_sink = sink
        self._pace = pace
        self._told = told
        self._limit = limit
        self._stop = threading.Event()
        self._faults: list[Fault] = []
        self._error: Exception | None = None
        self._recorded: Recorded[Kept] = Recorded(0, 0, 0.0, (), None, 0.0, None)
        self._thread = threading.Thread(target=self._run, name="recorder")

    def start(self) -> None:
        """Begin; opening the microphone happens on the recorder's thread too."""
        self._thread.start()

    def stop(self) -> Recorded[Kept]:
        """End it, keep the last of it, and give the result; the same result when it had ended by itself.

        An exception that is no Trouble is a bug and comes out here, after the recording was closed as well as possible.
        """
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._recorded

    def _run(self) -> None:
        try:
            try:
                self._record()
            finally:
                self._microphone.close()
            self._told(Ended())
        except Exception as error:  # noqa: BLE001  # no failure of a thread may be lost: stop() raises it to the owner
            self._error = error
            with contextlib.suppress(Exception):  # when it is `told` that fails, the first failure is the one to know
                self._told(Fault("failed"))
                self._told(Ended())

    def _record(self) -> None:
        try:
            rate = self._microphone.open()
        except Trouble as trouble:
            self._fault(Fault("device-lost", trouble))
            self._recorded = Recorded(0, 0, 0.0, tuple(self._faults), None, 0.0, None)
            return
        try:
            sink = self._open_sink(rate)
        except (Trouble, OSError) as error:
            self._fault(Fault("disk", _trouble(error)))
            self._recorded = Recorded(0, rate, 0.0, tuple(self._faults), None, 0.0, None)
            return
        take = _Take(rate, sink, self._pace, self._limit)
        try:
            self._listen(take)
        except _SinkError as error:
            self._fault(Fault("disk", error.trouble))
        finally:
            kept = self._close(take)
            seconds = take.frames / rate
            verdict = take.screen.finish()
            self._recorded = Recorded(take.frames, rate, seconds, tuple(self._faults), verdict, take.drift, kept)

    def _listen(self, take: "_Take[Kept]") -> None:
        """Read until stopped and drained, full, or lost."""
        silent_since = self._pace.now()
        ending = math.inf
        stalled = False
        while self._pace.now() < ending and not take.full:
            if ending == math.inf and self._stop.is_set():
                ending = self._pace.now() + DRAIN_SECONDS
            try:
                pcm = self._microphone.read(READ_SECONDS)
            except Trouble as trouble:
                take.flush()
                self._fault(Fault("device-lost", trouble))
                return
            if pcm:
                silent_since, stalled = self._pace.now(), False
                heard = take.take(pcm)
                if heard is not None:
                    self._told(heard)
            elif not stalled and self._pace.now() - silent_since >= (STALLED_SECONDS if take.heard else OPENING_SECONDS):
                stalled = True
                take.flush()
                self._fault(Fault("stalled"))
        take.flush()

    def _close(self, take: "_Take[Kept]") -> Kept | None:
        try:
            return take.sink.finish()
        except (Trouble, OSError) as error:
            self._fault(Fault("disk", _trouble(error)))
            return None

    def _fault(self, fault: Fault) -> None:
        self._faults.append(fault)
        self._told(fault)


class _Take(Generic[Kept]):
    """The sound of one recording on its way to the sink: what is pending, measured and missing."""

    def __init__(self, rate: int, sink: FrameSink[Kept], pace: Pace, limit: float) -> None:
        self.rate = rate
        self.sink = sink
        self.screen = Screen(rate)
        self.frames = 0
        self._samples = 0
        self._room = round(limit * rate) if math.isfinite(limit) else sys.maxsize
        self._pace = pace
        self._pending = bytearray()
        self._untold = bytearray()
        self._ahead: list[float] = []
        self._first_ahead = self._last_ahead = math.nan
        self._window = 0
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
        """By how many seconds the clock ran ahead of the sound from the first whole second to the last."""
        return 0.0 if math.isnan(self._last_ahead) else round(self._last_ahead - self._first_ahead, 4) + 0.0

    def take(self, pcm: bytes) -> Heard | None:
        """Keep and measure; what there is to tell, at most once in 50 ms of sound. What is over the limit is left out."""
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

    def _write(self, pcm: bytes) -> None:
        try:
            self.sink.write_frame(pcm)
        except (Trouble, OSError) as error:
            raise _SinkError(_trouble(error)) from error
        del self._pending[: len(pcm)]
        self.frames += len(pcm) // SAMPLE_BYTES

    def _watch_clock(self) -> None:
        """Find what was lost on the way: sound that comes late catches up with the clock, sound that is lost never does.

        Of each second only the smallest lead of the clock counts, so that blocks which come late do not look lost.
        """
        ahead = self._pace.now() - self.heard
        self._ahead.append(ahead)
        if not ahead - self._last_ahead > MISSING_SECONDS:
            self._whole_until = self.heard
        if int(self.heard) == self._window:
            return
        self._window = int(self.heard)
        least = min(self._ahead)
        self._ahead.clear()
        if math.isnan(self._last_ahead):
            self._first_ahead = least
        elif least - self._last_ahead > MISSING_SECONDS:
            self.screen.missed(self._whole_until, least - self._last_ahead)
            self._whole_until = self.heard
        self._last_ahead = least


class _SinkError(Exception):
    """The sink could not keep a frame."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def _trouble(error: Trouble | OSError) -> Trouble:
    if isinstance(error, Trouble):
        return error
    what = f"The recording cannot be written to the disk ({error.strerror})."
    return Trouble("disk-error", what, "What was recorded until then is kept.", "Call the proctor.")
