"""Clips with a known fault: one recipe a finding, in three grades. It judges nothing.

`bad`: nobody could rate it. `mild`: the same fault, so little of it that a rater would not mind. `good`: nothing is wrong.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from benchmarks.audio import mixing, sources, speaking
from benchmarks.audio.mixing import Dice
from benchmarks.audio.sources import RATE, Part
from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import CODES

TOP = 0.97
Grade: TypeAlias = Literal["good", "mild", "bad"]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording at `rate` Hz, what is wrong with it ("ok": nothing), and how much."""

    samples: Samples
    rate: int
    code: str
    grade: Grade
    story: str
    part: Part


@dataclass(frozen=True, slots=True)
class Mixed:
    """A clip before it becomes a file."""

    sound: Samples
    story: str
    last: mixing.Last | None = None
    """What happens at the rate of the file."""


Recipe: TypeAlias = Callable[[Part, Grade, Dice], Mixed]


def make(code: str, grade: Grade, part: Part, seed: int) -> Clip:
    """The clip of that seed: always the same."""
    dice = np.random.default_rng([seed, zlib.crc32(f"{code}/{grade}/{part}".encode())])
    mixed = RECIPES[code](part, grade, dice)
    sound, peak = mixed.sound, float(np.abs(mixed.sound).max())
    if code != "clipping" and peak > TOP:  # only a clip that is to be cut off is
        sound = sound * np.float32(TOP / peak)
    samples, rate = mixing.finished(sound, dice, mixed.last)
    return Clip(samples, rate, code, grade, mixed.story, part)


def _length(dice: Dice) -> float:
    return float(np.exp(dice.uniform(np.log(3.0), np.log(18.0))))


def room_tone(size: int, dbfs: float, dice: Dice) -> Samples:
    """A quiet room, RMS."""
    tone = mixing.coloured(size, dice.uniform(-6.0, -0.5), dice)
    return mixing.at_rms(mixing.equalised(tone, dice, 5.0), dbfs)


def _said(part: Part, dice: Dice, seconds: float | None = None, *, recorded: bool = False) -> tuple[Samples, str]:
    """An answer as it leaves a mouth in a room, P.56 level -26 dBFS, with time before and after it."""
    who = speaking.someone(part, dice, recorded_only=recorded)
    voice = speaking.answer(who, seconds or _length(dice), dice, dice.uniform(0.2, 1.2))
    voice = np.concatenate([mixing.blank(dice.exponential(0.6) + 0.05), voice, mixing.blank(dice.exponential(0.4) + 0.05)])
    if dice.random() < 0.3:  # one leans back and forth
        drift = np.interp(np.arange(voice.size), np.linspace(0, voice.size, 5), dice.normal(0, 3.5, 5))
        voice = (voice * 10 ** (drift / 20)).astype(np.float32)
    if dice.random() < 0.7:
        voice = mixing.in_room(voice, dice, dice.uniform(0.12, 0.7), dice.uniform(3.0, 18.0))
    if dice.random() < 0.6:
        voice = mixing.equalised(voice, dice, 7.0)
    if dice.random() < 0.15:
        voice = mixing.band(voice, dice.uniform(80, 300), dice.uniform(3_400, 7_000))
    return mixing.at_level(voice, -26.0), who.name


def _finish(voice: Samples, dice: Dice, *, level: float | None = None, snr: float | None = None) -> Samples:
    """The voice in a quiet room through a usual device."""
    level = dice.uniform(-33.0, -17.0) if level is None else level
    snr = dice.uniform(26.0, 60.0) if snr is None else snr
    out = mixing.at_level(voice, level)
    if dice.random() < 0.9:  # the rest are devices that send zeros where nobody speaks
        out = out + room_tone(voice.size, max(level - snr, -88.0), dice)
    if dice.random() < 0.15:
        out = out + np.float32(dice.normal(0, 0.01))
    return out.astype(np.float32)


