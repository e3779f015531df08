"""Whether the letters of each booked language can be drawn: by the program's own fonts, else by those of the system.

On Linux fontconfig is asked, as Qt asks it. What our own fonts draw is never warned about.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.languages import Writing, writing
from stamp_desktop.readiness.need import Need

ASK_SECONDS: Final = 20.0
"""The first question after a font was installed makes fontconfig read every file again."""

Families: TypeAlias = Callable[[str], tuple[str, ...]]
"""The families that have all of these letters."""


class NoFontconfigError(Exception):
    """The system's fonts cannot be asked; its text is the reason."""


def system_families(letters: str) -> tuple[str, ...]:
    """Of this computer. NoFontconfigError."""
    if sys.platform != "linux":
        raise NoFontconfigError("Not yet tried on this system.")
    if shutil.which("fc-list") is None:
        raise NoFontconfigError("fc-list (package fontconfig) is not installed.")
    wanted = " ".join(sorted({f"{ord(letter):x}" for letter in letters if not letter.isspace()}))
    try:
        said = _run("fc-list", f":charset={wanted}", "family")
    except (subprocess.SubprocessError, OSError) as error:
        raise NoFontconfigError(f"fontconfig does not answer ({type(error).__name__}).") from error
    return tuple(dict.fromkeys(name.strip() for line in said.splitlines() for name in line.split(",")))


def own_letters(fonts: Path | None) -> frozenset[int]:
    """What the program's own upright font can draw; nothing where it is missing."""
    file = fonts / "AtkinsonHyperlegibleNext-Regular.ttf" if fonts else None
    return frozenset(_covered(file)) if file and file.is_file() else frozenset()


def font_checks(needs: tuple[Need, ...], own: frozenset[int], families: Families) -> tuple[Check, ...]:
    """One for each language."""
    languages = {need.language: need for need in needs}
    if not languages:
        return (Check("language.fonts", "Fonts", "skipped", "No test is booked: there is no language to look for."),)
    return tuple(_check(need, own, families) for need in languages.values())


def _check(need: Need, own: frozenset[int], families: Families) -> Check:
    name, title = f"language.fonts.{need.language.lower()}", f"Font, {need.language_name}"
    wanted = writing(need.language)
    if wanted is None:
        return Check(name, title, "skipped", f"This program does not know the letters of {need.language_name}.")
    if all(ord(letter) in own for letter in wanted.letters):
        return Check(name, title, "pass", f"{need.language_name}: drawn by the program's own font.")
    try:
        found = families(wanted.letters)
    except NoFontconfigError as error:
        return Check(name, title, "skipped", f"{error} Fonts were not looked at.")
    return _found(name, title, need, wanted, found)


def _found(name: str, title: str, need: Need, wanted: Writing, found: tuple[str, ...]) -> Check:
    package = PACKAGES.get(wanted.family, "fonts-noto-core")
    if not found:
        said = f"No font has the letters of {need.language_name}: they would be empty boxes."
        return Check(name, title, "fail", said, 0, "families", 1, f"Install {wanted.family or 'a font for it'} ({package}).")
    if wanted.family and wanted.family not in found:
        said = f"{need.language_name} would be drawn by {found[0]}, not by {wanted.family}: letters may have other shapes."
        return Check(name, title, "warn", said, len(found), "families", 1, f"Install {wanted.family} ({package}).")
    return Check(name, title, "pass", f"{need.language_name}: {wanted.family or found[0]}.", len(found), "families", 1)


PACKAGES: Final[Mapping[str, str]] = {
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Sans CJK TC": "fonts-noto-cjk",
    "Noto Sans CJK JP": "fonts-noto-cjk",
    "Noto Sans CJK KR": "fonts-noto-cjk",
    "Noto Nastaliq Urdu": "fonts-noto-extra",
}


@cache
def _covered(file: Path) -> tuple[int, ...]:
    """The characters of a TrueType file: its Unicode `cmap` of format 4 (OpenType), which ours has."""
    data = file.read_bytes()
    at = next(
        int.from_bytes(data[entry + 8 : entry + 12])
        for entry in range(12, 12 + 16 * int.from_bytes(data[4:6]), 16)
        if data[entry : entry + 4] == b"cmap"
    )
    for record in range(at + 4, at + 4 + 8 * int.from_bytes(data[at + 2 : at + 4]), 8):
        table = at + int.from_bytes(data[record + 4 : record + 8])
        if int.from_bytes(data[table : table + 2]) == 4:
            return tuple(_segments(data, table))
    return ()


def _segments(data: bytes, table: int) -> list[int]:
    twice = int.from_bytes(data[table + 6 : table + 8])
    ends, starts = table + 14, table + 16 + twice
    found: list[int] = []
    for at in range(0, twice, 2):
        first = int.from_bytes(data[starts + at : starts + at + 2])
        last = int.from_bytes(data[ends + at : ends + at + 2])
        found += [each for each in range(first, last + 1) if each != 0xFFFF]
    return found


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=ASK_SECONDS).stdout
