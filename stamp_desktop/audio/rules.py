"""Rules: findings that follow from what is measured, without a trained model. Pure functions of a stretch of rows.

Thresholds stand here, each beside its reason. What a rule cannot tell well (a second voice) it tells with care: the model does
it better, and where the model's file is missing the rules stand in.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels, waveform
from stamp_desktop.audio.findings import Cause, Code, Finding, Severity, Span
from stamp_desktop.audio.measures import FRAMES_PER_SECOND, runs
from stamp_desktop.audio.spoken import Flags, speech_of

COUNTED_SECONDS, CLICK_SECONDS, STILL_DB = 0.7, 0.1, 25.0
"""Active speech up to which it is a word or two whatever the model says, where it stands so far over the still moments: on the
voices that were tuned on this holds of 95 % of such clips and of no good one. Good answers begin at 0.8 s."""

MUTED_SECONDS = 0.6
"""With this much of nothing a device is called dead while recording: found within a second, longer than a slow start."""

GATED_SECONDS = 5.0
"""The same for a device that was seen to send zeros between sounds (noise suppression does): a pause for thought is shorter."""

LOST_SECONDS = 2.0
"""In the verdict, nothing for this long in the midst of sound, or after it, counts; a recording may begin and end with less."""

LATE_SECONDS, DIED_AWAY_DB = 0.2, 25.0
"""A device that sends zeros between words begins with them, too, and lets the voice die away so far before it does."""

NEVER_HEARD_SECONDS = 0.1
"""A click on plugging in is not a signal."""

SILENT_DBFS = -72.0
"""A recording whose loudest moments stay below this, and in which no voice is found, holds nothing: 46 dB under nominal."""

ZEROS_DBFS = -110.0

SPEECH_OVER_NOISE_DB = 9.0
"""A frame this far over the noise floor is not noise: levels of steady noise in 20-ms frames spread by less than +-3 dB."""

QUIETEST_FRAME_DBFS = -80.0
"""Below this a frame is not counted as speech, however silent the device is between the words."""

NO_SPEECH_SECONDS, SHORT_SECONDS = 0.25, 1.15
"""Less is nothing said (a click, a cough), or a word or two: a syllable takes about 0.2 s."""

QUIET_BY_SNR = ((24.0, -42.5), (12.0, -41.0), (-math.inf, -39.5))
"""SNR in dB from which on, active level in dBFS below which speech is too quiet. Raters listen at levels made for -26 dBov
(ITU-T P.800); 16 dB less is a voice from the next room. A quiet but clean talker can be turned up a little, in noise not."""

QUIET_LIKELY_NR_DB = 2.0
"""This far below the limit it is likely that nobody can rate it."""

QUIET_HYSTERESIS_DB = 2.0
QUIET_EVIDENCE_SECONDS = 0.4
VOICED_SHARE, VOICED_CORRELATION = 0.2, 0.5
"""Before "too quiet" is said, this much speech must be heard and this share of it be voiced: a chair that moves before one
begins is no quiet talker. Good speech has a voiced share of .56 at its 5th percentile, measured on real voices."""

NEAR_ROOM_DB = 22.0
"""A voice this far over its room and yet too quiet: the gain is low, for the room is as low as the voice."""

RECENT_SECONDS = 3.0
CLIPS_PER_SECOND = 3
CLIPPING_LIKELY_NR_SHARE = 0.01
FLAT_LIMIT = 0.16
"""Share of samples within a tenth of the frame's largest: a sine has .29, loud vowels at most .1; cut tops keep it through
a change of level, a resampler or a codec, where exact tops are lost."""

HOLES_PER_SECOND, FEWEST_HOLES, QUIETEST_CUT_DBFS = 0.15, 3, -60.0
"""A lost buffer has two edges, each cut where the voice was loud; one or two may be a stumble that nobody minds."""


PLAIN_CUT_DB = 8.0
"""By rule alone an edge counts within this of the active level: a stop consonant out of digital silence is steep too."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that are judged together. `start` is their first frame, `step` the seconds of one; `held`: codes told before."""

    frames: npt.NDArray[np.void]
    start: int
    step: float
    level: float
    final: bool
    held: frozenset[Code] = frozenset()

    def at(self, frame: int) -> float:
        """Where a frame of the stretch begins, in seconds of the whole."""
        return round((self.start + frame) * self.step, 2)

    def count(self, seconds: float) -> int:
        """Frames in so many seconds, rounded up."""
        return math.ceil(seconds / self.step - 1e-9)

    @property
    def whole(self) -> tuple[Span, ...]:
        """All of it."""
        return ((self.at(0), self.at(len(self.frames))),) if len(self.frames) else ()


