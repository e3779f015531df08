"""What a stretch of sound is like: numbers from the rows of `measures`, each with a name and a unit, and no opinion.

All of them are levels against the speech itself, shares, or rates: turning the gain moves only the two absolute levels.
"""

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import colours, levels, voicing, waveform
from stamp_desktop.audio.measures import BANDS, FRAME, FRAMES_PER_SECOND, SECOND
from stamp_desktop.audio.spoken import OVER_NOISE_DB, Column, Flags, Speech, speech_of

MOST_OVER_DB = 70.0
"""More than this between speech and silence tells nothing more."""


def traits_of(frames: npt.NDArray[np.void], seconds: npt.NDArray[np.void]) -> dict[str, float]:
    """The traits of a stretch; of one without any live sound all are 0."""
    live = ~frames["dead"]
    if live.sum() < 10:
        return dict.fromkeys(NAMES, 0.0)
    return _traits(frames, seconds)


def _traits(frames: npt.NDArray[np.void], seconds: npt.NDArray[np.void]) -> dict[str, float]:
    found: dict[str, float] = {}
    speech = speech_of(frames)
    live = ~frames["dead"]
    level = frames["level"].astype(np.float64)
    voiced = frames["voiced"].astype(np.float64)
    active = speech.active if speech.active.sum() >= 5 else live & (level >= np.percentile(level[live], 90))
    quiet = live & (level <= np.percentile(level[live], 20))
    found |= _levels(level, live, speech, active)
    found |= voicing.traits(frames, level, voiced, live, speech, active, quiet)
    found |= colours.traits(frames, live, active, quiet)
    found |= colours.tones(frames, live, active, quiet)
    found |= waveform.traits(frames, live, active, quiet, speech)
    found |= _mains(seconds, speech)
    return found


def _levels(level: Column, live: Flags, speech: Speech, active: Flags) -> dict[str, float]:
    heard = level[live]
    p1, p5, p25, p50, p75, p90, p99 = np.percentile(heard, [1, 5, 25, 50, 75, 90, 99])
    shifted = np.maximum(level, speech.floor)
    bent = np.abs(np.fft.rfft((shifted - shifted.mean()) * np.hanning(shifted.size))) ** 2
    hertz = np.arange(bent.size) * FRAMES_PER_SECOND / shifted.size
    slow, beat, fast = (float(bent[(hertz >= low) & (hertz < high)].sum()) for low, high in ((0.2, 2), (2, 8), (8, 25)))
    whole = slow + beat + fast + 1e-9
    # What a device puts between words belongs to what lies under the speech: a voice without any room is no noisy one.
    inner = level[int(np.argmax(live)) : level.size - int(np.argmax(live[::-1]))]
    still = max(float(np.percentile(inner, 10)), speech.level - MOST_OVER_DB)
    return {
        "level": speech.level,
        "over_still": speech.level - still,
        "gated_share": float((inner <= levels.FLOOR_DBFS + OVER_NOISE_DB).mean()),
        "floor": speech.floor,
        "over_floor": speech.level - speech.floor,
        "over_p1": speech.level - p1,
        "over_p5": speech.level - p5,
        "over_p25": speech.level - p25,
        "over_p50": speech.level - p50,
        "over_p75": speech.level - p75,
        "p90_over": p90 - speech.level,
        "p99_over": p99 - speech.level,
        "active_share": float(speech.active.sum() / live.sum()),
        "active_seconds": min(20.0, float(speech.active.sum()) / FRAMES_PER_SECOND),
        "seconds": min(30.0, level.size / FRAMES_PER_SECOND),
        "dead_share": float(1 - live.mean()),
        "active_spread": float(level[active].std()),
        "step": float(np.abs(np.diff(heard)).mean()) if heard.size > 1 else 0.0,
        "slow_share": slow / whole,
        "beat_share": beat / whole,
        "fast_share": fast / whole,
        "beat_db": float(np.sqrt(beat) / shifted.size),
    }


def _mains(seconds: npt.NDArray[np.void], speech: Speech) -> dict[str, float]:
    if not len(seconds):
        return {"lines": 0.0, "lines_p80": 0.0, "mains_under": 60.0, "mains_same": 0.0}
    lines, level = seconds["lines"].astype(np.float64), seconds["mains"].astype(np.float64)
    fifty = float((seconds["base"] == 50.0).mean())
    return {
        "lines": float(np.median(lines)),
        "lines_p80": float(np.percentile(lines, 80)),
        "mains_under": min(60.0, speech.level - float(np.median(level))),
        "mains_same": abs(2 * fifty - 1),
    }


def _names() -> tuple[str, ...]:
    frames = np.zeros(100, FRAME)
    frames["level"], frames["bands"], frames["subs"] = -50.0, np.full(BANDS, -60.0), -50.0
    frames["top"], frames["cut_in"], frames["cut_out"] = 0.1, -120.0, -120.0
    return tuple(_traits(frames, np.zeros(1, SECOND)))


NAMES: tuple[str, ...] = _names()
"""The traits in their order."""
