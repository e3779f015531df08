"""What a person asked for: emitted by screens, taken by the runner. An intent that no longer fits is ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from stamp_desktop.engine.items import Response


@dataclass(frozen=True, slots=True)
class SignIn:
    test_code: str
    login: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Answer to "is this you?"."""

    yes: bool


@dataclass(frozen=True, slots=True)
class AcceptRules:
    pass


@dataclass(frozen=True, slots=True)
class SaveProfile:
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckPlay:
    """Play the word of the headphones check."""


@dataclass(frozen=True, slots=True)
class CheckWord:
    word: str


@dataclass(frozen=True, slots=True)
class CheckListen:
    """Begin the quiet seconds, or the sentence; also "try again"."""


@dataclass(frozen=True, slots=True)
class CheckStop:
    """The sentence is said."""


@dataclass(frozen=True, slots=True)
class CheckHearSelf:
    pass


@dataclass(frozen=True, slots=True)
class CheckTyped:
    text: str


@dataclass(frozen=True, slots=True)
class CheckDevice:
    """Take another microphone."""

    name: str


@dataclass(frozen=True, slots=True)
class CheckNext:
    """Go on to the next step, also past a finding."""


@dataclass(frozen=True, slots=True)
class BeginSection:
    """Open a section from the dashboard, then begin it from its introduction."""

    section: str


@dataclass(frozen=True, slots=True)
class BackToDashboard:
    pass


@dataclass(frozen=True, slots=True)
class Play:
    """Hear the recording of the question."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A choice taken or text typed, not submitted yet."""

    item: str
    response: Response


@dataclass(frozen=True, slots=True)
class Answer:
    """Submit and go on; there is no way back."""

    item: str
    response: Response


@dataclass(frozen=True, slots=True)
class Prepare:
    """Speaking: the prompt is read, begin to prepare."""


@dataclass(frozen=True, slots=True)
class Record:
    """Speaking: start recording now (also "record again")."""


@dataclass(frozen=True, slots=True)
class MendMicrophone:
    """Turn the microphone on, or up, in the system: the notice has offered it."""


@dataclass(frozen=True, slots=True)
class StopRecording:
    pass


@dataclass(frozen=True, slots=True)
class HearRecording:
    """Hear or stop hearing what was recorded."""


@dataclass(frozen=True, slots=True)
class KeepRecording:
    """Submit the recording and go on."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """Leave a screen that only informs (section done, a state with an action)."""


@dataclass(frozen=True, slots=True)
class FinishTest:
    pass


@dataclass(frozen=True, slots=True)
class CallProctor:
    pass


@dataclass(frozen=True, slots=True)
class SetVolume:
    """0-1."""

    volume: float


@dataclass(frozen=True, slots=True)
class Leave:
    """The window is to be closed (demonstration only); everything is saved already."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """The proctor's PIN on the lock screen; `dismiss`: it was a false alarm."""

    pin: str
    dismiss: bool = False


@dataclass(frozen=True, slots=True)
class AskChallenge:
    """The PIN is lost: show what the organization needs to answer."""


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    answer: str


Intent: TypeAlias = (
    SignIn
    | Confirm
    | AcceptRules
    | SaveProfile
    | CheckPlay
    | CheckWord
    | CheckListen
    | CheckStop
    | CheckHearSelf
    | CheckTyped
    | CheckDevice
    | CheckNext
    | BeginSection
    | BackToDashboard
    | Play
    | Draft
    | Answer
    | Prepare
    | Record
    | MendMicrophone
    | StopRecording
    | HearRecording
    | KeepRecording
    | GoOn
    | FinishTest
    | CallProctor
    | SetVolume
    | Leave
    | EnterPin
    | AskChallenge
    | AnswerChallenge
)
