"""What a test package shows: texts, pictures and sounds by name. Never a key, a parameter or a recording's script.

Texts are Markdown where a passage, a stem or a prompt is meant, plain text elsewhere. `picture` and `audio` are names to ask
`Package.media` for ("" where there is none): the SHA-256 of the plain bytes, in hex. Durations are in seconds unless the name
says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamp_desktop.engine.blueprint import Blueprint

Kind: TypeAlias = Literal["adaptive", "prompts", "self"]
"""Who scores a section: the computer, which adapts it; people, who rate its tasks; or the test takers themselves."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What the items of a set are about: a text to read, or a recording to hear."""

    set_id: str
    genre: str
    title: str
    text: str
    picture: str
    picture_alt: str
    audio: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the id that a response names, and its text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the choices."""

    choices: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class MultipleResponse:
    """Some of the choices, at most `most`."""

    choices: tuple[Option, ...]
    most: int


@dataclass(frozen=True, slots=True)
class InlineChoice:
    """A text with gaps in braces, `{g1}`, and the choices of each gap."""

    text: str
    gaps: Mapping[str, tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A text with gaps in braces, `{g1}`, to be typed, in the order of the text."""

    text: str
    gaps: tuple[str, ...]


Interaction: TypeAlias = Choice | MultipleResponse | InlineChoice | TextEntry


@dataclass(frozen=True, slots=True)
class ItemText:
    """A question as it is shown."""

    id: str
    stem: str
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class PromptText:
    """A writing or speaking task as it is shown.

    `words` is the expected upper length (writing; only for the counter); `prepare`, `speak` and `attempts` are for speaking.
    """

    id: str
    section: str
    title: str
    text: str
    picture: str
    picture_alt: str
    words: int
    prepare: int
    speak: int
    attempts: int


@dataclass(frozen=True, slots=True)
class PracticeItem:
    """An unscored question before an adaptive section."""

    passage: Passage
    item: ItemText


@dataclass(frozen=True, slots=True)
class PracticePrompt:
    """An unscored task before a writing or speaking section."""

    prompt: PromptText


Practice: TypeAlias = PracticeItem | PracticePrompt


@dataclass(frozen=True, slots=True)
class SectionText:
    """A section as it is announced.

    `units` is the number of sets, tasks or statements given; `minutes` and `plays` 0 mean no limit; `recording` is the form in
    which answers are kept ("flac": lossless, or "opus"), "" where nobody speaks. `answers` are the four to a can-do statement,
    from the lowest.
    """

    id: str
    title: str
    intro: tuple[str, ...]
    kind: Kind
    minutes: int
    units: int
    plays: int
    recording: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementText:
    """A can-do statement as it is shown."""

    id: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What a test taker agrees to before the test."""

    title: str
    points: tuple[str, ...]
    agreement: str


@dataclass(frozen=True, slots=True)
class ProfileQuestion:
    """A question about the test taker; no `options` means free text."""

    id: str
    label: str
    options: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of the headphones check: shown as `text`, heard as `audio`."""

    text: str
    audio: str


@dataclass(frozen=True, slots=True)
class EquipmentTexts:
    """Words to hear and pick, `word` the first to be played; a sentence to say; a sample to type in the script of the test."""

    word: str
    words: tuple[SpokenWord, ...]
    sentence: str
    typing: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that lies under the content key, apart from the media themselves.

    `labels` holds second labels of the levels by scale ("cefr", "ilr"): labels, never a second score; often empty.
    """

    blueprint: Blueprint
    sections: tuple[SectionText, ...]
    passages: tuple[Passage, ...]
    items: tuple[ItemText, ...]
    prompts: tuple[PromptText, ...]
    practice: Mapping[str, Practice]
    rules: Rules
    profile: tuple[ProfileQuestion, ...]
    equipment: EquipmentTexts
    labels: Mapping[str, Mapping[int, str]]
    statements: tuple[StatementText, ...] = ()
