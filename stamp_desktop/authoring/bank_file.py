"""An outside item bank as a CSV file (docs/simulation.md): read as a whole, all faults by line. It knows no texts."""

import csv
import io
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from stamp_desktop.authoring.rows import Row
from stamp_desktop.content.tables import Fault
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.items import LOGISTIC, MODELS, Bank, ChoiceKey, Item, ItemSet, Model
from stamp_desktop.engine.soundness import MOST_ITEMS
from stamp_desktop.trouble import Trouble

NEEDED = ("id", "set", "level", "topic", "model", "a", "b", "c", "d")
OF_SET = ("stripe", "enemies", "pilot", "module")
STEPS = tuple(f"b{number}" for number in range(1, 10))
OPTIONAL = (*OF_SET, "rapid", *STEPS)

# Beyond these a calibration has failed: a slope of 10 is a step, and nobody's ability lies 10 from the mean.
A_RANGE = (0.01, 10.0)
B_RANGE = (-10.0, 10.0)
C_RANGE = (0.0, 0.9)
D_RANGE = (0.1, 1.0)


def key(points: int) -> ChoiceKey:
    """A CSV bank has no texts: as many right choices as the item has points."""
    return ChoiceKey(frozenset({f"right{number}" for number in range(1, points + 1)}))


def read_bank(file: Path, section: AdaptiveSection) -> Bank:
    """The bank for that section; Trouble bank-faulty, whose text names every fault with its line."""
    faults: list[Fault] = []
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        faults.append(Fault(file.name, "", f"The file cannot be read: {error.strerror}.", "Check its name and access rights."))
    except UnicodeDecodeError:
        faults.append(Fault(file.name, "", "The file is not UTF-8.", "Save it as UTF-8."))
    else:
        bank = parse_bank(text, file.name, section, faults)
        if not faults:
            return bank
    raise Trouble(
        "bank-faulty",
        f"The bank {file.name} has {len(faults)} fault{'s' if len(faults) > 1 else ''}:\n" + "\n".join(map(str, faults)) + "\n",
        "Nothing was simulated.",
        "Correct them and try again.",
    )


def parse_bank(text: str, name: str, section: AdaptiveSection, faults: list[Fault]) -> Bank:
    """The bank in a CSV text; faults are noted, and the bank is worth nothing when there are any."""
    reader = csv.reader(io.StringIO(text, newline=""))
    head = _head(next(reader, []))
    if not _check_head(head, name, faults):
        return Bank(())
    items: dict[str, list[tuple[Row, Item]]] = {}
    seen: dict[str, int] = {}
    for cells in reader:
        row = Row(dict(zip(head, cells, strict=False)), name, reader.line_num, faults)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(head):
            row.fault("", f"It has {len(cells)} cells, the header {len(head)}.", "Quote cells that hold a comma.")
        item = _item(row)
        if item.id in seen:
            row.fault("id", f'The id "{item.id}" is taken (line {seen[item.id]}).', "Give one of them another id.")
        seen.setdefault(item.id, row.line)
        items.setdefault(row.text("set", f"set:{item.id}"), []).append((row, item))
    if not items:
        faults.append(Fault(name, "", "There is no item in it.", "Write one item a line below the header."))
    sets = tuple(_set(set_id, rows, section) for set_id, rows in items.items())
    _check_enemies(sets, items)
    return Bank(_apart(sets, seen.keys()))


def _apart(sets: tuple[ItemSet, ...], items: Collection[str]) -> tuple[ItemSet, ...]:
    """The sets with ids that no item has, as the engine wants them: "set:" is put before the others."""
    taken = {*items, *(each.id for each in sets)}
    names = {}
    for each in sets:
        name = each.id
        while name in items or (name != each.id and name in taken):
            name = f"set:{name}"
        names[each.id] = name
    return tuple(
        replace(each, id=names[each.id], enemies=frozenset(names.get(enemy, enemy) for enemy in each.enemies)) for each in sets
    )


def _check_head(head: list[str], name: str, faults: list[Fault]) -> bool:
    before = len(faults)
    wanted = f"The first line is: {','.join(NEEDED)}; {', '.join(OF_SET)}, rapid, b1 to b9 may be there too."
    if missing := [column for column in NEEDED if column not in head]:
        faults.append(Fault(name, "line 1", f"There is no column {', '.join(missing)}.", wanted))
    twice = sorted({column for column in head if head.count(column) > 1})
    faults += [Fault(name, "line 1", f'The column "{column}" comes twice.', "Take one out.") for column in twice]
    strange = [column for column in head if column not in NEEDED + OPTIONAL]
    faults += [Fault(name, "line 1", f'The column "{column}" has no meaning here.', wanted) for column in strange]
    return len(faults) == before


