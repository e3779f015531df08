"""The assessment as data: sections, level ranges, cut points, lengths and limits. Never an `if` on its name."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Score: TypeAlias = Literal["level_table", "pattern"]


@dataclass(frozen=True, slots=True)
class LevelLimit:
    """At least `least` and at most `most` of a test's scored sets have a level of this inclusive range."""

    levels: tuple[int, int]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class AdaptiveSection:
    """A section that the computer adapts and scores (Reading, Listening, Receptive).

    `levels` is the inclusive range; `cuts` on theta, one fewer than the levels, rising; as many cuts as levels add the band
    above the last level (STAMPe's 6+). `minutes` 0 means no limit. `sets` counts the scored sets; `pilots` more are given at
    seeded places and never scored. `max_sets_per_topic` 0 means no cap. `plays` limits how often the recording of a set may
    be heard, 0 means no limit. Scaled score = round(intercept + slope * theta).

    `stop_probability` above 0 ends the section once a level has that probability and `min_sets` scored sets were given; `sets`
    is then the most. `level_limits` hold over the scored sets and do not overlap. `stages` makes the section a multistage test:
    each stage names the modules that it routes to, and of the one that tells most all sets of the stripe are given.
    """

    id: str
    levels: tuple[int, int]
    minutes: int
    sets: int
    cuts: tuple[float, ...]
    prior_mean: float
    prior_sd: float
    set_effect: float
    stripes: int
    max_sets_per_topic: int
    score: Score
    scaled_slope: float
    scaled_intercept: float
    plays: int = 0
    pilots: int = 0
    stop_probability: float = 0.0
    min_sets: int = 0
    level_limits: tuple[LevelLimit, ...] = ()
    stages: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PromptSection:
    """A section of tasks that people rate (Writing, Speaking). Prompts follow the level of section `follows`, "" for none."""

    id: str
    levels: tuple[int, int]
    minutes: int
    tasks: int
    follows: str


@dataclass(frozen=True, slots=True)
class SelfSection:
    """Can-do statements that test takers judge themselves by, level by level. It says what sections after it begin with."""

    id: str
    levels: tuple[int, int]
    minutes: int


Section: TypeAlias = AdaptiveSection | PromptSection | SelfSection


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One assessment in one language."""

    assessment: str
    language: str
    sections: tuple[Section, ...]

    def section(self, section_id: str) -> Section:
        """The section of that id; KeyError when the blueprint has none."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)
