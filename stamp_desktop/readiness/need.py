"""What a booked test asks of a computer, a line and a room: taken from the package's clear facts. Pure."""

from dataclasses import dataclass

from stamp_desktop.content.manifest import MEDIA, Manifest


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


def need_of(manifest: Manifest) -> Need:
    """What the package says of itself without being opened."""
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
