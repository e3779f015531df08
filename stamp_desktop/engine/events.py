"""The facts of a sitting. Everything that is known of a session is the fold of these, in order; nothing else is stored.

Events marked *engine* are decided by the engine: `session.step` returns them, the runner journals them before anything is
shown, and replay refuses a journal in which they differ from what the engine decides again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from stamp_desktop.engine.items import Response


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened on one computer. `mono_ms` counts only within one `boot`; `wall_ms` (Unix) only labels."""

    wall_ms: int
    mono_ms: int
    boot: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the lab, from 0."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class SessionBegan:
    package_id: str
    package_hash: str
    group: str
    login: str
    device: str
    seed: int
    seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The program opened the session again, on this or another computer: the clock starts anew from here."""

    device: str


@dataclass(frozen=True, slots=True)
class RulesAccepted:
    pass


@dataclass(frozen=True, slots=True)
class ProfileSaved:
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EquipmentChecked:
    """Outcome of the equipment check: step -> ok | advised | skipped, with the finding codes seen in each step."""

    steps: Mapping[str, str]
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SectionBegan:
    """The test taker opened the section; its clock does not run until the practice is done."""

    section: str


@dataclass(frozen=True, slots=True)
class PracticeFinished:
    section: str


@dataclass(frozen=True, slots=True)
class SetChosen:
    """*engine*: written before it is shown. `digest` names the posterior it was chosen at (hex)."""

    section: str
    set_id: str
    ordinal: int
    digest: str


@dataclass(frozen=True, slots=True)
class PromptsChosen:
    """*engine*: the section's tasks, in order, and the level they follow."""

    section: str
    prompts: tuple[str, ...]
    level: int


@dataclass(frozen=True, slots=True)
class PlayBegan:
    set_id: str
    play: int


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """`complete` is False when the machine cut the play short: such a play does not count."""

    set_id: str
    play: int
    heard_ms: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Answered:
    item: str
    response: Response


@dataclass(frozen=True, slots=True)
class Judged:
    """A can-do statement was answered: 0 not yet, 1 with help, 2 mostly, 3 easily."""

    statement: str
    answer: int


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """A written response as it stands, or a choice that was taken but not submitted (`item` is an item or a prompt)."""

    item: str
    response: Response


@dataclass(frozen=True, slots=True)
class PreparationBegan:
    prompt: str


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    prompt: str
    recording: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The recording is whole on the disk. `salvaged`: the program died while recording and the complete frames were kept."""

    prompt: str
    recording: str
    duration_ms: int
    sha256: str
    salvaged: bool = False
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A writing or speaking response was handed in; there is no way back to it."""

    prompt: str
    response: Response


@dataclass(frozen=True, slots=True)
class Ticked:
    """Nothing but time passed: written while a clock runs, so that a kill costs at most the interval."""


@dataclass(frozen=True, slots=True)
class SectionEnded:
    """*engine*: all sets or tasks are done, or the time was used up."""

    section: str
    reason: Literal["complete", "time"]


@dataclass(frozen=True, slots=True)
class Paused:
    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    by: str


@dataclass(frozen=True, slots=True)
class ProctorCalled:
    about: str


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock jumped by more than two minutes against the monotonic one."""

    by_ms: int


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact that the engine does not act on (a finding, a device change): kept for proctor, rater and report."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionFinished:
    """The test taker ended the test after all sections; nothing can follow but `Noted`."""


Event: TypeAlias = (
    SessionBegan
    | SessionOpened
    | RulesAccepted
    | ProfileSaved
    | EquipmentChecked
    | SectionBegan
    | PracticeFinished
    | SetChosen
    | PromptsChosen
    | PlayBegan
    | PlayEnded
    | Answered
    | Judged
    | DraftSaved
    | PreparationBegan
    | RecordingBegan
    | RecordingEnded
    | Submitted
    | Ticked
    | SectionEnded
    | Paused
    | Resumed
    | ProctorCalled
    | ClockStepped
    | Noted
    | SessionFinished
)
