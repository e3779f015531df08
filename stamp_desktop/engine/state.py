"""Where a sitting stands: the fold of its events. Immutable records; `session.step` makes them, all others only read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamp_desktop.engine.events import EquipmentChecked, Event, Moment, SessionBegan
from stamp_desktop.engine.items import Prompt, RecordingResponse, Response

Phase: TypeAlias = Literal["rules", "profile", "equipment", "dashboard", "practice", "item", "prompt", "statement", "finished"]
Kind: TypeAlias = Literal["adaptive", "tasks", "self"]
Status: TypeAlias = Literal["not_started", "practice", "running", "ended"]

_AT: Mapping[Kind, Phase] = {"adaptive": "item", "tasks": "prompt", "self": "statement"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A submitted answer. `correct` is its score in points; `response_ms` on the section's clock, since the item was shown.

    `rapid`: it came too soon to rest on the question, see `effort`; it does not count.
    """

    item: str
    response: Response
    correct: int
    response_ms: int
    rapid: bool = False


@dataclass(frozen=True, slots=True)
class GivenSet:
    """A set that was given, with the answers so far, in order."""

    set_id: str
    level: int
    pilot: bool
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """One attempt at a prompt. Until it has ended, duration and hash are empty."""

    id: str
    attempt: int
    ended: bool = False
    duration_ms: int = 0
    sha256: str = ""
    salvaged: bool = False
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A response for rating. `by_time`: nobody handed it in, the time ran out over it. `recording` where it is spoken."""

    prompt: str
    response: Response
    by_time: bool
    recording: Recording | None = None


@dataclass(frozen=True, slots=True)
class SectionState:
    """One section. Times in milliseconds of its own clock; `limit_ms` 0 means no limit.

    Adaptive sections use `sets` to `playing`: `item` is the current one, `number` counts items given over the section from 1,
    `about` is how many are to be expected in all; `plays_used` counts for the current set; `interrupted` says that the program
    was opened again over the current item. Sections of tasks use `prompts` to `prepared_ms`: `index` is the current prompt's,
    `recordings` are its attempts. Self-evaluations use `statement`, the current one, and `judged`, those answered; `number` and
    `about` count statements. `draft` is of the current item or prompt.
    """

    id: str
    kind: Kind
    limit_ms: int
    status: Status = "not_started"
    used_ms: int = 0
    end: Literal["", "complete", "time"] = ""
    draft: Response | None = None
    sets: tuple[GivenSet, ...] = ()
    item: str | None = None
    item_began_ms: int = 0
    interrupted: bool = False
    number: int = 0
    about: int = 0
    plays_used: int = 0
    playing: bool = False
    chosen: bool = False
    prompts: tuple[str, ...] = ()
    level: int = 0
    index: int = 0
    submissions: tuple[Submission, ...] = ()
    recordings: tuple[Recording, ...] = ()
    prepared_ms: int | None = None
    statement: str | None = None
    judged: tuple[tuple[str, int], ...] = ()

    @property
    def remaining_ms(self) -> int | None:
        """Time left; None when there is no limit. The engine ends the section when it is 0."""
        return max(self.limit_ms - self.used_ms, 0) if self.limit_ms else None

    @property
    def set_id(self) -> str | None:
        """The set of the current item."""
        return self.sets[-1].set_id if self.item is not None else None

    @property
    def prompt(self) -> str | None:
        """The current prompt, while the section runs."""
        return self.prompts[self.index] if self.status == "running" and self.index < len(self.prompts) else None

    @property
    def open_recording(self) -> Recording | None:
        """The recording that has begun and not ended; it may outlast the section's time."""
        return self.recordings[-1] if self.recordings and not self.recordings[-1].ended else None

    @property
    def preparing(self) -> bool:
        """Whether preparation for the current prompt has begun and no recording has; `prepared_ms` says when."""
        return self.prepared_ms is not None and not self.recordings

    def attempts_left(self, prompt: Prompt) -> int:
        """Recordings that may still begin for the current prompt.

        One in which the microphone gave nothing does not count, and after a salvaged one there is always one more.
        """
        counted = [recording for recording in self.recordings if not recording.ended or recording.duration_ms > 0]
        salvaged = max((number for number, recording in enumerate(counted, 1) if recording.salvaged), default=-1)
        return max(prompt.attempts, salvaged + 1) - len(counted)

    def kept(self) -> Recording | None:
        """The last attempt that has ended with something to hear."""
        return next((r for r in reversed(self.recordings) if r.ended and r.duration_ms > 0), None)

    def recording(self, response: RecordingResponse) -> Recording | None:
        """The ended attempt that a response names."""
        return next((r for r in self.recordings if r.ended and r.id == response.recording), None)


@dataclass(frozen=True, slots=True)
class State:
    """A sitting. `open` is the section that was begun and has not ended; `paused` the reason, or None.

    `pending` are decisions of the engine that are to be journalled and stepped before anything is shown.
    """

    session: SessionBegan
    device: str
    sections: tuple[SectionState, ...]
    last: Moment
    rules: bool = False
    profile: Mapping[str, str] | None = None
    equipment: EquipmentChecked | None = None
    open: str | None = None
    paused: str | None = None
    finished: bool = False
    pending: tuple[Event, ...] = ()

    @property
    def phase(self) -> Phase:
        """What the test taker is at. Pausing does not change it."""
        section = self.current
        gates: tuple[tuple[bool, Phase], ...] = (
            (self.finished, "finished"),
            (not self.rules, "rules"),
            (self.profile is None, "profile"),
            (self.equipment is None, "equipment"),
        )
        for here, phase in gates:
            if here:
                return phase
        if section is None:
            return "dashboard"
        if section.status == "practice":
            return "practice"
        return _AT[section.kind]

    @property
    def current(self) -> SectionState | None:
        """The open section."""
        return self.section(self.open) if self.open is not None else None

    def section(self, section_id: str) -> SectionState:
        """The section of that id; KeyError when the blueprint has none."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)

    def remaining_ms(self, section_id: str) -> int | None:
        """Time left in a section; None when it has no limit."""
        return self.section(section_id).remaining_ms
