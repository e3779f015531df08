"""A blueprint as a TOML file with one `[section]` (docs/simulation.md). Two keys are needed; every other one has a default."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

from stamp_desktop.content.sources import level_limit, stages
from stamp_desktop.content.tables import Fault, Table
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.trouble import Trouble

CUT_RANGE = 10.0


def read_blueprint(file: Path) -> AdaptiveSection:
    """The section; Trouble blueprint-faulty, whose text names every fault with its line."""
    faults: list[Fault] = []
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        faults.append(Fault(file.name, "", f"The file cannot be read: {error.strerror}.", "Check its name and access rights."))
    except UnicodeDecodeError:
        faults.append(Fault(file.name, "", "The file is not UTF-8.", "Save it as UTF-8."))
    else:
        section = parse_blueprint(text, file.name, faults)
        if not faults:
            return section
    raise Trouble(
        "blueprint-faulty",
        f"The blueprint {file.name} has {len(faults)} fault{'s' if len(faults) > 1 else ''}:\n"
        + "\n".join(map(str, faults))
        + "\n",
        "Nothing was simulated.",
        "Correct them and try again.",
    )


def parse_blueprint(text: str, name: str, faults: list[Fault]) -> AdaptiveSection:
    """The section in a TOML text; faults are noted, and the section is worth nothing when there are any."""
    noted: list[Fault] = []
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(name, "", f"The file is not TOML: {error}.", "Correct it at that place."))
        values = {}
        whole = Table({}, name, "", [])
    else:
        whole = Table(values, name, "", noted)
    section = _section(whole.table("section"))
    whole.close()
    faults += [Fault(name, _place(text, fault.place), fault.what, fault.todo) for fault in noted]
    return section


def _section(table: Table) -> AdaptiveSection:
    sets, cuts = table.whole("sets", 1, 100), table.numbers("cuts")
    levels = _levels(table, len(cuts))
    if any(abs(cut) > CUT_RANGE for cut in cuts):
        table.fault("cuts", "A cut is out of range.", f"Use {-CUT_RANGE:g} to {CUT_RANGE:g}.")
    if any(low >= high for low, high in pairwise(cuts)):
        table.fault("cuts", "The cuts do not rise.", "Write them in rising order.")
    prior, scaled, stop = (table.table(key, optional=True) for key in ("prior", "scaled", "stop"))
    section = AdaptiveSection(
        id=table.text("id", "") or "section",
        levels=levels,
        minutes=0,
        sets=sets,
        cuts=cuts,
        prior_mean=prior.number("mean", -6, 6, 0.0),
        prior_sd=prior.number("sd", 0.1, 5, 1.5),
        set_effect=table.number("set_effect", 0, 3, 0.5),
        stripes=table.whole("stripes", 1, 100, 1),
        max_sets_per_topic=table.whole("max_sets_per_topic", 0, 100, 0),
        score="pattern" if table.one_of("score", ("level_table", "pattern"), "level_table") == "pattern" else "level_table",
        scaled_slope=scaled.number("slope", 0.001, 10_000, 50.0),
        scaled_intercept=scaled.number("intercept", -100_000, 100_000, 500.0),
        pilots=table.whole("pilots", 0, 20, 0),
        stop_probability=stop.number("probability", 0.0, 1.0, 0.0),
        min_sets=stop.whole("min_sets", 0, 100, 0),
        level_limits=tuple(level_limit(one, levels) for one in table.tables("level_limits", optional=True)),
        stages=stages(table),
    )
    for each in (prior, scaled, stop, table):
        each.close()
    return section


def _levels(table: Table, cuts: int) -> tuple[int, int]:
    """The range of levels: from 1, one more than the cuts, unless the file says otherwise (as many cuts as levels: a 6+)."""
    if not table.has("levels"):
        if cuts > 8:
            table.fault("cuts", f"{cuts} cuts make {cuts + 1} levels.", "There are 9 benchmark levels: write at most 8 cuts.")
        return 1, min(cuts + 1, 9)
    found = table.numbers("levels")
    if len(found) != 2 or not 1 <= found[0] <= found[1] <= 9 or any(level % 1 for level in found):
        table.fault("levels", "It is not a range of benchmark levels.", "Write the lowest and the highest, as in [1, 9].")
        return 1, 9
    low, high = int(found[0]), int(found[1])
    if cuts != high - low and (cuts, high) != (high - low + 1, 6):
        table.fault("cuts", f"There are {cuts} cuts for {high - low + 1} levels.", f"Write {high - low}, one fewer.")
    return low, high


def _place(text: str, place: str) -> str:
    """A place in the file, as "section, cuts", with the line of its key before it where the key is there."""
    key = re.escape(place.rsplit(", ", maxsplit=1)[-1])
    written = re.compile(rf"""(^|[{{,])\s*["']?{key}["']?\s*=|^\s*\[\s*{key}\s*\]""")
    line = next((number for number, row in enumerate(text.splitlines(), 1) if written.search(row)), 0)
    return f"line {line}, {place}" if line else place
