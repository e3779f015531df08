"""Can a rater rate this? Findings on speech while it is spoken, and a verdict at the end: the same code for both.

Sound becomes rows of measures, however it arrives, so that a stream and the whole file get the same verdict. Rules decide what
can be measured; a small trained model decides what kind of noise or voice it is (without its file, rules do). Nothing here
knows a device; pieces that a device lost are told by the recorder (`missed`). A finding that no longer holds goes away again.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from stamp_desktop.audio import forest, levels, rules, traits
from stamp_desktop.audio.findings import CODES, Cause, Code, Finding, Ratable, Severity, Span, Verdict
from stamp_desktop.audio.forest import Forest
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.measures import Measures
from stamp_desktop.audio.rules import Stretch
from stamp_desktop.audio.spoken import Flags

__all__ = ["CODES", "Cause", "Code", "Finding", "Ratable", "Screen", "Severity", "Span", "Verdict", "screen"]

STEP_FRAMES = 10
"""A stream is judged five times a second."""

ASKED: tuple[Code, ...] = ("hum", "static", "loud_background", "background_speech", "whisper", "clipping", "dropouts")
"""What the model is asked about any stretch; about the whole of a recording also what was not said."""

ASKED_LIVE: tuple[Code, ...] = ("hum", "static", "loud_background", "background_speech", "whisper")
"""What it is asked while recording: what is cut off and what is missing is plain to see there."""

ASKED_OF_ALL: tuple[Code, ...] = (*ASKED, "no_response", "too_short")
OF_THE_WAVEFORM: tuple[Code, ...] = ("static", "clipping", "dropouts")
"""What a voice of a few bits looks like, too: nothing is said of these where it is so low."""

FRESH_SECONDS, AROUND_SECONDS = 0.8, 4.0
"""While recording, the model hears the last moment, so that a new fault is found within a second of it, and a little more."""

PAST_SECONDS = 30.0
"""How far the rules look back: what a device does between words is seen in that time."""

AROUND_EVERY, KEPT = 4, 0.7
"""The model is asked about the moment at three of four steps, at the fourth about the seconds around it. What was told stays
until the answer falls to this share of its limit."""

LONG_SECONDS, WINDOW_SECONDS, HOP_SECONDS = 9.0, 5.0, 4.0
"""A longer recording is heard in windows as well, for a fault may come and go; two in a row count."""

WINDOW_SURE = 0.6
TOLD_SECONDS, SPOKEN_WITHIN = 0.5, 4.0
"""Nothing is said about noise and whispers unless so much was spoken just before: a chair that moves is no fault."""

VOICED_SECONDS, WHISPERED_SECONDS = 0.2, 0.6
"""While recording, a noise matters once a voice is in it; a whisper has none, and is told from a rustle by its length."""

WITHOUT_MODEL = 0.5


class Screen:
    """Listens along: `feed` blocks of any size, `finish` for the verdict. Trouble for a rate or samples that are no sound."""

    def __init__(self, rate: int, model: Forest | None = None, *, with_model: bool = True) -> None:
        self._rate = levels.checked_rate(rate)
        self._measures = Measures(rate)
        self._meter = levels.SpeechMeter(rate)
        self._model = model or (forest.load(traits.NAMES) if with_model else None)
        self._step = self._measures.size * STEP_FRAMES
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._missed: list[Span] = []
        self._told: dict[float, list[Finding]] = {}
        self._judged = 0
        self.current: tuple[Finding, ...] = ()
        """What holds now, worst first."""

    @property
    def seconds(self) -> float:
        """How much sound was judged so far."""
        return self._measures.at(len(self._measures.frames))

    def feed(self, block: Samples) -> tuple[Finding, ...]:
        """Listen on; the findings that are new since the last call."""
        sound = np.concatenate([self._rest, levels.checked(block)])
        whole = sound.size // self._step * self._step
        self._rest = sound[whole:]
        for start in range(0, whole, 5 * self._step):
            self._measure(sound[start : min(whole, start + 5 * self._step)])
        if not whole:
            return ()
        before = {finding.code for finding in self.current}
        self.current = self._live()
        return tuple(finding for finding in self.current if finding.code not in before)

    def missed(self, at: float, seconds: float) -> None:
        """The device lost `seconds` of sound after second `at` of what was fed."""
        self._missed.append((round(at, 2), round(at + seconds, 2)))

    def finish(self) -> Verdict:
        """The verdict on everything that was fed."""
        whole = self._rest.size // self._measures.size * self._measures.size
        if whole:
            self._measure(self._rest[:whole])
        self._rest = self._rest[whole:]
        frames = self._measures.frames
        stretch = Stretch(frames, 0, self._measures.at(1), self._meter.dbfs, final=True)
        noise = rules.noise_floor(stretch)
        heard = rules.speech(stretch, noise)
        self.current = self._final(stretch)
        severities = {finding.severity for finding in self.current}
        spoken = float(heard.sum()) * stretch.step
        return Verdict(
            findings=self.current,
            ratable="no" if "likely_nr" in severities else "doubtful" if severities else "yes",
            level_dbfs=round(self._meter.dbfs, 1),
            noise_dbfs=round(noise, 1),
            snr_db=round(self._meter.dbfs - noise, 1) if spoken >= rules.NO_SPEECH_SECONDS else 0.0,
            speech_seconds=round(spoken, 2),
        )

    def _measure(self, sound: Samples) -> None:
        self._measures.feed(sound)
        centred = sound - sound.mean(dtype=np.float64).astype(np.float32)
        for start in range(0, sound.size, self._step):
            self._meter.feed(centred[start : start + self._step])

    def _stretch(self, seconds: float) -> Stretch:
        """The last so many seconds, judged while recording."""
        frames = self._measures.frames
        start = max(0, len(frames) - self._measures.count(seconds))
        held = frozenset(finding.code for finding in self.current)
        return Stretch(frames[start:], start, self._measures.at(1), self._meter.dbfs, final=False, held=held)

    def _live(self) -> tuple[Finding, ...]:
        """What holds now. The rules look back further than the model: a device that gates is known by its past."""
        stretch = self._stretch(PAST_SECONDS)
        noise = rules.noise_floor(stretch)
        heard = rules.speech(stretch, noise)
        quiet = rules.too_quiet(stretch, noise, heard)
        signal = rules.no_signal(stretch, voice=quiet is not None)
        recent = self._stretch(rules.RECENT_SECONDS)
        since = recent.start - stretch.start
        cut = rules.clipping(recent, heard[since:])
        found = [signal, quiet, cut, rules.dropouts(recent, self._missed, self.seconds, plain=cut is None)]
        if signal is None:
            self._judged += 1
            lately = heard[-self._measures.count(SPOKEN_WITHIN) :]
            voiced = lately & (stretch.frames["voiced"][-lately.size :] > rules.VOICED_CORRELATION)
            spoken = lately.sum() * stretch.step >= TOLD_SECONDS and voiced.sum() * stretch.step >= VOICED_SECONDS
            if self._judged % AROUND_EVERY == 0:
                self._told[AROUND_SECONDS] = self._ask_live(AROUND_SECONDS, spoken=bool(spoken))
            elif self._model is not None:
                self._told[FRESH_SECONDS] = self._ask_live(FRESH_SECONDS, spoken=bool(spoken))
            found += [finding for told in self._told.values() for finding in told]
        return _ordered(_merged([finding for finding in found if finding is not None]))

    def _ask_live(self, seconds: float, *, spoken: bool) -> list[Finding]:
        """What the model hears in the last so many seconds; `spoken`: a voice was heard lately."""
        stretch = self._stretch(seconds)
        if len(stretch.frames) < self._measures.count(seconds if self._model is None else FRESH_SECONDS):
            return []  # a rule needs more than a moment
        known, answers = self._ask(stretch)
        if not spoken and known["active_seconds"] < TOLD_SECONDS:
            return []
        held = {finding.code for finding in self._told.get(seconds, [])}
        whispered = known["active_seconds"] >= WHISPERED_SECONDS * min(1.0, seconds)
        found = []
        for code in ASKED_LIVE:
            if not (whispered if code == "whisper" else spoken):
                continue
            least, likely = self._limits(code)
            asked = least if seconds > FRESH_SECONDS or self._model is None else self._model.head(code).fresh
            if answers[code] >= (KEPT * asked if code in held else asked):
                severity: Severity = "likely_nr" if answers[code] >= likely else "advice"
                cause = rules.cause_of(code, known)
                found.append(Finding(code, severity, _sure(answers[code], least), stretch.whole, cause))
        return found

    def _ask(self, stretch: Stretch) -> tuple[dict[str, float], dict[str, float]]:
        """The traits of a stretch, and how likely each code is."""
        end = stretch.start + len(stretch.frames)
        known = traits.traits_of(stretch.frames, self._measures.seconds_of(stretch.start, end))
        answers = dict.fromkeys(ASKED_OF_ALL, 0.0) | (self._model.ask(known) if self._model else rules.by_rule(known))
        return known, answers

    def _limits(self, code: Code) -> tuple[float, float]:
        """From which answer on there is a finding, and from which it is likely that nobody can rate it."""
        if self._model is None:
            return WITHOUT_MODEL, WITHOUT_MODEL
        head = self._model.head(code)
        return head.advice, head.likely

    def _final(self, stretch: Stretch) -> tuple[Finding, ...]:
        noise = rules.noise_floor(stretch)
        heard = rules.speech(stretch, noise)
        quiet = rules.too_quiet(stretch, noise, heard)
        signal = rules.no_signal(stretch, voice=quiet is not None)
        cut = rules.clipping(stretch, heard)
        found = [signal, rules.dropouts(stretch, self._missed, self.seconds, plain=cut is None)]
        if signal is None or signal.cause == "stopped":
            found += [quiet, cut]
            known, answers = self._ask(stretch)
            little = self._little(stretch, answers, heard, rules.few_words(known))
            if signal is not None and little is not None and little.code == "too_short":
                if rules.gated_silence(stretch):
                    found.remove(signal)  # a device that is silent between words has not stopped after the only one
                found.append(little)
            if signal is None:
                found.append(little)
                if little is None or little.code != "no_response":
                    told = self._asked(stretch, known, answers)
                    found += [each for each in told if cut is None or each.code != "dropouts"]
        return _ordered(_merged([finding for finding in found if finding is not None]))

    def _little(self, stretch: Stretch, answers: dict[str, float], heard: Flags, few: bool) -> Finding | None:
        """Nothing or hardly anything said; `few`: so little that it can be counted."""
        if self._model is None:
            return rules.too_little(stretch, heard)
        for code in ("no_response", "too_short"):
            least, likely = self._limits(code)
            counted = few and code == "too_short"
            if counted or answers[code] >= least:
                severity: Severity = "likely_nr" if counted or answers[code] >= likely else "advice"
                spans = stretch.whole if code == "no_response" else rules.spans_of(stretch, heard, 0.5) or stretch.whole
                return Finding(code, severity, _sure(answers[code], least), spans)
        return None

    def _asked(self, stretch: Stretch, known: dict[str, float], answers: dict[str, float]) -> list[Finding]:
        windows = self._windows(stretch)
        found = []
        for code in ASKED:
            if stretch.level < rules.QUIETEST_CUT_DBFS and code in OF_THE_WAVEFORM:
                continue
            least, likely = self._limits(code)
            hits = [(at, p) for at, p in ((window, its[code]) for window, its in windows) if p >= max(least, WINDOW_SURE)]
            answer = answers[code]
            steps = [b.start - a.start for (a, _), (b, _) in pairwise(hits)]
            if answer < least and any(step <= self._measures.count(HOP_SECONDS) for step in steps):
                answer = max(least, float(np.mean([p for _, p in hits])) * 0.9)
            if answer < least:
                continue
            severity: Severity = "likely_nr" if answer >= likely else "advice"
            spans = _joined([span for window, _ in hits for span in window.whole]) or stretch.whole
            found.append(Finding(code, severity, _sure(answer, least), spans, rules.cause_of(code, known)))
        return found

    def _windows(self, stretch: Stretch) -> list[tuple[Stretch, dict[str, float]]]:
        """What the model says of each window of a long recording."""
        if len(stretch.frames) < self._measures.count(LONG_SECONDS):
            return []
        size, hop = self._measures.count(WINDOW_SECONDS), self._measures.count(HOP_SECONDS)
        windows = []
        for start in range(0, len(stretch.frames) - size + 1, hop):
            window = replace(stretch, frames=stretch.frames[start : start + size], start=stretch.start + start)
            known, answers = self._ask(window)
            if known["active_seconds"] >= TOLD_SECONDS:
                windows.append((window, answers))
        return windows


def screen(samples: Samples, rate: int) -> Verdict:
    """The verdict on a whole recording: what `Screen` says when it has heard all of it. Nothing at all is `no_signal`."""
    whole = Screen(rate)
    whole.feed(samples)
    return whole.finish()


def _ordered(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Worst first: what is likely not ratable, then what comes first in `CODES` or, among noises, is surest."""
    noises = {"hum", "static", "loud_background", "background_speech", "whisper", "clipping", "too_quiet", "dropouts"}
    place = {code: number for number, code in enumerate(CODES)}
    return tuple(
        sorted(
            found,
            key=lambda f: (
                f.severity != "likely_nr",
                f.code in noises,
                -f.confidence if f.code in noises else 0,
                place[f.code],
            ),
        )
    )


def _merged(found: list[Finding]) -> list[Finding]:
    """One finding a code: the worse, with the surer confidence and the finer spans."""
    by_code: dict[str, Finding] = {}
    for finding in found:
        known = by_code.get(finding.code)
        if known is None:
            by_code[finding.code] = finding
            continue
        worse = min(known, finding, key=lambda f: f.severity != "likely_nr")
        spans = max((known.spans, finding.spans), key=len)
        by_code[finding.code] = replace(worse, confidence=max(known.confidence, finding.confidence), spans=spans)
    return list(by_code.values())


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Spans that overlap made one."""
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)


def _sure(answer: float, least: float) -> float:
    """An answer between its limit and 1 as 0.5-1."""
    return round(0.5 + 0.5 * min(1.0, max(0.0, (answer - least) / max(1e-6, 1.0 - least))), 2)
