"""How soon a fault that begins while somebody speaks is told, in seconds of sound; the screening hears it as a stream.

Somebody speaks well for some seconds; then hum, static, noise or another voice begins, or one whispers on. The cause is there
from the first 20 ms on in which it is heard. The clock of the computer does not count.
"""

import os
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.audio import clips, mixing, sources, speaking
from benchmarks.audio.mixing import Dice
from benchmarks.audio.sources import RATE, Part
from stamp_desktop.audio import levels
from stamp_desktop.audio.findings import Code
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import Screen

CODES: tuple[Code, ...] = ("hum", "static", "loud_background", "background_speech", "whisper")
SOON, LATEST = 1.0, 5.0
BEFORE_SECONDS, BLOCK = (3.0, 5.0), RATE // 50


@dataclass(frozen=True, slots=True)
class Told:
    """After how many seconds of its cause a fault was told by its own name, and by any; None where it was not, in `LATEST`."""

    code: Code
    own: float | None
    any: float | None
    early: bool
    """Something was told before there was a cause."""


def measured(part: Part, times: int, seed: int) -> list[Told]:
    """Each fault so often, on all processors."""
    jobs = [(code, part, seed + number) for code in CODES for number in range(times)]
    sources.voices(), sources.noises()  # found once, for all processes
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_job, jobs, chunksize=4))


def told(code: Code, part: Part, seed: int) -> Told:
    """One fault."""
    sound, cause = faulty(code, part, seed)
    screen, own, first, early = Screen(RATE), None, None, False
    for end in range(BLOCK, sound.size + 1, BLOCK):
        screen.feed(sound[end - BLOCK : end])
        found, after = {finding.code for finding in screen.current}, end / RATE - cause
        early = early or (bool(found) and after <= 0)
        if found and after > 0 and first is None:
            first = after
        if code in found and after > 0:
            own = after
            break
    return Told(code, own, first, early)


def faulty(code: Code, part: Part, seed: int) -> tuple[Samples, float]:
    """Somebody who speaks, and the fault that begins; the second of its cause."""
    dice = np.random.default_rng([seed, zlib.crc32(f"{code}/{part}/live".encode())])
    who, before = speaking.someone(part, dice), float(dice.uniform(*BEFORE_SECONDS))
    size, start = round((before + LATEST) * RATE), round(before * RATE)
    voice = mixing.fitted(speaking.answer(who, before + LATEST + 1, dice, 0.25), size, dice)
    level = float(dice.uniform(-30.0, -20.0))
    good = mixing.at_level(voice, level) + clips.room_tone(size, level - float(dice.uniform(30.0, 50.0)), dice)
    if code == "whisper":
        fault = speaking.whisper(who, LATEST + 1, dice)[: size - start]
        fault = mixing.at_level(np.pad(fault, (0, size - start - fault.size)), level - float(dice.uniform(4.0, 12.0)))
        good[start:] += fault - mixing.at_level(voice, level)[start:]
    else:
        fault = _FAULTS[code](part, size - start, level, who.name, dice)
        good[start:] += fault
    blocks = levels.block_levels(fault, BLOCK)
    begins = np.flatnonzero(blocks > levels.level(fault) - levels.MARGIN_DB)
    return np.clip(good, -1, 1).astype(np.float32), (start + int(begins[0]) * BLOCK) / RATE


def _hum(part: Part, size: int, level: float, who: str, dice: Dice) -> Samples:  # noqa: ARG001  # all faults are asked alike
    return mixing.at_rms(mixing.hum(size, dice), level - float(dice.uniform(-9.0, 11.0)))


def _static(part: Part, size: int, level: float, who: str, dice: Dice) -> Samples:  # noqa: ARG001
    if dice.random() < 0.6:
        return mixing.at_rms(mixing.hiss(size, dice), level - float(dice.uniform(-5.0, 11.0)))
    return mixing.gained(mixing.crackle(size, dice, float(dice.uniform(5.0, 80.0))), level + float(dice.uniform(8.0, 20.0)))


def _noise(part: Part, size: int, level: float, who: str, dice: Dice) -> Samples:  # noqa: ARG001
    return mixing.at_rms(clips.a_noise(part, size, dice)[0], level - float(dice.uniform(-6.0, 8.0)))


def _voice(part: Part, size: int, level: float, who: str, dice: Dice) -> Samples:
    other = speaking.someone(part, dice)
    while other.name == who:
        other = speaking.someone(part, dice)
    talk = speaking.answer(other, size / RATE + 1, dice, 0.3)[:size]
    talk = mixing.in_room(np.pad(talk, (0, size - talk.size)), dice, dice.uniform(0.2, 0.8), dice.uniform(-4.0, 8.0))
    return mixing.at_level(talk, level - float(dice.uniform(-3.0, 12.0)))


_FAULTS: dict[Code, Callable[[Part, int, float, str, Dice], Samples]] = {
    "hum": _hum,
    "static": _static,
    "loud_background": _noise,
    "background_speech": _voice,
}


def report(found: Sequence[Told]) -> str:
    """A table in Markdown."""
    lines = [
        "| begins | n | told in 1 s | by its name | in 5 s by its name | half of them by | nine of ten by | told too early |"
    ]
    lines.append("|---" * 8 + "|")
    for code in CODES:
        own = [each for each in found if each.code == code]
        after = sorted(each.own for each in own if each.own is not None)
        soon = sum(each.any is not None and each.any <= SOON for each in own) / len(own)
        named = sum(second <= SOON for second in after) / len(own)
        by = [f"{after[at]:.2f} s" if (at := int(share * len(own))) < len(after) else "later" for share in (0.5, 0.9)]
        early = sum(each.early for each in own)
        lines.append(
            f"| {code} | {len(own)} | {soon:.2f} | {named:.2f} | {len(after) / len(own):.2f} | {by[0]} | {by[1]} | {early} |"
        )
    return "\n".join(lines)


def _job(job: tuple[Code, Part, int]) -> Told:
    return told(*job)