def noise_floor(stretch: Stretch) -> float:
    """The noise floor; the silence that a device puts between words belongs to it, the time it was dead does not."""
    dead = stretch.frames["dead"]
    known = ~dead
    for start, end in runs(dead):
        if start > 0 and end < len(known) and (end - start) * stretch.step < LOST_SECONDS:
            known[start:end] = True
    return levels.noise_floor(stretch.frames["level"][known].astype(np.float64))


def speech(stretch: Stretch, noise: float) -> Flags:
    """Which frames hold speech, by their level over the noise floor."""
    limit = max(noise + SPEECH_OVER_NOISE_DB, stretch.level - levels.MARGIN_DB, QUIETEST_FRAME_DBFS)
    return np.asarray((stretch.frames["level"] > limit) & ~stretch.frames["dead"])


def no_signal(stretch: Stretch, *, voice: bool) -> Finding | None:
    """Nothing comes from the microphone, or nothing comes any more."""
    dead = stretch.frames["dead"]
    total = len(dead)
    live = total - int(dead.sum())
    if live <= stretch.count(NEVER_HEARD_SECONDS):
        known = stretch.final or total >= stretch.count(MUTED_SECONDS)
        silent = not total or float(np.median(stretch.frames["level"])) <= ZEROS_DBFS
        return Finding("no_signal", "likely_nr", 1.0, stretch.whole, "zeros" if silent else "faint") if known else None
    if stretch.final and not voice and float(np.percentile(_audible(stretch.frames[~dead]), 98)) < SILENT_DBFS:
        return Finding("no_signal", "likely_nr", 0.8, stretch.whole, "faint")
    lost = _lost(stretch)
    if not lost:
        return None
    share = sum(b - a for a, b in lost) / total
    spans = tuple((stretch.at(a), stretch.at(b)) for a, b in lost)
    return Finding("no_signal", "likely_nr" if share > 0.5 else "advice", 0.9, spans, "stopped")


def _lost(stretch: Stretch) -> list[tuple[int, int]]:
    """Where nothing came for longer than a device is silent between words: first frame, and the one after the last."""
    dead = stretch.frames["dead"]
    found, total = runs(dead), len(dead)
    seconds = [(b - a) * stretch.step for a, b in found]
    inner = [b for (a, b), long in zip(found, seconds, strict=True) if b < total and 0.06 < long < GATED_SECONDS]
    first = stretch.count(NEVER_HEARD_SECONDS)
    gated = len(inner) >= 2 or any(
        a < first and b < total and long < GATED_SECONDS for (a, b), long in zip(found, seconds, strict=True)
    )
    limit = stretch.count(GATED_SECONDS if gated else LOST_SECONDS if stretch.final else MUTED_SECONDS)
    return [(a, b) for a, b in found if a >= first and b - a >= limit and (stretch.final or b == total)]


def gated_silence(stretch: Stretch) -> bool:
    """Whether what looks like a device that stopped is one that sends zeros where nobody speaks.

    It did so before the first sound, or sound came again; and the sound before the silence had died away and was not cut.
    """
    total, speech_level, first = len(stretch.frames), speech_of(stretch.frames).level, stretch.count(NEVER_HEARD_SECONDS)
    late = any(a < first and b - a >= stretch.count(LATE_SECONDS) for a, b in runs(stretch.frames["dead"]))
    return all(
        (late or b < total)
        and float(stretch.frames["level"][a - 1]) < speech_level - DIED_AWAY_DB
        and float(stretch.frames["cut_in"][a - 1 : a + 2].max()) < speech_level - DIED_AWAY_DB
        for a, b in _lost(stretch)
    )


