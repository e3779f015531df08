"""Voiced and unvoiced, pitch, and whether it is one voice or two. From rows of `measures`."""

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio.colours import grouped
from stamp_desktop.audio.measures import FRAMES_PER_SECOND, runs
from stamp_desktop.audio.spoken import VOICED, Column, Flags, Speech


def traits(
    frames: npt.NDArray[np.void], level: Column, voiced: Column, live: Flags, speech: Speech, active: Flags, quiet: Flags
) -> dict[str, float]:
    """Voicing and pitch; loud and soft voices apart, since a second talker is softer and has a pitch of his own."""
    second = frames["second"].astype(np.float64)
    pitch = np.log2(np.maximum(frames["pitch"].astype(np.float64), 1.0))
    told = live & (voiced > VOICED)
    under = speech.level - level
    found = {
        "voiced_active": float((voiced[active] > VOICED).mean()),
        "voiced_active_45": float((voiced[active] > 0.45).mean()),
        "voiced_active_80": float((voiced[active] > 0.8).mean()),
        "voiced_mean": float(voiced[active].mean()),
        "voiced_p90": float(np.percentile(voiced[active], 90)),
        "voiced_all": float(told.sum() / live.sum()),
        "voiced_seconds": min(15.0, float((told & active).sum()) / FRAMES_PER_SECOND),
        "voiced_quiet": float(voiced[quiet].mean()),
        "voiced_quiet_share": float((voiced[quiet] > VOICED).mean()),
        "second_active": float(second[active].mean()),
        "second_told": float(second[told].mean()) if told.any() else 0.0,
        "second_high": float((second[told] > 0.55).mean()) if told.any() else 0.0,
    }
    edges = ((-99.0, 3.0), (3.0, 8.0), (8.0, 13.0), (13.0, 18.0), (18.0, 25.0), (25.0, 99.0))
    count = max(1, int(told.sum()))
    for number, (low, high) in enumerate(edges):
        here = live & (under >= low) & (under < high)
        found[f"told_at_{number}"] = float((told & here).sum() / count)
        found[f"told_of_{number}"] = float((told & here).sum() / max(5, int(here.sum())))
    loud, soft = told & (under < 6.0), told & (under > 10.0)
    middle = float(np.median(pitch[loud])) if loud.any() else 0.0
    found["pitch"] = middle
    found["pitch_spread"] = _spread(pitch[told])
    found["pitch_spread_loud"] = _spread(pitch[loud])
    found["pitch_spread_soft"] = _spread(pitch[soft])
    found["pitch_apart"] = abs(float(np.median(pitch[soft])) - middle) if soft.sum() > 5 and loud.any() else 0.0
    same = told[1:] & told[:-1]
    found["pitch_moves"] = float(np.abs(np.diff(pitch))[same].mean()) if same.any() else 0.0
    found["pitch_jumps"] = float((np.abs(np.diff(pitch))[same] > 0.12).mean()) if same.any() else 0.0
    if told.any():
        histogram = np.bincount(np.clip(np.rint((pitch[told] - 6.0) * 25), 0, 75).astype(int), minlength=76)
        found["pitch_mode"] = float(np.convolve(histogram, np.ones(3))[1:-1].max() / count)
    else:
        found["pitch_mode"] = 0.0
    found |= _two_voices(frames, pitch, level, told)
    stretches = runs(told)
    long = [(a, b) for a, b in stretches if b - a >= 4]
    apart = [(a, b) for a, b in long if under[a:b].min() > 9.0]
    far = [(a, b) for a, b in long if under[a:b].min() > 15.0]
    seconds = level.size / FRAMES_PER_SECOND
    found["stretches"] = len(long) / seconds
    found["stretch_length"] = float(np.mean([b - a for a, b in long])) / FRAMES_PER_SECOND if long else 0.0
    found["soft_stretches"] = len(apart) / seconds
    found["soft_share"] = sum(b - a for a, b in apart) / max(1, sum(b - a for a, b in long))
    found["far_stretches"] = len(far) / seconds
    pauses = [(a, b) for a, b in runs(~(live & (under < 12.0))) if b - a >= 12]
    held = sum(int(told[a:b].sum()) for a, b in pauses)
    found["told_in_pauses"] = held / max(10, sum(b - a for a, b in pauses))
    found["pause_share"] = sum(b - a for a, b in pauses) / level.size
    return found


def _two_voices(frames: npt.NDArray[np.void], pitch: Column, level: Column, told: Flags) -> dict[str, float]:
    """Whether the voiced frames are better told as two voices: two pitches (2-means), two levels, two colours."""
    names = ("apart", "split", "smaller", "louder", "colour", "switches", "soft_colour", "pitch_level")
    found = {f"two_{name}": 0.0 for name in names}
    if told.sum() < 12:
        return found
    values, at = pitch[told], np.flatnonzero(told)
    low, high = np.percentile(values, [20, 80])
    for _ in range(5):
        upper = values > (low + high) / 2
        if upper.all() or not upper.any():
            return found
        low, high = float(values[~upper].mean()), float(values[upper].mean())
    share = float(upper.mean())
    between = share * (1 - share) * (high - low) ** 2
    colours = grouped(frames["bands"][told].astype(np.float64))
    two = np.abs(colours[upper].mean(axis=0) - colours[~upper].mean(axis=0))
    found["two_apart"] = high - low
    found["two_split"] = between / (float(values.var()) + 1e-6)
    found["two_smaller"] = min(share, 1 - share)
    found["two_louder"] = abs(float(level[told][upper].mean() - level[told][~upper].mean()))
    found["two_colour"] = float(two.mean())
    near = np.diff(at) <= 8
    found["two_switches"] = float((upper[1:] != upper[:-1])[near].mean()) if near.any() else 0.0
    loud = level[told] > np.percentile(level[told], 60)
    soft = level[told] < np.percentile(level[told], 30)
    found["two_soft_colour"] = float(np.abs(colours[loud].mean(axis=0) - colours[soft].mean(axis=0)).mean())
    spread = float(values.std() * level[told].std())
    found["two_pitch_level"] = float(np.mean((values - values.mean()) * (level[told] - level[told].mean()))) / (spread + 1e-6)
    return found


def _spread(values: Column) -> float:
    return float(np.subtract(*np.percentile(values, [80, 20]))) if values.size > 4 else 0.0
