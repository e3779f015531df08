"""Where the recordings of a speaking task go: into the session, or, for practice, nowhere. It draws and measures nothing."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stamp_desktop.audio import levels, playback
from stamp_desktop.audio.capture import Recorded
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.screening import Finding, Verdict, screen
from stamp_desktop.audio.take import FrameSink
from stamp_desktop.delivery.ear import Memory
from stamp_desktop.delivery.seat_sound import changed, judged, noticed, tell
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.engine.events import PracticeFinished, PreparationBegan, RecordingBegan, RecordingEnded, Submitted
from stamp_desktop.engine.items import RecordingResponse
from stamp_desktop.engine.state import Recording, SectionState
from stamp_desktop.storage import recordings
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.recordings import Finished, RecordingFile
from stamp_desktop.storage.smaller import SmallerFile
from stamp_desktop.sync.sound import MicrophoneMended
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

OPUS = "opus"
"""What a section's `recording` says where its answers may be kept with loss."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the last attempt gave. `verdict` is None where nothing could be judged.

    `empty`: it gave no sound. `seconds` are those of the recording that is kept: where the last one is empty, an earlier one.
    """

    verdict: Verdict | None
    salvaged: bool
    empty: bool
    seconds: float


class Tape(Protocol):
    """What a speaking task needs of the place where its recordings go."""

    @property
    def attempts_left(self) -> int: ...

    @property
    def preparing(self) -> bool: ...

    def prepare(self) -> None:
        """Preparation begins."""

    def begin(self) -> Callable[[int], FrameSink[Any]]:
        """A recording begins; what makes its sink from the rate in Hz."""
        ...

    def tell(self, word: Finding | Condition | bool, second: float) -> None:
        """Note what came up while it runs: a finding, the microphone's condition, or that it was mended (and whether)."""

    def end(self, recorded: Recorded[Any]) -> None:
        """The recording has ended: when this returns it is safe."""

    def last(self) -> Taken | None:
        """What was kept last; None when no attempt has ended."""
        ...

    def sound(self) -> playback.Sound | None:
        """What was kept last, to be heard."""
        ...

    def submit(self) -> None:
        """Hand in what was kept last."""


