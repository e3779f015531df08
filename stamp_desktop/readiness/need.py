"""What a booked test asks of a computer, a line and a room: taken from the package's clear facts. Pure."""

from dataclasses import dataclass

from stamp_desktop.content.manifest import MEDIA, Manifest
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Need:
    """What one test asks. Bytes are those of the file or of one set on average; `activities` are kinds of section."""

    package: str
    title: str
    assessment: str
    language: str
    language_name: str
    activities: frozenset[str]
    package_bytes: int
    media_bytes: int
    units: int
    given: int = 0
    """How many sets, prompts and statements one test taker is given of the `units`."""
    spoken: int = 0
    """How many of them are answered by speaking."""

    @property
    def speaks(self) -> bool:
        return "speaking" in self.activities

    @property
    def writes(self) -> bool:
        return "writing" in self.activities

    @property
    def signs(self) -> bool:
        """A signed language is answered before a camera."""
        return self.language.partition("-")[0] in {"ase", "bfi", "sgn"}


MOST_GIVEN = 500
"""Sets and prompts for one test taker: a whole day of them."""
LARGEST_PACKAGE = 2**40


def need_of(manifest: Manifest) -> Need:
    """What the package says of itself without being opened; Trouble `package-profile` where that cannot be."""
    _check_profile(manifest)
    return Need(
        package=f"{manifest.id} {manifest.version}",
        title=manifest.title,
        assessment=manifest.assessment,
        language=manifest.language,
        language_name=manifest.language_name,
        activities=frozenset(section.id for section in manifest.sections),
        package_bytes=sum(part.size for part in manifest.parts),
        media_bytes=sum(part.size for part in manifest.parts if part.path.startswith(MEDIA)),
        units=sum(section.bank for section in manifest.sections),
        given=sum(section.units for section in manifest.sections),
        spoken=sum(section.units for section in manifest.sections if section.id == "speaking"),
    )


def _check_profile(manifest: Manifest) -> None:
    """A package that is not verified may say anything, and what is worked out from it would take for ever, or be nonsense."""
    wrong = ""
    for section in manifest.sections:
        if not 0 <= section.units <= section.bank <= 10**6:
            wrong = f"{section.units} of {section.bank} are given in {section.id}"
    if sum(section.units for section in manifest.sections) > MOST_GIVEN:
        wrong = wrong or f"more than {MOST_GIVEN} sets are given to each test taker"
    if not all(0 <= part.size <= LARGEST_PACKAGE for part in manifest.parts):
        wrong = wrong or "its parts are of sizes that cannot be"
    if wrong:
        raise Trouble(
            "package-profile",
            f"{manifest.id} {manifest.version} says of itself what cannot be: {wrong}.",
            "Nothing can be worked out for it.",
            "Ask whoever publishes it for a whole one.",
        )
