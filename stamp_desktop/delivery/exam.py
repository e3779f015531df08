"""The room in which a test is taken: from the rules to the receipt. It turns intents into facts and facts into pages.

What comes next is the engine's; how it looks is the screens'. Every fact is on the disk before its page is shown.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from stamp_desktop.content.model import PracticeItem
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import House
from stamp_desktop.delivery.ear import Booth
from stamp_desktop.delivery.instruments import Instruments
from stamp_desktop.delivery.pages import Pages
from stamp_desktop.delivery.runner import Message, Pulse, Room, Sound
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.views import Screen, Showing, StateView
from stamp_desktop.delivery.wording import MovedAway, Sending
from stamp_desktop.engine.events import (
    Answered,
    DraftSaved,
    Event,
    Judged,
    Noted,
    Paused,
    PracticeFinished,
    ProctorCalled,
    ProfileSaved,
    Resumed,
    RulesAccepted,
    SectionBegan,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import ChoiceResponse, GapResponse, Response, TextResponse
from stamp_desktop.engine.state import SectionState
from stamp_desktop.kiosk.words import Lock, Opened, Told, Unlock

log = logging.getLogger(__name__)

TICK_MS = 5_000
"""While a clock runs a tick is written this often: a kill costs a test taker at most this much time."""

GRACE_MS = 800
"""A section ends this long after its time: what was typed in time is told half a second later, and belongs to it."""


GUARD = "guard: "
"""A pause whose reason begins so is the guardian's: it ends when the guardian says so, or when the test is opened again."""

PAUSED = StateView("Your test is paused", "Please wait.", (("circle-check", "Every answer is saved.", "good"),))


@dataclass(frozen=True, slots=True)
class Introducing:
    """The introduction of a section is shown; nothing has begun."""

    section: str


@dataclass(frozen=True, slots=True)
class Closing:
    """The result of a section that has just ended is shown."""

    section: str


Aside: TypeAlias = Introducing | Closing | None


