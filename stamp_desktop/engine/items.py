"""What the engine knows of the items: parameters, keys and constraints. Never a text, a picture or a sound."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """Key of a choice or multiple-response item: exactly these choices earn the point."""

    choices: frozenset[str]


@dataclass(frozen=True, slots=True)
class GapKey:
    """Key of an inline-choice or text-entry item: for every gap the accepted forms; all gaps right earn the point."""

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
    """One scored question. 4PL, logistic metric with D = 1: P(theta) = c + (d - c) / (1 + exp(-a (theta - b)))."""

    id: str
    key: Key
    a: float
    b: float
    c: float = 0.0
    d: float = 1.0


@dataclass(frozen=True, slots=True)
class ItemSet:
    """A passage or recording with its 1-6 items: the unit that is chosen. All its items have the set's benchmark level."""

    id: str
    section: str
    level: int
    topic: str
    items: tuple[Item, ...]
    stripe: int = 0
    enemies: frozenset[str] = field(default_factory=frozenset)
    pilot: bool = False


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


@dataclass(frozen=True, slots=True)
class Bank:
    """Everything that can be chosen, of all sections."""

    sets: tuple[ItemSet, ...]
    prompts: tuple[Prompt, ...] = ()
