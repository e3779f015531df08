"""What a screen shows: frozen, complete, ready to draw. A view has no behaviour and knows no other screen.

Texts that come from the test package are Markdown where the field's name ends in `_md`, plain text elsewhere. Pictures are
bytes of SVG or PNG. Durations are in seconds unless the name says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["good", "plain", "attention", "bad"]


@dataclass(frozen=True, slots=True)
class SavedView:
    """What is saved and where, said in one short sentence; `icon` is a name from assets/icons."""

    text: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class FrameView:
    """The top bar. `progress` 0-1 or None; `clock` "38:20", "no limit" or "" (hidden); `keyboard` full layout name or ""."""

    section: str
    step: str
    progress: float | None
    saved: SavedView
    clock: str
    clock_low: bool = False
    keyboard: str = ""
    seat: str = ""
    proctor_called: bool = False


@dataclass(frozen=True, slots=True)
class GaugeView:
    """A sign of the top bar about the computer: words, tone, icon."""

    text: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class ComputerView:
    """Battery and Wi-Fi; None where the computer has none."""

    battery: GaugeView | None = None
    wireless: GaugeView | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message inside a screen: what is wrong, what it means, what to do.

    `mend` is the name of the button by which the program can mend it, with the person's consent; "" where it cannot.
    """

    title: str
    text: str
    todo: str = ""
    tone: Tone = "attention"
    icon: str = "triangle-alert"
    mend: str = ""


@dataclass(frozen=True, slots=True)
class SignInView:
    """`busy` while looking up; `trouble` under the fields; `network` is the line at the foot of the screen."""

    test_code: str
    login: str
    network: SavedView
    station: str
    trouble: Notice | None = None
    busy: bool = False
    demo_hint: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """Is this you? `resume` says where an earlier start goes on ("" for a new test)."""

    test_title: str
    place: str
    name: str
    login: str
    network: SavedView
    station: str
    started: str = ""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class RulesView:
    title: str
    points: tuple[str, ...]
    agreement: str


@dataclass(frozen=True, slots=True)
class Question:
    """A profile question; `options` empty for free text."""

    id: str
    label: str
    options: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ProfileView:
    name: str
    questions: tuple[Question, ...]
    answers: Mapping[str, str]


