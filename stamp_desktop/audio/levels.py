"""How loud: levels of blocks, ITU-T P.56 active speech level, noise floor. Arrays in, numbers out; it judges nothing.

Samples are float32 in [-1, 1], shape (n,); rates in Hz. 0 dBFS is an RMS of 1 (a full-scale square wave; the sine of full
scale has -3.01): the dBov of ITU-T G.100.1, in which P.56 levels are given.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from stamp_desktop.trouble import Trouble

Samples: TypeAlias = npt.NDArray[np.float32]

FULL_SCALE = 32_768
FLOOR_DBFS = -120.0
"""What digital silence is called: below anything that 24 bits can hold, and a number that JSON can hold."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000

# ITU-T P.56 (12/2011), method B.
TIME_CONSTANT = 0.03
HANGOVER = 0.2
MARGIN_DB = 15.9
_THRESHOLDS = 2.0 ** np.arange(-15, 0)


def checked(samples: npt.NDArray[np.floating]) -> Samples:
    """The samples as float32; Trouble("sound-damaged") for anything but one row of finite numbers."""
    if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating) or not np.isfinite(samples).all():
        raise Trouble(
            "sound-damaged",
            "This sound cannot be read.",
            "It holds something that is not sound.",
            "Record it again, or take the file from where it came once more.",
        )
    return samples.astype(np.float32, copy=False)


def checked_rate(rate: int) -> int:
    """The rate; Trouble("sound-rate") where no speech is recorded at such a rate."""
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise Trouble("sound-rate", f"Sound at {rate} samples a second cannot be used.", "", "Choose another device.")
    return rate


def from_pcm(pcm: bytes) -> Samples:
    """int16 little-endian mono PCM as samples."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)


def to_pcm(samples: Samples) -> bytes:
    """Samples as int16 little-endian mono PCM; what is beyond full scale is cut."""
    return np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes()


def dbfs(amplitude: float) -> float:
    """An amplitude (RMS or peak) in dBFS, never below `FLOOR_DBFS`."""
    return max(FLOOR_DBFS, 20.0 * math.log10(amplitude)) if amplitude > 0 else FLOOR_DBFS


def peak(samples: Samples) -> float:
    """The largest amplitude, 0-1; 0 of nothing."""
    return float(np.abs(samples).max(initial=0.0))


def level(samples: Samples) -> float:
    """RMS level in dBFS; `FLOOR_DBFS` of nothing."""
    return dbfs(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))) if samples.size else FLOOR_DBFS


def block_levels(samples: Samples, size: int) -> npt.NDArray[np.float64]:
    """RMS level in dBFS of each whole block of `size` samples, shape (n // size,), its own mean (DC) taken away."""
    blocks = samples[: samples.size // size * size].reshape(-1, size)
    spread: npt.NDArray[np.float64] = blocks.std(axis=1, dtype=np.float64)
    return 20.0 * np.log10(np.maximum(spread, 10 ** (FLOOR_DBFS / 20)))


def block_peaks(samples: Samples, size: int) -> tuple[float, ...]:
    """The peak (0-1) of each whole block of `size` samples."""
    return tuple(np.abs(samples[: samples.size // size * size].reshape(-1, size)).max(axis=1).tolist())


def noise_floor(levels: npt.NDArray[np.float64], percentile: float = 10.0) -> float:
    """The level in dBFS that a tenth of the blocks does not reach: what is there between the words."""
    return float(np.percentile(levels, percentile)) if levels.size else FLOOR_DBFS


def meter(level_dbfs: float) -> float:
    """A level on the meter, 0-1: 60 dB long, full scale at the end."""
    return min(1.0, max(0.0, 1.0 + level_dbfs / 60.0))


class SpeechMeter:
    """ITU-T P.56 active speech level of a stream.

    The envelope is taken on means over a millisecond instead of single samples: against its time constant of 30 ms that
    moves the level by less than 0.05 dB, and a minute is measured in milliseconds.
    """

    def __init__(self, rate: int) -> None:
        self.unit = max(1, round(checked_rate(rate) / 1000))
        seconds = self.unit / rate
        self._hold = round(HANGOVER / seconds)
        self._decay = math.exp(-seconds / TIME_CONSTANT)
        self._mean = self._smooth = 0.0
        self._tail = np.zeros(self._hold)
        self._counts = np.zeros(len(_THRESHOLDS), dtype=np.int64)
        self._energy = 0.0
        self._units = 0
        self._kernel = np.zeros((0, 0))

    def feed(self, samples: Samples) -> None:
        """Measure on; a remainder below a millisecond is left out."""
        units = samples.size // self.unit
        if not units:
            return
        whole = samples[: units * self.unit].astype(np.float64)
        self._energy += float(np.dot(whole, whole))
        self._units += units
        held = sliding_window_view(
            np.concatenate([self._tail, self._envelope(np.abs(whole).reshape(units, -1).mean(axis=1))]), self._hold + 1
        ).max(axis=1)
        found = np.bincount(np.searchsorted(_THRESHOLDS, held, side="right"), minlength=len(_THRESHOLDS) + 1)
        self._counts += found[::-1].cumsum()[::-1][1:]

    def _envelope(self, means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Two exponential averages in a row, solved for the block: q[n] of P.56, with the state carried on."""
        n, g = len(means), self._decay
        if len(self._kernel) != n:
            age = np.subtract.outer(np.arange(n), np.arange(n)).astype(np.float64)
            self._kernel = np.where(age >= 0, (age + 1) * (1 - g) ** 2 * g ** np.maximum(age, 0), 0.0)
        steps = np.arange(1, n + 1)
        smooth = self._kernel @ means + g**steps * (self._smooth + steps * (1 - g) * self._mean)
        self._mean = float(g**n * self._mean + (1 - g) * np.dot(g ** np.arange(n - 1, -1, -1), means))
        self._smooth = float(smooth[-1])
        self._tail = np.concatenate([self._tail, smooth])[-self._hold :]
        return smooth

    @property
    def dbfs(self) -> float:
        """The active speech level so far; `FLOOR_DBFS` where nothing was active."""
        seen = self._counts > 0
        if not seen.any() or self._energy <= 0:
            return FLOOR_DBFS
        active = 10.0 * np.log10(self._energy / (self._counts[seen] * self.unit))
        above = active - 20.0 * np.log10(_THRESHOLDS[seen])
        below = int(np.argmax(above <= MARGIN_DB)) if (above <= MARGIN_DB).any() else len(above) - 1
        if below == 0 or above[below] > MARGIN_DB:
            return float(active[below])
        share = (above[below - 1] - MARGIN_DB) / (above[below - 1] - above[below])
        return float(active[below - 1] + share * (active[below] - active[below - 1]))

    @property
    def activity(self) -> float:
        """The share of time that was active, 0-1."""
        if not self._units or self.dbfs <= FLOOR_DBFS:
            return 0.0
        return min(1.0, self._energy / (self._units * self.unit) / 10 ** (self.dbfs / 10))


def active_level(samples: Samples, rate: int) -> float:
    """The P.56 active speech level of a whole recording in dBFS."""
    speech = SpeechMeter(rate)
    for start in range(0, samples.size, speech.unit * 200):
        speech.feed(samples[start : start + speech.unit * 200])
    return speech.dbfs
