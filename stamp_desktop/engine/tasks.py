"""A section of tasks, event by event: preparation, attempts, drafts, submissions. Refuses to lose what was said or written."""

from dataclasses import replace

from stamp_desktop.engine import levels, prompts, questions, selfeval
from stamp_desktop.engine.events import (
    DraftSaved,
    PreparationBegan,
    PromptsChosen,
    RecordingBegan,
    RecordingEnded,
    SectionEnded,
    Submitted,
)
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Prompt, RecordingResponse, TextResponse
from stamp_desktop.engine.misfit import misfit
from stamp_desktop.engine.state import Recording, SectionState, State, Submission

# Where no adaptive section says more: the middle of the range in which every test starts.
UNKNOWN_LEVEL = 5


def next_task(form: Form, state: State, section: SectionState) -> PromptsChosen | SectionEnded | None:
    """The section's prompts when it begins, its end after the last submission."""
    if not section.chosen:
        level = _level(form, state, section)
        own = [prompt for prompt in form.bank.prompts if prompt.section == section.id]
        return PromptsChosen(section.id, prompts.choose(own, level, form.tasks[section.id].tasks, state.session.seed), level)
    return SectionEnded(section.id, "complete") if section.index == len(section.prompts) else None


def fold(form: Form, section: SectionState, event: PreparationBegan | RecordingBegan | DraftSaved | Submitted) -> SectionState:
    """Fold what happens to the current prompt."""
    about = event.item if isinstance(event, DraftSaved) else event.prompt
    if about != section.prompt:
        raise misfit(event, f"task {about} is not the current one")
    prompt = form.prompts[about]
    match event:
        case PreparationBegan() if section.prepared_ms is None and not section.recordings and spoken(prompt):
            return replace(section, prepared_ms=section.used_ms)
        case RecordingBegan(_, recording, attempt) if spoken(prompt) and section.open_recording is None:
            if attempt != len(section.recordings) + 1 or section.attempts_left(prompt) < 1:
                raise misfit(event, f"there is no attempt {attempt}")
            if any(recording == r.id for r in section.recordings):
                raise misfit(event, f"recording {recording} has been made")
            return replace(section, recordings=(*section.recordings, Recording(recording, attempt)))
        case DraftSaved(_, TextResponse() as text) if not spoken(prompt):
            return replace(section, draft=text)
        case Submitted(_, TextResponse() as text) if not spoken(prompt):
            return _move_on(section, Submission(about, text, by_time=False))
        case Submitted(_, RecordingResponse() as response) if spoken(prompt) and section.open_recording is None:
            if (kept := section.recording(response)) is not None:
                return _move_on(section, Submission(about, response, by_time=False, recording=kept))
    raise misfit(event, f"task {about} is not at that point")


def end_recording(form: Form, section: SectionState, event: RecordingEnded) -> SectionState:
    """Close the open recording. One over which the section's time ran out is handed in when it has ended."""
    began = section.recordings[-1]
    if section.prompts[section.index] != event.prompt:
        raise misfit(event, f"the open recording is not of task {event.prompt}")
    ended = Recording(began.id, began.attempt, True, event.duration_ms, event.sha256, event.salvaged, event.findings)
    section = replace(section, recordings=(*section.recordings[:-1], ended))
    return hand_in(form, section) if section.status == "ended" else section


def hand_in(form: Form, section: SectionState) -> SectionState:
    """What the time ran out over counts as submitted: the draft of a text, or the last recording with something to hear."""
    if section.index >= len(section.prompts):
        return section
    prompt = form.prompts[section.prompts[section.index]]
    before = tuple(s for s in section.submissions if s.prompt != prompt.id)
    if (kept := section.kept()) is not None:
        return replace(
            section, submissions=(*before, Submission(prompt.id, RecordingResponse(kept.id), by_time=True, recording=kept))
        )
    if isinstance(section.draft, TextResponse) and section.draft.text.strip():
        return replace(section, submissions=(*before, Submission(prompt.id, section.draft, by_time=True)))
    return section


def spoken(prompt: Prompt) -> bool:
    """Whether the prompt asks for a recording; otherwise it asks for a text."""
    return prompt.speak > 0


def _move_on(section: SectionState, submission: Submission) -> SectionState:
    return replace(
        section,
        submissions=(*section.submissions, submission),
        index=section.index + 1,
        recordings=(),
        prepared_ms=None,
        draft=None,
    )


def _level(form: Form, state: State, section: SectionState) -> int:
    follows = form.tasks[section.id].follows
    if follows in form.stocks:
        return levels.number(questions.result(form, state.section(follows)).level)
    if follows in form.statements:
        return selfeval.level(form, state.section(follows))
    return UNKNOWN_LEVEL
