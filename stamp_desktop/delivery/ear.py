"""A recording or a play in progress, as a screen shows it: level, waveform, position, what is wrong right now.

It keeps nothing itself, and knows nothing of the test.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from stamp_desktop.audio import advice, levels, playback
from stamp_desktop.audio.capture import Back, Ended, Microphone, Recorded, Recorder
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.playback import Loudspeaker, Played, Player, Playing
from stamp_desktop.audio.screening import Finding
from stamp_desktop.audio.take import FrameSink, Heard
from stamp_desktop.delivery.microphone import LOST, SOUNDLESS, cause_of, notice_of
from stamp_desktop.delivery.prompter import ADVICE, CERTAIN, LIKELY_NR, Line, Prompter
from stamp_desktop.delivery.runner import Sound
from stamp_desktop.delivery.views import Notice
from stamp_desktop.delivery.wording import trouble_notice

Kept = TypeVar("Kept")

SETTLE_SECONDS = 1.0
"""After a microphone is in order again, that nothing was heard is the past: it is not said once more."""


class Studio(Protocol):
    """This computer's sound as the exam uses it. `microphone("")` is the one that the system prefers.

    `simulated` is the name of a microphone that needs no hardware, where one is offered; else "".
    """

    @property
    def simulated(self) -> str: ...

    @property
    def pace(self) -> Pace: ...

    @property
    def volume(self) -> float: ...

    def set_volume(self, volume: float) -> None: ...

    def microphones(self) -> tuple[str, ...]: ...

    def microphone(self, name: str) -> Microphone: ...

    def mend(self, device: str) -> bool:
        """Turn this microphone (an id of a `Condition`) on and up in the system; whether it was done."""
        ...

    def loudspeaker(self) -> Loudspeaker: ...


class Memory:
    """A sink that keeps the sound in memory: for checks and practice, which are never sent anywhere."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.pcm = bytearray()

    def write_frame(self, pcm: bytes) -> None:
        self.pcm += pcm

    def finish(self) -> "Memory":
        return self

    def sound(self) -> playback.Sound:
        """What was recorded, to be heard."""
        return playback.Sound(levels.from_pcm(bytes(self.pcm)), self.rate)


class Nowhere:
    """A sink that keeps nothing: for looking at a microphone."""

    def __init__(self, _rate: int) -> None:
        """At any rate."""

    def write_frame(self, pcm: bytes) -> None:
        """Forget it."""

    def finish(self) -> None:
        """There is nothing."""


class Ear(Generic[Kept]):
    """Runs a recorder and gathers what it says. Belongs to the session thread; the recorder's words come as `Sound`."""

    def __init__(
        self,
        token: int,
        studio: Studio,
        device: str,
        sink: Callable[[int], FrameSink[Kept]],
        put: Callable[[Sound], None],
        limit: float = math.inf,
    ) -> None:
        self.token = token
        self.level: float | None = None
        self.peaks: tuple[float, ...] = ()
        self.seconds = 0.0
        self.findings: tuple[Finding, ...] = ()
        self.fault: Fault | None = None
        self.condition: Condition | None = None
        self.ended = False
        self._pace = studio.pace
        self._prompter = Prompter()
        self._in_order_since = -math.inf
        self._noticed: set[str] = set()
        self._recorder = Recorder(studio.microphone(device), sink, studio.pace, lambda word: put(Sound(token, word)), limit)
        self._recorder.start()

    def hear(self, word: object) -> None:
        """Take in one word of the recorder."""
        match word:
            case Heard():
                self.level = levels.meter(word.level_dbfs)
                self.peaks += word.peaks
                self.seconds = word.second
                self.findings = word.findings
                self.fault = None if self.fault and self.fault.code == "stalled" else self.fault
            case Fault():
                self.fault = word
            case Condition():
                self.condition = word
            case Back():
                self.fault = None
                self._in_order_since = self._pace.now()
            case Ended():
                self.ended = True
            case _:
                pass
        self._prompter.choose(self._pace.now(), self._lines())

    @property
    def notice(self) -> Notice | None:
        """The one thing to say now, the most useful first."""
        return self._prompter.notice

    def noticed(self) -> tuple[Finding, ...]:
        """Findings that were not there before in this recording, since the last time."""
        fresh = tuple(finding for finding in self.findings if finding.code not in self._noticed)
        self._noticed |= {finding.code for finding in fresh}
        return fresh

    def _lines(self) -> list[Line]:
        lines, now = [], self._pace.now()
        certain = notice_of(self.condition)
        if certain:
            self._in_order_since = now
        if self.fault and not (self.fault.code == "stalled" and certain):
            lost = self.fault.code == "device-lost" and self.seconds and not self.ended
            lines.append(Line(self.fault.code, CERTAIN, LOST if lost else fault_notice(self.fault)))
        if certain:
            lines.append(Line(certain.title, CERTAIN, certain))
        for finding in self.findings:
            if finding.code in SOUNDLESS and now - self._in_order_since < SETTLE_SECONDS:
                continue
            cause = cause_of(finding.code, self.condition)
            urgency = LIKELY_NR if finding.severity == "likely_nr" else ADVICE
            lines.append(Line(finding.code, urgency, cause or finding_notice(finding, speaking=True)))
        return lines

    def stop(self) -> Recorded[Kept]:
        """End the recording and wait for the last of it."""
        recorded = self._recorder.stop()
        self.ended = True
        return recorded


