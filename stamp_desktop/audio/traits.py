"""What a stretch of sound is like: some eighty numbers from the rows of `measures`. They have names and units, and no opinion.

All of them are levels against the speech itself, shares, or rates: turning the gain moves only the two absolute levels.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels
from stamp_desktop.audio.measures import BANDS, FRAME, FRAMES_PER_SECOND, SECOND, SUB_BLOCKS, runs

Column: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

VOICED = 0.6
"""Normalised autocorrelation from which a frame is voiced: at most a ninth of the frames of real whispers reach it."""

OVER_NOISE_DB = 6.0
"""A frame this far over the noise floor is more than noise: steady noise in 20-ms frames spreads by less than +-3 dB."""

MOST_OVER_DB = 70.0
"""More than this between speech and silence tells nothing more."""

GROUPS = ((0, 3), (3, 6), (6, 9), (9, 12), (12, 15), (15, 18))
"""Six wide bands: up to 350, 750, 1420, 2650, 4900 and 8000 Hz."""

DEEP_DB, EDGE_DB = 24.0, 20.0
LONGEST_GAP = 0.5
CUT_DB = 14.0
"""A jump within this of the active level is a waveform that was cut: what a mouth or a fade leaves is smaller."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Where the speech is, by level alone: active level and noise floor in dBFS, and which frames are active."""

    level: float
    floor: float
    active: Flags


def speech_of(frames: npt.NDArray[np.void]) -> Speech:
    """By energy: frames within the 15.9 dB of P.56 below the mean of those that are, and over the noise."""
    level = frames["level"].astype(np.float64)
    live = ~frames["dead"]
    if not live.any():
        return Speech(levels.FLOOR_DBFS, levels.FLOOR_DBFS, np.zeros(len(frames), dtype=np.bool_))
    power = 10 ** (level / 10)
    floor = float(np.percentile(level[live], 10))
    mean = 10 * np.log10(power[live].mean())
    for _ in range(6):
        chosen = live & (level > mean - levels.MARGIN_DB)
        mean = 10 * np.log10(power[chosen].mean())
    return Speech(float(mean), floor, live & (level > max(mean - levels.MARGIN_DB, floor + OVER_NOISE_DB)))


def gaps_of(frames: npt.NDArray[np.void], speech: Speech) -> list[tuple[int, int, int]]:
    """Holes that no mouth makes: start and end in eighths of a frame, and how many of the two edges are cliffs.

    A cliff falls from speech (within `EDGE_DB` of the active level) by `DEEP_DB` and below all that the room has, within
    5 ms; voices and rooms take ten times as long.
    """
    subs = frames["subs"].astype(np.float64).reshape(-1)
    if not subs.size:
        return []
    live = subs[subs > levels.FLOOR_DBFS + 5]
    quiet = float(np.percentile(live, 2)) if live.size else levels.FLOOR_DBFS
    deep = subs < min(quiet - 6.0, speech.level - DEEP_DB - 10.0)
    loud = speech.level - EDGE_DB
    found = []
    for start, end in runs(deep):
        if end - start < 2 or end - start > LONGEST_GAP * FRAMES_PER_SECOND * SUB_BLOCKS:
            continue
        before = subs[max(0, start - 3) : max(0, start - 1)].max(initial=levels.FLOOR_DBFS) > loud
        after = subs[end + 1 : end + 3].max(initial=levels.FLOOR_DBFS) > loud
        if before or after:
            found.append((start, end, int(before) + int(after)))
    return found


def cuts_of(frames: npt.NDArray[np.void], level: float) -> tuple[Flags, Flags]:
    """In which frames the sound jumps into a value that stays, and out of it: a waveform that is cut, not one that fades."""
    return frames["cut_in"] > level - CUT_DB, frames["cut_out"] > level - CUT_DB


def holes_of(frames: npt.NDArray[np.void], level: float) -> list[tuple[int, int]]:
    """Frames from a cut into stillness to the next cut out of it: what a lost buffer leaves."""
    into, out = (np.flatnonzero(each) for each in cuts_of(frames, level))
    holes = []
    for start, following in zip(into, np.append(into[1:], len(frames) + 1)[: into.size], strict=True):
        ends = out[(out >= start) & (out <= following) & (out - start <= LONGEST_GAP * FRAMES_PER_SECOND)]
        if ends.size:
            holes.append((int(start), int(ends[0]) + 1))
    return holes


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
    found |= _voices(frames, level, voiced, live, speech, active, quiet)
    found |= _colours(frames, live, active, quiet)
    found |= _tones(frames, live, active, quiet)
    found |= _shape(frames, live, active, quiet, speech)
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


