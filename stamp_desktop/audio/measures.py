"""What each 20 ms of sound measures: level, voicing, pitch, bands, cut tops, clicks, tones; and the mains in each second.

Everything that the screening knows of a sound is a row of these numbers. A row depends on its own samples and those of the
row before, so that a stream and a whole file give the same rows. It judges nothing, and it knows no device.
"""

import math

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples

UNITS_PER_FRAME, FRAMES_PER_SECOND = 20, 50
SUB_BLOCKS = 8
"""Levels are kept for 2.5 ms too: a buffer that is lost is shorter than a frame."""

EDGE_PARTS = 16
"""Of a frame, the part beside a hole whose level tells a cut from a fade: 1.25 ms."""

BAND_EDGES = (60.0, 150, 250, 350, 470, 600, 750, 930, 1150, 1420, 1750, 2150, 2650, 3250, 4000, 4900, 5900, 7000, 8000)
"""About one critical band and a half each (Zwicker 1961), in Hz."""

BANDS = len(BAND_EDGES) - 1
LOWEST_PITCH, HIGHEST_PITCH = 65.0, 480.0
"""Fundamental frequencies in Hz from a low man's voice to a small child's."""

PITCH_BAND = (60.0, 4_000.0)
TONE_BAND = (250.0, 5_000.0)
DEAD_PEAK_TO_PEAK = 2.5 / levels.FULL_SCALE
"""20 ms that stay within this are no sound: zeros, a stuck value or dither. The quietest room on a 16-bit device moves more."""

CLIP_LEVEL = 0.89
CLIP_RUN = 4
CLIP_FLAT = 1.5 / levels.FULL_SCALE
"""Samples above -1 dBFS that stay on one value (within a bit) four times in a row: a voice that fits is off its top sooner."""

MAINS = (50.0, 60.0)
MAINS_TOP = 1_500.0
MAINS_OFF = 0.004
"""A mains frequency is within 0.4 % of its nominal value (EN 50160: 1 % for 99.5 % of a year)."""

MAINS_FRAMES, MAINS_EVERY = FRAMES_PER_SECOND, 20
"""A second of sound tells 50 Hz from its neighbours; it is looked at each 0.4 s, so that hum which begins is seen soon."""

LINE_DB = 9.0
"""A line of the mains stands this far over its neighbours: the largest of three lines of noise is 5-6 dB over their median."""

FLOOR_DB = levels.FLOOR_DBFS

FRAME = np.dtype(
    [
        ("level", "f4"),  # dBFS, RMS without DC
        ("top", "f4"),  # largest amplitude, 0-1
        ("dead", "?"),
        ("voiced", "f4"),  # normalised autocorrelation at the pitch, 0-1
        ("second", "f4"),  # the same for the best lag that is no multiple or part of the pitch
        ("pitch", "f4"),  # Hz
        ("tone", "f4"),  # share of the power in TONE_BAND that lies in its strongest line, 0-1
        ("tone_hz", "f4"),
        ("flat", "f4"),  # share of samples within a tenth of the frame's largest amplitude, 0-1
        ("tops", "u2"),  # tops that are cut off
        ("cut", "u2"),  # samples in them
        ("click", "f4"),  # dB of the largest second difference over the mean one
        ("cut_in", "f4"),  # dBFS of the loudest millisecond that ends in samples that stay on one value for 2.5 ms
        ("cut_out", "f4"),  # and of the loudest that begins after them
        ("subs", "f2", (SUB_BLOCKS,)),  # dBFS of each eighth of the frame
        ("bands", "f2", (BANDS,)),  # dBFS of each band
    ]
)
SECOND = np.dtype([("lines", "f4"), ("mains", "f4"), ("base", "f4")])
"""Of each second, one each 0.4 s: how many lines of the mains stand out, their level together in dBFS, 50 or 60 Hz."""