class Voice:
    """One play to the headphones. `ended` says how much was heard."""

    def __init__(self, token: int, studio: Studio, sound: playback.Sound, put: Callable[[Sound], None]) -> None:
        self.token = token
        self.position = 0.0
        self.length = sound.seconds
        self.ended: Played | None = None
        self._player = Player(studio.loudspeaker(), studio.pace, lambda word: put(Sound(token, word)))
        self._player.volume = studio.volume
        self._player.play(sound)

    def hear(self, word: object) -> None:
        """Take in one word of the player."""
        match word:
            case Playing(position):
                self.position = position
            case Played():
                self.ended = word
            case _:
                pass

    def set_volume(self, volume: float) -> None:
        self._player.volume = volume

    def stop(self) -> None:
        """Silence, at once."""
        self._player.stop()


class Booth:
    """Where recordings and plays are begun; each has a token, so that a late word of an ended one is told apart."""

    def __init__(self, studio: Studio, put: Callable[[Sound], None]) -> None:
        self.studio = studio
        self.device = ""
        self._put = put
        self._tokens = itertools.count(1)
        self._voice: Voice | None = None

    def listen(self, sink: Callable[[int], FrameSink[Kept]], limit: float) -> Ear[Kept]:
        """Record from the chosen microphone into `sink`, at most `limit` seconds."""
        return Ear(next(self._tokens), self.studio, self.device, sink, self._put, limit)

    def play(self, sound: playback.Sound) -> Voice:
        """Play through the headphones; what was playing stops."""
        if self._voice:
            self._voice.stop()
        self._voice = Voice(next(self._tokens), self.studio, sound, self._put)
        return self._voice

    def set_volume(self, volume: float) -> None:
        """0-1, now and from now on."""
        self.studio.set_volume(volume)
        if self._voice:
            self._voice.set_volume(volume)

    def later(self, word: object, token: int) -> None:
        """Say something to oneself after what is waiting."""
        self._put(Sound(token, word))


def finding_notice(finding: Finding, *, speaking: bool = False) -> Notice:
    """A finding in plain words. While somebody is `speaking`, what to do is about now, not about another recording."""
    words = advice.for_finding(replace(finding, severity="advice") if speaking else finding)
    return Notice(words.title, words.text, words.todo, "bad" if finding.severity == "likely_nr" else "attention", words.icon)


def fault_notice(fault: Fault) -> Notice:
    """A fault in plain words; the cause's own advice first."""
    if fault.trouble:
        return trouble_notice(fault.trouble)
    words = advice.for_fault(fault)
    return Notice(words.title, words.text, words.todo, "attention", words.icon)
