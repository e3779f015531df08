"""The source folder of a test, read and checked as a whole. It builds nothing, and returns nothing of a folder with faults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from stamp_desktop.content import blueprints
from stamp_desktop.content.checks import PACKAGE_FILE, check
from stamp_desktop.content.media import Media, MediaShelf
from stamp_desktop.content.model import (
    Contents,
    EquipmentTexts,
    Practice,
    PracticeItem,
    PracticePrompt,
    ProfileQuestion,
    Rules,
    SectionText,
    SpokenWord,
    StatementText,
)
from stamp_desktop.content.questions import LANGUAGE, NAME, read_prompt, read_set, read_statements
from stamp_desktop.content.stripes import dealt
from stamp_desktop.content.tables import Fault, Table, read_table
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, LevelLimit, PromptSection, Section, SelfSection
from stamp_desktop.engine.items import ANSWERS, Bank, Statement
from stamp_desktop.engine.soundness import faults as unfit
from stamp_desktop.trouble import Trouble

MAX_THETA = 6.0
"""Abilities and difficulties beyond this are mistakes: nobody's ability is estimated out there."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What names a package."""

    id: str
    version: str
    title: str
    language: str
    language_name: str
    instruction_language: str
    assessment: str
    publisher: str
    licence: str


@dataclass(frozen=True, slots=True)
class Sources:
    """A source folder without errors. The bank's stripes are not dealt yet; `media` are what the contents name."""

    identity: Identity
    contents: Contents
    bank: Bank
    media: tuple[Media, ...]
    warnings: tuple[Fault, ...]


def read_sources(folder: Path) -> Sources:
    """Read the folder; Trouble sources-faulty, whose text names every fault of every file, when it cannot be built."""
    sources, faults = inspect_sources(folder)
    if sources is None:
        errors = [fault for fault in faults if not fault.warning]
        raise Trouble(
            "sources-faulty",
            f"The test in {folder.name} has {len(errors)} faults in {len({fault.file for fault in errors})} files.",
            "No package was built.",
            fault_report(faults),
        )
    return sources


def shipped_blueprint(name: str) -> Blueprint:
    """An assessment that comes with the program, in no language yet; Trouble sources-faulty when its file is damaged."""
    faults: list[Fault] = []
    sections = tuple(_section(table)[0] for table in blueprints.sections(name, "", (), faults))
    if faults or not sections:
        raise Trouble("sources-faulty", f"The blueprint {name} cannot be used.", "", fault_report(tuple(faults)))
    return Blueprint(name, "", sections)


def fault_report(faults: tuple[Fault, ...]) -> str:
    """The faults for people, one a line, errors first."""
    return "\n".join(str(fault) for fault in sorted(faults, key=lambda fault: (fault.warning, fault)))


def inspect_sources(folder: Path) -> tuple[Sources | None, tuple[Fault, ...]]:
    """All faults of the folder, and what it holds when none of them is more than a warning."""
    faults: list[Fault] = []
    package = read_table(folder, PACKAGE_FILE, faults)
    if package is None:
        return None, tuple(faults)
    shelf = MediaShelf(folder)
    head = package.table("package")
    named = head.one_of("blueprint", blueprints.names(), "")
    identity = _identity(head)
    tables = package.tables("sections", optional=bool(named))
    if named:
        tables = blueprints.sections(named, identity.assessment, tables, faults)
    sections = tuple(_section(table) for table in tables)
    blueprint = Blueprint(identity.assessment, identity.language, tuple(section for section, _ in sections))
    contents, bank = _contents(folder, shelf, package, blueprint, tuple(text for _, text in sections), faults)
    package.close()
    check(contents, bank, faults)
    if not any(not fault.warning for fault in faults):
        found = unfit(blueprint, dealt(blueprint, bank))
        faults += [Fault(PACKAGE_FILE, "", f"{what[0].upper()}{what[1:]}.", "Correct it.") for what in found]
    if any(not fault.warning for fault in faults):
        return None, tuple(faults)
    return Sources(identity, contents, bank, tuple(shelf.found.values()), tuple(faults)), tuple(faults)


