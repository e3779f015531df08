"""The instruments of a sitting: equipment check, player and recorder. Those that the present page needs, and no others."""

import logging
from functools import partial

from stamp_desktop.content.model import PracticeItem, PracticePrompt
from stamp_desktop.delivery.desk import House
from stamp_desktop.delivery.ear import Booth
from stamp_desktop.delivery.equipment import EquipmentCheck
from stamp_desktop.delivery.hearing import Hearing
from stamp_desktop.delivery.pages import Pages
from stamp_desktop.delivery.runner import Message, Sound
from stamp_desktop.delivery.seat_sound import tell
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.speaking import SpeakingTask
from stamp_desktop.delivery.tape import PracticeTape, SessionTape
from stamp_desktop.engine.state import SectionState
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)


class Instruments:
    """Each is there while a page needs it, and None otherwise; `session` is the id of the sitting."""

    def __init__(self, house: House, booth: Booth, sitting: Sitting, pages: Pages, session: str) -> None:
        self._house = house
        self._booth = booth
        self._sitting = sitting
        self._pages = pages
        self._session = session
        self.check: EquipmentCheck | None = None
        self.hearing: Hearing | None = None
        self.speaking: SpeakingTask | None = None

    def arrange(self) -> None:
        """Have the parts that the present page needs, and no others."""
        state, package = self._sitting.state, self._sitting.package
        section = state.current
        if state.paused is not None:
            return
        if state.phase == "equipment" and self.check is None:
            activities: set[str] = {self._pages.activity(each.id) for each in state.sections}
            note = partial(tell, self._sitting)
            self.check = EquipmentCheck(package, activities, self._booth, state.session.seed, note)
            if self.check.outcome:
                self._sitting.record(self.check.outcome)
        elif state.phase != "equipment":
            self.check = None
        self._arrange_hearing(section)
        self._arrange_speaking(section)

    def _arrange_hearing(self, section: SectionState | None) -> None:
        wanted, audio = "", ""
        practice = section.status == "practice" if section else False
        if section and practice:
            shown = self._sitting.package.practice(section.id)
            if isinstance(shown, PracticeItem):
                wanted, audio = shown.passage.set_id, shown.passage.audio
        elif section and section.set_id:
            wanted, audio = section.set_id, self._sitting.package.passage(section.set_id).audio
        if self.hearing and (not audio or self.hearing.set_id != wanted):
            self.hearing.leave()
            self.hearing = None
        if audio and section and self.hearing is None:
            data = self._sitting.package.media(audio)
            plays = self._sitting.package.section(section.id).plays
            self.hearing = Hearing(self._booth, wanted, data, plays, None if practice else self._sitting.record)

    def _arrange_speaking(self, section: SectionState | None) -> None:
        task = self.speaking
        wanted = ""
        practice = section.status == "practice" if section else False
        if section and self._pages.activity(section.id) == "speaking":
            shown = self._sitting.package.practice(section.id) if practice else None
            wanted = shown.prompt.id if isinstance(shown, PracticePrompt) else section.prompt or ""
        if task and (task.prompt.id != wanted or task.practice != practice):
            task.leave()
            self.speaking = None
        if wanted and section and self.speaking is None:
            now, package = self._house.clock.mono_ms, self._sitting.package
            if practice and isinstance(shown := package.practice(section.id), PracticePrompt):
                tape = PracticeTape(self._sitting, section.id)
                self.speaking = SpeakingTask(shown.prompt, tape, self._booth, now, practice=True)
            else:
                kept = self._session_tape(section.id)
                self.speaking = SpeakingTask(package.prompt(wanted), kept, self._booth, now, practice=False)

    def pause(self) -> None:
        """End what runs: a recording is saved, a play that was cut short does not count."""
        if self.hearing:
            self.hearing.cut_short()
        if self.speaking:
            self.speaking.leave()
        if self.check:
            self.check.leave()
        self.check = self.hearing = self.speaking = None

    def leave(self) -> None:
        """End them for good: a recording that cannot be ended now is salvaged when the test is opened again."""
        try:
            for part in (self.check, self.hearing, self.speaking):
                if part:
                    part.leave()
        except Trouble:
            log.exception("A recording could not be ended; it is salvaged when the test is opened again")

    def take(self, message: Message) -> None:
        """Let the ones hear it that listen."""
        if self.check:
            self.check.take(message)
        if self.speaking:
            self.speaking.take(message)
        if self.hearing and isinstance(message, Sound):
            self.hearing.hear(message)

    def salvage(self) -> None:
        """Finish a recording over which the section's time ran out, and then the program died."""
        state = self._sitting.state
        for section in state.sections:
            if section.open_recording and section.id != state.open:
                self._session_tape(section.id)

    def _session_tape(self, section: str) -> SessionTape:
        return SessionTape(self._sitting, section, self._house.folders.session(self._session), self._house.dice)
