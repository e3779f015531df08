"""The sitting as a state machine: one event in, the next state and the engine's own decisions out.

`step` is pure: time comes in moments, chance in the seed of `SessionBegan`. Refuses any event that does not fit, and leaves
the state as it was. The caller journals the returned decisions and steps each of them before it shows anything.
"""

from dataclasses import replace

from stamp_desktop.engine import questions, selfeval, tasks
from stamp_desktop.engine.blueprint import AdaptiveSection, PromptSection, Section, SelfSection
from stamp_desktop.engine.events import (
    Answered,
    ClockStepped,
    DraftSaved,
    EquipmentChecked,
    Event,
    Judged,
    Moment,
    Noted,
    Paused,
    PlayBegan,
    PlayEnded,
    PracticeFinished,
    PreparationBegan,
    ProctorCalled,
    ProfileSaved,
    PromptsChosen,
    RecordingBegan,
    RecordingEnded,
    Resumed,
    RulesAccepted,
    SectionBegan,
    SectionEnded,
    SessionBegan,
    SessionFinished,
    SessionOpened,
    SetChosen,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.misfit import misfit
from stamp_desktop.engine.state import Kind, SectionState, State
from stamp_desktop.trouble import Trouble

__all__ = ["DECISIONS", "Form", "SectionState", "State", "step"]

DECISIONS = (SetChosen, PromptsChosen, SectionEnded)

# What may come between a decision and its entry in the journal: the program died there and was opened again.
_MAY_WAIT = (SessionOpened, Ticked, Paused, Resumed, ProctorCalled, ClockStepped, Noted)
# What is still let through while a sitting is paused: the pause itself, and what was on its way when it came.
_IN_A_PAUSE = (*_MAY_WAIT, *DECISIONS, DraftSaved, PlayEnded, RecordingEnded, EquipmentChecked)


def step(form: Form, state: State | None, event: Event, moment: Moment) -> tuple[State, tuple[Event, ...]]:
    """Fold one event. Trouble "event-out-of-order" when it does not fit, "package-differs" when it is of another package.

    `state` None is a sitting that has not begun; only `SessionBegan` fits it. The returned events are the engine's decisions.
    """
    if state is None:
        return _begin(form, event, moment), ()
    if state.finished and not isinstance(event, Noted):
        raise misfit(event, "the test has ended")
    if state.paused is not None and not isinstance(event, _IN_A_PAUSE):
        raise misfit(event, "the test is paused")
    if isinstance(event, DECISIONS):
        if event not in state.pending[:1]:
            raise misfit(event, "it is not what was decided")
        state = replace(state, pending=state.pending[1:])
    elif state.pending and not isinstance(event, _MAY_WAIT):
        raise misfit(event, "a decision has to be written down first")
    state = _fold(form, _after_time(state, event, moment), event)
    if state.pending:
        return state, ()
    decisions = _decide(form, state)
    return replace(state, pending=decisions), decisions


def _begin(form: Form, event: Event, moment: Moment) -> State:
    if not isinstance(event, SessionBegan):
        raise misfit(event, "the test has not begun")
    if (event.package_id, event.package_hash) != (form.package_id, form.package_hash):
        raise Trouble(
            "package-differs",
            f"This test was begun with the package {event.package_id} ({event.package_hash[:12]}).",
            f"The package here is {form.package_id} ({form.package_hash[:12]}); the answers are safe.",
            "Open it with the package that it was begun with.",
        )
    return State(
        session=event, device=event.device, sections=tuple(_not_started(s) for s in form.blueprint.sections), last=moment
    )


def _not_started(section: Section) -> SectionState:
    kinds: dict[type[Section], Kind] = {AdaptiveSection: "adaptive", PromptSection: "tasks", SelfSection: "self"}
    return SectionState(id=section.id, kind=kinds[type(section)], limit_ms=section.minutes * 60_000)


def _after_time(state: State, event: Event, moment: Moment) -> State:
    """Put the time since the last event on the running section's clock.

    No time passes over a pause, over a change of computer or boot, before a program was opened again, or for a decision (it
    belongs to the event before it). The monotonic clock is not believed when it runs backwards.
    """
    section = state.current
    passed = moment.mono_ms - state.last.mono_ms if moment.boot == state.last.boot else 0
    stands_still = state.paused is not None or isinstance(event, (SessionOpened, *DECISIONS))
    timed = replace(state, last=moment)
    if section is None or section.status != "running" or stands_still or passed <= 0:
        return timed
    return _with(timed, replace(section, used_ms=section.used_ms + passed))


def _with(state: State, section: SectionState) -> State:
    return replace(state, sections=tuple(section if s.id == section.id else s for s in state.sections))


def _fold(form: Form, state: State, event: Event) -> State:
    if isinstance(event, (Noted, ProctorCalled, ClockStepped, Ticked)):
        return state
    match event:
        case SessionOpened(device):
            opened = state if state.current is None else _with(state, questions.interrupt(state.current))
            folded = replace(opened, device=device)
        case Paused(reason) if state.paused is None:
            folded = replace(state, paused=reason)
        case Resumed() if state.paused is not None:
            folded = replace(state, paused=None)
        case RulesAccepted() if state.phase == "rules":
            folded = replace(state, rules=True)
        case ProfileSaved(answers) if state.phase == "profile":
            folded = replace(state, profile=answers)
        case EquipmentChecked() if _may_check(state):
            folded = replace(state, equipment=event)
        case SectionBegan(section_id) if state.phase == "dashboard":
            folded = _begin_section(form, state, event, section_id)
        case SessionFinished() if state.phase == "dashboard":
            folded = _finish(state, event)
        case RecordingEnded():
            folded = _with(state, tasks.end_recording(form, _recording_section(state, event), event))
        case _:
            if state.current is None:
                raise misfit(event, "no section is open")
            folded = _with(state, _fold_section(form, state.current, event))
    return replace(folded, open=None) if isinstance(event, SectionEnded) else folded


def _fold_section(form: Form, section: SectionState, event: Event) -> SectionState:
    match event:
        case PracticeFinished(section_id) if section_id == section.id and section.status == "practice":
            folded = replace(section, status="running")
        case SectionEnded(_, reason):
            kept = tasks.hand_in(form, section)
            folded = replace(kept, status="ended", end=reason, item=None, statement=None, draft=None, playing=False)
        case SetChosen():
            folded = questions.begin_set(form, section, event)
        case PromptsChosen(_, prompts, level):
            folded = replace(section, chosen=True, prompts=prompts, level=level)
        case Judged() if section.statement is not None and section.status == "running":
            folded = selfeval.fold(form, section, event)
        case Answered() | PlayBegan() | PlayEnded() | DraftSaved() if section.item is not None:
            folded = questions.fold(form, section, event)
        case PreparationBegan() | RecordingBegan() | Submitted() | DraftSaved() if section.prompt is not None:
            folded = tasks.fold(form, section, event)
        case _:
            raise misfit(event, f"section {section.id} is not at that point")
    return folded


def _may_check(state: State) -> bool:
    """The equipment may be checked at its turn, between sections, and in a pause: a microphone may break in the midst."""
    return state.phase in ("equipment", "dashboard", "practice") or (state.paused is not None and state.equipment is not None)


def _begin_section(form: Form, state: State, event: Event, section_id: str) -> State:
    known = {section.id: section for section in form.blueprint.sections}
    section = known.get(section_id)
    if section is None or state.section(section_id).status != "not_started":
        raise misfit(event, f"section {section_id} cannot be begun")
    follows = section.follows if isinstance(section, PromptSection) else ""
    if follows and state.section(follows).status != "ended":
        raise misfit(event, f"section {follows} comes first")
    own = state.section(section_id)
    begun = selfeval.begin(form, own) if own.kind == "self" else replace(own, status="practice")
    return replace(_with(state, begun), open=section_id)


def _finish(state: State, event: Event) -> State:
    if any(section.status != "ended" or section.open_recording for section in state.sections):
        raise misfit(event, "a section has not ended")
    return replace(state, finished=True)


def _recording_section(state: State, event: RecordingEnded) -> SectionState:
    """The section whose open recording ended: its time may have run out over it."""
    for section in state.sections:
        recording = section.open_recording
        if recording is not None and recording.id == event.recording:
            return section
    raise misfit(event, "no such recording is open")


def _decide(form: Form, state: State) -> tuple[Event, ...]:
    section = state.current
    if section is None or section.status != "running":
        return ()
    decision: Event | None
    if section.kind == "self":
        decision = selfeval.end(section)
    elif section.kind == "adaptive":
        decision = None if section.item is not None else questions.next_set(form, state.session, section)
    else:
        decision = tasks.next_task(form, state, section)
    if isinstance(decision, SectionEnded | PromptsChosen):
        return (decision,)
    if section.remaining_ms == 0:
        return (SectionEnded(section.id, "time"),)
    return () if decision is None else (decision,)