def good(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Nothing is wrong; a third of them has a gate, automatic gain, no room at all, a few knocks, a laugh that nobody minds."""
    voice, who = _said(part, dice)
    if grade == "mild":  # an answer of few words, or a soft or breathy voice in a room that is not quite still
        kind = dice.choice(["few words", "breathy", "lively room"])
        if kind == "few words":
            voice, who = _said(part, dice, dice.uniform(2.0, 3.2))
        if kind == "breathy":
            breath = mixing.at_level(mixing.whispered(voice, dice), -26.0)
            voice = mixing.at_level(voice + mixing.gained(breath, dice.uniform(-9.0, -3.0)), -26.0)
        snr = dice.uniform(18.0, 24.0) if kind == "lively room" else None
        return Mixed(_finish(voice, dice, snr=snr), f"{who}, {kind}")
    return _harmless(voice, who, dice)


def _harmless(voice: Samples, who: str, dice: Dice) -> Mixed:
    """What may be heard in a good recording, or seen in its waveform, and is no fault."""
    kind = float(dice.random())
    if 0.22 <= kind < 0.28:
        at = int(dice.integers(0, max(1, voice.size - RATE)))
        laugh = mixing.laughing(voice[at : at + 2 * RATE], dice)
        voice[at : at + laugh.size] = laugh
        return Mixed(_finish(voice, dice), f"{who}, laughs")
    out = _finish(voice, dice)
    level = float(levels.active_level(out, RATE))
    if kind < 0.07 and level > levels.FLOOR_DBFS:
        return Mixed(mixing.gated(out, level - 22.0), f"{who}, gated")
    if kind < 0.14:
        return Mixed(mixing.levelled(out, dice), f"{who}, automatic gain")
    if kind < 0.22:
        taps = mixing.knocks(out.size, dice, dice.uniform(0.1, 0.5))
        return Mixed(out + mixing.gained(taps, level + dice.uniform(-6, 6)), f"{who}, knocks")
    return Mixed(out, who)


def dry(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Good, and without any room: what a device sends that cleans the sound, zeros between the words. Mild: soft too."""
    who = speaking.someone(part, dice)
    voice = speaking.answer(who, _length(dice), dice, dice.uniform(0.2, 1.2))
    voice = np.concatenate([mixing.blank(dice.uniform(0, 1)), voice, mixing.blank(dice.uniform(0, 1))])
    level = dice.uniform(-39.0, -33.0) if grade == "mild" else dice.uniform(-33.0, -17.0)
    return Mixed(mixing.at_level(voice, level), f"{who.name}, no room at all")


def no_signal(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Muted, dead, stuck, or muted for good after the first words; mild: a device that was a moment late."""
    size = round(_length(dice) * RATE)
    if grade == "mild":
        voice, who = _said(part, dice)
        return Mixed(np.concatenate([mixing.blank(dice.uniform(0.2, 0.8)), _finish(voice, dice)]), f"{who}, late device")
    kind = dice.choice(["zeros", "zeros", "stuck", "dither", "faint", "muted after"])
    if kind == "muted after":
        voice, who = _said(part, dice, 4.0)
        cut = round(dice.uniform(0.3, 1.2) * RATE)
        return Mixed(np.concatenate([_finish(voice, dice)[:cut], mixing.blank(dice.uniform(4, 12))]), f"{who}, muted after")
    level = {"zeros": -200.0, "stuck": -200.0, "dither": -97.0, "faint": dice.uniform(-90, -80)}[str(kind)]
    out = mixing.gained(dice.standard_normal(size).astype(np.float32), level)
    return Mixed(out + np.float32(dice.uniform(-0.3, 0.3) if kind == "stuck" else 0), str(kind))


def too_quiet(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Gain turned down, or somebody far away in a quiet room."""
    level = dice.uniform(-39.5, -34.0) if grade == "mild" else dice.uniform(-62.0, -45.0)
    voice, who = _said(part, dice)
    if dice.random() < 0.5:
        sound = _finish(voice, dice, level=-26.0)
        return Mixed(mixing.gained(sound, level + 26.0), f"{who}, gain, {level:.0f} dBFS")
    far = mixing.in_room(voice, dice, dice.uniform(0.3, 0.8), dice.uniform(-3.0, 4.0)) if grade == "bad" else voice
    floor = max(-85.0, level - (dice.uniform(18.0, 30.0) if grade == "mild" else dice.uniform(8.0, 22.0)))
    return Mixed(mixing.at_level(far, level) + room_tone(far.size, floor, dice), f"{who}, distance, {level:.0f} dBFS")


def clipping(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Too loud for the converter; mild: a few tops of it."""
    voice, who = _said(part, dice)
    share = dice.uniform(0.0001, 0.0008) if grade == "mild" else np.exp(dice.uniform(np.log(0.02), np.log(0.35)))
    return Mixed(mixing.clipped(_finish(voice, dice), float(share), dice), f"{who}, {share:.3%} cut")


def hum(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Mains in the cable."""
    voice, who = _said(part, dice)
    under = dice.uniform(24.0, 34.0) if grade == "mild" else dice.uniform(-9.0, 11.0)
    out = _finish(voice, dice)
    level = float(levels.active_level(out, RATE))
    return Mixed(out + mixing.at_rms(mixing.hum(out.size, dice), level - under), f"{who}, hum {under:.0f} dB under")


def static(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Hiss or crackle of the device."""
    voice, who = _said(part, dice)
    out = _finish(voice, dice, level=dice.uniform(-30.0, -20.0))
    level = float(levels.active_level(out, RATE))
    if dice.random() < 0.6:
        under = dice.uniform(21.0, 30.0) if grade == "mild" else dice.uniform(-5.0, 11.0)
        return Mixed(out + mixing.at_rms(mixing.hiss(out.size, dice), level - under), f"{who}, hiss {under:.0f} dB under")
    rate = dice.uniform(0.1, 0.5) if grade == "mild" else np.exp(dice.uniform(np.log(5), np.log(80)))
    peak = level + (dice.uniform(-6.0, 6.0) if grade == "mild" else dice.uniform(8.0, 20.0))
    noise = mixing.gained(mixing.crackle(out.size, dice, float(rate)), float(peak))
    return Mixed(out + noise, f"{who}, crackle {rate:.1f} a second")


def a_noise(part: Part, size: int, dice: Dice) -> tuple[Samples, str]:
    """Something loud in a room, RMS about -20 dBFS, that is there for at least a third of the time."""
    sound, kind = _some_noise(part, size, dice)
    while mixing.presence(sound) < 0.35:
        sound, kind = _some_noise(part, size, dice)
    if dice.random() < 0.2:
        sound = mixing.at_rms(sound, -20.0) + mixing.at_rms(mixing.machine(size, dice), dice.uniform(-32.0, -22.0))
    return mixing.at_rms(sound, -20.0), kind


def _some_noise(part: Part, size: int, dice: Dice) -> tuple[Samples, str]:
    kinds = ["recorded", "recorded", "recorded", "machine", "machine", "crowd", "crowd", "alarm", "knocks", "street"]
    kind = str(dice.choice(kinds))
    choice = [noise for noise in sources.noises() if noise.part == part]
    if kind == "recorded" and choice:
        noise = choice[int(dice.integers(len(choice)))]
        if noise.name == "keyboard":
            sound = _typing(noise, size, dice)
        else:
            sound = mixing.fitted(sources.sound(noise.files[0]), size, dice)
        sound, kind = mixing.in_room(sound, dice, dice.uniform(0.2, 0.7), dice.uniform(-3, 8)), noise.name.rsplit("/", 1)[-1]
    elif kind == "crowd":
        sound = np.zeros(size, dtype=np.float32)
        for _ in range(int(dice.integers(4, 10))):
            talk = speaking.answer(speaking.someone(part, dice), size / RATE, dice, 0.2)
            sound += mixing.gained(mixing.fitted(talk, size, dice), dice.uniform(-5, 0))
        sound = mixing.in_room(sound, dice, dice.uniform(0.4, 0.9), dice.uniform(-6, 2))
    elif kind == "alarm":
        sound = mixing.in_room(mixing.alarm(size, dice), dice, dice.uniform(0.3, 0.9), dice.uniform(0, 8))
    elif kind == "knocks":
        sound = mixing.knocks(size, dice, dice.uniform(4.0, 10.0))
    elif kind == "street":
        slow = np.interp(np.arange(size), np.linspace(0, size, 8), dice.uniform(0.3, 1.0, 8))
        sound = (mixing.coloured(size, dice.uniform(-7.0, -3.0), dice) * slow).astype(np.float32)
    else:
        sound = mixing.machine(size, dice)
    return sound, kind


def _typing(keys: sources.Source, size: int, dice: Dice) -> Samples:
    out = np.zeros(size, dtype=np.float32)
    at = 0
    while at < size:
        key = sources.sound(keys.files[int(dice.integers(len(keys.files)))])
        out[at : at + key.size] += key[: size - at]
        at += round(dice.exponential(0.12) * RATE) + 600
    return out


def loud_background(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """A noise in the room that covers the voice."""
    voice, who = _said(part, dice)
    out = _finish(voice, dice, level=dice.uniform(-32.0, -20.0))
    level = float(levels.active_level(out, RATE))
    noise, kind = a_noise(part, out.size, dice)
    under = dice.uniform(20.0, 28.0) if grade == "mild" else dice.uniform(-6.0, 8.0)
    return Mixed(out + mixing.at_rms(noise, level - under), f"{who}, {kind} {under:.0f} dB under")


def background_speech(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """One other person talks near by, all the time or for most of it."""
    voice, who = _said(part, dice)
    out = _finish(voice, dice, level=dice.uniform(-32.0, -20.0))
    level = float(levels.active_level(out, RATE))
    other = speaking.someone(part, dice)
    while other.name == who:
        other = speaking.someone(part, dice)
    talk = mixing.fitted(speaking.answer(other, out.size / RATE + 1, dice, 0.3), out.size, dice)
    talk = mixing.in_room(talk, dice, dice.uniform(0.2, 0.8), dice.uniform(-4.0, 8.0))
    talk = mixing.equalised(talk, dice, 6.0)
    if dice.random() < 0.4:
        edge = dice.uniform(0.0, 0.4)
        talk[: round(edge * talk.size)] = 0
    under = dice.uniform(24.0, 34.0) if grade == "mild" else dice.uniform(-3.0, 12.0)
    return Mixed(out + mixing.at_level(talk, level - under), f"{who} and {other.name} {under:.0f} dB under")


def whisper(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Nothing is voiced; mild: a voice that is half breath."""
    who = speaking.someone(part, dice)
    seconds = _length(dice)
    if grade == "mild":
        voice = speaking.answer(who, seconds, dice)
        breath = mixing.at_level(mixing.whispered(voice, dice), -26.0)
        voice = mixing.at_level(voice, -26.0) + mixing.gained(breath, dice.uniform(-10.0, -4.0))
    else:
        voice = speaking.whisper(who, seconds, dice)
    voice = np.concatenate([mixing.blank(dice.exponential(0.6) + 0.05), voice, mixing.blank(dice.exponential(0.4) + 0.05)])
    if dice.random() < 0.6:
        voice = mixing.in_room(voice, dice, dice.uniform(0.12, 0.5), dice.uniform(4.0, 18.0))
    if dice.random() < 0.6:
        voice = mixing.equalised(voice, dice, 6.0)
    level = dice.uniform(-39.0, -22.0)
    return Mixed(_finish(voice, dice, level=level, snr=dice.uniform(12.0, 45.0)), f"{who.name}, {level:.0f} dBFS")


def no_response(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Nobody says anything: a room, keys, knocks, breath, a machine. Mild: an answer after a long silence."""
    if grade == "mild":
        voice, who = _said(part, dice, dice.uniform(3.0, 5.0))
        return Mixed(_finish(np.concatenate([mixing.blank(dice.uniform(4, 9)), voice]), dice), f"{who}, late")
    size = round(_length(dice) * RATE)
    out = room_tone(size, dice.uniform(-70.0, -38.0), dice)
    kind = str(dice.choice(["room", "room", "machine", "hum", "hiss", "events", "events", "breath"]))
    if kind == "machine":
        out = out + mixing.at_rms(mixing.machine(size, dice), dice.uniform(-60.0, -28.0))
    elif kind == "hum":
        out = out + mixing.at_rms(mixing.hum(size, dice), dice.uniform(-65.0, -35.0))
    elif kind == "hiss":
        out = out + mixing.at_rms(mixing.hiss(size, dice), dice.uniform(-65.0, -38.0))
    elif kind == "events":
        keyboard = next((noise for noise in sources.noises() if noise.name == "keyboard"), None)
        if part == "train" and keyboard and dice.random() < 0.5:
            out = out + mixing.at_rms(_typing(keyboard, size, dice), dice.uniform(-60.0, -35.0))
        else:
            out = out + mixing.gained(mixing.knocks(size, dice, dice.uniform(0.3, 2.5)), dice.uniform(-45.0, -12.0))
    elif kind == "breath":
        cycle = np.clip(np.sin(2 * np.pi * np.arange(size) / RATE * dice.uniform(0.2, 0.4)), 0, 1) ** 2
        out = out + mixing.at_rms((mixing.hiss(size, dice) * cycle).astype(np.float32), dice.uniform(-60.0, -42.0))
    return Mixed(out.astype(np.float32), kind)


def too_short(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """A word or two in a long recording; mild: four words or more."""
    who = speaking.someone(part, dice)
    if grade == "mild":
        voice = speaking.answer(who, dice.uniform(2.2, 3.5), dice, 0.15)
    else:
        words = [speaking.word(who, dice, 0.75)]
        if dice.random() < 0.4 and words[0].size < 0.45 * RATE:
            words += [mixing.blank(dice.uniform(0.05, 0.8)), speaking.word(who, dice, 0.4)]
        voice = np.concatenate(words)
    voice = mixing.at_level(voice, -26.0)
    voice = np.concatenate([mixing.blank(dice.uniform(0.3, 4)), voice, mixing.blank(dice.uniform(0.6, 6))])
    if dice.random() < 0.6:
        voice = mixing.in_room(voice, dice, dice.uniform(0.12, 0.5), dice.uniform(4.0, 18.0))
    return Mixed(_finish(voice, dice, snr=dice.uniform(24.0, 55.0)), who.name)


def dropouts(part: Part, grade: Grade, dice: Dice) -> Mixed:
    """Pieces of the sound are missing; mild: one of a few milliseconds."""
    voice, who = _said(part, dice)
    sound = _finish(voice, dice)
    if grade == "mild":
        start = int(dice.integers(0, max(1, sound.size - RATE)))
        sound[start : start + round(dice.uniform(0.002, 0.006) * RATE)] = 0.0
        return Mixed(sound, f"{who}, one tiny gap")
    rate = float(np.exp(dice.uniform(np.log(0.7), np.log(6))))
    longest = float(dice.choice([0.03, 0.08, 0.2, 0.4]))
    story = f"{who}, {rate:.1f} gaps a second"
    if dice.random() < 0.75:
        return Mixed(sound, story, lambda out, hertz: mixing.with_gaps(out, dice, rate, longest, hertz))
    return Mixed(mixing.with_gaps(sound, dice, rate, longest), story)


RECIPES: dict[str, Recipe] = {
    "ok": good,
    "dry": dry,
    "no_signal": no_signal,
    "too_quiet": too_quiet,
    "clipping": clipping,
    "hum": hum,
    "static": static,
    "loud_background": loud_background,
    "background_speech": background_speech,
    "whisper": whisper,
    "no_response": no_response,
    "too_short": too_short,
    "dropouts": dropouts,
}
assert set(RECIPES) == {"ok", "dry", *CODES}


def plan(size: int) -> list[tuple[str, Grade]]:
    """What `size` clips hold: a quarter good, a seventh mild, the rest bad, the hard kinds more often."""
    weights = {
        "background_speech": 2.0,
        "loud_background": 2.0,
        "static": 1.3,
        "whisper": 1.3,
        "no_signal": 0.5,
        "no_response": 1.3,
    }
    total = sum(weights.get(code, 1.0) for code in CODES)
    shares: list[tuple[str, Grade, float]] = [
        ("ok", "good", 0.21),
        ("dry", "good", 0.04),
        ("ok", "mild", 0.02),
        ("dry", "mild", 0.01),
    ]
    for code in CODES:
        share = weights.get(code, 1.0) / total
        shares += [(code, "mild", 0.1 * share), (code, "bad", 0.62 * share)]
    return [(code, grade) for code, grade, share in shares for _ in range(round(size * share))]