def _voices(
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
    colours = _grouped(frames["bands"][told].astype(np.float64))
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


def _grouped(bands: Column) -> Column:
    """Colours without level: dB of the first five groups against their mean, shape (n, 5)."""
    groups = np.stack(
        [10 * np.log10((10 ** (bands[:, low:high] / 10)).sum(axis=1) + 1e-12) for low, high in GROUPS[:5]], axis=1
    )
    return np.asarray(groups - groups.mean(axis=1, keepdims=True))


def _spread(values: Column) -> float:
    return float(np.subtract(*np.percentile(values, [80, 20]))) if values.size > 4 else 0.0


def _colours(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags) -> dict[str, float]:
    """The spectra of the speech and of what lies under it."""
    bands = frames["bands"].astype(np.float64)
    power = 10 ** (bands / 10)
    there = bands.max(axis=0) > levels.FLOOR_DBFS + 2  # 8 kHz of rate hold nothing above 4 kHz
    loud = 10 * np.log10(power[active].mean(axis=0) + 1e-12)
    still = 10 * np.log10(power[quiet].mean(axis=0) + 1e-12)
    whole, rest = 10 * np.log10(10 ** (loud / 10) @ there + 1e-12), 10 * np.log10(10 ** (still / 10) @ there + 1e-12)
    found: dict[str, float] = {"bandwidth": float(there.sum())}
    heard = bands[live]
    for number, (low, high) in enumerate(GROUPS):
        if not there[low:high].any():
            found |= {f"{name}_{number}": 0.0 for name in ("loud", "still", "clear", "moves", "still_moves")}
            continue
        group = 10 * np.log10(power[:, low:high].sum(axis=1) + 1e-12)
        found[f"loud_{number}"] = float(10 * np.log10((10 ** (loud[low:high] / 10)).sum() + 1e-12) - whole)
        found[f"still_{number}"] = float(10 * np.log10((10 ** (still[low:high] / 10)).sum() + 1e-12) - rest)
        p10, p95 = np.percentile(group[live], [10, 95])
        found[f"clear_{number}"] = float(p95 - p10)
        found[f"moves_{number}"] = float(group[live].std())
        found[f"still_moves_{number}"] = float(group[quiet].std())
    used = np.flatnonzero(there)
    slope = np.polyfit(used, still[used], 1)[0] if used.size > 3 else 0.0
    found["still_slope"] = float(slope)
    found["still_rough"] = float(np.abs(np.diff(still[used])).mean()) if used.size > 1 else 0.0
    found["still_peak"] = float(still[used].max() - np.median(still[used])) if used.size else 0.0
    found["loud_peak"] = float(loud[used].max() - np.median(loud[used])) if used.size else 0.0
    flux = np.abs(np.diff(heard[:, used], axis=0)).mean(axis=1) if len(heard) > 1 and used.size else np.zeros(1)
    found["flux"] = float(flux.mean())
    found["flux_p20"] = float(np.percentile(flux, 20))
    hiss = (power[:, 12:] @ there[12:] + 1e-12) / (power[:, 1:12].sum(axis=1) + 1e-12)
    found["hissing"] = float((hiss[active] > 1.0).mean())
    return found


def _tones(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags) -> dict[str, float]:
    """Tones that stay where they are: alarms, bells, music; a voice glides."""
    tone, hertz = frames["tone"].astype(np.float64), frames["tone_hz"].astype(np.float64)
    near = np.abs(np.diff(hertz)) <= 26.0
    steady = near & (tone[1:] > 0.35) & live[1:]
    found = {"tone": float(tone[active].mean()), "tone_quiet": float(tone[quiet].mean())}
    stretches = [(a, b) for a, b in runs(steady) if b - a >= 8]
    found["steady_share"] = sum(b - a for a, b in stretches) / len(frames)
    high = [(a, b) for a, b in stretches if np.median(hertz[a + 1 : b + 1]) > 900.0]
    found["steady_high_share"] = sum(b - a for a, b in high) / len(frames)
    found["steady_longest"] = max((b - a for a, b in stretches), default=0) / FRAMES_PER_SECOND
    found["tone_mode"] = float(np.bincount((hertz[active] / 50.0).astype(int)).max() / max(1, active.sum()))
    return found


def _shape(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags, speech: Speech) -> dict[str, float]:
    """The waveform: cut tops, clicks, holes."""
    top = frames["top"].astype(np.float64)
    flat, click = frames["flat"].astype(np.float64), frames["click"].astype(np.float64)
    level = frames["level"].astype(np.float64)
    limit = np.percentile(level[live], 90)
    loud = live & (level >= limit)
    seconds = len(frames) / FRAMES_PER_SECOND
    gaps = gaps_of(frames, speech)
    into, out = cuts_of(frames, speech.level)
    peak = float(top.max())
    return {
        "peak": float(levels.dbfs(peak)),
        "peak_over": float(levels.dbfs(peak)) - speech.level,
        "flat_loud": float(flat[loud].mean()),
        "flat_p90": float(np.percentile(flat[active], 90)),
        "at_peak": float((top[active] > 0.97 * peak).mean()),
        "tops": min(200.0, float(frames["tops"].sum()) / seconds),
        "cut_share": float(frames["cut"].sum()) / max(1.0, float(active.sum())),
        "click_p50": float(np.median(click[live])),
        "click_p90": float(np.percentile(click[live], 90)),
        "click_p99": float(np.percentile(click[live], 99)),
        "click_quiet": float(np.percentile(click[quiet], 90)),
        "clicks": float((click[live] > 26.0).sum()) / seconds,
        "gaps_both": sum(edges == 2 for *_, edges in gaps) / seconds,
        "gaps_one": sum(edges == 1 for *_, edges in gaps) / seconds,
        "gaps": float(len(gaps)),
        "cuts_in": float(into.sum()) / seconds,
        "cuts_out": float(out.sum()) / seconds,
        "holes": min(10.0, float(len(holes_of(frames, speech.level)))),
        "cuts": min(20.0, float(into.sum() + out.sum())),
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
