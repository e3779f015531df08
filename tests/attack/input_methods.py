"""Chinese, Korean and Japanese inside the kiosk. ibus runs as the kiosk's session starts it, and ends before other rows."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from tests.attack.attacked import Attacked, picture, sheet
from tests.attack.bench import NOTHING, SYMBOLS, Bench
from tests.attack.report import Outcome
from tests.journeys.desktop import lay_keys
from tests.journeys.lab import LETTERS
from tests.journeys.person import Person
from tests.journeys.screen import field, says

ENGINES = ("libpinyin", "hangul", "anthy")
COMPONENTS = Path("/usr/share/ibus/component")
PANEL = "/usr/libexec/ibus-ui-gtk3"
SETTINGS = "[desktop/ibus/general]\nuse-system-keyboard-layout=true\n"
ROW = "input methods: libpinyin, hangul, anthy"
HUNG = "the input method's daemon is stopped (SIGSTOP)"
FORGED = "a program that calls itself ibus"


def lacking() -> str:
    """What is not installed; "" where all is."""
    missing = [name for name in ("ibus", "ibus-daemon") if shutil.which(name) is None]
    missing += [f"ibus-{name}" for name in ENGINES if not (COMPONENTS / f"{name}.xml").exists()]
    return f"not installed: {', '.join(missing)}" if missing else ""


def environment(folder: Path) -> Mapping[str, str]:
    """Of a session with ibus whose settings lie in that folder; an ordinary one where there is no ibus."""
    if lacking():
        return NOTHING
    settings = folder / "config" / "glib-2.0" / "settings" / "keyfile"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    own = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
    own |= {"GSETTINGS_BACKEND": "keyfile", "QT_IM_MODULE": "ibus", "XMODIFIERS": "@im=ibus"}
    return {**own, "PATH": f"/usr/bin:{os.environ['PATH']}"}  # the Japanese engine is a script of the system's Python


def start(made: Bench) -> int:
    """Have ibus run, before the kiosk does; its process, 0 where there is none."""
    if lacking():
        return 0
    daemon = made.start_program("ibus-daemon", "--panel=default", "--config=default").pid
    made.programs.remove(daemon)  # it stays when an attack's programs are ended
    made.wait(lambda: made.run("ibus", "engine").startswith("xkb:"), "ibus")
    made.wait(lambda: _panel(daemon), "the panel of ibus")
    lay_keys(made.env, LETTERS, SYMBOLS)  # ibus has laid a keyboard of its own over this lab's
    return daemon


def sign_in(made: Bench, somebody: Person) -> None:
    """Keys pass through ibus and clicks do not: wait for each text before the next click."""
    screen = somebody.screen
    for name, text in (("Test code", somebody.test_code), ("Login name", somebody.login)):
        screen.click(field(name), name, 30)
        screen.type(text)
        made.wait(_has(somebody, name, text), f"{text} in its field")
    screen.key("Return")
    screen.wait_for(says("^Yes, go on$"), "the question", 30)


def write(at: Attacked, daemon: int) -> None:
    """Into the sheet and only there, the candidates on top; a program that calls itself ibus is a stranger like any."""
    made, row = at.made, at.report.row(ROW)
    known, press = len(made.events()), made.computer.hands
    before, panel = at.text, _panel(daemon)
    _choose(at, "libpinyin", "Chinese")
    press("type", "nihao")
    _candidates(at, row, panel)
    press("key", "space")
    _appears(at, "你好")
    _choose(at, "hangul", "Korean")
    press("key", "Shift+space")
    press("type", "gksrmf ")
    _appears(at, "한글 ")
    _choose(at, "anthy", "Japanese")
    press("key", "ctrl+j")
    press("type", "nihongo ")
    press("key", "Return")
    made.wait(lambda: sheet(at.person) not in {at.text, ""}, "what was converted")
    chosen = sheet(at.person).removeprefix(at.text)
    assert chosen
    assert all("\u3040" <= letter <= "\u9fff" for letter in chosen), chosen
    at.text += chosen
    picture(made, row, "after")
    made.wait(made.covered, "no candidates any more")
    assert not made.said(known, "told", "lock"), "ibus itself was found to be a stranger"
    row.events, row.held = made.events(known), "held: they write into the sheet, candidates on top"
    made.run("ibus", "engine", "xkb:us::eng")
    lay_keys(made.env, LETTERS, SYMBOLS)
    _hung(at)
    made.programs.append(daemon)
    made.end_programs()  # the keyboard goes on without it
    _forged(at)
    at.write("k")
    assert at.text.startswith(before)


def _hung(at: Attacked) -> None:
    """The daemon is stopped while keys wait for it: they go on within seconds, all of them."""
    made, row = at.made, at.report.row(HUNG)
    known, exam = len(made.events()), made.find_exam()
    os.kill(_daemon(made), signal.SIGSTOP)
    begun = time.monotonic()
    at.write("stopped ")
    row.seconds = time.monotonic() - begun
    assert made.found(known, "input-method-hung")
    assert (made.find_exam(), made.said(known, "lock")) == (exam, [])
    row.events, row.held, row.without = made.events(known), "held: sent on, no key was lost", "the exam waits for it"


def _daemon(made: Bench) -> int:
    """The daemon's process, as it has written it down for its clients."""
    (file,) = Path(made.env["XDG_CONFIG_HOME"]).glob("ibus/bus/*")
    found = re.search(r"^IBUS_DAEMON_PID=(\d+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise RuntimeError("no daemon")
    return int(found[1])


def _forged(at: Attacked) -> None:
    made, row = at.made, at.report.row(FORGED)
    known, found = len(made.events()), shutil.which("xterm")
    if found is None:
        raise RuntimeError("no xterm")
    forged = made.folder / "ibus-ui-gtk3"
    shutil.copy(found, forged)
    made.start_program(forged)
    made.wait(lambda: made.found(known, "foreign-program"), "the finding")
    made.wait(made.locked, "the lock screen")
    made.wait(made.covered, "nothing but the exam on the screen")
    made.end_programs()
    made.unlock()
    row.events, row.held, row.without = made.events(known), "held: hidden and paused", "as any window of another program"


def _panel(daemon: int) -> int:
    """The process that shows candidates."""
    return next((child.pid for child in psutil.Process(daemon).children() if PANEL in child.cmdline()), 0)


def _choose(at: Attacked, engine: str, layout: str) -> None:
    """As with Super+Space; until the bar says what is written now."""
    at.made.run("ibus", "engine", engine)
    at.person.screen.wait_for(says(f"^{layout}"), f"{layout} in the bar")


def _candidates(at: Attacked, row: Outcome, panel: int) -> None:
    """The list of candidates is seen, on top; then a picture."""
    at.made.wait(lambda: at.made.computer.hands("on_top", panel), "candidates on top of the exam")
    picture(at.made, row, "candidates")


def _appears(at: Attacked, text: str) -> None:
    at.text += text
    at.made.wait(lambda: sheet(at.person) == at.text, f"{at.text!r} on the sheet")


def _has(somebody: Person, name: str, text: str) -> Callable[[], bool]:
    def has() -> bool:
        node = somebody.screen.find(field(name))
        return node is not None and somebody.screen.written(node) == text

    return has
