"""Can a rater rate this? Findings on speech while it is spoken, and a verdict at the end: the same code for both.

Sound is judged in steps of 0.2 s, however it arrives, so that a stream and the whole file get the same verdict. Nothing here
knows a device; pieces that a device lost are told by the recorder (`missed`). A finding that no longer holds goes away again.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples

Code: TypeAlias = Literal[
    "no_signal",
    "no_response",
    "too_quiet",
    "clipping",
    "hum",
    "static",
    "loud_background",
    "background_speech",
    "whisper",
    "too_short",
    "dropouts",
]
Severity: TypeAlias = Literal["advice", "likely_nr"]
Ratable: TypeAlias = Literal["yes", "doubtful", "no"]
Span: TypeAlias = tuple[float, float]

CODES: tuple[Code, ...] = (
    "no_signal",
    "no_response",
    "dropouts",
    "too_quiet",
    "hum",
    "static",
    "clipping",
    "loud_background",
    "background_speech",
    "whisper",
    "too_short",
)
"""All findings, the one to tell first at the front: without a signal, nothing else is worth a word."""

DEAD_PEAK_TO_PEAK = 2.5 / levels.FULL_SCALE
"""20 ms that stay within this are no sound: zeros, a stuck value or dither. The quietest room on a 16-bit device moves more."""

MUTED_SECONDS = 0.6
"""With this much of nothing a device is called dead while recording: found within a second, longer than a slow start."""

GATED_SECONDS = 5.0
"""The same for a device that was seen to send zeros between sounds (noise suppression does): a pause for thought is shorter."""

LOST_SECONDS = 2.0
"""In the verdict, nothing for this long in the midst of sound, or after it, counts; a recording may begin and end with less."""

NEVER_HEARD_SECONDS = 0.1
"""A click on plugging in is not a signal."""

SILENT_DBFS = -72.0
"""A recording whose loudest moments stay below this, and in which no voice is found, holds nothing: 46 dB under nominal."""

SPEECH_OVER_NOISE_DB = 9.0
"""A frame this far over the noise floor is not noise: levels of steady noise in 20-ms frames spread by less than +-3 dB."""

QUIETEST_FRAME_DBFS = -80.0
"""Below this a frame is not counted as speech, however silent the device is between the words."""

NO_SPEECH_SECONDS, SHORT_SECONDS = 0.25, 0.9
"""Less is nothing said (a click, a cough), or a word or two: a syllable takes about 0.2 s."""

QUIET_BY_SNR = ((30.0, -50.0), (15.0, -46.0), (-math.inf, -38.0))
"""SNR in dB from which on, active level in dBFS below which speech is too quiet. Raters listen at levels made for -26 dBov
(ITU-T P.800); 20 dB less is faint. A quiet but clean talker can be turned up, in noise the same level is lost."""

QUIET_LIKELY_NR_DB = 6.0
"""This far below the limit it is likely that nobody can rate it."""

QUIET_HYSTERESIS_DB = 2.0
QUIET_EVIDENCE_SECONDS = 0.4
VOICED_SHARE, VOICED_CORRELATION = 0.2, 0.5
"""Before "too quiet" is said, this much speech must be heard and this share of it be voiced: a chair that moves before one
begins is no quiet talker. Good speech has a voiced share of .56 at its 5th percentile, measured on real voices."""

RECENT_SECONDS = 3.0
CLIP_LEVEL = 0.89
CLIP_RUN = 4
CLIP_FLAT = 1.5 / levels.FULL_SCALE
"""Samples above -1 dBFS that stay on one value (within a bit) four times in a row: a voice that fits is off its top sooner."""

CLIPS_PER_SECOND = 3
CLIPPING_LIKELY_NR_SHARE = 0.02
STEP_UNITS, FRAME_UNITS = 200, 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the sound: how bad, how sure (0-1), and which seconds of it."""

    code: Code
    severity: Severity
    confidence: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a whole recording, findings worst first. `level_dbfs` is the P.56 active level of what was said."""

    findings: tuple[Finding, ...]
    ratable: Ratable
    level_dbfs: float
    noise_dbfs: float
    snr_db: float
    speech_seconds: float


class Screen:
    """Listens along: `feed` blocks of any size, `finish` for the verdict. Trouble for a rate or samples that are no sound."""

    def __init__(self, rate: int) -> None:
        self._rate = levels.checked_rate(rate)
        self._meter = levels.SpeechMeter(rate)
        self._frame = self._meter.unit * FRAME_UNITS
        self._step = self._meter.unit * STEP_UNITS
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._levels: npt.NDArray[np.float64] = np.zeros(0)
        self._dead: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._voiced: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._clips: npt.NDArray[np.int64] = np.zeros((0, 2), dtype=np.int64)
        self._missed: list[Span] = []
        self.current: tuple[Finding, ...] = ()
        """What holds now, worst first."""

    @property
    def seconds(self) -> float:
        """How much sound was judged so far."""
        return self._at(len(self._levels))

    def feed(self, block: Samples) -> tuple[Finding, ...]:
        """Listen on; the findings that are new since the last call."""
        sound = np.concatenate([self._rest, levels.checked(block)])
        whole = sound.size // self._step * self._step
        self._rest = sound[whole:]
        for start in range(0, whole, self._step):
            self._measure(sound[start : start + self._step])
        if not whole:
            return ()
        before = {finding.code for finding in self.current}
        self.current = self._judge(final=False)
        return tuple(finding for finding in self.current if finding.code not in before)

    def missed(self, at: float, seconds: float) -> None:
        """The device lost `seconds` of sound after second `at` of what was fed."""
        self._missed.append((round(at, 2), round(at + seconds, 2)))

    def finish(self) -> Verdict:
        """The verdict on everything that was fed."""
        whole = self._rest.size // self._frame * self._frame
        if whole:
            self._measure(self._rest[:whole])
        self._rest = self._rest[whole:]
        self.current = self._judge(final=True)
        severities = {finding.severity for finding in self.current}
        speech = self._speech()
        spoken = float(speech.sum()) * self._frame / self._rate
        noise = self._noise()
        return Verdict(
            findings=self.current,
            ratable="no" if "likely_nr" in severities else "doubtful" if severities else "yes",
            level_dbfs=round(self._meter.dbfs, 1),
            noise_dbfs=round(noise, 1),
            snr_db=round(self._meter.dbfs - noise, 1) if spoken >= NO_SPEECH_SECONDS else 0.0,
            speech_seconds=round(spoken, 2),
        )

    def _at(self, frame: int) -> float:
        return frame * self._frame / self._rate

    def _frames(self, seconds: float) -> int:
        return math.ceil(seconds * self._rate / self._frame)

    def _measure(self, sound: Samples) -> None:
        frames = sound.reshape(-1, self._frame)
        self._meter.feed(sound - sound.mean(dtype=np.float64).astype(np.float32))
        self._levels = np.concatenate([self._levels, levels.block_levels(sound, self._frame)])
        self._dead = np.concatenate([self._dead, np.ptp(frames, axis=1) <= DEAD_PEAK_TO_PEAK])
        self._voiced = np.concatenate([self._voiced, _voiced(frames, self._rate)])
        self._clips = np.concatenate([self._clips, [_clips(sound)]])

    def _noise(self) -> float:
        """The noise floor; the silence that a device puts between words belongs to it, the time it was dead does not."""
        known = ~self._dead
        for start, end in _runs(self._dead):
            if start > 0 and end < len(known) and self._at(end - start) < LOST_SECONDS:
                known[start:end] = True
        return levels.noise_floor(self._levels[known])

    def _speech(self) -> npt.NDArray[np.bool_]:
        """Which frames hold speech, by their level over the noise floor; shape of `_levels`."""
        limit = max(self._noise() + SPEECH_OVER_NOISE_DB, self._meter.dbfs - levels.MARGIN_DB, QUIETEST_FRAME_DBFS)
        return (self._levels > limit) & ~self._dead

    def _judge(self, *, final: bool) -> tuple[Finding, ...]:
        speech = self._speech()
        quiet = self._too_quiet(speech, final=final)
        signal = self._no_signal(final=final, voice=quiet is not None)
        findings = [signal, quiet, self._clipping(speech, final=final), self._dropouts()]
        if final and signal is None:
            findings.append(self._too_little(speech))
        found = [finding for finding in findings if finding is not None]
        return tuple(sorted(found, key=lambda f: (f.severity != "likely_nr", CODES.index(f.code))))

    def _no_signal(self, *, final: bool, voice: bool) -> Finding | None:
        total = len(self._dead)
        live = total - int(self._dead.sum())
        whole = ((0.0, round(self._at(total), 2)),)
        if live <= self._frames(NEVER_HEARD_SECONDS):
            known = final or total >= self._frames(MUTED_SECONDS)
            return Finding("no_signal", "likely_nr", 1.0, whole if total else ()) if known else None
        if final and not voice and float(np.percentile(self._levels, 98)) < SILENT_DBFS:
            return Finding("no_signal", "likely_nr", 0.8, whole)
        runs = _runs(self._dead)
        inner = [(a, b) for a, b in runs if b < total and self._at(b - a) < GATED_SECONDS and b - a > 3]
        gated = len(inner) >= 2 or any(a == 0 for a, _ in inner)
        limit = self._frames(GATED_SECONDS if gated else LOST_SECONDS if final else MUTED_SECONDS)
        lost = [(a, b) for a, b in runs if a > 0 and b - a >= limit and (final or b == total)]
        if not lost:
            return None
        share = sum(b - a for a, b in lost) / total
        spans = tuple((round(self._at(a), 2), round(self._at(b), 2)) for a, b in lost)
        return Finding("no_signal", "likely_nr" if share > 0.5 else "advice", 0.9, spans)

    def _too_quiet(self, speech: npt.NDArray[np.bool_], *, final: bool) -> Finding | None:
        since = 0 if final else max(0, len(speech) - self._frames(RECENT_SECONDS))
        heard = np.flatnonzero(speech[since:]) + since
        enough = heard.size >= self._frames(QUIET_EVIDENCE_SECONDS)
        if not enough or float(self._voiced[heard].mean()) < VOICED_SHARE:
            return None
        spoken = 10.0 * math.log10(float(np.mean(10 ** (self._levels[heard] / 10))))
        level = self._meter.dbfs if final else spoken
        held = any(finding.code == "too_quiet" for finding in self.current) and not final
        snr = level - self._noise()
        limit = next(limit for least, limit in QUIET_BY_SNR if snr >= least) + (QUIET_HYSTERESIS_DB if held else 0.0)
        if level >= limit:
            return None
        severity: Severity = "likely_nr" if level < limit - QUIET_LIKELY_NR_DB else "advice"
        spans = ((round(self._at(int(heard[0])), 2), round(self._at(int(heard[-1]) + 1), 2)),)
        return Finding("too_quiet", severity, _confidence((limit - level) / 3.0), spans)

    def _clipping(self, speech: npt.NDArray[np.bool_], *, final: bool) -> Finding | None:
        if not self._clips.size:
            return None
        per_step = STEP_UNITS // FRAME_UNITS
        tops, cut = self._clips.T
        around = np.convolve(tops, np.ones(5, dtype=np.int64))[: len(tops)]  # the second that ends with each step
        hit = (around >= CLIPS_PER_SECOND) & (tops > 0)
        if not hit.any() or (not final and not hit[-round(RECENT_SECONDS * 5) :].any()):
            return None
        share = int(cut.sum()) / max(1, int(speech.sum()) * self._frame)
        severity: Severity = "likely_nr" if share >= CLIPPING_LIKELY_NR_SHARE else "advice"
        spans = tuple(
            (round(self._at(a * per_step), 2), round(min(self.seconds, self._at(b * per_step)), 2)) for a, b in _runs(hit)
        )
        return Finding("clipping", severity, _confidence(int(around.max()) / CLIPS_PER_SECOND), spans)

    def _dropouts(self) -> Finding | None:
        if not self._missed:
            return None
        lost = sum(b - a for a, b in self._missed)
        heavy = lost > 0.1 * (self.seconds + lost)
        return Finding("dropouts", "likely_nr" if heavy else "advice", 0.9, tuple(self._missed))

    def _too_little(self, speech: npt.NDArray[np.bool_]) -> Finding | None:
        seconds = float(speech.sum()) * self._frame / self._rate
        whole = ((0.0, round(self.seconds, 2)),)
        if seconds < NO_SPEECH_SECONDS:
            return Finding("no_response", "likely_nr", _confidence(3.0 * (1.0 - seconds / NO_SPEECH_SECONDS) + 0.5), whole)
        if seconds < SHORT_SECONDS:
            return Finding("too_short", "advice", _confidence(3.0 * (1.0 - seconds / SHORT_SECONDS)), whole)
        return None


def screen(samples: Samples, rate: int) -> Verdict:
    """The verdict on a whole recording: what `Screen` says when it has heard all of it. Nothing at all is `no_signal`."""
    whole = Screen(rate)
    whole.feed(samples)
    return whole.finish()


def _confidence(margin: float) -> float:
    """A margin in units of its spread as 0.5-1."""
    return round(1.0 / (1.0 + math.exp(-margin)), 2)


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where `flags` holds: start and end (exclusive) of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _clips(sound: Samples) -> tuple[int, int]:
    """How many tops are cut off, and how many samples they hold."""
    loud = np.abs(sound) >= CLIP_LEVEL
    flat = loud[1:] & loud[:-1] & (np.abs(np.diff(sound)) <= CLIP_FLAT)
    tops = [b - a + 1 for a, b in _runs(flat) if b - a + 1 >= CLIP_RUN]
    return len(tops), sum(tops)


def _voiced(frames: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.bool_]:
    """Which frames repeat themselves at the pitch of a voice (70-400 Hz), by normalised autocorrelation over two frames."""
    thin = max(1, rate // 4_000)
    flat = frames.reshape(-1)
    flat = flat[: flat.size // thin * thin].reshape(-1, thin).mean(axis=1)
    size = frames.shape[1] // thin
    pairs = (
        np.stack([flat[min(i * size, flat.size - 2 * size) :][: 2 * size] for i in range(len(frames))])
        if (flat.size >= 2 * size)
        else np.zeros((len(frames), 2 * size))
    )
    pairs = pairs - pairs.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(pairs, 4 * size, axis=1)) ** 2
    correlation = np.fft.irfft(power, axis=1)[:, : 2 * size]
    shrink = 1.0 - np.arange(2 * size) / (2 * size)
    low, high = round(rate / thin / 400), min(round(rate / thin / 70), 2 * size - 1)
    best = (correlation[:, low : high + 1] / shrink[low : high + 1]).max(axis=1)
    return np.asarray(best > VOICED_CORRELATION * np.maximum(correlation[:, 0], 1e-12), dtype=np.bool_)
