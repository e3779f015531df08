"""Test packages as they are received: looked at, verified, opened. It trusts nobody but the publishers it is given.

Every function reads the whole file anew and raises Trouble, naming the part, for a package that is not sound; nothing of such a
package is ever returned. Codes: package-unreadable, -truncated, -altered, -path, -bomb, -unsigned, -untrusted, -version, -keys,
-contents.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.content.archive import Archive, damaged, opened
from stamp_desktop.content.keys import PackageKeys, key_id, publisher_id, unseal
from stamp_desktop.content.manifest import (
    ANSWERS,
    MANIFEST,
    MEDIA,
    READABLE,
    SIGNATURE,
    TEXTS,
    Manifest,
    Part,
    decode,
    format_of,
)
from stamp_desktop.content.model import (
    Contents,
    EquipmentTexts,
    ItemText,
    Passage,
    Practice,
    PracticeItem,
    ProfileQuestion,
    PromptText,
    Rules,
    SectionText,
    StatementText,
)
from stamp_desktop.content.plain import record
from stamp_desktop.engine.blueprint import Blueprint
from stamp_desktop.engine.items import Bank
from stamp_desktop.trouble import Trouble

T = TypeVar("T")


class Package:
    """A test package that was verified and unlocked. Texts are in memory; media are read, decrypted and checked when asked for.

    What is asked for by id must exist: KeyError otherwise.
    """

    def __init__(self, path: Path, manifest: Manifest, keys: PackageKeys, contents: Contents, bank: Bank) -> None:
        self.manifest = manifest
        self.hash = manifest.hash
        self.bank = bank
        self._path = path
        self._key = keys.content
        self._parts = {part.path: part for part in manifest.parts}
        self._contents = contents
        self._sections = {section.id: section for section in contents.sections}
        self._passages = {passage.set_id: passage for passage in contents.passages}
        self._items = {item.id: item for item in contents.items}
        self._statements = {statement.id: statement for statement in contents.statements}
        self._prompts = {prompt.id: prompt for prompt in contents.prompts}

    @property
    def blueprint(self) -> Blueprint:
        return self._contents.blueprint

    @property
    def rules(self) -> Rules:
        return self._contents.rules

    @property
    def profile(self) -> tuple[ProfileQuestion, ...]:
        return self._contents.profile

    @property
    def equipment(self) -> EquipmentTexts:
        return self._contents.equipment

    @property
    def labels(self) -> Mapping[str, Mapping[int, str]]:
        return self._contents.labels

    def section(self, section_id: str) -> SectionText:
        return self._sections[section_id]

    def passage(self, set_id: str) -> Passage:
        return self._passages[set_id]

    def item(self, item_id: str) -> ItemText:
        return self._items[item_id]

    def prompt(self, prompt_id: str) -> PromptText:
        return self._prompts[prompt_id]

    def statement(self, statement_id: str) -> StatementText:
        return self._statements[statement_id]

    def practice(self, section_id: str) -> Practice:
        return self._contents.practice[section_id]

    def media(self, name: str) -> bytes:
        """A picture or recording; Trouble package-altered or -unreadable when the file was changed since it was opened."""
        part = self._parts[MEDIA + name]
        with opened(self._path) as archive:
            sealed = _stored(archive, part)
        content = _unsealed(self._key, self.manifest, part.path, sealed)
        if hashlib.sha256(content).hexdigest() != name:
            raise damaged("package-contents", f"The part {part.path} of the package is not what its name says.")
        return content

    def media_type(self, name: str) -> str:
        """The media type of a picture or recording, such as image/svg+xml."""
        return self._parts[MEDIA + name].media_type


def inspect(path: Path) -> Manifest:
    """What the package says of itself. Nothing of it is verified: for showing, never for using."""
    with opened(path) as archive:
        return _manifest(archive)


def verify(path: Path, trusted: Collection[Ed25519PublicKey]) -> Manifest:
    """The manifest of a package that is whole, unaltered and signed by one of the trusted publishers."""
    with opened(path) as archive:
        return _verified(archive, trusted)


def open_package(path: Path, trusted: Collection[Ed25519PublicKey], keys: PackageKeys) -> Package:
    """Verify the package and open it with its keys."""
    with opened(path) as archive:
        manifest = _verified(archive, trusted)
        parts = {part.path: part for part in manifest.parts}
        for name, kind, key, expected in (
            (TEXTS, "content", keys.content, manifest.content_key),
            (ANSWERS, "answer", keys.answers, manifest.answer_key),
        ):
            if key_id(key) != expected:
                raise damaged(
                    "package-keys",
                    f"The {kind} key does not belong to {manifest.title} {manifest.version}: the part {name} stays closed.",
                    f"Ask for the keys of this very package ({kind} key {expected}).",
                )
        contents = _open(Contents, archive, manifest, parts[TEXTS], keys.content)
        bank = _open(Bank, archive, manifest, parts[ANSWERS], keys.answers)
    _check_references(contents, bank, parts)
    return Package(path, manifest, keys, contents, bank)


def _manifest(archive: Archive) -> Manifest:
    raw = archive.read(MANIFEST)
    try:
        version = format_of(raw)
        if version not in READABLE:
            raise damaged(
                "package-version",
                f"The package is of format {version}; this program reads formats 1 to {READABLE[-1]} ({MANIFEST}).",
                "Update the program, or ask the publisher for a package in this format.",
            )
        return decode(raw)
    except (ValueError, RecursionError) as error:
        raise damaged("package-altered", f"The part {MANIFEST} of the package is damaged.") from error


def _verified(archive: Archive, trusted: Collection[Ed25519PublicKey]) -> Manifest:
    manifest = _manifest(archive)
    if not archive.sizes.get(SIGNATURE):
        raise damaged("package-unsigned", f"The package is not signed ({SIGNATURE}).", "Use a package from its publisher.")
    publisher = next((key for key in trusted if publisher_id(key) == manifest.publisher_key), None)
    if publisher is None:
        raise damaged(
            "package-untrusted",
            f"The package comes from a publisher whom this computer does not trust (key {manifest.publisher_key}, {MANIFEST}).",
            "Use a package from a known publisher, or have this publisher's key installed.",
        )
    try:
        publisher.verify(archive.read(SIGNATURE), archive.read(MANIFEST))
    except InvalidSignature as error:
        raise damaged("package-altered", f"The signature {SIGNATURE} does not fit {MANIFEST}.") from error
    named = {part.path for part in manifest.parts}
    if extra := sorted(archive.sizes.keys() - named - {MANIFEST, SIGNATURE}):
        raise damaged("package-altered", f"The package holds the part {extra[0]}, which its publisher did not put there.")
    if not {TEXTS, ANSWERS} <= named or len(named) != len(manifest.parts):
        raise damaged("package-contents", f"The list of parts in {MANIFEST} is not one of a test.")
    for part in manifest.parts:
        _stored(archive, part)
    return manifest


def _stored(archive: Archive, part: Part) -> bytes:
    """The part as it is stored, which is what the manifest says it is."""
    size = archive.sizes.get(part.path, part.size)
    if size != part.size:
        raise damaged("package-altered", f"The part {part.path} of the package has {size:,} bytes instead of {part.size:,}.")
    content = archive.read(part.path)
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise damaged("package-altered", f"The part {part.path} of the package was altered.")
    return content


def _unsealed(key: bytes, manifest: Manifest, part: str, sealed: bytes) -> bytes:
    try:
        return unseal(key, manifest.place, part, sealed)
    except ValueError as error:
        raise damaged("package-contents", f"The part {part} of the package was not made with its own key.") from error


def _open(kind: type[T], archive: Archive, manifest: Manifest, part: Part, key: bytes) -> T:
    content = _unsealed(key, manifest, part.path, _stored(archive, part))
    try:
        return record(kind, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise _unfit(part.path, str(error)) from error


def _check_references(contents: Contents, bank: Bank, parts: Mapping[str, Part]) -> None:
    """What a sitting will ask for is there: found now, not in the middle of a test."""
    practice = contents.practice.values()
    passages = (*contents.passages, *(one.passage for one in practice if isinstance(one, PracticeItem)))
    prompts = (*contents.prompts, *(one.prompt for one in practice if not isinstance(one, PracticeItem)))
    media = {name for passage in passages for name in (passage.picture, passage.audio)}
    media |= {prompt.picture for prompt in prompts} | {word.audio for word in contents.equipment.words}
    sections = {section.id for section in contents.blueprint.sections}
    for what, asked, there in (
        ("passages", {each.id for each in bank.sets}, {passage.set_id for passage in contents.passages}),
        ("questions", {item.id for each in bank.sets for item in each.items}, {item.id for item in contents.items}),
        ("prompts", {prompt.id for prompt in bank.prompts}, {prompt.id for prompt in contents.prompts}),
        ("statements", {each.id for each in bank.statements}, {each.id for each in contents.statements}),
        ("sections", sections, {section.id for section in contents.sections}),
        ("practice", {section.id for section in contents.sections if section.kind != "self"}, contents.practice.keys()),
        ("media", {MEDIA + name for name in media if name}, parts.keys()),
    ):
        if missing := asked - there:
            raise _unfit(TEXTS, f"{what} are missing: {', '.join(sorted(missing)[:3])}")


def _unfit(part: str, reason: str) -> Trouble:
    what = f"The part {part} of the package is not what a test needs ({reason})."
    return damaged("package-contents", what, "Tell the publisher.")
