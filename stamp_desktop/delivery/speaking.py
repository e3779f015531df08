"""One speaking task: read, prepare, speak, hear, record again or keep. A recording is safe before the screen says so.

It never blocks: where nothing can be recorded, the test taker is told and may go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from stamp_desktop.audio.condition import Condition
from stamp_desktop.content.model import PromptText
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.ear import Booth, Ear, Voice, finding_notice
from stamp_desktop.delivery.microphone import cause_of
from stamp_desktop.delivery.runner import Message, Pulse, Sound
from stamp_desktop.delivery.tape import Taken, Tape
from stamp_desktop.delivery.views import Notice, SpeakingView
from stamp_desktop.delivery.wording import trouble_notice
from stamp_desktop.trouble import Trouble

Stage: TypeAlias = Literal["ready", "preparing", "recording", "saving", "kept"]

PULSE_SECONDS = 0.25
"""How often a countdown is looked at: it shows whole seconds."""

PRACTISED = "Practice: sent nowhere"
SAFE: dict[Stage, str] = {
    "recording": "Kept up to this second",
    "kept": "Safe on this computer. It is sent while you go on.",
}
NOTHING_KEPT = Notice(
    "No sound was recorded",
    "There is nothing in this answer that could be rated.",
    "Call the proctor, then record again. You can also go on.",
    "bad",
    "mic-off",
)
EARLIER_KEPT = Notice(
    "No sound was recorded",
    "Your earlier recording is still kept: it is the one that you hear and hand in.",
    "Call the proctor, then record again. You can also go on.",
    "attention",
    "mic-off",
)
SALVAGED = Notice(
    "The program was interrupted while you were speaking",
    "Your recording was kept up to its last second.",
    "Listen to it, then keep it or record again.",
    "plain",
    "history",
)


@dataclass(frozen=True, slots=True)
class Drain:
    """Said to oneself: the screen has said that it saves, now save."""


class SpeakingTask:
    """A task that is in front of the test taker. `now` gives monotonic milliseconds."""

    def __init__(self, prompt: PromptText, tape: Tape, booth: Booth, now: Callable[[], int], *, practice: bool) -> None:
        self.prompt = prompt
        self.practice = practice
        self._tape = tape
        self._booth = booth
        self._now = now
        self._until = 0
        self._ear: Ear[Any] | None = None
        self._voice: Voice | None = None
        self._peaks: tuple[float, ...] = ()
        self._unheard: Notice | None = None
        self._condition: Condition | None = None
        self._stage: Stage = "kept" if tape.last() else "ready"
        if tape.preparing:  # the program was interrupted while somebody prepared: that time is given again
            self._prepare()

    def take(self, message: Message) -> None:
        """Act on a message; one that does not fit the stage is left alone."""
        match message, self._stage:
            case intents.Prepare(), "ready":
                self._prepare()
            case intents.Record(), "ready" | "preparing" | "kept":
                self._record()
            case Pulse(), "preparing" if self._now() >= self._until:
                self._record()
            case intents.StopRecording(), "recording":
                self._save()
            case intents.MendMicrophone(), "recording" | "kept":
                self._mend()
            case intents.HearRecording(), "kept":
                self._hear()
            case intents.KeepRecording(), "kept":
                self.leave()
                self._tape.submit()
            case Sound(), _:
                self._listen(message)
            case _:
                pass

    def leave(self) -> None:
        """Stop what sounds; a recording that runs is saved."""
        self._silence()
        if self._ear:
            self._finish(self._ear)

    @property
    def recording(self) -> bool:
        """Whether the microphone is open."""
        return self._ear is not None

    def wake_in(self) -> float | None:
        return PULSE_SECONDS if self._stage == "preparing" else None

    def view(self, picture: bytes | None, number: int, count: int) -> SpeakingView:
        taken = self._tape.last()
        finding: Notice | None = None
        if self._ear:
            finding = self._ear.notice
        elif self._stage == "kept" and taken:
            finding = self._unheard or _judged(taken, self._condition)
        empty = self._stage == "kept" and taken is not None and not taken.seconds
        return SpeakingView(
            prompt=self.prompt.id,
            number=number,
            count=count,
            title=self.prompt.title,
            text_md=self.prompt.text,
            picture=picture,
            picture_alt=self.prompt.picture_alt,
            stage=self._stage,
            seconds=self._clock(taken),
            limit=float(self.prompt.speak),
            level=self._ear.level if self._ear else None,
            peaks=self._ear.peaks if self._ear else self._peaks,
            finding=finding,
            attempts_left=max(0, self._tape.attempts_left),
            playing=self._voice is not None,
            salvaged=bool(taken and taken.salvaged),
            safe_text=PRACTISED if self.practice else "" if empty else SAFE.get(self._stage, ""),
            practice=self.practice,
            empty=empty,
        )

    def _clock(self, taken: Taken | None) -> float:
        if self._stage == "preparing":
            return max(0.0, -(-(self._until - self._now()) // 1000))
        return self._ear.seconds if self._ear else taken.seconds if taken else 0.0

    def _prepare(self) -> None:
        if not self.prompt.prepare:
            self._record()
            return
        self._tape.prepare()
        self._until = self._now() + self.prompt.prepare * 1000
        self._stage = "preparing"

    def _record(self) -> None:
        if self._tape.attempts_left < 1:
            return
        self._silence()
        self._unheard = None
        sink = self._tape.begin()
        self._ear = self._booth.listen(sink, float(self.prompt.speak))
        self._stage = "recording"

    def _listen(self, sound: Sound) -> None:
        if self._ear and sound.token == self._ear.token:
            if isinstance(sound.word, Drain):
                self._finish(self._ear)
                return
            self._ear.hear(sound.word)
            for finding in self._ear.noticed():
                self._tape.tell(finding, self._ear.seconds)
            if isinstance(sound.word, Condition):
                self._tape.tell(sound.word, self._ear.seconds)
            if self._ear.ended and self._stage == "recording":
                self._save()
        if self._voice and sound.token == self._voice.token:
            self._voice.hear(sound.word)
            if self._voice.ended:
                self._voice = None

    def _save(self) -> None:
        if self._ear:
            self._stage = "saving"
            self._booth.later(Drain(), self._ear.token)

    def _finish(self, ear: Ear[Any]) -> None:
        recorded = ear.stop()
        self._tape.end(recorded)
        self._peaks, self._condition, self._ear = ear.peaks, ear.condition, None
        self._stage = "kept"

    def _mend(self) -> None:
        condition = self._ear.condition if self._ear else self._condition
        if condition:
            done = self._booth.studio.mend(condition.device)
            self._tape.tell(done, self._ear.seconds if self._ear else 0.0)
            self._condition = None

    def _hear(self) -> None:
        if self._voice:
            self._silence()
            return
        try:
            sound = self._tape.sound()
        except Trouble as trouble:  # it is handed in all the same
            self._unheard = trouble_notice(trouble)
            return
        if sound and sound.samples.size:
            self._voice = self._booth.play(sound)

    def _silence(self) -> None:
        if self._voice:
            self._voice.stop()
            self._voice = None


def _judged(taken: Taken, condition: Condition | None) -> Notice | None:
    """What is to be said of a recording that has ended; `condition` is how the system had its microphone at the end."""
    worst = taken.verdict.findings[0] if taken.verdict and taken.verdict.findings else None
    if taken.empty:
        return EARLIER_KEPT if taken.seconds else NOTHING_KEPT
    if worst is None:
        return SALVAGED if taken.salvaged else None
    return cause_of(worst.code, condition, then="Then record again.") or finding_notice(worst)
