"""The clear facts of a test package: what it is, who published it, which parts it has. Nothing of the test's content."""

import hashlib
import json
from dataclasses import dataclass

from stamp_desktop.content.plain import canonical, plain, record

FORMAT = 2
READABLE = (1, 2)
"""Formats that this program reads. Format 1 knows only logistic items and sections of a fixed length."""
MANIFEST, SIGNATURE, TEXTS, ANSWERS, MEDIA = "manifest.json", "manifest.sig", "texts", "answers", "media/"


_UNITS = {"adaptive": "sets", "prompts": "prompts", "self": "statements"}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the package as it is stored (encrypted): SHA-256 in hex and size in bytes are those of the stored bytes."""

    path: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """A section for people: of `bank` sets or prompts, `units` are given. `minutes` 0 means no limit."""

    id: str
    title: str
    kind: str
    levels: tuple[int, int]
    minutes: int
    units: int
    bank: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`publisher_key` is the id of the key that signed; `content_key` and `answer_key` are the ids of the keys that open it."""

    format: int
    id: str
    version: str
    title: str
    language: str
    language_name: str
    instruction_language: str
    assessment: str
    publisher: str
    licence: str
    publisher_key: str
    content_key: str
    answer_key: str
    sections: tuple[SectionSummary, ...]
    parts: tuple[Part, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of manifest.json in hex: the identity of these very contents, as journals and servers name it."""
        return hashlib.sha256(encode(self)).hexdigest()

    @property
    def place(self) -> bytes:
        """The package as its parts are bound to it when they are encrypted."""
        return f"stamp {self.format}\0{self.id}\0{self.version}".encode()


def encode(manifest: Manifest) -> bytes:
    """The bytes of manifest.json."""
    return canonical(plain(Manifest, manifest))


def decode(raw: bytes) -> Manifest:
    """The manifest that these bytes are; ValueError when they are not exactly what `encode` writes."""
    manifest = record(Manifest, json.loads(raw))
    if encode(manifest) != raw:
        raise ValueError("the manifest is not written canonically")
    return manifest


def format_of(raw: bytes) -> int:
    """The format version that a manifest of any version states; ValueError when it states none."""
    value = json.loads(raw)
    if not isinstance(value, dict) or type(value.get("format")) is not int:
        raise ValueError("no format version")
    return int(value["format"])


def describe(manifest: Manifest) -> str:
    """The manifest for people, in lines of text."""
    size = sum(part.size for part in manifest.parts)
    media = sum(part.path.startswith(MEDIA) for part in manifest.parts)
    lines = [
        f"{manifest.title} ({manifest.id} {manifest.version})",
        f"  {manifest.assessment}, {manifest.language_name} ({manifest.language})",
        f"  instructions in {manifest.instruction_language}",
        *(
            f"  {section.title}: levels {section.levels[0]}-{section.levels[1]}, {section.units} of {section.bank} "
            f"{_UNITS[section.kind]}, "
            f"{f'{section.minutes} minutes' if section.minutes else 'no time limit'}"
            for section in manifest.sections
        ),
        f"  {len(manifest.parts)} parts ({media} pictures and recordings), {size / 1e6:.1f} MB",
        f"  published by {manifest.publisher} (key {manifest.publisher_key}), licence {manifest.licence}",
        f"  opens with content key {manifest.content_key} and answer key {manifest.answer_key}",
        f"  package hash {manifest.hash}",
    ]
    return "\n".join(lines)