class Exam:
    """One sitting in one window. `keyboard` gives the layout's full name, `back` makes the next test taker's desk."""

    def __init__(
        self,
        house: House,
        booth: Booth,
        sitting: Sitting,
        admission: Admission,
        sending: Sending,
        *,
        keyboard: Callable[[], str],
        back: Callable[[Sending], Room],
    ) -> None:
        self._house = house
        self._booth = booth
        self._sitting = sitting
        self._sending = sending
        self._keyboard = keyboard
        self._pages = Pages(sitting.form, sitting.package, admission.name)
        self._session = admission.session
        self._aside: Aside = None
        self._instruments = Instruments(house, booth, sitting, self._pages, self._session)
        self._practice_draft: Response | None = None
        self._back = back
        self._called = self._left = self._away = False
        self._instruments.salvage()
        self._end_pause("opened again")
        self._look_after_sending()
        self._arrange()

    def opened(self) -> Opened:
        """Which session this is, and how far its journal has come."""
        head = self._sitting.journal.head()
        return Opened(self._session, head.seq, head.hash.hex())

    def take(self, message: Message) -> Room:
        before, ended = self._sitting.journal.head().seq, self._ended()
        self._act(message)
        if self._sitting.state.open is None and (closed := self._ended() - ended):
            self._aside = Closing(closed.pop())
        self._arrange()
        if self._sitting.journal.head().seq != before:
            self._look_after_sending()
            self._house.wake_courier()
            if self._sitting.state.phase == "finished":
                self._house.hurry_courier()
        if self._left or self._away:
            self.leave()
            desk = self._back(self._sending)
            return desk.take(MovedAway()) if self._away else desk
        return self

    def showing(self) -> Showing:
        state = self._sitting.state
        frame = self._pages.frame(
            state,
            self._sending,
            remaining_ms=self._remaining_ms(),
            keyboard=self._keyboard(),
            called=self._called,
            check=self._instruments.check.view() if self._instruments.check else None,
        )
        return Showing(PAUSED if state.paused is not None else self._screen(), frame)

    def wake_in(self) -> float | None:
        if self._instruments.speaking and (soon := self._instruments.speaking.wake_in()) is not None:
            return soon
        remaining = self._remaining_ms()
        if not self._clock_runs():
            return None
        if remaining == 0:
            return GRACE_MS / 1000
        return TICK_MS / 1000 if remaining is None else (remaining % 1000 or 1000) / 1000

    def leave(self) -> None:
        try:
            self._instruments.leave()
        finally:
            self._sitting.journal.close()

    def _act(self, message: Message) -> None:
        match message:
            case Sending():
                self._sending = message
                self._look_after_sending()
                self._away = self._session in message.moved and self._is_moved()
            case intents.SetVolume(volume):
                self._booth.set_volume(volume)
            case intents.CallProctor():
                phase = self._sitting.state.phase  # nothing but notes can follow the end of a test
                self._sitting.record(Noted("proctor_called") if phase == "finished" else ProctorCalled(phase))
                self._called = True
            case Pulse():
                self._tick()
                self._instruments.take(message)
            case Sound():
                self._instruments.take(message)
            case Told() | Lock() | Unlock():
                self._hear_guardian(message)
            case _:
                self._answer_intent(message)

    def _hear_guardian(self, word: Told | Lock | Unlock) -> None:
        """Note what it says. A pause first ends what runs: a recording is saved, a play that was cut short does not count."""
        match word:
            case Told():
                self._sitting.record(Noted(f"guard.{word.code}", {"severity": word.severity, **_subject(word)}))
            case Lock():
                self._instruments.pause()
                self._sitting.record(Noted(f"guard.{word.code}", {"severity": "pause", "at_ms": word.at_ms, **_subject(word)}))
                if self._sitting.state.paused is None and self._sitting.state.phase != "finished":
                    self._sitting.record(Paused(GUARD + word.code))
            case Unlock():
                self._sitting.record(Noted("guard.unlocked", {"by": word.by, "code": word.code, "false_alarm": word.dismissed}))
                self._end_pause(word.by)

    def _end_pause(self, by: str) -> None:
        if (self._sitting.state.paused or "").startswith(GUARD):
            self._sitting.record(Resumed(by))

    def _look_after_sending(self) -> None:
        """What this session's own journal knows sooner than the courier, which waits between tries."""
        journal = self._sitting.journal
        receipt, waiting = journal.receipt(), len(journal.unsent_recordings())
        self._sending = replace(
            self._sending,
            events=max(self._sending.events, journal.unsent_count()),
            recordings=max(self._sending.recordings, waiting),
            receipt=receipt.number if receipt else "",
        )

    def _is_moved(self) -> bool:
        """Another computer goes on with this test: whatever is done here from now on would be a second one."""
        return any(line.id == self._session and line.state == "moved" for line in self._house.station.sessions())

    def _answer_intent(self, message: Message) -> None:
        state = self._sitting.state
        match state.phase, message:
            case "rules", intents.AcceptRules():
                self._sitting.record(RulesAccepted())
            case "profile", intents.SaveProfile(answers):
                self._sitting.record(ProfileSaved({question: _whole(answer) for question, answer in answers.items()}))
            case "equipment", _ if self._instruments.check:
                self._instruments.check.take(message)
                if self._instruments.check.outcome:
                    self._sitting.record(self._instruments.check.outcome)
            case "dashboard", _:
                self._at_dashboard(message)
            case "practice" | "item" | "prompt" | "statement", _:
                self._in_section(message)
            case "finished", intents.Leave():
                self._left = True
            case _:
                pass

    def _at_dashboard(self, message: Message) -> None:
        match message, self._aside:
            case intents.GoOn(), Closing():
                self._aside = None
            case intents.BackToDashboard(), _:
                self._aside = None
            case intents.BeginSection(section), _ if not self._pages.may_begin(self._sitting.state, section):
                pass
            case intents.BeginSection(section), Introducing(shown) if section == shown:
                self._aside = None
                self._sitting.record(SectionBegan(section))
            case intents.BeginSection(section), _:
                self._aside = Introducing(section)
            case intents.FinishTest(), _ if len(self._ended()) == len(self._sitting.state.sections):
                self._sitting.finish()
            case _:
                pass

    def _in_section(self, message: Message) -> None:
        section = self._section()
        practice = section.status == "practice"
        match message:
            case intents.Play() if self._instruments.hearing:
                self._instruments.hearing.play(section)
            case intents.Draft(item, response) if practice:
                self._practice_draft = response if item else None
            case intents.Draft(item, response) if item == section.statement:
                self._practice_draft = response
            case intents.Answer(item, ChoiceResponse((answer,))) if item == section.statement:
                self._practice_draft = None
                self._sitting.record(Judged(item, int(answer)))
            case intents.Draft(item, response) if item in {section.item, section.prompt}:
                self._sitting.record(DraftSaved(item, well_formed(response)))
            case intents.Answer() if practice:
                self._end_practice(PracticeFinished(section.id))
            case intents.Answer(item, response) if item == section.item:
                if self._last_of_set(section) and self._instruments.hearing:
                    self._instruments.hearing.end()
                self._sitting.record(Answered(item, well_formed(response)))
            case intents.Answer(item, TextResponse() as response) if item == section.prompt:
                self._sitting.record(Submitted(item, well_formed(response)))
            case _ if self._instruments.speaking:
                self._instruments.speaking.take(message)
            case _:
                pass

    def _end_practice(self, event: Event) -> None:
        if self._instruments.hearing:
            self._instruments.hearing.leave()
        self._sitting.record(event)

    def _last_of_set(self, section: SectionState) -> bool:
        given = section.sets[-1]
        return len(given.answers) + 1 == len(self._sitting.form.stocks[section.id][given.set_id].items)

    def _section(self) -> SectionState:
        section = self._sitting.state.current
        if section is None:
            raise LookupError("no section is open")
        return section

    def _ended(self) -> set[str]:
        return {section.id for section in self._sitting.state.sections if section.status == "ended"}

    def _arrange(self) -> None:
        """Have what the present page needs."""
        self._instruments.arrange()
        if self._sitting.state.paused is None and self._sitting.state.phase not in {"practice", "statement"}:
            self._practice_draft = None

    def _clock_runs(self) -> bool:
        section = self._sitting.state.current
        return section is not None and section.status == "running" and self._sitting.state.paused is None

    def _remaining_ms(self) -> int | None:
        """Time left on the open section's clock, to this moment."""
        section = self._sitting.state.current
        if section is None or section.remaining_ms is None:
            return None
        return max(0, section.remaining_ms - (self._since_last_ms() if self._clock_runs() else 0))

    def _since_last_ms(self) -> int:
        return max(0, self._house.clock.mono_ms() - self._sitting.state.last.mono_ms)

    def _tick(self) -> None:
        section = self._sitting.state.current
        if section is None or not self._clock_runs():
            return
        since, left = self._since_last_ms(), section.remaining_ms
        if since >= (TICK_MS if left is None or left > TICK_MS else left + GRACE_MS):
            self._sitting.record(Ticked())

    def _screen(self) -> Screen:
        state = self._sitting.state
        match state.phase:
            case "rules":
                screen: Screen = self._pages.rules()
            case "profile":
                screen = self._pages.profile()
            case "equipment" if self._instruments.check:
                screen = self._instruments.check.view()
            case "practice":
                screen = self._practice_screen(self._section())
            case "statement":
                screen = self._pages.statement(self._section(), self._practice_draft)
            case "item" | "prompt":
                screen = self._section_screen(self._section())
            case "finished":
                screen = self._pages.all_done(state, self._sending, self._sent())
            case _:
                screen = self._dashboard_screen()
        return screen

    def _dashboard_screen(self) -> Screen:
        match self._aside:
            case Introducing(section=shown):
                return self._pages.intro(shown)
            case Closing(section=closed):
                return self._pages.section_done(self._sitting.state, closed)
            case _:
                return self._pages.dashboard(self._sitting.state)

    def _section_screen(self, section: SectionState) -> Screen:
        if section.item:
            return self._pages.item(section, self._instruments.hearing.view(section) if self._instruments.hearing else None)
        if self._instruments.speaking:
            picture = self._pages.picture(self._instruments.speaking.prompt.picture)
            return self._instruments.speaking.view(picture, section.index + 1, len(section.prompts))
        return self._pages.writing(section)

    def _practice_screen(self, section: SectionState) -> Screen:
        practice = self._sitting.package.practice(section.id)
        if isinstance(practice, PracticeItem):
            player = self._instruments.hearing.view(section) if self._instruments.hearing else None
            return self._pages.practice_item(practice, player, self._practice_draft)
        if self._instruments.speaking:
            picture = self._pages.picture(practice.prompt.picture)
            return self._instruments.speaking.view(picture, 1, 1)
        draft = self._practice_draft.text if isinstance(self._practice_draft, TextResponse) else ""
        return self._pages.practice_writing(practice.prompt, draft)

    def _sent(self) -> float:
        if self._sending.receipt:
            return 1.0
        journal = self._sitting.journal
        total = journal.head().seq + 20 * len(journal.recordings())
        waiting = journal.unsent_count() + 20 * len(journal.unsent_recordings())
        return 1.0 - waiting / max(1, total)


def _subject(word: Told | Lock) -> dict[str, object]:
    return {"subject": word.subject, **word.detail} if word.subject else dict(word.detail)


def well_formed(response: Response) -> Response:
    """The response with text that can be written everywhere: half a character, as a broken keyboard sends it, is U+FFFD."""
    match response:
        case TextResponse(text):
            return TextResponse(_whole(text))
        case GapResponse(gaps):
            return GapResponse({gap: _whole(text) for gap, text in gaps.items()})
        case _:
            return response


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