def _audible(frames: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
    """The level of each frame from 60 Hz on, dBFS: a value that is stuck or drifts is no sound."""
    return np.asarray(10.0 * np.log10((10 ** (frames["bands"].astype(np.float64) / 10)).sum(axis=1) + 1e-12))


def too_quiet(stretch: Stretch, noise: float, heard: Flags) -> Finding | None:
    """A voice that a rater can hardly hear."""
    since = 0 if stretch.final else max(0, len(heard) - stretch.count(RECENT_SECONDS))
    told = np.flatnonzero(heard[since:]) + since
    enough = told.size >= stretch.count(QUIET_EVIDENCE_SECONDS)
    if not enough or float((stretch.frames["voiced"][told] > VOICED_CORRELATION).mean()) < VOICED_SHARE:
        return None
    spoken = 10.0 * math.log10(float(np.mean(10 ** (stretch.frames["level"][told].astype(np.float64) / 10))))
    level = stretch.level if stretch.final else spoken
    snr = level - noise
    kept = QUIET_HYSTERESIS_DB if "too_quiet" in stretch.held and not stretch.final else 0.0
    limit = next(limit for least, limit in QUIET_BY_SNR if snr >= least) + kept
    if level >= limit:
        return None
    severity: Severity = "likely_nr" if level < limit - QUIET_LIKELY_NR_DB else "advice"
    spans = ((stretch.at(int(told[0])), stretch.at(int(told[-1]) + 1)),)
    return Finding(
        "too_quiet", severity, confidence((limit - level) / 3.0), spans, "gain" if snr > NEAR_ROOM_DB else "distance"
    )


def clipping(stretch: Stretch, heard: Flags) -> Finding | None:
    """Tops that are cut off, by the converter or before it."""
    if not len(stretch.frames):
        return None
    tops = stretch.frames["tops"].astype(np.int64)
    around = np.convolve(tops, np.ones(FRAMES_PER_SECOND, dtype=np.int64))[: len(tops)]  # the second that ends with each frame
    hit = (around >= CLIPS_PER_SECOND) & _near(tops > 0, 5)
    spoken = max(1, int(heard.sum()))
    share = float(stretch.frames["cut"].sum()) / (spoken * FRAME_SAMPLES)
    flat = _flat(stretch, heard)
    if flat is not None and flat > FLAT_LIMIT:
        hit = hit | (heard & (stretch.frames["flat"] > FLAT_LIMIT))
        share = max(share, CLIPPING_LIKELY_NR_SHARE * flat / FLAT_LIMIT)
    if not hit.any() or (not stretch.final and not hit[-stretch.count(RECENT_SECONDS) :].any()):
        return None
    severity: Severity = "likely_nr" if share >= CLIPPING_LIKELY_NR_SHARE else "advice"
    sure = confidence(max(int(around.max()) / CLIPS_PER_SECOND, (flat or 0.0) / FLAT_LIMIT))
    return Finding("clipping", severity, sure, spans_of(stretch, hit, join=0.5))


FRAME_SAMPLES = 400.0
"""Cut samples are set against frames of this many samples: the usual 20 ms hold 320 to 960."""


def _flat(stretch: Stretch, heard: Flags) -> float | None:
    """How flat the loudest frames of the speech are; None where there is too little speech to tell."""
    told = np.flatnonzero(heard & (stretch.frames["voiced"] > VOICED_CORRELATION))
    if told.size < stretch.count(0.4):
        return None
    level = stretch.frames["level"][told]
    return float(stretch.frames["flat"][told[level >= np.percentile(level, 75)]].mean())


def dropouts(stretch: Stretch, missed: list[Span], seconds: float, *, plain: bool) -> Finding | None:
    """Pieces that the device lost: told by the recorder, or, in a waveform that is `plain`, seen as holes with two cut edges.

    Tops that are cut stay on one value as a lost piece may: it is the same fault, told once.
    """
    length = max(1.0, len(stretch.frames) * stretch.step)
    level = speech_of(stretch.frames).level if len(stretch.frames) else levels.FLOOR_DBFS
    holes = waveform.holes_of(stretch.frames, level, PLAIN_CUT_DB) if plain and level > QUIETEST_CUT_DBFS else []
    if len(holes) < FEWEST_HOLES or len(holes) / length < HOLES_PER_SECOND:
        holes = []
    spans = tuple(sorted([*missed, *((stretch.at(a), stretch.at(b)) for a, b in holes)]))
    if not spans:
        return None
    lost = sum(b - a for a, b in missed)
    heavy = lost > 0.1 * (seconds + lost) or len(holes) / length >= 2 * HOLES_PER_SECOND
    return Finding("dropouts", "likely_nr" if heavy else "advice", 0.9, spans)


def too_little(stretch: Stretch, heard: Flags) -> Finding | None:
    """Nothing was said, or a word or two."""
    voiced = heard & (stretch.frames["voiced"] > VOICED_CORRELATION)
    seconds = float((heard & _near(voiced, 7)).sum()) * stretch.step
    if seconds < NO_SPEECH_SECONDS:
        return Finding("no_response", "likely_nr", confidence(3.0 * (1.0 - seconds / NO_SPEECH_SECONDS) + 0.5), stretch.whole)
    if seconds < SHORT_SECONDS:
        return Finding(
            "too_short", "likely_nr", confidence(3.0 * (1.0 - seconds / SHORT_SECONDS)), spans_of(stretch, heard, 0.5)
        )
    return None


def few_words(found: dict[str, float]) -> bool:
    """Whether no more than a word or two was said, where the room is so still that this can be counted."""
    return found["over_still"] >= STILL_DB and CLICK_SECONDS <= found["active_seconds"] <= COUNTED_SECONDS


def _near(flags: Flags, reach: int) -> Flags:
    """Where `flags` holds within so many frames."""
    if not flags.any():
        return flags
    return np.asarray(np.convolve(flags, np.ones(2 * reach + 1))[reach : reach + len(flags)] > 0)


def by_rule(found: dict[str, float]) -> dict[str, float]:
    """For want of the model: how likely hum, static, noise, a second voice and a whisper are, by limits on single traits."""
    told = found["active_seconds"] > 0.4
    whisper = told and found["voiced_active"] < 0.15 and found["over_floor"] > 10 and found["beat_share"] > 0.25
    hum = found["lines"] > 3.0 and found["mains_under"] < 14.0
    white = found["still_slope"] > -0.6
    noisy = found["over_still"] < 13.0 and not whisper
    crackle = found["click_p90"] > 26.0 or found["clicks"] > 3.0
    alarm = found["steady_high_share"] > 0.15
    other = found["soft_stretches"] > 0.9 and found["told_in_pauses"] > 0.2 and not noisy
    return {
        "hum": 0.9 if hum else 0.0,
        "static": 0.9 if (noisy and white and not hum) or crackle else 0.0,
        "loud_background": 0.9 if (noisy and not white and not hum) or alarm else 0.0,
        "background_speech": 0.8 if other and told else 0.0,
        "whisper": 0.9 if whisper else 0.0,
    }


def cause_of(code: Code, found: dict[str, float]) -> Cause:
    """Why, as far as the traits tell."""
    match code:
        case "hum":
            return "charger" if found["lines"] > 10.0 else "loop"
        case "static":
            return "crackle" if found["clicks"] > 2.0 or found["click_p99"] > 30.0 else "hiss"
        case "loud_background":
            if found["steady_high_share"] > 0.12:
                return "alarm"
            return "steady" if found["flux_p20"] < 4.0 and found["over_floor"] < 14.0 else ""
        case _:
            return ""


def spans_of(stretch: Stretch, flags: Flags, join: float) -> tuple[Span, ...]:
    """The seconds of frames that hold, with pauses up to `join` seconds between them joined."""
    joined: list[list[int]] = []
    for start, end in runs(flags):
        if joined and (start - joined[-1][1]) * stretch.step <= join:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return tuple((stretch.at(start), stretch.at(end)) for start, end in joined)


def confidence(margin: float) -> float:
    """A margin in units of its spread as 0.5-1."""
    return round(1.0 / (1.0 + math.exp(-max(0.0, min(30.0, margin)))), 2)
