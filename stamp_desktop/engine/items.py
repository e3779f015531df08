"""What the engine knows of the items: parameters, keys and constraints. Never a text, a picture or a sound."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Model: TypeAlias = Literal["1PL", "2PL", "3PL", "4PL", "GRM", "GPCM"]
MODELS: tuple[Model, ...] = get_args(Model)
LOGISTIC = MODELS[:4]
"""The models of items that are right or wrong."""


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """Key of a choice or multiple-response item: exactly these choices earn the point.

    An item of several points has as many right choices; each earns a point, each wrong one that is taken costs one.
    """

    choices: frozenset[str]


@dataclass(frozen=True, slots=True)
class GapKey:
    """Key of an inline-choice or text-entry item: for every gap the accepted forms; all gaps right earn the point.

    An item of several points has as many gaps, and each that is right earns a point.
    """

    gaps: Mapping[str, tuple[str, ...]]


Key: TypeAlias = ChoiceKey | GapKey


@dataclass(frozen=True, slots=True)
class ChoiceResponse:
    """The choices taken, in the order of the item."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapResponse:
    """What stands in each gap: a choice's id or the typed text."""

    gaps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextResponse:
    """A written response."""

    text: str


@dataclass(frozen=True, slots=True)
class RecordingResponse:
    """A spoken response: the id of the recording that was kept."""

    recording: str


Response: TypeAlias = ChoiceResponse | GapResponse | TextResponse | RecordingResponse


@dataclass(frozen=True, slots=True)
class Item:
    """One scored question with the parameters of its model, see `models`.

    `steps` (GRM: rising thresholds; GPCM: step difficulties) lie at b + step on theta and are as many as the item's points; the
    logistic models have none and give one point. An answer in less than `rapid_ms` is a rapid guess; 0: none is.
    """

    id: str
    key: Key
    a: float
    b: float
    c: float = 0.0
    d: float = 1.0
    model: Model = "4PL"
    steps: tuple[float, ...] = ()
    rapid_ms: int = 0

    @property
    def points(self) -> int:
        """The highest score."""
        return len(self.steps) or 1


@dataclass(frozen=True, slots=True)
class ItemSet:
    """A passage or recording with its 1-6 items: the unit that is chosen. All its items have the set's benchmark level.

    `module` names the module of a multistage section that the set belongs to.
    """

    id: str
    section: str
    level: int
    topic: str
    items: tuple[Item, ...]
    stripe: int = 0
    enemies: frozenset[str] = field(default_factory=frozenset)
    pilot: bool = False
    module: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A writing or speaking task. `difficulty` 1 Novice, 2 Intermediate, 3 Advanced. Seconds; `attempts` counts recordings."""

    id: str
    section: str
    difficulty: int
    topic: str
    prepare: int = 0
    speak: int = 0
    attempts: int = 1


ANSWERS = 4
"""To a can-do statement: 0 not yet, 1 with help, 2 mostly, 3 easily."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A can-do statement of a self-evaluation."""

    id: str
    section: str
    level: int


@dataclass(frozen=True, slots=True)
class Bank:
    """Everything that can be chosen, of all sections."""

    sets: tuple[ItemSet, ...]
    prompts: tuple[Prompt, ...] = ()
    statements: tuple[Statement, ...] = ()