class SessionTape:
    """Recordings that count: sealed files of the session, each with its facts in the journal.

    A recording that a killed program left open is finished with its complete seconds when the tape is made.
    """

    def __init__(self, sitting: Sitting, section: str, folder: SessionFolder, chance: Callable[[], int]) -> None:
        """The tape of the section's task. The section may end, by its time, while a recording is open."""
        self._opus = sitting.package.section(section).recording == OPUS
        self._sitting = sitting
        self._id = section
        self._folder = folder
        self._chance = chance
        self._verdict: Verdict | None = None
        self._name = ""
        self.prompt = self._section.prompts[self._section.index]
        if self._section.open_recording:
            self.salvage(self._section.open_recording)

    @property
    def _section(self) -> SectionState:
        return self._sitting.state.section(self._id)

    @property
    def attempts_left(self) -> int:
        return self._section.attempts_left(self._sitting.form.prompts[self.prompt])

    @property
    def preparing(self) -> bool:
        return self._section.preparing

    def prepare(self) -> None:
        if not self._section.preparing:
            self._sitting.record(PreparationBegan(self.prompt))

    def begin(self) -> Callable[[int], FrameSink[Finished]]:
        # the same name when it is tried again: after an error of the disk the beginning may have been written all the same
        name = self._name = self._name or f"r{self._chance():016x}"
        self._sitting.record(RecordingBegan(self.prompt, name, len(self._section.recordings) + 1))
        self._name = ""
        path, journal, key = self._folder.recording(name), self._sitting.journal, self._sitting.key

        def opened(rate: int) -> FrameSink[Finished]:
            file = RecordingFile.create(path, key, journal.about.session, name, rate, journal.reserve)
            return SmallerFile(file, path, key, journal.about.session, name) if self._opus else file

        return opened

    def tell(self, word: Finding | Condition | bool, second: float) -> None:
        recording = self._section.open_recording
        name = recording.id if recording else ""
        match word:
            case Finding():
                tell(self._sitting, noticed(name, word, second))
            case Condition():
                tell(self._sitting, changed(name, word))
            case _:
                tell(self._sitting, MicrophoneMended(name, word))

    def end(self, recorded: Recorded[Finished]) -> None:
        recording = self._section.open_recording
        if recording is None:
            return
        if recorded.kept is None:  # the disk failed, or the microphone never opened: keep what is whole
            self.salvage(recording, salvaged=False, recorded=recorded)
        else:
            self._verdict = recorded.verdict
            self._ended(recording, recorded.kept, salvaged=False, recorded=recorded)

    def salvage(self, recording: Recording, *, salvaged: bool = True, recorded: Recorded[Finished] | None = None) -> None:
        """Finish the open recording with its complete frames. A file that does not open is left as it is: nothing was kept."""
        session, kept = self._sitting.journal.about.session, None
        try:
            kept = recordings.salvage(self._folder.recording(recording.id), self._sitting.key, session, recording.id)
        except Trouble as trouble:
            if not trouble.code.startswith("recording-"):
                raise
            log.exception("A recording cannot be salvaged")
        self._verdict = None
        if kept and kept.samples:
            sound = self._read(recording.id)
            self._verdict = screen(sound.samples, sound.rate)
        self._ended(recording, kept, salvaged=salvaged, recorded=recorded)

    def last(self) -> Taken | None:
        ended = [each for each in self._section.recordings if each.ended]
        if not ended:
            return None
        kept, last = self._section.kept(), ended[-1]
        return Taken(self._verdict, last.salvaged, last.duration_ms == 0, kept.duration_ms / 1000 if kept else 0.0)

    def sound(self) -> playback.Sound | None:
        kept = self._section.kept()
        return self._read(kept.id) if kept else None

    def submit(self) -> None:
        section = self._section
        kept = section.kept() or next((each for each in reversed(section.recordings) if each.ended), None)
        if kept:
            self._sitting.record(Submitted(self.prompt, RecordingResponse(kept.id)))

    def _ended(
        self, recording: Recording, kept: Finished | None, *, salvaged: bool, recorded: Recorded[Finished] | None
    ) -> None:
        duration = round(kept.samples / kept.rate * 1000) if kept else 0
        codes = tuple(finding.code for finding in self._verdict.findings) if self._verdict else ()
        sha256 = kept.sha256 if kept else ""
        event = RecordingEnded(self.prompt, recording.id, duration, sha256, salvaged=salvaged and duration > 0, findings=codes)
        self._sitting.record(event, kept)
        if self._verdict:
            tell(self._sitting, judged(self.prompt, recording.id, self._verdict, recorded))

    def _read(self, name: str) -> playback.Sound:
        session = self._sitting.journal.about.session
        pcm, rate = recordings.read(self._folder.recording(name), self._sitting.key, session, name)
        return playback.Sound(levels.from_pcm(pcm), rate)


class PracticeTape:
    """Recordings that are kept in memory until the next one, and sent nowhere."""

    def __init__(self, sitting: Sitting, section: str) -> None:
        self._sitting = sitting
        self._section = section
        self._last: Recorded[Memory] | None = None

    @property
    def attempts_left(self) -> int:
        return 1

    @property
    def preparing(self) -> bool:
        return False

    def prepare(self) -> None:
        """Nothing to note."""

    def begin(self) -> Callable[[int], FrameSink[Memory]]:
        return Memory

    def tell(self, word: Finding | Condition | bool, second: float) -> None:
        """Nothing of the practice is sent."""

    def end(self, recorded: Recorded[Memory]) -> None:
        self._last = recorded

    def last(self) -> Taken | None:
        if self._last is None:
            return None
        return Taken(self._last.verdict, False, math.isclose(self._last.seconds, 0), self._last.seconds)

    def sound(self) -> playback.Sound | None:
        return self._last.kept.sound() if self._last and self._last.kept else None

    def submit(self) -> None:
        self._sitting.record(PracticeFinished(self._section))
