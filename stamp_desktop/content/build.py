"""Building a package: a checked source folder becomes one signed, encrypted file.

The same sources and keys give the same bytes. It checks nothing itself (the sources are checked when they are read), and it
never overwrites a package with half of another.
"""

import hashlib
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.content.keys import PackageKeys, key_id, publisher_id, seal
from stamp_desktop.content.manifest import (
    ANSWERS,
    FORMAT,
    MANIFEST,
    MEDIA,
    SIGNATURE,
    TEXTS,
    Manifest,
    Part,
    SectionSummary,
    encode,
)
from stamp_desktop.content.model import Contents
from stamp_desktop.content.plain import canonical, plain
from stamp_desktop.content.sources import Identity, Sources, fault_report, read_sources
from stamp_desktop.content.stripes import Deal, deal, dealt
from stamp_desktop.engine.blueprint import AdaptiveSection, SelfSection
from stamp_desktop.engine.items import Bank, ItemSet

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can state: a package does not tell when it was built."""


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was built; `report` is for people: the bank by section, level and stripe, and the warnings."""

    manifest: Manifest
    path: Path
    report: str


def build(
    folder: Path,
    out: Path,
    signing_key: Ed25519PrivateKey,
    keys: PackageKeys,
    deal: Deal = deal,
    prove: Callable[[AdaptiveSection, Sequence[ItemSet]], Sequence[str]] = lambda *_: (),
) -> Built:
    """Build the source folder into the file `out`, which appears whole or not at all; Trouble sources-faulty.

    `prove` gets each adaptive section with its sets as they were dealt; it raises Trouble, or has lines for the report.
    """
    sources = read_sources(folder)
    bank = dealt(sources.contents.blueprint, sources.bank, deal)
    proofs = [
        f"{section.id}: {line}"
        for section in sources.contents.blueprint.sections
        if isinstance(section, AdaptiveSection)
        for line in prove(section, [each for each in bank.sets if each.section == section.id])
    ]
    manifest = _manifest(sources.identity, _sections(sources), signing_key, keys)
    parts = {
        TEXTS: ("application/json", seal(keys.content, manifest.place, TEXTS, canonical(plain(Contents, sources.contents)))),
        ANSWERS: ("application/json", seal(keys.answers, manifest.place, ANSWERS, canonical(plain(Bank, bank)))),
    }
    for media in sorted(sources.media, key=lambda media: media.name):
        path = MEDIA + media.name
        parts[path] = (media.media_type, seal(keys.content, manifest.place, path, media.path.read_bytes()))
    listed = tuple(
        Part(path, hashlib.sha256(sealed).hexdigest(), len(sealed), media_type) for path, (media_type, sealed) in parts.items()
    )
    manifest = replace(manifest, parts=listed)
    raw = encode(manifest)
    files = {MANIFEST: raw, SIGNATURE: signing_key.sign(raw), **{path: sealed for path, (_, sealed) in parts.items()}}
    _write_whole(out, files)
    return Built(manifest, out, "\n".join([_report(sources, bank), *proofs]))


def _manifest(
    identity: Identity, sections: tuple[SectionSummary, ...], signing_key: Ed25519PrivateKey, keys: PackageKeys
) -> Manifest:
    return Manifest(
        format=FORMAT,
        id=identity.id,
        version=identity.version,
        title=identity.title,
        language=identity.language,
        language_name=identity.language_name,
        instruction_language=identity.instruction_language,
        assessment=identity.assessment,
        publisher=identity.publisher,
        licence=identity.licence,
        publisher_key=publisher_id(signing_key.public_key()),
        content_key=key_id(keys.content),
        answer_key=key_id(keys.answers),
        sections=sections,
        parts=(),
    )


def _sections(sources: Sources) -> tuple[SectionSummary, ...]:
    every = sources.bank
    bank = Counter([s.section for s in every.sets] + [p.section for p in every.prompts] + [s.section for s in every.statements])
    blueprint = sources.contents.blueprint
    return tuple(
        SectionSummary(
            text.id, text.title, text.kind, blueprint.section(text.id).levels, text.minutes, text.units, bank[text.id]
        )
        for text in sources.contents.sections
    )


def _write_whole(out: Path, files: dict[str, bytes]) -> None:
    """Write the zip under another name and rename it when it is on the disk. Stored: what is encrypted does not shrink."""
    draft = out.with_name(out.name + ".part")
    with draft.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
            for path, content in files.items():
                entry = zipfile.ZipInfo(path, _ZIP_EPOCH)
                entry.create_system = 3  # the same on every system that builds
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(out)


def _report(sources: Sources, bank: Bank) -> str:
    lines = []
    for section in sources.contents.blueprint.sections:
        if isinstance(section, SelfSection):
            lines.append(f"{section.id}: {sum(each.section == section.id for each in bank.statements)} can-do statements")
            continue
        if not isinstance(section, AdaptiveSection):
            prompts = Counter(prompt.difficulty for prompt in bank.prompts if prompt.section == section.id)
            lines.append(
                f"{section.id}: {prompts.total()} prompts; by difficulty " + " ".join(f"{prompts[key]:3}" for key in (1, 2, 3))
            )
            continue
        sets = [each for each in bank.sets if each.section == section.id]
        items = sum(len(each.items) for each in sets)
        lines.append(f"{section.id}: {len(sets)} sets, {items} items, {section.stripes} stripes; sets by level and stripe")
        found = Counter((each.level, each.stripe) for each in sets)
        lines += [
            f"  level {level}: " + " ".join(f"{found[level, stripe]:3}" for stripe in range(section.stripes))
            for level in range(section.levels[0], section.levels[1] + 1)
        ]
    size = sum(media.size for media in sources.media)
    lines.append(f"{len(sources.media)} pictures and recordings, {size / 1e6:.1f} MB")
    if sources.warnings:
        lines.append(fault_report(sources.warnings))
    return "\n".join(lines)