def _contents(
    folder: Path,
    shelf: MediaShelf,
    package: Table,
    blueprint: Blueprint,
    texts: tuple[SectionText, ...],
    faults: list[Fault],
) -> tuple[Contents, Bank]:
    read_sets, read_prompts = [], []
    said: list[tuple[Statement, StatementText]] = []
    practice: dict[str, Practice] = {}
    for section, text in zip(blueprint.sections, texts, strict=True):
        if isinstance(section, SelfSection):
            if table := read_table(folder, f"{section.id}/statements.toml", faults):
                said += read_statements(table, section)
            continue
        rehearsal = read_table(folder, f"practice/{section.id}.toml", faults)
        if isinstance(section, AdaptiveSection):
            read_sets += [read_set(table, section, shelf) for table in _files(folder, section.id, faults)]
            if rehearsal:
                _, passage, items = read_set(rehearsal, section, shelf, practice=True)
                practice.update((section.id, PracticeItem(passage, item)) for item in items[:1])
        else:
            spoken = bool(text.recording)
            read_prompts += [read_prompt(table, section, shelf, spoken=spoken) for table in _files(folder, section.id, faults)]
            if rehearsal:
                practice[section.id] = PracticePrompt(read_prompt(rehearsal, section, shelf, spoken=spoken, practice=True)[1])
    contents = Contents(
        blueprint=blueprint,
        sections=tuple(replace(text, units=text.units or sum(s.section == text.id for s, _ in said)) for text in texts),
        passages=tuple(passage for _, passage, _ in read_sets),
        items=tuple(item for _, _, items in read_sets for item in items),
        prompts=tuple(text for _, text in read_prompts),
        practice=practice,
        rules=_rules(package.table("rules")),
        profile=tuple(_question(table) for table in package.tables("profile", optional=True)),
        equipment=_equipment(package.table("equipment"), shelf),
        labels=_labels(package.table("labels", optional=True)),
        statements=tuple(text for _, text in said),
    )
    sets, prompts = tuple(each for each, _, _ in read_sets), tuple(prompt for prompt, _ in read_prompts)
    return contents, Bank(sets, prompts, tuple(statement for statement, _ in said))


def _files(folder: Path, section_id: str, faults: list[Fault]) -> Iterator[Table]:
    names = sorted(path.name for path in (folder / section_id).glob("*.toml")) if section_id else []
    if not names:
        faults.append(Fault(f"{section_id}/", "", "The section has no files.", "Add one file for every set or prompt."))
    for name in names:
        if table := read_table(folder, f"{section_id}/{name}", faults):
            yield table


def _identity(table: Table) -> Identity:
    identity = Identity(
        id=table.text("id"),
        version=table.text("version"),
        title=table.text("title"),
        language=table.text("language"),
        language_name=table.text("language_name"),
        instruction_language=table.text("instruction_language"),
        assessment=table.text("assessment"),
        publisher=table.text("publisher"),
        licence=table.text("licence", ""),
    )
    if identity.id and not NAME.fullmatch(identity.id):
        table.fault("id", f'"{identity.id}" cannot be an id.', "Use small letters, digits and hyphens.")
    if identity.version and not re.fullmatch(r"\d+(\.\d+){0,3}", identity.version):
        table.fault("version", f'"{identity.version}" is not a version.', "Use numbers and dots, as in 1.0.2.")
    for key, value in (("language", identity.language), ("instruction_language", identity.instruction_language)):
        if value and not LANGUAGE.fullmatch(value):
            table.fault(key, f'"{value}" is not a language tag.', "Use a tag of BCP 47, as in en or zh-Hant.")
    table.close()
    return identity


