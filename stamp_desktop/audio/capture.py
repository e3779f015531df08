"""From the microphone to the disk: one thread reads, keeps and measures; what it catches, its owner gets.

Nothing else happens on that path. The recorder never decides whether a recording is good enough, never stops anybody from
going on, and never holds back what it heard: each full second is on the disk before the next one is read. A microphone that
comes back goes on in the same recording; what is missing between is told.
"""

import contextlib
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.screening import Verdict
from stamp_desktop.audio.take import FrameSink, Heard, SinkError, Take, as_trouble
from stamp_desktop.trouble import Trouble

Kept = TypeVar("Kept")

STALLED_SECONDS = 0.5
"""No data for this long is a fault: blocks come every 20-50 ms, and the test taker should know before the next sentence."""

OPENING_SECONDS = 2.5
"""The first block may take longer: a Bluetooth headset changes its profile when its microphone opens."""

DRAIN_SECONDS = 0.25
"""Recording goes on for this long after the stop: what was said until then is still on its way (device and server buffers)."""

RETURN_SECONDS = 30.0
"""So long a lost microphone is looked for: to find the plug takes a while. Then the test taker is better off with a way on."""

RETRY_SECONDS = 0.4
READ_SECONDS = 0.1


class Microphone(Protocol):
    """Gives int16 little-endian mono PCM at its own rate. Used by one thread."""

    def open(self) -> int:
        """Begin to listen, also again; the rate in Hz. Trouble where there is no microphone, or it cannot be opened."""
        ...

    def read(self, timeout: float) -> bytes:
        """All that has arrived; b"" if nothing came within `timeout` seconds. Trouble("device-lost") once it is gone."""
        ...

    def condition(self) -> Condition | None:
        """What the system says of it now, at once; None where it says nothing."""
        ...

    def close(self) -> None:
        """Stop listening. Harmless when it is not open."""
        ...


@dataclass(frozen=True, slots=True)
class Back:
    """The lost microphone is there again, and the recording goes on; `away` seconds were not heard."""

    away: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording ran out (limit), or cannot go on (a fault was told before): `stop` has the result."""


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Kept]):
    """A recording as it was kept. `frames` samples at `rate` Hz (0: the microphone never opened).

    `kept` is what the sink's `finish` gave, None when it could not. `drift` is how far the clock ran ahead of the sound in
    seconds, beyond what arrived late: near 0 unless something was lost. `lost` is the part of it that is missing in pieces, the
    rest by the minute is `drift_ms_per_minute`. `conditions`: what the system said of the microphone, in order.
    """

    frames: int
    rate: int
    seconds: float
    faults: tuple[Fault, ...]
    verdict: Verdict | None
    drift: float
    kept: Kept | None
    lost: float = 0.0
    drift_ms_per_minute: float = 0.0
    conditions: tuple[Condition, ...] = ()


Told: TypeAlias = Callable[[Heard | Fault | Condition | Back | Ended], None]


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
        self._conditions: list[Condition] = []
        self._error: Exception | None = None
        self._recorded: Recorded[Kept] = Recorded(0, 0, 0.0, (), None, 0.0, None)
        self._thread = threading.Thread(target=self._run, name="recorder")

    def start(self) -> None:
        """Begin; opening the microphone happens on the recorder's thread too."""
        self._thread.start()

    def wait(self) -> None:
        """Until it has ended by itself."""
        self._thread.join()

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
            self._fault(Fault("disk", as_trouble(error)))
            self._recorded = Recorded(0, rate, 0.0, tuple(self._faults), None, 0.0, None)
            return
        take = Take(rate, sink, self._pace, self._limit)
        try:
            self._listen(take)
        except SinkError as error:
            self._fault(Fault("disk", error.trouble))
        finally:
            kept = self._close(take)
            self._recorded = Recorded(
                frames=take.frames,
                rate=rate,
                seconds=take.frames / rate,
                faults=tuple(self._faults),
                verdict=take.screen.finish(),
                drift=take.drift,
                kept=kept,
                lost=round(take.lost, 3),
                drift_ms_per_minute=take.drift_ms_per_minute,
                conditions=tuple(self._conditions),
            )

    def _listen(self, take: Take[Kept]) -> None:
        """Read until stopped and drained, full, or lost for good."""
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
                if not self._comes_back(take):
                    break
                silent_since, stalled = self._pace.now(), False
                continue
            self._look_at(self._microphone.condition())
            if pcm:
                silent_since, stalled = self._pace.now(), False
                heard = take.take(pcm)
                if heard is not None:
                    self._told(heard)
            elif not stalled and self._pace.now() - silent_since >= (STALLED_SECONDS if take.heard else OPENING_SECONDS):
                stalled = True
                take.flush()
                self._fault(Fault("stalled"))
        take.end()

    def _comes_back(self, take: Take[Kept]) -> bool:
        """Open the lost microphone again, for some time; whether it is there and the recording goes on."""
        since = self._pace.now()
        while not self._stop.is_set() and self._pace.now() - since < RETURN_SECONDS:
            self._microphone.close()
            try:
                rate = self._microphone.open()
            except Trouble:
                self._pace.sleep(RETRY_SECONDS)
                continue
            take.comes_at(rate)
            self._told(Back(self._pace.now() - since))
            return True
        return False

    def _look_at(self, condition: Condition | None) -> None:
        """Tell what is new about the microphone."""
        if condition is not None and (not self._conditions or condition != self._conditions[-1]):
            self._conditions.append(condition)
            self._told(condition)

    def _close(self, take: Take[Kept]) -> Kept | None:
        try:
            return take.sink.finish()
        except (Trouble, OSError) as error:
            self._fault(Fault("disk", as_trouble(error)))
            return None

    def _fault(self, fault: Fault) -> None:
        self._faults.append(fault)
        self._told(fault)