def _item(row: Row) -> Item:
    named = row.one_of("model", MODELS)
    model: Model = next(each for each in MODELS if each == named)
    graded = model not in LOGISTIC
    item_id = row.text("id")
    a = row.number("a", *A_RANGE, default=1.0 if model == "1PL" else None)
    b = row.number("b", *B_RANGE, default=0.0 if graded else None)
    c = row.number("c", *C_RANGE, default=None if model in {"3PL", "4PL"} else 0.0)
    d = row.number("d", *D_RANGE, default=None if model == "4PL" else 1.0)
    steps = _steps(row, graded=graded)
    if c and model not in {"3PL", "4PL"}:
        row.fault("c", f"A {model} item has no lower asymptote.", "Leave it empty, or name the model 3PL.")
    if d != 1 and model != "4PL":
        row.fault("d", f"A {model} item has no upper asymptote.", "Leave it empty, or name the model 4PL.")
    if c >= d:
        row.fault("d", f"The lower asymptote {c:g} is not below the upper one {d:g}.", "Correct c or d.")
    if model == "GRM" and any(low >= high for low, high in pairwise(steps)):
        row.fault("b2", "The thresholds of a GRM item do not rise.", "Order them, or name the model GPCM.")
    rapid_ms = round(1000 * row.number("rapid", 0.0, 60.0, 0.0))
    return Item(item_id, key(len(steps) or 1), a, b, c, d, model, steps, rapid_ms)


def _steps(row: Row, *, graded: bool) -> tuple[float, ...]:
    """b1, b2, ... up to the last that is filled in."""
    there = [column for column in STEPS if row.has(column)]
    if graded and not there:
        row.fault("b1", "A GRM or GPCM item has steps.", "Give b1, b2, ...: one for each point.")
    if not graded and there:
        row.fault(there[0], "An item that is right or wrong has no steps.", "Leave it empty, or name the model GRM or GPCM.")
    return tuple(row.number(column, *B_RANGE) for column in STEPS[: STEPS.index(there[-1]) + 1]) if there and graded else ()


def _set(set_id: str, rows: list[tuple[Row, Item]], section: AdaptiveSection) -> ItemSet:
    """A set from its lines; what belongs to the set must be the same in each of them."""
    first = rows[0][0]
    level, topic = first.whole("level", *section.levels), first.text("topic")
    stripe = first.whole("stripe", 0, section.stripes - 1, 0)
    pilot = first.text("pilot", "0")
    if pilot.lower() not in {"0", "1", "false", "true"}:
        first.fault("pilot", f'"{pilot}" is not known.', "Write 1 for a pilot set, 0 or nothing for a scored one.")
    for row, _ in rows[1:]:
        for column in ("level", "topic", *OF_SET):
            here, there = row.text(column, "-"), first.text(column, "-")
            if here != there:
                what = f'The set "{set_id}" has {column} "{there}" in line {first.line} and "{here}" here.'
                row.fault(column, what, f"A set has one {column}.")
    if len(rows) > MOST_ITEMS:
        rows[MOST_ITEMS][0].fault("set", f'The set "{set_id}" has {len(rows)} items.', f"A set has 1 to {MOST_ITEMS}.")
    enemies = frozenset(first.text("enemies", "").split())
    items = tuple(item for _, item in rows)
    is_pilot = pilot.lower() in {"1", "true"}
    return ItemSet(set_id, section.id, level, topic, items, stripe, enemies, is_pilot, first.text("module", ""))


def _check_enemies(sets: tuple[ItemSet, ...], items: dict[str, list[tuple[Row, Item]]]) -> None:
    for each in sets:
        for enemy in sorted(each.enemies):
            if enemy not in items or enemy == each.id:
                what = "A set cannot be its own enemy." if enemy == each.id else f'There is no set "{enemy}".'
                items[each.id][0][0].fault("enemies", what, "Correct the list (ids of sets, blanks between).")


def has_stripes(file: Path) -> bool:
    """Whether the author has dealt the sets: the CSV has a column `stripe`."""
    with file.open(encoding="utf-8-sig") as lines:
        return "stripe" in _head(next(csv.reader(lines), []))


def write_bank(bank: Bank) -> str:
    """The bank as CSV text that `parse_bank` reads back, in order of set and item; its sets keep their stripes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*NEEDED, *OPTIONAL))
    for each in sorted(bank.sets, key=lambda each: each.id):
        of_set = (each.stripe, " ".join(sorted(each.enemies)), int(each.pilot), each.module)
        for item in each.items:
            about = (item.id, each.id, each.level, each.topic, item.model, item.a, item.b, item.c, item.d)
            steps = (*item.steps, *[""] * (len(STEPS) - len(item.steps)))
            writer.writerow((*about, *of_set, item.rapid_ms / 1000 or "", *steps))
    return out.getvalue()


def _head(cells: list[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]
