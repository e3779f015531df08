"""How fast a recording is judged: whole, and while it runs. Processor time of one core against the sound's own length."""

import resource
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.figures import Figure
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import Screen
from stamp_desktop.audio.simulated import babble, noise

RATE, SECONDS = 48_000, 60.0
BLOCK = RATE // 50
WHOLE_TARGET, STREAM_TARGET, MEMORY_TARGET = 1 / 300, 0.03, 100.0
RUNS = 5


def measure() -> Sequence[Figure]:
    """A minute of speech at 48 kHz: whole, as a stream of 20-ms blocks, and 20 minutes' memory."""
    sound = babble(SECONDS) + noise(round(SECONDS * RATE), -62.0, np.random.default_rng(0))
    length = SECONDS * 1000
    whole = _least(lambda: _judge(sound, sound.size))
    stream = _least(lambda: _judge(sound, BLOCK))
    floor = _least(lambda: _transforms(sound))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    screen = Screen(RATE)
    for _ in range(20):
        screen.feed(sound)
    screen.finish()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Figure("a minute judged whole", whole, length, "the minute itself", WHOLE_TARGET),
        Figure("a minute judged while it runs", stream, length, "the minute itself", STREAM_TARGET),
        Figure("a minute judged whole", whole, floor, "its bare Fourier transforms"),
        Figure("20 minutes judged: memory added", grown, MEMORY_TARGET, "what it may add", 1.0, unit="MB"),
    ]


def _judge(sound: Samples, block: int) -> None:
    screen = Screen(RATE)
    for start in range(0, sound.size, block):
        screen.feed(sound[start : start + block])
    screen.finish()


def _transforms(sound: Samples) -> None:
    """Windows of 40 ms each 20 ms: what no analysis of a spectrum can do without."""
    half = RATE // 50
    frames = sound[: sound.size // half * half].reshape(-1, half)
    for start in range(0, len(frames) - 50, 50):
        piece = frames[start : start + 51]
        np.fft.rfft(np.concatenate([piece[:-1], piece[1:]], axis=1), axis=1)


def _least(work: Callable[[], None]) -> float:
    """Milliseconds of processor time, the least of some runs: what else runs on the computer only adds."""
    took = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return min(took)
