"""Where the speech is in a stretch of rows, by level alone."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels

Column: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

VOICED = 0.6
"""Normalised autocorrelation from which a frame is voiced: at most a ninth of the frames of real whispers reach it."""

OVER_NOISE_DB = 6.0
"""A frame this far over the noise floor is more than noise: steady noise in 20-ms frames spreads by less than +-3 dB."""


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
