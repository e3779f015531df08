"""What is wrong with the waveform itself: pieces that are missing, tops that are cut, clicks. From rows of `measures`."""

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels
from stamp_desktop.audio.measures import FRAMES_PER_SECOND, SUB_BLOCKS, runs
from stamp_desktop.audio.spoken import Column, Flags, Speech

DEEP_DB, EDGE_DB = 24.0, 20.0
LONGEST_GAP = 0.5
CUT_DB = 16.0
"""A millisecond within this of the active level beside stillness is a waveform that was cut: what a fade leaves is softer."""


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


def cuts_of(frames: npt.NDArray[np.void], level: float, within: float = CUT_DB) -> tuple[Flags, Flags]:
    """In which frames the sound breaks off into a value that stays, and out of it: a waveform that is cut, not faded."""
    return frames["cut_in"] > level - within, frames["cut_out"] > level - within


def holes_of(frames: npt.NDArray[np.void], level: float, within: float = CUT_DB) -> list[tuple[int, int]]:
    """Frames from a cut into stillness to the next cut out of it: what a lost buffer leaves."""
    into, out = (np.flatnonzero(each) for each in cuts_of(frames, level, within))
    holes = []
    for start, following in zip(into, np.append(into[1:], len(frames) + 1)[: into.size], strict=True):
        ends = out[(out >= start) & (out <= following) & (out - start <= LONGEST_GAP * FRAMES_PER_SECOND)]
        if ends.size:
            holes.append((int(start), int(ends[0]) + 1))
    return holes


def levels_of(top: Column) -> Column:
    """Amplitudes in dBFS."""
    return np.asarray(20.0 * np.log10(np.maximum(top, 1e-6)))


def traits(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags, speech: Speech) -> dict[str, float]:
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
    crest = levels_of(top) - level
    middle = active & (level < np.percentile(level[active], 60)) & (level > np.percentile(level[active], 30))
    middle = middle if middle.any() else active
    p50, p75, p95, p99 = np.percentile(levels_of(top[active]), [50, 75, 95, 99])
    return {
        "peak": float(levels.dbfs(peak)),
        "peak_over": float(levels.dbfs(peak)) - speech.level,
        "flat_loud": float(flat[loud].mean()),
        "flat_rises": float(flat[loud].mean() - flat[middle].mean()),
        "crest_loud": float(crest[loud].mean()),
        "crest_falls": float(crest[middle].mean() - crest[loud].mean()),
        "tops_p99_p95": float(p99 - p95),
        "tops_p99_p75": float(p99 - p75),
        "tops_p99_p50": float(p99 - p50),
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
