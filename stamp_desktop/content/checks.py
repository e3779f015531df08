"""What must hold between the files of a test: names, references, and a bank that can fill its blueprint by simple counting.

Counting does not prove that every stripe can be filled under all constraints at once (enemies are left out of it).
"""

from collections import Counter
from itertools import pairwise

from stamp_desktop.content.model import Contents, PracticeItem
from stamp_desktop.content.stripes import deal
from stamp_desktop.content.tables import Fault
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection
from stamp_desktop.engine.items import Bank, ItemSet

PACKAGE_FILE = "package.toml"
DIFFICULTIES = {1: "Novice", 2: "Intermediate", 3: "Advanced"}


def check(contents: Contents, bank: Bank, faults: list[Fault]) -> None:
    """Note every fault between the files."""
    _check_names(contents, bank, faults)
    _check_enemies(bank, faults)
    for section in contents.blueprint.sections:
        if isinstance(section, AdaptiveSection):
            sets = tuple(each for each in bank.sets if each.section == section.id)
            _check_cuts(section, faults)
            _check_filling(section, sets, faults)
        elif isinstance(section, PromptSection):
            _check_follows(section, contents.blueprint, faults)
            _check_prompts(section, bank, faults)


def _check_names(contents: Contents, bank: Bank, faults: list[Fault]) -> None:
    """Sections, profile questions, and everything that a response can be about: each name once."""
    shown = [(each.id, f"{each.section}/{each.id}.toml", "id") for each in bank.sets]
    shown += [(item.id, f"{each.section}/{each.id}.toml", f"item {item.id}") for each in bank.sets for item in each.items]
    shown += [(prompt.id, f"{prompt.section}/{prompt.id}.toml", "id") for prompt in bank.prompts]
    shown += [(each.id, f"{each.section}/statements.toml", f"statement {each.id}") for each in bank.statements]
    for section_id, practice in contents.practice.items():
        file = f"practice/{section_id}.toml"
        if isinstance(practice, PracticeItem):
            shown += [(practice.passage.set_id, file, "id"), (practice.item.id, file, f"item {practice.item.id}")]
        else:
            shown.append((practice.prompt.id, file, "id"))
    sections = [(section.id, PACKAGE_FILE, f"section {section.id}") for section in contents.sections]
    questions = [(question.id, PACKAGE_FILE, f"profile {question.id}") for question in contents.profile]
    for names in (shown, sections, questions):
        files: dict[str, str] = {}
        for name, file, place in names:
            if name and name in files:
                faults.append(Fault(file, place, f'The id "{name}" is taken ({files[name]}).', "Give one of them another id."))
            files.setdefault(name, file)


def _check_enemies(bank: Bank, faults: list[Fault]) -> None:
    known = {each.id for each in bank.sets}
    for each in bank.sets:
        for enemy in sorted(each.enemies - (known - {each.id})):
            what = "A set cannot be its own enemy." if enemy == each.id else f'There is no set "{enemy}".'
            faults.append(Fault(f"{each.section}/{each.id}.toml", "enemies", what, "Correct the list."))


def _check_cuts(section: AdaptiveSection, faults: list[Fault]) -> None:
    place = f"section {section.id}, cuts"
    levels = section.levels[1] - section.levels[0] + 1
    if len(section.cuts) not in {levels - 1, levels}:
        what = f"There are {len(section.cuts)} cuts for {levels} levels."
        todo = f"Write {levels - 1} (or {levels}, where a band lies above the last level)."
        faults.append(Fault(PACKAGE_FILE, place, what, todo))
    if any(low >= high for low, high in pairwise(section.cuts)):
        faults.append(Fault(PACKAGE_FILE, place, "The cuts do not rise.", "Write them in rising order."))


def _check_filling(section: AdaptiveSection, sets: tuple[ItemSet, ...], faults: list[Fault]) -> None:
    place = f"section {section.id}"
    scored = [each for each in deal(sets, section.stripes) if not each.pilot]
    low, high = section.levels
    if empty := sorted(set(range(low, high + 1)) - {each.level for each in scored}):
        names = ", ".join(map(str, empty))
        faults.append(Fault(PACKAGE_FILE, place, f"No set has level {names}.", "Write one, or narrow the levels."))
    for stripe in range(section.stripes):
        topics = Counter(each.topic for each in scored if each.stripe == stripe)
        room = sum(min(count, section.max_sets_per_topic or count) for count in topics.values())
        if room < section.sets:
            what = f"Stripe {stripe + 1} of {section.stripes} can give {room} of {section.sets} sets under the topic cap."
            faults.append(Fault(PACKAGE_FILE, place, what, "Write more sets, or use fewer stripes or sets."))
    pilots = len(sets) - len(scored)
    if pilots < section.pilots:
        faults.append(
            Fault(PACKAGE_FILE, place, f"It has {pilots} of {section.pilots} pilot sets.", "Mark more sets as pilot.")
        )


def _check_follows(section: PromptSection, blueprint: Blueprint, faults: list[Fault]) -> None:
    earlier = blueprint.sections[: blueprint.sections.index(section)]
    if section.follows and section.follows not in {each.id for each in earlier if not isinstance(each, PromptSection)}:
        what = f'It follows "{section.follows}", which is no adaptive section or self-evaluation before it.'
        faults.append(Fault(PACKAGE_FILE, f"section {section.id}, follows", what, "Name one, or move it to the front."))


def _check_prompts(section: PromptSection, bank: Bank, faults: list[Fault]) -> None:
    found = Counter(prompt.difficulty for prompt in bank.prompts if prompt.section == section.id)
    if missing := [name for difficulty, name in DIFFICULTIES.items() if not found[difficulty]]:
        what = f"There is no prompt of difficulty {', '.join(missing)}."
        faults.append(Fault(PACKAGE_FILE, f"section {section.id}", what, "Write one for each difficulty."))
    if found.total() < section.tasks:
        what = f"There are {found.total()} prompts for {section.tasks} tasks."
        faults.append(Fault(PACKAGE_FILE, f"section {section.id}", what, "Write more prompts."))
