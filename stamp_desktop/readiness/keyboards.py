"""How each booked language is typed here: keyboard layouts of the session and input methods that the exam window can talk with.

The exam window talks with ibus and with no other input method (Qt's own wheels have that plug-in alone).
"""

import os
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.languages import Writing, writing
from stamp_desktop.readiness.need import Need

ENGINES: Final = Path("/usr/share/ibus/component")
KEYBOARD: Final = Path("/etc/default/keyboard")


@dataclass(frozen=True, slots=True)
class Keyboards:
    """`layouts` as X names them. `engines`: ibus engines that are installed. `running`: input methods that
    run now. `unknown` is why none of it could be asked.
    `session`: it was asked in a session with a display, where an input method would have to run.
    """

    layouts: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    running: frozenset[str] = frozenset()
    unknown: str = ""
    session: bool = True


def keyboards(engines: Path = ENGINES, keyboard: Path = KEYBOARD) -> Keyboards:
    """Of this computer and this session."""
    if sys.platform != "linux":
        return Keyboards(unknown="Not yet tried on this system: type a sample in the equipment check.")
    mine = (
        each for each in psutil.process_iter(["name", "uids"]) if each.info["uids"] and each.info["uids"].real == os.getuid()
    )
    running = {each.info["name"] or "" for each in mine}
    methods = frozenset(name for name in ("ibus-daemon", "fcitx", "fcitx5") if name in running)
    installed = tuple(_engines(engines)) if shutil.which("ibus-daemon") or shutil.which("ibus") else ()
    return Keyboards(_layouts(keyboard), installed, methods, session=bool(os.environ.get("DISPLAY")))


def typing_checks(needs: tuple[Need, ...], found: Keyboards) -> tuple[Check, ...]:
    """One for each language."""
    languages: dict[str, Need] = {}
    for need in needs:
        if need.language not in languages or need.writes:
            languages[need.language] = need
    if not languages:
        return (Check("language.typing", "Keyboard", "skipped", "No test is booked: there is no language to look for."),)
    return tuple(_check(need, found) for need in languages.values())


def _check(need: Need, found: Keyboards) -> Check:
    name, title, called = f"language.typing.{need.language.lower()}", f"Keyboard, {need.language_name}", need.language_name
    wanted = writing(need.language)
    if not need.writes:
        return Check(name, title, "skipped", "Nothing is written in this test.")
    if wanted is None:
        return Check(name, title, "skipped", f"This program does not know how {called} is typed.")
    if wanted.way == "none":
        return Check(name, title, "skipped", f"{called} is signed, not typed.")
    if wanted.way == "palette":
        return Check(name, title, "pass", f"{called}: by this keyboard and the letters beside the editor.")
    if found.unknown:
        return Check(name, title, "skipped", found.unknown)
    return _script(name, title, need, wanted, found)


def _script(name: str, title: str, need: Need, wanted: Writing, found: Keyboards) -> Check:
    called = need.language_name
    layouts = [each for each in wanted.layouts if each in found.layouts]
    if layouts and wanted.way == "layout":
        return Check(name, title, "pass", f"{called}: keyboard layout {layouts[0]}.", 1, "ways", 1)
    engines = [engine for engine in found.engines if wanted.engines and engine.startswith(wanted.engines)]
    if engines and "ibus-daemon" in found.running:
        return Check(name, title, "pass", f"{called}: input method {engines[0]}.", 1, "ways", 1)
    if engines and not found.session:
        return Check(name, title, "pass", f"{called}: input method {engines[0]} is installed.", 1, "ways", 1)
    if engines:
        said = f"The input method {engines[0]} is installed, but ibus does not run in this session."
        remedy = "Start ibus in the session of the test (im-config -n ibus), sign in again, and check again."
        return Check(name, title, "warn", said, 0, "ways", 1, remedy)
    other = sorted(found.running - {"ibus-daemon"})
    if other and wanted.way == "method":
        said = f"{other[0]} runs here; the exam window can talk with ibus alone."
        return Check(name, title, "fail", said, 0, "ways", 1, _install(wanted))
    return Check(
        name, title, "fail", f"{called} cannot be typed here: nothing is set up for its script.", 0, "ways", 1, _install(wanted)
    )


def _install(wanted: Writing) -> str:
    if wanted.way == "layout" and wanted.layouts:
        return f"Add the keyboard layout {wanted.layouts[0]} to the session of the test, beside the present one."
    package = {"mozc": "ibus-mozc", "libpinyin": "ibus-libpinyin", "libzhuyin": "ibus-libzhuyin"}.get(wanted.engines[0], "ibus")
    return f"Install {package}, choose it for {wanted.name}, and sign in again."


def _layouts(keyboard: Path) -> tuple[str, ...]:
    """Those of the X session; without one, those that the computer starts sessions with."""
    text = _of_display() if os.environ.get("DISPLAY") else ""
    if not text:
        try:
            lines = keyboard.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ()
        text = next((line.partition("=")[2].strip("\"' ") for line in lines if line.startswith("XKBLAYOUT=")), "")
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _of_display() -> str:
    from Xlib.display import Display  # noqa: PLC0415  # other systems have no Xlib
    from Xlib.error import ConnectionClosedError, DisplayError, XError  # noqa: PLC0415

    try:
        display = Display()
        try:
            said = display.screen().root.get_full_property(display.intern_atom("_XKB_RULES_NAMES"), 31)
        finally:
            display.close()
    except (DisplayError, XError, ConnectionClosedError, OSError):
        return ""
    raw = getattr(said, "value", b"")
    parts = (raw.encode() if isinstance(raw, str) else bytes(raw)).split(b"\0")  # rules, model, layouts, variants, options
    return parts[2].decode(errors="replace") if len(parts) > 2 else ""


def _engines(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.xml")):
        try:
            tree = ET.parse(file)  # noqa: S314  # the system's own files, which only root can write
        except (ET.ParseError, OSError):
            continue
        for engine in tree.iter("engine"):
            yield (engine.findtext("name") or "").strip()
