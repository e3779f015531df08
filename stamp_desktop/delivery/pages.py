"""From where a sitting stands to what a screen shows. It reads state and package, and changes neither."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from stamp_desktop.content import model
from stamp_desktop.content.reader import Package
from stamp_desktop.delivery.views import (
    AllDoneView,
    ChoiceLine,
    ChoiceTask,
    DashboardView,
    EquipmentView,
    FrameView,
    GapTask,
    ItemView,
    LevelRow,
    PlayerView,
    ProfileView,
    Question,
    ResultLine,
    RulesView,
    SectionCard,
    SectionDoneView,
    SectionIntroView,
    WritingView,
)
from stamp_desktop.delivery.wording import LOW_TIME_MS, Sending, clock, counted, saved
from stamp_desktop.engine import levels, questions
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import ChoiceResponse, GapResponse, Response, TextResponse
from stamp_desktop.engine.state import SectionState, State

Activity: TypeAlias = Literal["reading", "listening", "writing", "speaking", "judging"]

ICONS: Mapping[Activity, str] = {
    "reading": "book-open",
    "listening": "headphones",
    "writing": "pencil-line",
    "speaking": "mic",
    "judging": "list-checks",
}
NOUNS: Mapping[Activity, str] = {
    "reading": "text",
    "listening": "recording",
    "writing": "task",
    "speaking": "task",
    "judging": "statement",
}


class Pages:
    """The pages of one test. `package` says what is shown, `form` how it is scored."""

    def __init__(self, form: Form, package: Package, name: str) -> None:
        self._form = form
        self._package = package
        self._name = name
        self._pictures: dict[str, bytes] = {}

    def activity(self, section_id: str) -> Activity:
        """What people do in a section, told from what the package holds for it."""
        if self._package.section(section_id).kind == "self":
            return "judging"
        practice = self._package.practice(section_id)
        if isinstance(practice, model.PracticeItem):
            return "listening" if practice.passage.audio else "reading"
        return "speaking" if practice.prompt.speak else "writing"

    def rules(self) -> RulesView:
        rules = self._package.rules
        return RulesView(rules.title, rules.points, rules.agreement)

    def profile(self) -> ProfileView:
        asked = tuple(Question(each.id, each.label, each.options, each.optional) for each in self._package.profile)
        return ProfileView(self._name, asked, {})

    def dashboard(self, state: State) -> DashboardView:
        next_one = next((section.id for section in state.sections if self.may_begin(state, section.id)), None)
        cards = tuple(self._card(state, section, next_one) for section in state.sections)
        done = all(section.status == "ended" for section in state.sections)
        return DashboardView(self._name, self._package.manifest.title, cards, can_finish=done)

    def intro(self, section_id: str) -> SectionIntroView:
        text = self._package.section(section_id)
        facts = [f"{counted(text.minutes, 'minute')}" if text.minutes else "No time limit"]
        facts.append(self._length(text))
        if text.plays:
            facts.append(
                f"Each recording plays {'once' if text.plays == 1 else 'twice' if text.plays == 2 else f'{text.plays} times'}"
            )
        return SectionIntroView(section_id, text.title, ICONS[self.activity(text.id)], text.intro, tuple(facts))

    def item(self, section: SectionState, player: PlayerView | None) -> ItemView:
        """The current question; `player` is the recording's state in a listening section."""
        if section.item is None or section.set_id is None:
            raise LookupError("no question is open")
        passage, text = self._package.passage(section.set_id), self._package.item(section.item)
        return self._item(passage, text, section.draft, player, number=section.number, about=section.about)

    def statement(self, section: SectionState, draft: Response | None) -> ItemView:
        """The current can-do statement, as a question with the four answers; a choice's id is the answer's number."""
        if section.statement is None:
            raise LookupError("no statement is open")
        text = self._package.section(section.id)
        answers = tuple(model.Option(str(number), answer) for number, answer in enumerate(text.answers))
        shown = model.ItemText(section.statement, self._package.statement(section.statement).text, model.Choice(answers))
        passage = model.Passage(section.id, "", text.title, "\n\n".join(text.intro), "", "", "")
        return self._item(passage, shown, draft, None, number=section.number + 1, about=section.about)

    def practice_item(self, practice: model.PracticeItem, player: PlayerView | None, draft: Response | None) -> ItemView:
        return self._item(practice.passage, practice.item, draft, player, number=1, about=1, practice=True)

    def writing(self, section: SectionState) -> WritingView:
        if section.prompt is None:
            raise LookupError("no task is open")
        draft = section.draft.text if isinstance(section.draft, TextResponse) else ""
        return self._writing(self._package.prompt(section.prompt), draft, section.index + 1, len(section.prompts))

    def practice_writing(self, prompt: model.PromptText, draft: str) -> WritingView:
        return self._writing(prompt, draft, 1, 1, practice=True)

    def picture(self, name: str) -> bytes | None:
        """The bytes of a picture of the package; read once, as a page is made twenty times a second while somebody speaks."""
        if name and name not in self._pictures:
            self._pictures[name] = self._package.media(name)
        return self._pictures.get(name)

    def section_done(self, state: State, section_id: str) -> SectionDoneView:
        section, text = state.section(section_id), self._package.section(section_id)
        following = next((each.id for each in state.sections if self.may_begin(state, each.id)), None)
        next_title = self._package.section(following).title if following else ""
        icon = ICONS[self.activity(text.id)]
        note = "The time for this section is over. Everything you did is saved. " if section.end == "time" else ""
        if section.kind == "adaptive":
            result = questions.result(self._form, section)
            rows = tuple(
                LevelRow(row.level, levels.label(row.level), row.seen, row.correct) for row in result.table if row.seen
            )
            note += "The level rests on how many questions you answered correctly at each level."
            return SectionDoneView(
                text.title, icon, result.level, self._label(result.level), str(result.scaled), note, rows, next_title
            )
        if section.kind == "self":
            note += "Your answers choose the tasks that come next."
            return SectionDoneView(text.title, icon, "", "", "", note, (), next_title)
        note += f"{counted(_given(section), 'response')} kept. Trained raters read and listen; results come in 7 to 10 days."
        return SectionDoneView(text.title, icon, "", "", "", note, (), next_title)

    def all_done(self, state: State, sending: Sending, sent: float) -> AllDoneView:
        lines = tuple(self._result_line(section) for section in state.sections)
        if sending.receipt:
            steps = ("Write the receipt number down, or take a note of it with your proctor.", "You may leave quietly now.")
        else:
            steps = (
                "Everything is safe on this computer.",
                "Please stay seated until the receipt number appears, or until the proctor says that you may go.",
            )
        return AllDoneView(self._name, lines, sent, saved(sending), sending.receipt, steps)

    def frame(
        self,
        state: State,
        sending: Sending,
        *,
        remaining_ms: int | None,
        keyboard: str,
        called: bool,
        check: EquipmentView | None,
    ) -> FrameView:
        """The top bar over whatever is shown; `check` while the equipment is checked."""
        section = state.current
        if section is None:
            title, step, progress = self._outside(state, check)
            return FrameView(title, step, progress, saved(sending), "", proctor_called=called)
        text = self._package.section(section.id)
        if section.status == "practice":
            step, progress, time = "Practice, not scored", None, "not running"
        elif section.kind == "adaptive":
            step = f"Question {section.number} of about {section.about}"
            progress, time = (section.number - 1) / max(section.about, 1), clock(remaining_ms)
        elif section.kind == "self":
            step = f"Statement {section.number + 1} of at most {section.about}"
            progress, time = section.number / max(section.about, 1), clock(remaining_ms)
        else:
            step = f"Task {min(section.index + 1, len(section.prompts))} of {len(section.prompts)}"
            progress, time = section.index / max(len(section.prompts), 1), clock(remaining_ms)
        kept = _given(section) if self.activity(section.id) == "speaking" else 0
        low = remaining_ms is not None and remaining_ms < LOW_TIME_MS and section.status == "running"
        shown = keyboard if self.activity(section.id) == "writing" else ""
        return FrameView(text.title, step, progress, saved(sending, kept), time, low, shown, proctor_called=called)

    def _outside(self, state: State, check: EquipmentView | None) -> tuple[str, str, float | None]:
        if check:
            now = {"headphones": "your headphones", "room": "the room", "voice": "your voice", "keyboard": "your keyboard"}
            step = f"Step {check.number} of {check.count}: {now[check.step]}"
            return "Equipment check", step, (check.number - (0 if check.passed else 1)) / check.count
        if state.phase in {"rules", "profile"}:
            return "Getting ready", "Rules" if state.phase == "rules" else "About you", None
        done = sum(section.status == "ended" for section in state.sections)
        return (
            self._package.manifest.title,
            f"{done} of {counted(len(state.sections), 'section')} done",
            done / len(state.sections),
        )

    def _item(
        self,
        passage: model.Passage,
        text: model.ItemText,
        draft: Response | None,
        player: PlayerView | None,
        *,
        number: int,
        about: int,
        practice: bool = False,
    ) -> ItemView:
        return ItemView(
            item=text.id,
            set_id=passage.set_id,
            number=number,
            about=about,
            stem_md=text.stem,
            task=_task(text.interaction, draft),
            genre=passage.genre,
            title=passage.title,
            text_md=passage.text,
            picture=self.picture(passage.picture),
            picture_alt=passage.picture_alt,
            player=player,
            practice=practice,
            language=self._package.manifest.language,
        )

    def _writing(self, prompt: model.PromptText, draft: str, number: int, count: int, *, practice: bool = False) -> WritingView:
        manifest = self._package.manifest
        return WritingView(
            prompt=prompt.id,
            number=number,
            count=count,
            title=prompt.title,
            text_md=prompt.text,
            picture=self.picture(prompt.picture),
            picture_alt=prompt.picture_alt,
            draft=draft,
            words=prompt.words,
            language=manifest.language,
            language_name=manifest.language_name,
            practice=practice,
        )

    def _card(self, state: State, section: SectionState, next_one: str | None) -> SectionCard:
        text = self._package.section(section.id)
        if section.status == "ended":
            line = self._result_line(section)
            return SectionCard(section.id, text.title, ICONS[self.activity(text.id)], line.note, "done", line.result)
        note = f"{self._length(text)} · {counted(text.minutes, 'minute') if text.minutes else 'no time limit'}"
        if section.id == next_one:
            return SectionCard(section.id, text.title, ICONS[self.activity(text.id)], note, "next")
        if self.may_begin(state, section.id):
            return SectionCard(section.id, text.title, ICONS[self.activity(text.id)], note, "open")
        return SectionCard(section.id, text.title, ICONS[self.activity(text.id)], note, "locked")

    def may_begin(self, state: State, section_id: str) -> bool:
        """Whether a section can be opened: it has not begun, and the one that it follows has ended."""
        section = state.section(section_id)
        follows: str = getattr(self._form.blueprint.section(section_id), "follows", "")
        return section.status == "not_started" and (not follows or state.section(follows).status == "ended")

    def _result_line(self, section: SectionState) -> ResultLine:
        text = self._package.section(section.id)
        if section.kind == "adaptive":
            result = questions.result(self._form, section)
            return ResultLine(text.title, ICONS[self.activity(text.id)], f"Level {result.level}", self._label(result.level))
        if section.kind == "self":
            return ResultLine(text.title, ICONS["judging"], "Done", "Chooses the tasks of other sections; no score")
        given = counted(_given(section), "response")
        return ResultLine(text.title, ICONS[self.activity(text.id)], "Handed in", f"{given}, rated by people in 7 to 10 days")

    def _label(self, code: str) -> str:
        second = next((scale.get(levels.number(code), "") for scale in self._package.labels.values()), "")
        return f"{levels.label(code)} · {second}" if second else levels.label(code)

    def _length(self, text: model.SectionText) -> str:
        return counted(text.units, NOUNS[self.activity(text.id)])


def _task(interaction: model.Interaction, draft: Response | None) -> ChoiceTask | GapTask:
    chosen = draft.choices if isinstance(draft, ChoiceResponse) else ()
    filled = dict(draft.gaps) if isinstance(draft, GapResponse) else {}
    match interaction:
        case model.Choice(choices):
            return ChoiceTask(_lines(choices), chosen)
        case model.MultipleResponse(choices, most):
            return ChoiceTask(_lines(choices), chosen, 1, most)
        case model.InlineChoice(text, gaps):
            return GapTask(text, {gap: _lines(options) for gap, options in gaps.items()}, filled)
        case model.TextEntry(text, gaps):
            return GapTask(text, dict.fromkeys(gaps, ()), filled)


def _given(section: SectionState) -> int:
    """How many responses there are to rate: one in which nothing could be recorded is none."""
    return sum(each.recording is None or each.recording.duration_ms > 0 for each in section.submissions)


def _lines(options: tuple[model.Option, ...]) -> tuple[ChoiceLine, ...]:
    return tuple(ChoiceLine(option.id, option.text) for option in options)
