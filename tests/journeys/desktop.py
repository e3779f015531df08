"""A computer of a school lab, as far as a program can tell: a display with a window manager, a keyboard, the accessibility bus.

Everything is private and ended by process id. It knows nothing of the program that runs on it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.journeys.reading import Reader

PROGRAMS = ("Xvfb", "openbox", "xkbcomp", "xdotool", "import", "dbus-daemon", "espeak-ng")
ACCESSIBILITY = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
WIDTH, HEIGHT = 1366, 768
KEY_MS = 12
"""Between keys: ten times as fast as people, and not so fast that two presses of one key look like one held down."""


_MANAGER = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc"><focus><focusNew>yes</focusNew></focus></openbox_config>
"""
"""No bindings: with them the manager holds each click back until it has seen it, and on a busy computer keys overtake it."""

_KEYS = [f"<I{number}>" for number in (*range(147, 191), *range(208, 255))]
_LAYOUT = """xkb_keymap {{
  xkb_keycodes {{ include "evdev+aliases(qwerty)" }};
  xkb_types {{ include "complete" }};
  xkb_compat {{ include "complete" }};
  xkb_symbols {{ include "pc+{symbols}+inet(evdev)"
{keys}
  }};
}};
"""


def missing() -> str:
    """The reason why there can be no such computer here; "" when there can."""
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if not ACCESSIBILITY.exists():
        lacking.append("at-spi2-core")
    return f"not installed: {', '.join(lacking)}" if lacking else ""


@dataclass(frozen=True, slots=True)
class Desktop:
    """`env` leads a program to this display and its accessibility bus; `letters` have keys beside those of a US keyboard."""

    env: Mapping[str, str]
    reader: Reader
    letters: str

    def keys(self, *words: str) -> None:
        """Run `xdotool`: real key presses and clicks."""
        subprocess.run(["xdotool", *words], env={**os.environ, **self.env}, check=True, capture_output=True)

    def type(self, text: str) -> None:
        """Press the key of each letter. ValueError for a letter without one: it might be lost on the way."""
        if strange := {letter for letter in text if not letter.isascii()} - set(self.letters):
            raise ValueError(f"no keys for {strange}")
        self.keys("type", "--delay", str(KEY_MS), "--", text.replace("\n", "\r"))

    def picture(self, file: Path) -> None:
        """What the whole screen shows, as PNG."""
        file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["import", "-window", "root", str(file)], env={**os.environ, **self.env}, check=True)


@contextmanager
def desktop(folder: Path, letters: str, *, manager: bool = True, symbols: str = "us") -> Iterator[Desktop]:
    """Start one in the private `folder`. Its keyboard is a US one with a key of its own for each of `letters`.

    `manager` False: without a window manager, as a session that is not yet anybody's. `symbols`: another layout of XKB.
    """
    with ExitStack() as stack, (folder / "desktop.log").open("wb") as log:
        ready, tell = os.pipe()
        words = ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        words += ["-nolisten", "tcp", "-noreset"]  # a reset, when the first client has gone, would take the keyboard back
        stack.callback(ended, subprocess.Popen(words, pass_fds=(tell,), stdout=log, stderr=log))
        os.close(tell)
        with os.fdopen(ready) as number:
            display = f":{int(number.readline())}"
        env = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        env["XDG_RUNTIME_DIR"] = str(folder)
        whole = {**os.environ, **env}
        words = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        bus = subprocess.Popen(words, env=whole, stdout=subprocess.PIPE, stderr=log, text=True)
        stack.callback(ended, bus)
        if bus.stdout is None:
            raise RuntimeError("no session bus")
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        stack.callback(bus.stdout.close)
        lay_keys(whole, letters, symbols)
        if manager:
            (folder / "openbox.xml").write_text(_MANAGER)
            words = ["openbox", "--config-file", str(folder / "openbox.xml")]
            stack.callback(ended, subprocess.Popen(words, env={**whole, **env}, stdout=log, stderr=log))
        reader = Reader(env["DBUS_SESSION_BUS_ADDRESS"])
        stack.callback(reader.close)
        yield Desktop(env, reader, letters)


def ended(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """End a process that was started here, and those that it started, by id."""
    if process.poll() is None:
        found = [psutil.Process(process.pid)]
        found += found[0].children(recursive=True)
        for each in found:
            with suppress(psutil.NoSuchProcess):
                each.terminate()
        _, alive = psutil.wait_procs(found, 3)
        for left in alive:
            with suppress(psutil.NoSuchProcess):
                left.kill()
    process.wait(10)


def lay_keys(environ: Mapping[str, str], letters: str, symbols: str) -> None:
    """Give each letter a key before anything runs: keys that change while a program reads them lose letters."""
    odd = sorted(set(letters) - {chr(code) for code in range(128)})
    if len(odd) > len(_KEYS):
        raise ValueError(f"{len(odd)} letters for {len(_KEYS)} spare keys")
    keys = "\n".join(f"    key {key} {{ [ U{ord(letter):04X} ] }};" for key, letter in zip(_KEYS, odd, strict=False))
    words = ["xkbcomp", "-w", "0", "-", environ["DISPLAY"]]
    subprocess.run(
        words, env=environ, input=_LAYOUT.format(keys=keys, symbols=symbols), text=True, check=True, capture_output=True
    )
