"""How many bytes a second of speech has as a station keeps and sends it. It measures sizes, and no time.

Recorded voices over the noise of a microphone and its converter up to 24 kHz, which no codec has taken away before.
"""

import numpy as np

from benchmarks.audio import sources
from stamp_desktop.audio import levels
from stamp_desktop.audio.encode import OPUS_RATE, to_opus
from stamp_desktop.storage import packing, recordings

RATE, SECONDS, SEED = 48_000, 60, 3
SPOKEN_DBFS, NOISE_DBFS = (-20.0, -26.0, -32.0), (-55.0, -65.0, -75.0)
OVER = recordings.FRAME.size + recordings.OVERHEAD


def report() -> str:
    """A table in Markdown."""
    dice = np.random.default_rng(SEED)
    voice = _voice(dice)
    lines = ["| voice | noise of the device | PCM | FLAC, as it is kept | | Opus |", "|---|---|---|---|---|---|"]
    for level in SPOKEN_DBFS:
        for floor in NOISE_DBFS:
            noise = dice.standard_normal(voice.size) * 10 ** (floor / 20)
            pcm = levels.to_pcm((voice * 10 ** ((level + 26.0) / 20) + noise).clip(-1, 1).astype(np.float32))
            seconds = [pcm[at : at + 2 * RATE] for at in range(0, len(pcm), 2 * RATE)]
            kept = sum(len(packing.packed(each, RATE)[1]) + OVER for each in seconds)
            opus = len(to_opus(pcm, RATE))
            each = [size / SECONDS / 1000 for size in (len(pcm), kept, opus)]
            cells = f"{each[0]:.1f} KB/s | {each[1]:.1f} KB/s | {each[0] / each[1]:.2f}:1 | {each[2]:.1f} KB/s"
            lines.append(f"| {level:.0f} dBFS | {floor:.0f} dBFS | {cells} |")
    return "\n".join(lines)


def _voice(dice: np.random.Generator) -> levels.Samples:
    """A minute of many voices, P.56 level -26 dBFS, with pauses."""
    people, parts, length = sources.voices(), list[levels.Samples](), 0
    while length < SECONDS * RATE:
        files = people[int(dice.integers(len(people)))].files
        said = sources.at_rate(sources.sound(files[int(dice.integers(len(files)))]), sources.RATE, OPUS_RATE)
        parts += [said, np.zeros(round(float(dice.exponential(0.25)) * RATE), dtype=np.float32)]
        length += said.size + parts[-1].size
    voice = np.concatenate(parts)[: SECONDS * RATE]
    return np.asarray(voice * 10 ** ((-26.0 - float(levels.active_level(voice, RATE))) / 20), dtype=np.float32)
