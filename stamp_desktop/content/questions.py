"""Item sets and prompts of a source folder, one file each: what is shown and what is scored, apart from each other.

It sees one file at a time; what holds between files is checked elsewhere.
"""

import re

from stamp_desktop.content.media import MediaShelf
from stamp_desktop.content.model import (
    Choice,
    InlineChoice,
    Interaction,
    ItemText,
    MultipleResponse,
    Option,
    Passage,
    PromptText,
    StatementText,
    TextEntry,
)
from stamp_desktop.content.tables import Table
from stamp_desktop.content.topics import TOPICS
from stamp_desktop.engine import models
from stamp_desktop.engine.blueprint import AdaptiveSection, PromptSection, SelfSection
from stamp_desktop.engine.items import LOGISTIC, MODELS, ChoiceKey, GapKey, Item, ItemSet, Key, Model, Prompt, Statement

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MAX_ITEMS = 6
A_RANGE, B_RANGE, C_RANGE, D_RANGE = (0.2, 4.0), (-6.0, 6.0), (0.0, 0.5), (0.8, 1.0)
"""Parameters outside of these come from a calibration that failed or a slip of the pen."""
MAX_POINTS = 10
MAX_RAPID = 60.0
"""Seconds. Wise and Ma (2012) cut the threshold of a rapid guess at ten."""

_GAP = re.compile(r"\{(\w+)\}")
_MARKUP = re.compile(r"</?[A-Za-z]|\]\(|!\[")

ReadSet = tuple[ItemSet, Passage, tuple[ItemText, ...]]


def read_set(table: Table, section: AdaptiveSection, shelf: MediaShelf, *, practice: bool = False) -> ReadSet:
    """One item set. Of a practice set (one item, scored by nobody) parameters and key are read but mean nothing."""
    set_id = _head(table, section.id, practice)
    level = table.whole("level", *section.levels)
    topic = _topic(table)
    genre, title = table.text("genre", ""), table.text("title", "")
    picture, picture_alt = shelf.picture(table)
    text = audio = ""
    if table.has("audio"):
        audio = shelf.sound(table, "audio")
        table.skip("speed")  # of the voices, for making the recording
        if not table.tables("script", optional=True):
            table.fault("script", "The recording has no script.", "Write down what is said, for review.", warning=True)
        if table.whole("plays", 0, 20, section.plays) != section.plays:
            table.fault("plays", "A set cannot have a play limit of its own.", "Set it for the section in package.toml.")
        if table.has("text"):
            table.fault("text", "A set is either read or heard.", "Remove text or audio.")
            table.skip("text")
    else:
        text = _markdown(table, "text")
    enemies = frozenset(table.texts("enemies", ()))
    pilot = table.flag("pilot")
    module = table.text("module", "")
    read = [_item(one) for one in table.tables("items")]
    if len(read) > (1 if practice else MAX_ITEMS):
        table.fault(
            "items", f"There are {len(read)} items.", "Practice has one item." if practice else f"Use 1 to {MAX_ITEMS} items."
        )
    table.close()
    items = tuple(item for item, _ in read)
    passage = Passage(set_id, genre, title, text, picture, picture_alt, audio)
    each = ItemSet(set_id, section.id, level, topic, items, enemies=enemies, pilot=pilot, module=module)
    return each, passage, tuple(shown for _, shown in read)


def read_prompt(
    table: Table, section: PromptSection, shelf: MediaShelf, *, spoken: bool, practice: bool = False
) -> tuple[Prompt, PromptText]:
    """One writing or speaking task."""
    prompt_id = _head(table, section.id, practice)
    difficulty = table.whole("difficulty", 1, 3, 1 if practice else None)
    topic = _topic(table)
    title, text = table.text("title", ""), _markdown(table, "text")
    picture, picture_alt = shelf.picture(table)
    words = 0 if spoken else table.whole("words", 1, 10_000)
    prepare = table.whole("prepare", 0, 600) if spoken else 0
    speak = table.whole("speak", 5, 1800) if spoken else 0
    attempts = table.whole("attempts", 1, 10) if spoken else 1
    table.close()
    shown = PromptText(prompt_id, section.id, title, text, picture, picture_alt, words, prepare, speak, attempts)
    return Prompt(prompt_id, section.id, difficulty, topic, prepare, speak, attempts), shown


def read_statements(table: Table, section: SelfSection) -> tuple[tuple[Statement, StatementText], ...]:
    """The can-do statements of a self-evaluation, all in one file."""
    read = []
    for one in table.tables("statements"):
        statement = Statement(_name(one), section.id, one.whole("level", *section.levels))
        read.append((statement, StatementText(statement.id, section.id, _markdown(one, "text"))))
        one.close()
    table.close()
    return tuple(read)


def _head(table: Table, section_id: str, practice: bool) -> str:
    name = _name(table)
    if name and not practice and not table.file.endswith(f"/{name}.toml"):
        table.fault("id", f'The file is not named after its id "{name}".', f"Call it {name}.toml, or correct the id.")
    if (section := table.text("section")) not in {section_id, ""}:
        table.fault("section", f'It is "{section}".', f"The file lies with section {section_id}: move or correct it.")
    return name


def _name(table: Table) -> str:
    name = table.text("id")
    if name and not NAME.fullmatch(name):
        table.fault("id", f'"{name}" cannot be an id.', "Use small letters, digits and hyphens.")
    return name


def _topic(table: Table) -> str:
    topic = table.text("topic")
    if topic and topic not in TOPICS:
        table.fault("topic", f'"{topic}" is not in the list of topics.', "Check its spelling.", warning=True)
    return topic