CheckStep: TypeAlias = Literal["headphones", "room", "voice", "keyboard"]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the check list at the side."""

    step: CheckStep
    text: str
    state: Literal["todo", "now", "ok", "advised", "skipped"]


@dataclass(frozen=True, slots=True)
class EquipmentView:
    """One step of the equipment check.

    `activity` is what runs now. `level` 0-1 on the meter (None: nothing measured); zones end at `quiet_end` and `loud_start`.
    `peaks` 0-1, 20 a second, oldest first. `finding` one at a time. `go_on`: "" hidden, else the text of the way out.
    """

    step: CheckStep
    number: int
    count: int
    title: str
    hint: str
    activity: Literal["idle", "playing", "listening", "recording", "done"]
    lines: tuple[CheckLine, ...]
    sentence: str = ""
    words: tuple[str, ...] = ()
    chosen_word: str = ""
    typed_sample: str = ""
    level: float | None = None
    quiet_end: float = 0.28
    loud_start: float = 0.84
    peaks: tuple[float, ...] = ()
    seconds_left: float | None = None
    finding: Notice | None = None
    passed: bool = False
    can_hear_self: bool = False
    go_on: str = ""
    devices: tuple[str, ...] = ()
    device: str = ""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class SectionCard:
    """A section on the dashboard; `note` says how long, how many, or what came out."""

    id: str
    title: str
    icon: str
    note: str
    state: Literal["locked", "open", "next", "done"]
    result: str = ""


@dataclass(frozen=True, slots=True)
class DashboardView:
    name: str
    title: str
    sections: tuple[SectionCard, ...]
    can_finish: bool = False


@dataclass(frozen=True, slots=True)
class SectionIntroView:
    id: str
    title: str
    icon: str
    points: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ChoiceTask:
    """Single choice (`most` = 1) or multiple response (`least`..`most`)."""

    choices: tuple[ChoiceLine, ...]
    chosen: tuple[str, ...]
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class GapTask:
    """A text with gaps in braces `{g1}`; a gap with choices is a list, one without is typed."""

    text: str
    gaps: Mapping[str, tuple[ChoiceLine, ...]]
    filled: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlayerView:
    """A recording to hear. `plays_left` None: no limit. `position` and `length` in seconds."""

    state: Literal["ready", "playing", "heard", "trouble"]
    plays_left: int | None
    position: float
    length: float
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """A question with its passage (reading) or its recording (listening). `practice` items are not scored."""

    item: str
    set_id: str
    number: int
    about: int
    stem_md: str
    task: ChoiceTask | GapTask
    genre: str = ""
    title: str = ""
    text_md: str = ""
    picture: bytes | None = None
    picture_alt: str = ""
    player: PlayerView | None = None
    practice: bool = False
    last: bool = False
    language: str = "en"
    busy: bool = False
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class WritingView:
    prompt: str
    number: int
    count: int
    title: str
    text_md: str
    picture: bytes | None
    picture_alt: str
    draft: str
    words: int
    language: str
    language_name: str
    palette: tuple[str, ...] = ()
    practice: bool = False
    busy: bool = False
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class SpeakingView:
    """`stage`: ready (prompt read, nothing runs), preparing (counts down), recording, saving, kept (safe; hear, again, go on).

    `seconds` is the time left to prepare or spoken so far, `limit` the time to speak. `attempts_left` after this one.
    `empty`: nothing could be recorded, so nothing is safe and nothing can be heard.
    """

    prompt: str
    number: int
    count: int
    title: str
    text_md: str
    picture: bytes | None
    picture_alt: str
    stage: Literal["ready", "preparing", "recording", "saving", "kept"]
    seconds: float
    limit: float
    level: float | None = None
    quiet_end: float = 0.28
    loud_start: float = 0.84
    peaks: tuple[float, ...] = ()
    finding: Notice | None = None
    attempts_left: int = 0
    playing: bool = False
    salvaged: bool = False
    safe_text: str = ""
    practice: bool = False
    busy: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class LevelRow:
    level: int
    label: str
    seen: int
    correct: int


@dataclass(frozen=True, slots=True)
class SectionDoneView:
    """`level` "" where people rate; then `note` says what happens next."""

    title: str
    icon: str
    level: str
    level_label: str
    scaled: str
    note: str
    rows: tuple[LevelRow, ...] = ()
    next_title: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    title: str
    icon: str
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class AllDoneView:
    """The end. `sent` 0-1 of what has to reach the server; `receipt` only after a verified one."""

    name: str
    results: tuple[ResultLine, ...]
    sent: float
    sending: SavedView
    receipt: str = ""
    next_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateView:
    """A full-screen state: the reason, what it means for the answers, what to do. `action` "" when only others can act."""

    title: str
    reason: str
    lines: tuple[tuple[str, str, Tone], ...]  # icon, sentence, tone
    action: str = ""
    icon: str = "lock"
    dark: bool = True


@dataclass(frozen=True, slots=True)
class LockView:
    """The test is paused by what guards it: the reason, when, what happened to the answers, who can go on.

    `clock` is what the section's clock stopped at, "" where none ran. `lifts_itself`: the pause ends with its cause as well.
    `challenge` None: not asked for; "": this computer has none; else the code to read out.
    `away`: there is a line, so the server can let it go on as well.
    """

    reason: str
    at: str
    clock: str = ""
    lifts_itself: bool = False
    refused: int = 0
    wait_seconds: int = 0
    busy: bool = False
    challenge: str | None = None
    away: bool = False


Screen: TypeAlias = (
    SignInView
    | ConfirmView
    | RulesView
    | ProfileView
    | EquipmentView
    | DashboardView
    | SectionIntroView
    | ItemView
    | WritingView
    | SpeakingView
    | SectionDoneView
    | AllDoneView
    | StateView
    | LockView
)


@dataclass(frozen=True, slots=True)
class Showing:
    """One frame of the program: the screen and its top bar (None: the screen has no top bar)."""

    screen: Screen
    frame: FrameView | None = None
