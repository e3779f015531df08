"""The attack matrix: each row is what somebody does, and how it is told that it got through. It judges nothing."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from stamp_desktop.kiosk.policy import KEYS
from tests.attack.bench import HERE, Bench

CLOSED = [key.combination for key in KEYS if key.how == "taken"]
Wants: TypeAlias = Literal["no effect", "lock", "lock that lifts", "restart", "told"]


@dataclass(frozen=True, slots=True)
class Row:
    """`attack` does it; `through` tells that it worked. `finds` are the guardian's words for it, any of which will do.

    `wants`: what must happen with the guard: nothing at all, a pause, one that ends with its cause, a restart with a pause, or
    a line in the log.
    """

    name: str
    attack: Callable[[Bench], None]
    through: Callable[[Bench], bool]
    wants: Wants
    finds: tuple[str, ...] = ()
    after: Callable[[Bench], None] = field(default=lambda _: None)


def other_seen(made: Bench) -> bool:
    """Something else than the exam is seen on the screen."""
    return not made.covered()


def unnoticed(made: Bench) -> bool:
    """Nothing on the screen says that the test is paused."""
    return not made.locked()


def hot_keys(made: Bench) -> None:
    """A hot-key program takes the combinations, then somebody presses them."""
    begin_hot_keys(made)
    for combination in CLOSED:
        made.computer.hands("key", combination)


def begin_hot_keys(made: Bench) -> None:
    """It takes them where nobody has them yet, and leaves a mark for each that comes."""
    marks = made.folder / "keys"
    shutil.rmtree(marks, ignore_errors=True)
    marks.mkdir()
    made.start_program(sys.executable, HERE / "intruder.py", "hot-keys", marks, *CLOSED)
    made.wait((marks / "ready").exists, "the hot-key program")


def keys_came(made: Bench) -> bool:
    return bool(list((made.folder / "keys").glob("key *")))


def windows(made: Bench) -> str:
    return str(made.windows_of_exam()[0])


def map_again(made: Bench) -> None:
    """On a plain desktop nobody else does."""
    made.run("xdotool", "windowmap", windows(made), "windowactivate", windows(made))


def xdotool(*words: str) -> Callable[[Bench], None]:
    def attack(made: Bench) -> None:
        made.run("xdotool", words[0], *words[1:], windows(made))

    return attack


def run(*words: str) -> Callable[[Bench], None]:

    def attack(made: Bench) -> None:
        made.run(*words)

    return attack


def show(*words: str) -> Callable[[Bench], None]:
    """A window of another program; it stays for the row."""

    def attack(made: Bench) -> None:
        made.start_program(*words)

    return attack


def end_programs(made: Bench) -> None:
    """End what the row has started."""
    made.end_programs()


def renamed(program: str, *words: str) -> Callable[[Bench], None]:
    """The same program under a harmless name."""

    def attack(made: Bench) -> None:
        found = shutil.which(program)
        if found is None:
            raise RuntimeError(program)
        copy = made.folder / "notes"
        copy.unlink(missing_ok=True)
        shutil.copy(found, copy)
        show(str(copy), *words)(made)

    return attack


def signalled(number: signal.Signals) -> Callable[[Bench], None]:
    def attack(made: Bench) -> None:
        os.kill(made.find_exam(), number)

    return attack


def gone_or_still(made: Bench) -> bool:
    """The exam program has ended, or does nothing any more."""
    try:
        stat = Path(f"/proc/{made.exam}/stat").read_text(encoding="utf-8")
    except OSError:
        return True
    return stat[stat.rindex(")") + 2] in "TZX"


def close(made: Bench) -> None:
    made.run("wmctrl", "-i", "-c", hex(made.windows_of_exam()[0]))


def killed_by_the_screen(made: Bench) -> None:
    made.run("xkill", "-id", windows(made))


def guardian_killed(made: Bench) -> None:
    os.kill(made.guardian(), signal.SIGKILL)


GRAB = ("-f", "x11grab", "-framerate", "2", "-video_size", "320x240", "-i")


def film(made: Bench) -> None:
    show("ffmpeg", "-y", "-loglevel", "error", *GRAB, made.computer.env["DISPLAY"], str(made.folder / "film.mkv"))(made)


def film_renamed(made: Bench) -> None:
    target = str(made.folder / "film2.mkv")
    renamed("ffmpeg", "-y", "-loglevel", "error", *GRAB, made.computer.env["DISPLAY"], target)(made)


def second_screen(made: Bench) -> None:
    made.run("xrandr", "--setmonitor", "second", "683/180x768/203+683+0", "none")


def no_second_screen(made: Bench) -> None:
    made.run("xrandr", "--delmonitor", "second")


def settings(made: Bench) -> None:
    file = made.home / "policy.json"
    file.write_text(file.read_text(encoding="utf-8").replace("{", '{"screens": 9, ', 1), encoding="utf-8")


def second_instance(made: Bench) -> None:
    show(sys.executable, "-m", "stamp_desktop", "exam", "--data", str(made.station.data))(made)


ENDED = ("program-killed", "window-destroyed")
"""A program that takes long to end is without its window at two looks before."""

ROWS = (
    Row("hot keys: every closed combination", hot_keys, keys_came, "lock", ("foreign-program",), end_programs),
    Row("unmap the exam", xdotool("windowunmap"), other_seen, "told", ("exam-hidden",), map_again),
    Row("minimise the exam", xdotool("windowminimize"), other_seen, "told", ("exam-hidden",), map_again),
    Row("show the desktop", run("wmctrl", "-k", "on"), other_seen, "no effect", (), run("wmctrl", "-k", "off")),
    Row("change the desktop", run("wmctrl", "-s", "2"), other_seen, "no effect", (), run("wmctrl", "-s", "0")),
    Row("a window of another program", show("xterm"), other_seen, "lock", ("foreign-program",), end_programs),
    Row("a window of the whole screen", show("xterm", "-fullscreen"), other_seen, "lock", ("foreign-program",), end_programs),
    Row(
        "a window that asks no window manager",
        show(sys.executable, str(HERE / "intruder.py"), "unmanaged"),
        other_seen,
        "lock",
        ("foreign-program",),
        end_programs,
    ),
    Row("x11vnc", show("x11vnc", "-quiet", "-localhost"), unnoticed, "lock", ("remote-control",), end_programs),
    Row("ffmpeg x11grab", film, unnoticed, "lock", ("screen-recorder",), end_programs),
    Row("ffmpeg under another name", film_renamed, unnoticed, "lock", ("foreign-program",), end_programs),
    Row("xinput listens to all keys", show("xinput", "test-xi2", "--root"), unnoticed, "lock", ("key-logger",), end_programs),
    Row(
        "xinput under another name",
        renamed("xinput", "test-xi2", "--root"),
        unnoticed,
        "lock",
        ("foreign-program",),
        end_programs,
    ),
    Row("a second screen", second_screen, unnoticed, "lock that lifts", ("second-screen",), no_second_screen),
    Row("the kiosk's settings are edited", settings, unnoticed, "lock", ("settings-changed",)),
    Row("a second exam program", second_instance, other_seen, "lock", ("foreign-program",), end_programs),
    Row("destroy the exam's window", xdotool("windowclose"), other_seen, "restart", ("window-destroyed",)),
    Row("SIGSTOP", signalled(signal.SIGSTOP), gone_or_still, "restart", ("program-hung",)),
    Row("SIGTERM", signalled(signal.SIGTERM), gone_or_still, "restart", ENDED),
    Row("SIGKILL", signalled(signal.SIGKILL), gone_or_still, "restart", ENDED),
    Row("XKillClient", killed_by_the_screen, gone_or_still, "restart", ENDED),
)
"""The order matters: a program that is ended has to be signed in to again."""