class Measures:
    """The rows of one sound so far. `feed` whole frames; `frames` and `seconds` are views of what is there."""

    def __init__(self, rate: int) -> None:
        self.rate = levels.checked_rate(rate)
        self.unit = max(1, round(rate / 1000))
        self.size = self.unit * UNITS_PER_FRAME
        self._frames = np.zeros(512, FRAME)
        self._seconds = np.zeros(32, SECOND)
        self._count = self._count_seconds = 0
        self._spectrum = _Spectrum(rate, self.size)
        self._before: Samples = np.zeros(self.size, dtype=np.float32)
        self._thin = max(each for each in range(1, rate // 4_000 + 1) if self.size % each == 0)
        self._low: npt.NDArray[np.float32] = np.zeros((0, self.size // self._thin), dtype=np.float32)
        self._lines = _Lines(rate / self._thin, MAINS_FRAMES * self.size // self._thin)

    @property
    def frames(self) -> npt.NDArray[np.void]:
        """Rows of `FRAME`, one each 20 ms."""
        return self._frames[: self._count]

    @property
    def seconds(self) -> npt.NDArray[np.void]:
        """Rows of `SECOND`, of a second each, one each `MAINS_EVERY` frames."""
        return self._seconds[: self._count_seconds]

    def seconds_of(self, start: int, end: int) -> npt.NDArray[np.void]:
        """Those that end within frames `start` to `end`, or the last before."""
        first = max(0, (start - MAINS_FRAMES) // MAINS_EVERY + 1)
        last = max(0, (end - MAINS_FRAMES) // MAINS_EVERY + 1)
        return self.seconds[min(first, max(0, last - 1)) : last]

    def at(self, frame: int) -> float:
        """Where a frame begins, in seconds."""
        return frame * self.size / self.rate

    def count(self, seconds: float) -> int:
        """How many frames that is, rounded up."""
        return math.ceil(seconds * self.rate / self.size)

    def feed(self, sound: Samples) -> None:
        """Measure whole frames."""
        count = sound.size // self.size
        while self._count + count > len(self._frames):
            self._frames = np.concatenate([self._frames, np.zeros(len(self._frames), FRAME)])
        rows = self._frames[self._count : self._count + count]
        frames = sound.reshape(count, self.size)
        low, high = frames.min(axis=1), frames.max(axis=1)
        top = np.maximum(-low, high)
        rows["top"] = top
        rows["dead"] = high - low <= DEAD_PEAK_TO_PEAK
        rows["flat"] = ((frames >= 0.9 * top[:, None]) | (frames <= -0.9 * top[:, None])).mean(axis=1)
        rows["tops"], rows["cut"] = _clips(frames) if (top >= CLIP_LEVEL).any() else (0, 0)
        mean = frames.mean(axis=1, keepdims=True)
        centred = frames - mean
        rows["level"] = _db(np.einsum("ij,ij->i", centred, centred) / self.size)
        subs = centred[:, : self.size // SUB_BLOCKS * SUB_BLOCKS].reshape(count * SUB_BLOCKS, -1)
        spread = np.einsum("ij,ij->i", subs, subs) / subs.shape[1] - subs.mean(axis=1) ** 2
        rows["subs"] = _db(np.maximum(spread, 0.0)).reshape(count, SUB_BLOCKS)
        bend = np.abs(centred[:, 2:] - 2 * centred[:, 1:-1] + centred[:, :-2])
        rows["click"] = 20.0 * np.log10((bend.max(axis=1) + 1e-7) / (bend.mean(axis=1) + 1e-7))
        both = np.concatenate([self._before, sound])
        rows["cut_in"], rows["cut_out"] = _cuts(both, self.size, self.size // SUB_BLOCKS, max(3, self.size // EDGE_PARTS))
        self._spectrum.measure(both, rows)
        self._before = sound[-self.size :].copy()
        self._count += count
        self._low = np.concatenate([self._low, frames.reshape(count, -1, self._thin).mean(axis=2)])
        while len(self._low) >= MAINS_FRAMES:
            self._measure_mains(self._low[:MAINS_FRAMES].reshape(-1))
            self._low = self._low[MAINS_EVERY:]

    def _measure_mains(self, low: npt.NDArray[np.float32]) -> None:
        if self._count_seconds == len(self._seconds):
            self._seconds = np.concatenate([self._seconds, np.zeros(len(self._seconds), SECOND)])
        self._seconds[self._count_seconds] = self._lines.measure(low)
        self._count_seconds += 1


class _Spectrum:
    """Windows of 40 ms that end with each frame (Hann): a line each 25 Hz, up to 8 kHz."""

    def __init__(self, rate: int, size: int) -> None:
        self._size = size
        points = 2 * size
        self._window = np.hanning(points).astype(np.float32)
        self._width = rate / points
        self._bins = min(size, round(BAND_EDGES[-1] / self._width)) + 1
        self._scale = np.float32(2.0 / (points * float(np.sum(self._window**2))))
        edges = np.ceil(np.array(BAND_EDGES) / self._width).astype(int)
        self._starts = np.minimum(edges[:-1], self._bins - 1)
        self._there = (edges[:-1] < self._bins - 1).astype(np.float32)
        self._pitch_bins = min(self._bins, round(PITCH_BAND[1] / self._width) + 1)
        self._pitch_first = round(PITCH_BAND[0] / self._width)
        lag = 1.0 / (2.0 * (self._pitch_bins - 1) * self._width)
        self._lag_seconds = lag
        first, last = math.floor(1 / HIGHEST_PITCH / lag), math.ceil(1 / LOWEST_PITCH / lag)
        self._lags = np.arange(first, last + 1)
        own = np.fft.irfft(np.abs(np.fft.rfft(self._window)) ** 2)  # around the window's end, as the sound's own
        self._shrink = np.interp(self._lags * lag * rate, np.arange(points), own / own[0]).astype(np.float32)
        # Of lags that fit equally, the shortest is the pitch.
        self._prefer = (1.0 - 0.004 * (self._lags - first) * lag * 1000).astype(np.float32)
        ratio = self._lags[None, :] / self._lags[:, None]
        near = np.minimum(np.abs(ratio - np.rint(ratio)), np.abs(1 / ratio - np.rint(1 / ratio)))
        self._apart = near > 0.12
        low, high = (round(each / self._width) for each in TONE_BAND)
        self._tone = slice(low, min(high, self._bins))

    def measure(self, sound: Samples, rows: npt.NDArray[np.void]) -> None:
        """Fill in what comes from the spectrum; `sound` begins a frame before the rows do."""
        frames = sound.reshape(-1, self._size)
        pairs = np.concatenate([frames[:-1], frames[1:]], axis=1)
        turned = np.fft.rfft((pairs - pairs.mean(axis=1, keepdims=True)) * self._window, axis=1)[:, : self._bins]
        power = np.asarray((turned.real**2 + turned.imag**2) * self._scale, dtype=np.float32)
        rows["bands"] = _db(np.add.reduceat(power, self._starts, axis=1) * self._there)
        self._voice(power, rows)
        tones = power[:, self._tone]
        strongest = tones.argmax(axis=1)
        padded = np.pad(tones, ((0, 0), (2, 2)))
        line = np.take_along_axis(padded, strongest[:, None] + np.arange(5), axis=1).sum(axis=1)
        rows["tone"] = np.minimum(line / (tones.sum(axis=1) + np.float32(1e-12)), 1.0)
        rows["tone_hz"] = (strongest + self._tone.start) * self._width

    def _voice(self, power: npt.NDArray[np.float32], rows: npt.NDArray[np.void]) -> None:
        kept = power[:, : self._pitch_bins].copy()
        kept[:, : self._pitch_first] = 0.0
        correlation = np.fft.irfft(kept, axis=1)
        own = correlation[:, :1] + np.float32(1e-14)
        at_lags = correlation[:, self._lags] / (own * self._shrink)
        best = (at_lags * self._prefer).argmax(axis=1)
        rows["voiced"] = np.clip(np.take_along_axis(at_lags, best[:, None], axis=1)[:, 0], 0.0, 1.0)
        rows["second"] = np.clip((at_lags * self._apart[best]).max(axis=1), 0.0, 1.0)
        rows["pitch"] = 1.0 / (self._lags[best] * self._lag_seconds)


class _Lines:
    """The comb of the mains in a second of sound at a low rate: 1 Hz a line."""

    def __init__(self, rate: float, size: int) -> None:
        self._size = size
        self._window = np.hanning(size).astype(np.float32)
        self._scale = 2.0 / (size * float(np.sum(self._window**2)))
        width, bins = rate / size, size // 2 + 1
        self._combs = [_comb(base, width, bins) for base in MAINS]

    def measure(self, sound: npt.NDArray[np.float32]) -> tuple[float, float, float]:
        """How many lines stand out (of the mains that fits better), their level in dBFS, 50 or 60."""
        turned = np.fft.rfft((sound - sound.mean()) * self._window)
        power = np.append(np.asarray(turned.real**2 + turned.imag**2, dtype=np.float64) * self._scale, 0.0)  # the last is none
        found = (0.0, FLOOR_DB, 0.0)
        for base, (pieces, around, weights) in zip(MAINS, self._combs, strict=True):
            lines = power[pieces]
            usual = np.median(power[around], axis=1) + 1e-14
            over = 10.0 * np.log10(lines.max(axis=1) / usual + 1e-9)
            out = over > LINE_DB
            score = float(np.sum(np.minimum(1.0, (over[out] - LINE_DB) / 6.0) * weights[out]))
            if score > found[0]:
                energy = float(np.maximum(0.0, lines[out].sum(axis=1) - usual[out]).sum())
                found = (score, float(_db(np.array([energy]))[0]), base)
        return found


def _comb(base: float, width: float, bins: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """For each harmonic: its own lines, the lines around it; and how much it tells (the first is often rumble)."""
    centres = np.arange(1, int(min(MAINS_TOP, 0.9 * width * bins) / base) + 1) * base
    pieces, around = [], []
    for centre in centres:
        at, reach = round(centre / width), max(1, round(centre * MAINS_OFF / width)) + 1
        own = np.full(2 * 8 + 1, bins)
        own[: 2 * reach + 1] = np.arange(at - reach, at + reach + 1)
        pieces.append(own)
        beside = np.concatenate([np.arange(at - reach - 16, at - reach - 2), np.arange(at + reach + 3, at + reach + 17)])
        around.append(np.clip(np.abs(beside), 0, bins - 1))
    weights = np.where(np.arange(len(centres)) == 0, 0.5, 1.0)
    return np.stack(pieces), np.stack(around), weights


def runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where `flags` holds: start and end (exclusive) of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _db(power: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Powers in dBFS, never below `FLOOR_DB`."""
    return np.asarray(10.0 * np.log10(power + np.float32(1e-12)))


def _cuts(sound: Samples, size: int, hold: int, edge: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Of each frame after the first, the loudest `edge` samples into, and out of, `hold` or more that stay on one value.

    An edge out belongs to the frame in which its samples end, so that a row waits for none of the next.
    """
    count = sound.size // size - 1
    found = np.full((2, count), FLOOR_DB, dtype=np.float32)
    moved = np.diff(sound, prepend=sound[:1]) != 0
    if moved.size - int(np.count_nonzero(moved)) < hold:
        return found[0], found[1]
    at = np.arange(sound.size, dtype=np.int32)
    still = at - np.maximum.accumulate(np.where(moved, at, 0))
    begun = np.flatnonzero(still == hold)
    ended = np.flatnonzero(moved[1:] & (still[:-1] >= hold)) + edge
    for row, places, last in ((0, begun, begun - hold), (1, ended, ended)):
        inside = (places >= size) & (places < sound.size) & (last >= edge - 1)
        held = sound[(last[inside] + 1 if row == 0 else last[inside] - edge)]
        around = sound[last[inside, None] - np.arange(edge)] - held[:, None]
        np.maximum.at(found[row], places[inside] // size - 1, _db(np.square(around).mean(axis=1)))
    return found[0], found[1]


def _clips(frames: npt.NDArray[np.float32]) -> tuple[list[int], list[int]]:
    """Of each frame, how many tops are cut off and how many samples they hold."""
    tops, cut = [], []
    for frame in frames:
        loud = np.abs(frame) >= CLIP_LEVEL
        flat = loud[1:] & loud[:-1] & (np.abs(np.diff(frame)) <= CLIP_FLAT)
        held = [b - a + 1 for a, b in runs(flat) if b - a + 1 >= CLIP_RUN] if flat.any() else []
        tops.append(len(held))
        cut.append(sum(held))
    return tops, cut
