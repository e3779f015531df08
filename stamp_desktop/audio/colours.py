"""The spectra of the speech and of what lies under it, and tones that stay. From rows of `measures`."""

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels
from stamp_desktop.audio.measures import FRAMES_PER_SECOND, runs
from stamp_desktop.audio.spoken import Column, Flags

GROUPS = ((0, 3), (3, 6), (6, 9), (9, 12), (12, 15), (15, 18))
"""Six wide bands: up to 350, 750, 1420, 2650, 4900 and 8000 Hz."""


def grouped(bands: Column) -> Column:
    """Colours without level: dB of the first five groups against their mean, shape (n, 5)."""
    groups = np.stack(
        [10 * np.log10((10 ** (bands[:, low:high] / 10)).sum(axis=1) + 1e-12) for low, high in GROUPS[:5]], axis=1
    )
    return np.asarray(groups - groups.mean(axis=1, keepdims=True))


def traits(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags) -> dict[str, float]:
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


def tones(frames: npt.NDArray[np.void], live: Flags, active: Flags, quiet: Flags) -> dict[str, float]:
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
