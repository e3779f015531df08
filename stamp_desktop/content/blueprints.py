"""The assessments that come with the program: their sections as data, for a test's sources to stand on. It judges no test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stamp_desktop.content.tables import Fault, Table, read_table


def folder() -> Path:
    """Where the blueprints lie, in a checkout or in an installed program."""
    package = Path(__file__).resolve().parents[1]
    return next((each for each in (package / "assets", package.parent / "assets") if each.is_dir()), package) / "blueprints"


def names() -> tuple[str, ...]:
    """The blueprints that there are, as a source folder names them."""
    return tuple(sorted(path.stem for path in folder().glob("*.toml")))


def sections(name: str, assessment: str, own: tuple[Table, ...], faults: list[Fault]) -> tuple[Table, ...]:
    """The sections of a blueprint, each with what the test's own section of that id says in place of it or besides.

    `own` are the sections of package.toml; one that the blueprint lacks, and an assessment that it is not for, is a fault.
    """
    found = read_table(folder(), f"{name}.toml", faults)
    if found is None:
        return own
    meant, given = found.texts("assessments"), found.tables("sections")
    if assessment and assessment not in meant:
        faults.append(
            Fault("package.toml", "package, assessment", f'"{assessment}" has another blueprint.', f"Use {', '.join(meant)}.")
        )
    changes: dict[str, Mapping[str, Any]] = {table.text("id"): table.rest() for table in own}
    merged = []
    for table in given:
        values = dict(table.rest())
        place = f"section {values['id']}"
        merged.append(Table(values | dict(changes.pop(str(values["id"]), {})), "package.toml", place, faults))
    lacking = f"The blueprint {name} has no such section."
    faults += [Fault("package.toml", f"section {unknown}", lacking, "Remove it, or correct its id.") for unknown in changes]
    return tuple(merged)
