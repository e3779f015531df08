"""What happens to a voice on its way into a file: rooms, noises, devices, codecs. Arrays in, arrays out, chance by `dice`.

Samples are float32 at `RATE`; levels in dB are of what is active (P.56), unless said otherwise. It names nothing good or bad.
"""

import io
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import butter as butterworth
from scipy.signal import fftconvolve, lfilter, sosfilt

from benchmarks.audio.sources import RATE, at_rate
from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples

Dice: TypeAlias = np.random.Generator
Last: TypeAlias = Callable[[Samples, int], Samples]
"""Something that happens to samples at a rate."""


def blank(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(max(1, round(seconds * RATE)), dtype=np.float32)


def gained(sound: Samples, db: float) -> Samples:
    """Louder by so many dB."""
    return (sound * np.float32(10 ** (db / 20))).astype(np.float32)


def at_level(sound: Samples, dbfs: float) -> Samples:
    """A voice at that P.56 level; what holds no voice is left as it is."""
    now = levels.active_level(sound, RATE)
    return gained(sound, dbfs - now) if now > levels.FLOOR_DBFS else sound


def at_rms(sound: Samples, dbfs: float) -> Samples:
    """A noise at that RMS level."""
    now = levels.level(sound)
    return gained(sound, dbfs - now) if now > levels.FLOOR_DBFS else sound


def fitted(sound: Samples, size: int, dice: Dice) -> Samples:
    """So many samples from a random place of a noise, looped with crossfades where it is too short."""
    fade = min(RATE // 10, sound.size // 4)
    whole = sound
    while whole.size < size + fade and fade:
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        seam = whole[-fade:] * (1 - ramp) + sound[:fade] * ramp
        whole = np.concatenate([whole[:-fade], seam, sound[fade:]])
    start = int(dice.integers(0, max(1, whole.size - size)))
    piece = whole[start : start + size]
    return np.pad(piece, (0, size - piece.size)).astype(np.float32)


def coloured(size: int, slope_db: float, dice: Dice) -> Samples:
    """Noise whose spectrum falls by `slope_db` an octave (0 white, -3 pink, -6 brown), RMS 1 before scaling to -20 dBFS."""
    spectrum = np.fft.rfft(dice.standard_normal(size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 40.0)
    shaped = np.fft.irfft(spectrum * (frequency / 1000) ** (slope_db / 6.02), size).astype(np.float32)
    return at_rms(shaped, -20.0)


def band(sound: Samples, low: float, high: float, order: int = 2) -> Samples:
    """Only what lies between two frequencies."""
    high = min(high, RATE / 2 * 0.98)
    return np.asarray(sosfilt(butterworth(order, [low, high], "band", fs=RATE, output="sos"), sound), dtype=np.float32)


def equalised(sound: Samples, dice: Dice, depth: float = 6.0) -> Samples:
    """The colour of a microphone or a wall: a smooth random curve over octaves."""
    centres = np.array([50, 100, 200, 400, 800, 1600, 3200, 6400, 12000])
    gains = dice.normal(0, depth / 2, len(centres))
    frequency = np.fft.rfftfreq(sound.size, 1 / RATE)
    curve = np.interp(np.log2(np.maximum(frequency, 30)), np.log2(centres), gains)
    return np.fft.irfft(np.fft.rfft(sound) * 10 ** (curve / 20), sound.size).astype(np.float32)


def in_room(sound: Samples, dice: Dice, rt60: float, direct_db: float) -> Samples:
    """A room of that reverberation time (s), the direct sound `direct_db` over the rest: decaying noise, darker with time."""
    size = round(rt60 * RATE)
    tail = dice.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    tail = lfilter([0.5], [1, -0.5], tail)
    tail[: round(dice.uniform(0.002, 0.012) * RATE)] = 0
    for _ in range(6):
        tail[int(dice.integers(round(0.003 * RATE), round(0.04 * RATE)))] += dice.choice([-1, 1]) * 2.5
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(fftconvolve(sound, tail)[: sound.size], dtype=np.float32)


def hum(size: int, dice: Dice) -> Samples:
    """Mains: 50 or 60 Hz, a little off, with the harmonics of a loop, of a transformer, of a dimmer or of a charger."""
    base = dice.choice([50.0, 60.0]) * (1 + dice.normal(0, 0.0006))
    at = np.arange(size) / RATE
    kind = dice.choice(["loop", "rectifier", "dimmer", "charger"])
    top = {"loop": 8, "rectifier": 16, "dimmer": 50, "charger": 30}[kind]
    tilt = {"loop": 1.2, "rectifier": 0.8, "dimmer": 0.35, "charger": 0.5}[kind]
    out = np.zeros(size)
    for n in range(1, top + 1):
        if n * base > RATE / 2.2:
            break
        odd = 1.0 if n % 2 else 0.45
        weight = {"loop": odd, "rectifier": 1.0 if n % 2 == 0 else 0.25, "dimmer": 1.0, "charger": 0.7 + 0.3 * odd}[kind]
        out += weight * n**-tilt * dice.uniform(0.4, 1.3) * np.sin(2 * np.pi * (n * base * at + dice.uniform()))
    return at_rms(out.astype(np.float32), -20.0)


def hiss(size: int, dice: Dice) -> Samples:
    """The noise of a bad amplifier: white to blue, steady or coming in gusts."""
    sound = coloured(size, dice.uniform(-0.8, 2.0), dice)
    if dice.random() < 0.3:
        gusts = np.interp(
            np.arange(size), np.linspace(0, size, max(3, size // RATE * 3)), dice.uniform(0.4, 1.6, max(3, size // RATE * 3))
        )
        sound = (sound * gusts).astype(np.float32)
    return at_rms(sound, -20.0)


def crackle(size: int, dice: Dice, per_second: float) -> Samples:
    """A loose plug: short bursts at random moments; scaled to a peak of 1."""
    out = np.zeros(size)
    for at in dice.integers(0, size, max(1, int(dice.poisson(per_second * size / RATE)))):
        length = round(dice.choice([0.0002, 0.001, 0.004, 0.015]) * dice.uniform(0.5, 1.5) * RATE) + 1
        burst = dice.standard_normal(length) * np.exp(-np.arange(length) / length * 3) * dice.uniform(0.2, 1)
        end = min(size, int(at) + length)
        out[at:end] += burst[: end - at]
    return np.asarray(out / np.abs(out).max(), dtype=np.float32)


def alarm(size: int, dice: Dice) -> Samples:
    """A fire alarm: the T3 pattern (ISO 8201: three pulses of 0.5 s, a pause of 1.5 s), a bell or a sweeping siren."""
    at = np.arange(size) / RATE + dice.uniform(0, 4)
    tone: npt.NDArray[np.floating]
    gate: npt.NDArray[np.floating]
    kind = dice.choice(["t3", "t3", "bell", "siren", "ring"])
    pitch = dice.choice([520.0, 800.0, 970.0, 2400.0, 3100.0]) * dice.uniform(0.95, 1.05)
    if kind == "siren":
        sweep = pitch * (1 + 0.3 * np.sin(2 * np.pi * dice.uniform(0.3, 2) * at))
        tone = np.sin(2 * np.pi * np.cumsum(sweep) / RATE)
        gate = np.ones(size)
    elif kind == "bell":
        tone = np.sum([np.sin(2 * np.pi * pitch * ratio * at) / n for n, ratio in enumerate((1, 1.51, 2.2, 2.9), 1)], axis=0)
        gate = 0.5 + 0.5 * (np.sin(2 * np.pi * dice.uniform(8, 20) * at) > 0)
    elif kind == "ring":
        tone = np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 480 * at)
        gate = (at % 3 < 1.2).astype(float)
    else:
        tone = np.sign(np.sin(2 * np.pi * pitch * at)) if dice.random() < 0.5 else np.sin(2 * np.pi * pitch * at)
        gate = ((at % 4 < 3) & (at % 1 < 0.5)).astype(float)
    return at_rms((tone * gate).astype(np.float32), -20.0)


def machine(size: int, dice: Dice) -> Samples:
    """A fan, a projector, a vacuum cleaner: coloured noise and the tones of something that turns."""
    sound = coloured(size, dice.uniform(-7, -1.5), dice).astype(np.float64)
    turn, at = dice.uniform(80, 400), np.arange(size) / RATE
    for n in range(1, int(dice.integers(2, 8))):
        sound += dice.uniform(0, 0.06) * np.sin(2 * np.pi * turn * n * at + dice.uniform(0, 6)) / n
    slow = 1 + dice.uniform(0, 0.4) * np.sin(2 * np.pi * dice.uniform(0.1, 1.5) * at)
    return at_rms(equalised((sound * slow).astype(np.float32), dice, 8.0), -20.0)


def knocks(size: int, dice: Dice, per_second: float) -> Samples:
    """Chairs, doors, cups, a hand on the table: short resonances in a room; scaled to a peak of 1."""
    out = np.zeros(size)
    for start in dice.integers(0, size, max(1, int(dice.poisson(per_second * size / RATE)))):
        length = round(dice.uniform(0.03, 0.25) * RATE)
        at = np.arange(length) / RATE
        knock = np.exp(-at * dice.uniform(20, 120)) * (
            dice.standard_normal(length) * 0.5 + np.sin(2 * np.pi * dice.uniform(90, 1800) * at)
        )
        end = min(size, int(start) + length)
        out[start:end] += knock[: end - start] * dice.uniform(0.1, 1)
    heard = in_room(out.astype(np.float32), dice, dice.uniform(0.2, 0.7), 3.0)
    return np.asarray(heard / max(1e-9, float(np.abs(heard).max())), dtype=np.float32)


def whispered(sound: Samples, dice: Dice) -> Samples:
    """The same words without the voice: noise through the vocal tract that LPC finds (order 22), 20 ms at a time.

    As in a real whisper, the low formant loses weight, and the loud vowels come down towards the consonants.
    """
    frame, hop, order = 480, 240, 22
    window = np.hanning(frame)
    padded = np.concatenate([np.zeros(frame), sound.astype(np.float64), np.zeros(frame)])
    padded = lfilter([1, -0.9], [1], padded)
    out = np.zeros(padded.size)
    squeeze, tract = dice.uniform(0.55, 0.9), dice.uniform(0.97, 1.0)
    for start in range(0, padded.size - frame, hop):
        piece = padded[start : start + frame] * window
        power = float(np.sum(piece**2))
        if power < 1e-9:
            continue
        r = np.fft.irfft(np.abs(np.fft.rfft(piece, 2 * frame)) ** 2)[: order + 1]
        r[0] *= 1.0003
        a, error = _levinson(r, order)
        if error <= 0:
            continue
        breath = lfilter([1], a * tract ** np.arange(order + 1), dice.standard_normal(frame)) * window
        out[start : start + frame] += breath * (power**squeeze / max(1e-12, float(np.sum(breath**2)))) ** 0.5
    softened = lfilter([1], [1, -dice.uniform(0.55, 0.88)], out)
    low = dice.uniform(150, 450)
    result = sosfilt(butterworth(1, low, "high", fs=RATE, output="sos"), softened)[frame : frame + sound.size]
    return np.asarray(result, dtype=np.float32)


def _levinson(r: np.ndarray, order: int) -> tuple[np.ndarray, float]:
    a, error = np.zeros(order + 1), float(r[0])
    a[0] = 1.0
    for i in range(1, order + 1):
        k = -(r[i] + np.dot(a[1:i], r[i - 1 : 0 : -1])) / error
        a[1:i] = a[1:i] + k * a[i - 1 : 0 : -1]
        a[i] = k
        error *= 1 - k * k
        if error <= 1e-15:
            break
    return a, error


def clipped(sound: Samples, share: float, dice: Dice) -> Samples:
    """Driven so hard that this share of what is loud is cut off; by the converter, or by an amplifier before it."""
    loud = np.sort(np.abs(sound[np.abs(sound) > np.abs(sound).max() * 0.05]))
    limit = float(loud[min(loud.size - 1, int((1 - share) * loud.size))])
    cut = np.clip(sound / limit, -1, 1)
    if dice.random() < 0.2:  # an amplifier rounds a little
        cut = np.tanh(cut * 1.6) / np.tanh(1.6)
    return np.asarray(cut * (1.0 if dice.random() < 0.65 else dice.uniform(0.3, 0.98)), dtype=np.float32)


def with_gaps(sound: Samples, dice: Dice, per_second: float, longest: float, rate: int = RATE) -> Samples:
    """Pieces lost on the way: zeros, or held values. Two at least are lost out of what is said: the others nobody misses."""
    out = sound.copy()
    kind = dice.choice(["zeros", "zeros", "zeros", "held"])
    count = max(2, int(dice.poisson(per_second * sound.size / rate)))
    level = levels.block_levels(sound, rate // 50)
    said = np.append(level > levels.active_level(sound, rate) - levels.MARGIN_DB, np.zeros(1, dtype=np.bool_))
    starts = dice.integers(0, max(1, sound.size - rate // 5), count)
    while said.any() and said[np.minimum(starts // (rate // 50), said.size - 1)].sum() < 2:
        starts = dice.integers(0, max(1, sound.size - rate // 5), count)
    for start in starts:
        end = start + round(dice.uniform(min(0.02, longest / 2), longest) * rate)
        out[start:end] = 0.0 if kind == "zeros" else out[start]
    return out


def gated(sound: Samples, open_db: float) -> Samples:
    """A device that sends zeros between words, as noise suppression does."""
    size = RATE // 100
    blocks = sound[: sound.size // size * size].reshape(-1, size)
    loud = levels.block_levels(sound, size) > open_db
    held = np.convolve(loud, np.ones(30))[: len(loud)] > 0
    early = np.convolve(loud[::-1], np.ones(4))[: len(loud)][::-1] > 0
    steps = np.repeat((held | early).astype(np.float32), size)
    gain = np.convolve(steps, np.ones(size // 2, dtype=np.float32) / (size // 2), mode="same")
    return np.concatenate([blocks.reshape(-1) * gain, sound[blocks.size :] * 0]).astype(np.float32)


def levelled(sound: Samples, dice: Dice) -> Samples:
    """A device with automatic gain: what is soft comes up, slowly, the noise between the words too."""
    size = RATE // 50
    level = levels.block_levels(sound, size)
    if not level.size:
        return sound
    smooth = lfilter([0.06], [1, -0.94], np.maximum(level, -60.0), zi=[0.94 * float(np.median(level))])[0]
    gain = 10 ** (np.clip((-26.0 - smooth) * dice.uniform(0.3, 0.6), -12, 12) / 20)
    return np.asarray(sound * np.interp(np.arange(sound.size), np.arange(gain.size) * size, gain), dtype=np.float32)


def laughing(sound: Samples, dice: Dice) -> Samples:
    """A voice in bursts, four to six a second, each softer than the one before: it goes down between them, and is not cut."""
    at = np.arange(sound.size) / RATE
    beat = 0.03 + 0.97 * np.clip(np.sin(2 * np.pi * dice.uniform(4, 6) * at), 0, 1) ** 1.5
    return (sound * beat * np.exp(-at * dice.uniform(0.2, 0.9)) * 1.6).astype(np.float32)


def presence(sound: Samples) -> float:
    """The share of 20-ms frames within 16 dB of the mean power, 0-1."""
    level = levels.block_levels(sound, RATE // 50)
    return float((level > levels.level(sound) - levels.MARGIN_DB).mean()) if level.size else 0.0


def finished(sound: Samples, dice: Dice, last: Last | None = None) -> tuple[Samples, int]:
    """What the computer makes a file of: its rate, 16 bits, at times a codec."""
    rate = int(dice.choice([8_000, 16_000, 16_000, 22_050, 32_000, 44_100, 48_000, 48_000]))
    out = at_rate(np.clip(sound, -1, 1), RATE, rate)
    out = np.clip(out, -1, 32_767 / 32_768)
    if last is not None:
        out = last(out, rate)
    if dice.random() < 0.2 and rate in {16_000, 48_000}:
        data = io.BytesIO()
        soundfile.write(data, out, rate, format="OGG", subtype="OPUS", compression_level=float(dice.uniform(0.75, 0.95)))
        data.seek(0)
        out, rate = soundfile.read(data, dtype="float32")
        return out, rate
    return (np.rint(out * 32_768) / 32_768).astype(np.float32), rate