def _markdown(table: Table, key: str) -> str:
    text = table.text(key)
    if _MARKUP.search(text):
        table.fault(key, "Links, pictures and HTML are not shown inside a text.", "Remove them.")
    return text


def _item(table: Table) -> tuple[Item, ItemText]:
    item_id, stem = _name(table), _markdown(table, "stem")
    interaction: Interaction
    key: Key
    match table.one_of("interaction", ("choice", "multiple_response", "inline_choice", "text_entry")):
        case "inline_choice":
            interaction, key = _inline_choice(table)
        case "text_entry":
            interaction, key = _text_entry(table)
        case "multiple_response":
            choices, right = _choices(table)
            most = table.whole("max", 1, max(1, len(choices)), max(1, len(right)))
            if most < len(right):
                table.fault("max", f"The key has {len(right)} choices.", "Let as many be chosen.")
            interaction, key = MultipleResponse(choices, most), ChoiceKey(right)
        case _:
            choices, right = _choices(table)
            if len(right) > 1:
                table.fault("key", f"The key has {len(right)} choices.", "Name one, or use multiple_response.")
            interaction, key = Choice(choices), ChoiceKey(right)
    item = _calibrated(table, item_id, key)
    table.close()
    return item, ItemText(item_id, stem, interaction)


def _calibrated(table: Table, item_id: str, key: Key) -> Item:
    """The item with the parameters of its model; without a model it is a 3PL."""
    named = table.one_of("model", MODELS, "3PL")
    model: Model = next(each for each in MODELS if each == named)
    graded = model not in LOGISTIC
    a = table.number("a", *A_RANGE, 1.0 if model == "1PL" else None)
    b = table.number("b", *B_RANGE, 0.0 if graded else None)
    c = table.number("c", *C_RANGE) if model in {"3PL", "4PL"} else 0.0
    d = table.number("d", *D_RANGE) if model == "4PL" else 1.0
    steps = table.numbers("steps") if graded else ()
    rapid_ms = round(1000 * table.number("rapid", 0.0, MAX_RAPID, 0.0))
    item = Item(item_id, key, a, b, c, d, model, steps, rapid_ms)
    parts = len(key.choices if isinstance(key, ChoiceKey) else key.gaps)
    if graded and (not 1 <= len(steps) <= MAX_POINTS or any(not B_RANGE[0] <= b + step <= B_RANGE[1] for step in steps)):
        low, high = B_RANGE
        table.fault("steps", f"They are {list(steps)}.", f"Write 1 to {MAX_POINTS} numbers; with b added, {low:g} to {high:g}.")
    elif found := list(models.faults(item)):
        table.fault("steps" if graded else "a", f"{found[0]}.", "Correct the parameters.")
    if item.points > 1 and item.points != parts:
        what = f"There are {item.points} steps for {parts} parts of the key."
        table.fault("steps", what, "Write a step for each right choice or gap.")
    return item


def _options(table: Table) -> tuple[Option, ...]:
    options = tuple(Option(option_id, table.text(option_id)) for option_id in table.names())
    if len(options) < 2:
        table.fault("", "There are fewer than two choices.", "Add choices.")
    if len({option.text for option in options}) < len(options):
        table.fault("", "Two choices read the same.", "Change one of them.")
    return options


def _choices(table: Table) -> tuple[tuple[Option, ...], frozenset[str]]:
    choices = _options(table.table("choices"))
    key = table.texts("key")
    known = {option.id for option in choices}
    if unknown := [one for one in key if one not in known]:
        table.fault("key", f"{', '.join(unknown)} is not among the choices.", f"Use {', '.join(sorted(known))}.")
    if not key or len(set(key)) < len(key) or len(key) == len(choices):
        table.fault("key", "It must name some of the choices, not all of them, each once.", "Correct the key.")
    return choices, frozenset(key)


def _gaps(table: Table) -> tuple[str, tuple[str, ...]]:
    text = _markdown(table, "text")
    gaps = tuple(_GAP.findall(text))
    if text and not gaps:
        table.fault("text", "It has no gap.", "Mark each gap, as in {g1}.")
    if len(set(gaps)) < len(gaps):
        table.fault("text", "A gap is there twice.", "Give each gap its own name.")
    return text, gaps


def _match_gaps(table: Table, key: str, gaps: tuple[str, ...], given: tuple[str, ...]) -> None:
    if set(gaps) != set(given):
        table.fault(
            key, f"Its gaps are {', '.join(sorted(given))}, those of the text {', '.join(sorted(gaps))}.", "Make them match."
        )


def _inline_choice(table: Table) -> tuple[Interaction, Key]:
    text, gaps = _gaps(table)
    lists, key = table.table("gaps"), table.table("key")
    _match_gaps(table, "gaps", gaps, lists.names())
    _match_gaps(table, "key", gaps, key.names())
    options = {gap: _options(lists.table(gap)) for gap in gaps if lists.has(gap)}
    right = {gap: (key.one_of(gap, [option.id for option in options[gap]] or [""]),) for gap in options if key.has(gap)}
    return InlineChoice(text, options), GapKey(right)


def _text_entry(table: Table) -> tuple[Interaction, Key]:
    text, gaps = _gaps(table)
    key = table.table("key")
    _match_gaps(table, "key", gaps, key.names())
    right = {gap: key.texts(gap) for gap in gaps if key.has(gap)}
    for gap, forms in right.items():
        if not forms:
            key.fault(gap, "No form is accepted.", "Name at least one.")
    return TextEntry(text, gaps), GapKey(right)