def _section(table: Table) -> tuple[Section, SectionText]:
    section_id = table.text("id")
    if section_id and not NAME.fullmatch(section_id):
        table.fault("id", f'"{section_id}" cannot be an id.', "Use small letters, digits and hyphens.")
    kind = table.one_of("kind", ("adaptive", "prompts", "self"))
    title, intro, minutes = table.text("title"), table.texts("intro"), table.whole("minutes", 0, 600)
    levels = table.numbers("levels")
    if len(levels) != 2 or not 1 <= levels[0] <= levels[1] <= 9 or any(level % 1 for level in levels):
        table.fault("levels", "It is not a range of benchmark levels.", "Write the lowest and the highest level, as in [1, 9].")
        levels = (1.0, 9.0)
    span = (int(levels[0]), int(levels[1]))
    recording = ""
    section: Section
    if kind == "self":
        answers = table.texts("answers")
        if len(answers) != ANSWERS:
            table.fault("answers", f"There are {len(answers)} answers.", f"Write {ANSWERS}, from the lowest to the highest.")
        section = SelfSection(section_id, span, minutes)
        text = SectionText(section_id, title, intro, "self", minutes, 0, 0, "", answers)
    elif kind == "prompts":
        recording = table.one_of("recording", ("flac", "opus"), "")
        section = PromptSection(section_id, span, minutes, table.whole("tasks", 1, 10), table.text("follows", ""))
        text = SectionText(section_id, title, intro, "prompts", minutes, section.tasks, 0, recording)
    else:
        prior, scaled, stop = table.table("prior"), table.table("scaled"), table.table("stop", optional=True)
        section = AdaptiveSection(
            id=section_id,
            levels=span,
            minutes=minutes,
            sets=table.whole("sets", 1, 100),
            cuts=table.numbers("cuts"),
            prior_mean=prior.number("mean", -MAX_THETA, MAX_THETA),
            prior_sd=prior.number("sd", 0.1, 5),
            set_effect=table.number("set_effect", 0, 3),
            stripes=table.whole("stripes", 1, 100),
            max_sets_per_topic=table.whole("max_sets_per_topic", 0, 100),
            score="pattern" if table.one_of("score", ("level_table", "pattern"), "level_table") == "pattern" else "level_table",
            scaled_slope=scaled.number("slope", 0.001, 10_000),
            scaled_intercept=scaled.number("intercept", -100_000, 100_000),
            plays=table.whole("plays", 0, 20, 0),
            pilots=table.whole("pilots", 0, 20, 0),
            stop_probability=stop.number("probability", 0.0, 1.0, 0.0),
            min_sets=stop.whole("min_sets", 0, 100, 0),
            level_limits=tuple(level_limit(one, span) for one in table.tables("level_limits", optional=True)),
            stages=stages(table),
        )
        stop.close()
        prior.close()
        scaled.close()
        text = SectionText(section_id, title, intro, "adaptive", minutes, section.sets, section.plays, "")
    table.close()
    return section, text


def level_limit(table: Table, span: tuple[int, int]) -> LevelLimit:
    """How many sets of a range of levels a test may have."""
    levels = table.numbers("levels")
    if len(levels) != 2 or not span[0] <= levels[0] <= levels[1] <= span[1] or any(level % 1 for level in levels):
        table.fault("levels", "It is not a range of the section's levels.", "Write the lowest and the highest, as in [1, 3].")
        levels = (float(span[0]), float(span[1]))
    least, most = table.whole("least", 0, 100, 0), table.whole("most", 0, 100, 100)
    if least > most:
        table.fault("least", f"It is {least}, and at most {most} are allowed.", "Correct one of them.")
    table.close()
    return LevelLimit((int(levels[0]), int(levels[1])), least, most)


def stages(table: Table) -> tuple[tuple[str, ...], ...]:
    """The modules of each stage; each stage is a table with the names of its `modules`."""
    found = []
    for stage in table.tables("stages", optional=True):
        found.append(stage.texts("modules"))
        stage.close()
    return tuple(found)


def _rules(table: Table) -> Rules:
    rules = Rules(table.text("title"), table.texts("points"), table.text("agreement"))
    table.close()
    return rules


def _question(table: Table) -> ProfileQuestion:
    question_id, label, optional = table.text("id"), table.text("label"), table.flag("optional")
    options: tuple[str, ...] = ()
    if table.one_of("kind", ("choice", "text")) == "choice":
        options = table.texts("options")
        if len(set(options)) < max(2, len(options)):
            table.fault("options", "The options are fewer than two, or one is there twice.", "Correct the list.")
    table.close()
    return ProfileQuestion(question_id, label, options, optional)


def _equipment(table: Table, shelf: MediaShelf) -> EquipmentTexts:
    word, words, audio = table.text("word"), table.texts("words"), table.table("word_audio")
    if words and (word not in words or len(words) < 2):
        table.fault("words", "The word that is played must be among two or more words.", "Correct the list, or the word.")
    spoken = tuple(SpokenWord(one, shelf.sound(audio, one)) for one in words)
    audio.close()
    texts = EquipmentTexts(word, spoken, table.text("sentence"), table.text("typing"))
    table.close()
    return texts


def _labels(table: Table) -> dict[str, dict[int, str]]:
    labels: dict[str, dict[int, str]] = {}
    for scale in table.names():
        of_scale = table.table(scale)
        labels[scale] = {int(level): of_scale.text(level) for level in of_scale.names() if level in "123456789"}
        of_scale.close()
    return labels
