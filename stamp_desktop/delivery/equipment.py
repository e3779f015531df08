"""The equipment check: headphones, room, voice, keyboard. One finding at a time; it advises and never blocks.

Judged by the screening that the test itself uses. What is recorded here is heard by the test taker alone and sent nowhere.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeAlias

from stamp_desktop.audio import playback
from stamp_desktop.audio.capture import Recorded
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.playback import decode
from stamp_desktop.audio.screening import Verdict
from stamp_desktop.content.reader import Package
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.ear import Booth, Ear, Memory, Voice, fault_notice, finding_notice
from stamp_desktop.delivery.microphone import NARROW, cause_of, notice_of
from stamp_desktop.delivery.runner import Message, Sound
from stamp_desktop.delivery.seat_sound import changed, noticed
from stamp_desktop.delivery.speaking import Drain
from stamp_desktop.delivery.views import CheckLine, CheckStep, EquipmentView, Notice
from stamp_desktop.engine.events import EquipmentChecked
from stamp_desktop.sync.sound import MicrophoneMended, RoomHeard, SoundFact

Outcome: TypeAlias = Literal["ok", "advised", "skipped"]

QUIET_SECONDS = 3.0
VOICE_SECONDS = 15.0
LOUD_ROOM_DBFS = -42.0
"""Above this the room alone is within 16 dB of a voice at the nominal -26 dBov: raters have to strain."""

TRIES = 2
"""After so many tries the way out is offered: the proctor, or going on."""

BEGINS_AGAIN = "This step then begins again."

TITLES: dict[CheckStep, tuple[str, str]] = {
    "headphones": ("Put on your headphones and listen", "Play the word, then choose the word that you heard."),
    "room": ("Be quiet for three seconds", "We listen to how loud the room is. Do not speak yet."),
    "voice": ("Say this sentence in your normal voice", "Not a whisper, not louder than usual."),
    "keyboard": ("Type this line", "Use the keyboard as you will in the test."),
}
LINES: dict[CheckStep, tuple[str, str, str]] = {  # to do, good, with advice
    "headphones": ("Headphones", "Headphones: you heard “{word}”", "Headphones: the word was not heard"),
    "room": ("How quiet the room is", "The room is quiet enough", "The room: there is noise"),
    "voice": ("Your voice", "Your voice can be heard well", "Your voice: not as it should be"),
    "keyboard": ("Keyboard", "Keyboard: ready", "Keyboard: not tried"),
}
WRONG_WORD = Notice(
    "That was not the word",
    "The sound may be too low, or it may come from another loudspeaker.",
    "Turn the volume up, check the plug of your headphones, and play the word again.",
    "attention",
    "volume-2",
)
LOUD_ROOM = Notice(
    "The room is loud",
    "We hear noise even when nobody speaks into this microphone.",
    "Move the microphone away from fans and windows, or wait until it is quiet. Then try again.",
    "attention",
    "users-round",
)


class EquipmentCheck:
    """Leads through the steps that the test needs. `outcome` is there when the last one is done."""

    def __init__(
        self, package: Package, activities: set[str], booth: Booth, seed: int, tell: Callable[[SoundFact], None]
    ) -> None:
        """`tell` notes what is found, for the proctor."""
        self._tell = tell
        self._condition: Condition | None = None
        self._texts = package.equipment
        self._package = package
        self._booth = booth
        self._steps = steps_for(activities)
        self._word = self._texts.words[seed % len(self._texts.words)]
        self._results: dict[CheckStep, Outcome] = {}
        self._findings: dict[str, tuple[str, ...]] = {}
        self._devices = booth.studio.microphones()
        self._ear: Ear[Memory] | None = None
        self._voice: Voice | None = None
        self._taken: Recorded[Memory] | None = None
        self._notice: Notice | None = None
        self._peaks: tuple[float, ...] = ()
        self._codes: tuple[str, ...] = ()
        self._chosen = ""
        self._passed = False
        self._tries = self._heard = 0
        self.outcome: EquipmentChecked | None = None if self._steps else EquipmentChecked({})

    def take(self, message: Message) -> None:
        """Act on a message; one that does not fit the step is left alone."""
        if self.outcome:
            return
        match message, self._step:
            case intents.CheckNext(), _:
                self._next()
            case intents.CheckPlay(), "headphones":
                self._play(decode(self._package.media(self._word.audio)))
            case intents.CheckWord(word), "headphones" if self._heard:
                self._pick(word)
            case intents.CheckListen(), "room" | "voice" if self._ear is None:
                self._listen()
            case intents.CheckStop(), "voice":
                self._drain()
            case intents.MendMicrophone(), "room" | "voice":
                self._mend()
            case intents.CheckHearSelf(), "voice" if self._taken and self._taken.kept:
                self._play(self._taken.kept.sound())
            case intents.CheckTyped(text), "keyboard":
                self._passed = plain(text) == plain(self._texts.typing)
            case intents.CheckDevice(name), _ if self._ear is None:
                self._booth.device = name
                self._devices = self._booth.studio.microphones()
            case Sound(), _:
                self._hear(message)
            case _:
                pass

    def leave(self) -> None:
        """Let go of microphone and headphones."""
        if self._voice:
            self._voice.stop()
        if self._ear:
            self._ear.stop()
        self._voice, self._ear = None, None

    def view(self) -> EquipmentView:
        step = self._step
        title, hint = TITLES[step]
        return EquipmentView(
            step=step,
            number=self._index + 1,
            count=len(self._steps),
            title=title,
            hint=hint,
            activity=self._activity(),
            lines=tuple(self._line(each) for each in self._steps),
            sentence=self._texts.sentence if step == "voice" else "",
            words=tuple(word.text for word in self._texts.words) if step == "headphones" else (),
            chosen_word=self._chosen,
            typed_sample=self._texts.typing if step == "keyboard" else "",
            level=self._ear.level if self._ear else None,
            peaks=self._ear.peaks if self._ear else self._peaks,
            seconds_left=max(0.0, QUIET_SECONDS - self._ear.seconds) if self._ear and step == "room" else None,
            finding=self._live() or self._notice,
            passed=self._passed,
            can_hear_self=step == "voice" and self._ear is None and bool(self._taken and self._taken.kept),
            go_on=self._way_out(),
            devices=self._devices if step in {"room", "voice"} else (),
            device=self._booth.device,
            attempt=max(1, self._tries),
        )

    @property
    def _step(self) -> CheckStep:
        return self._steps[self._index] if self._steps else "keyboard"

    @property
    def _index(self) -> int:
        return min(len(self._results), max(0, len(self._steps) - 1))

    def _begin_step(self) -> None:
        self._ear, self._voice, self._taken, self._notice = None, None, None, None
        self._peaks, self._codes, self._chosen = (), (), ""
        self._passed, self._tries, self._heard = False, 0, 0

    def _next(self) -> None:
        if not self._passed and not self._way_out():
            return
        self.leave()
        step = self._step
        self._results[step] = "ok" if self._passed else "advised" if self._tries else "skipped"
        if self._codes:
            self._findings[step] = self._codes
        if len(self._results) == len(self._steps):
            self.outcome = EquipmentChecked(
                {str(step): str(result) for step, result in self._results.items()}, dict(self._findings)
            )
        self._begin_step()

    def _live(self) -> Notice | None:
        """What is to be said while it listens; of the quiet seconds only what the system says: there is no voice to judge."""
        if self._ear is None:
            return None
        return self._ear.notice if self._step == "voice" else notice_of(self._ear.condition)

    def _mend(self) -> None:
        """Turn the microphone on and up, and try again."""
        condition = self._ear.condition if self._ear else self._condition
        if condition is None:
            return
        self._tell(MicrophoneMended("", self._booth.studio.mend(condition.device)))
        if self._ear is None:
            self._listen()

    def _way_out(self) -> str:
        if self._passed:
            return ""
        if self._step == "keyboard":
            return "Go on without typing"
        return "Go on anyway" if self._tries >= TRIES else ""

    def _activity(self) -> Literal["idle", "playing", "listening", "recording", "done"]:
        if self._voice:
            return "playing"
        if self._ear:
            return "listening" if self._step == "room" else "recording"
        return "done" if self._passed or self._tries else "idle"

    def _play(self, sound: playback.Sound) -> None:
        self._heard += 1
        self._voice = self._booth.play(sound)

    def _pick(self, word: str) -> None:
        self._chosen = word
        self._tries += 1
        self._passed = word == self._word.text
        self._notice = None if self._passed else WRONG_WORD

    def _listen(self) -> None:
        if self._voice:
            self._voice.stop()
            self._voice = None
        self._notice, self._passed, self._taken = None, False, None
        self._ear = self._booth.listen(Memory, QUIET_SECONDS if self._step == "room" else VOICE_SECONDS)

    def _drain(self) -> None:
        if self._ear:
            self._booth.later(Drain(), self._ear.token)

    def _hear(self, sound: Sound) -> None:
        if self._voice and sound.token == self._voice.token:
            self._voice.hear(sound.word)
            if self._voice.ended:
                fault = self._voice.ended.fault
                self._voice = None
                if fault:
                    self._tries += 1
                    self._notice = fault_notice(fault)
        if self._ear and sound.token == self._ear.token:
            if not isinstance(sound.word, Drain):
                self._ear.hear(sound.word)
                for finding in self._ear.noticed() if self._step == "voice" else ():
                    self._tell(noticed("", finding, self._ear.seconds))
                if isinstance(sound.word, Condition):
                    self._tell(changed("", sound.word))
            # quiet seconds have no button to stop them: a microphone that gives nothing would be waited for without end
            if isinstance(sound.word, Drain) or self._ear.ended or (self._step == "room" and self._ear.fault):
                self._judge(self._ear)

    def _judge(self, ear: Ear[Memory]) -> None:
        recorded, self._ear = ear.stop(), None
        self._tries += 1
        self._taken, self._peaks, self._condition = recorded, ear.peaks, ear.condition
        if recorded.faults:
            self._notice, self._codes = self._fault(recorded.faults[0]), (recorded.faults[0].code,)
        elif recorded.verdict:
            self._notice, self._codes = self._verdict(recorded.verdict)
            if self._step == "room":
                self._tell(RoomHeard(recorded.verdict.noise_dbfs))
        self._passed = self._notice in {None, NARROW}  # nobody can do anything about it where there is no other

    def _fault(self, fault: Fault) -> Notice:
        notice, offered = fault_notice(fault), self._booth.studio.simulated
        if fault.code == "device-lost" and offered:
            return replace(notice, todo=f"To try without a microphone, choose “{offered}” below.")
        return notice

    def _verdict(self, verdict: Verdict) -> tuple[Notice | None, tuple[str, ...]]:
        if self._step == "room":
            dead = next((finding for finding in verdict.findings if finding.code == "no_signal"), None)
            if dead:
                return cause_of(dead.code, self._condition, then=BEGINS_AGAIN) or finding_notice(dead), (dead.code,)
            if verdict.noise_dbfs > LOUD_ROOM_DBFS:
                return LOUD_ROOM, ("loud_background",)
            return (NARROW, ("narrow",)) if self._condition and self._condition.narrow else (None, ())
        codes = tuple(finding.code for finding in verdict.findings)
        if not codes:
            return None, ()
        return cause_of(codes[0], self._condition, then=BEGINS_AGAIN) or finding_notice(verdict.findings[0]), codes

    def _line(self, step: CheckStep) -> CheckLine:
        todo, good, advised = LINES[step]
        result = self._results.get(step)
        if result == "ok":
            return CheckLine(step, good.format(word=self._word.text), "ok")
        if result:
            return CheckLine(step, advised, result)
        return CheckLine(step, todo, "now" if step == self._step else "todo")


def steps_for(activities: set[str]) -> tuple[CheckStep, ...]:
    """What has to be checked for a test in which people do these things (reading, listening, writing, speaking)."""
    steps: list[CheckStep] = []
    if activities & {"listening", "speaking"}:
        steps.append("headphones")
    if "speaking" in activities:
        steps += ["room", "voice"]
    if "writing" in activities:
        steps.append("keyboard")
    return tuple(steps)


def plain(text: str) -> str:
    """Typed text for comparing: composed (NFC), blanks folded, case kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())
