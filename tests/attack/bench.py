"""The attacked computer: a private X screen, a server, a station with a short test, and either the kiosk or a plain desktop.

Waiting is watching until a deadline. Everything that is started here is ended by its process id.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from stamp_desktop.content.keys import load_publisher_key
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.signed_policy import sign
from tests.journeys.desktop import Desktop, desktop, ended
from tests.journeys.lab import LETTERS, ROOT, Lab, Station, lab
from tests.journeys.person import Person
from tests.journeys.screen import Screen, says
from tests.journeys.short_test import write_short

HERE = Path(__file__).parent
PIN = "246810"
WAIT_SECONDS = 40.0
LOOK_SECONDS = 0.1
TOOLS = ("wmctrl", "xclip", "xdotool", "xkill", "xrandr", "xset", "xterm", "x11vnc", "ffmpeg", "xinput", "xrdb")

SYMBOLS = "us(altgr-intl)"
NOTHING: Mapping[str, str] = {}

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class QuietDesktop(Desktop):
    """A desktop that is driven by the trusted hands alone, so that no other program shows up beside the attack."""

    hands: Callable[..., Any] = field(kw_only=True)

    def keys(self, *words: str) -> None:
        rest = list(words)
        where = (0, 0)
        while rest:
            verb = rest.pop(0)
            if verb == "mousemove":
                where = int(rest.pop(0)), int(rest.pop(0))
            elif verb == "click":
                self.hands("click", *where, int(rest.pop(0)))
            elif verb == "key":
                while rest:
                    self.hands("key", rest.pop(0))
            else:
                raise ValueError(verb)

    def type(self, text: str) -> None:
        self.hands("type", text)

    def picture(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.hands("picture", str(file))


@dataclass(slots=True)
class Bench:
    """`guarded`: the kiosk runs; else the same program on a desktop with a window manager."""

    lab: Lab
    station: Station
    computer: QuietDesktop
    guarded: bool
    folder: Path
    stack: ExitStack
    kiosk: "subprocess.Popen[bytes] | None" = None
    exam: int = 0
    programs: list[int] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.station.data / "kiosk"

    @property
    def env(self) -> Mapping[str, str]:
        return self.station.env

    def start(self, **more: str) -> None:
        """Start the exam program, guarded or not."""
        words = [sys.executable, "-m", "stamp_desktop"]
        if self.guarded:
            words += ["kiosk", "start", "--data", str(self.station.data)]
        else:
            words += ["exam", "--data", str(self.station.data)]
        with (self.folder / "kiosk.log").open("ab") as log:
            self.kiosk = subprocess.Popen(words, cwd=ROOT, env={**self.env, **more}, stdout=log, stderr=log)
        self.stack.callback(ended, self.kiosk)
        self.wait(self.find_exam, "the exam program")

    def memory(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.home / "guardian.json").read_bytes()))
        except (OSError, ValueError):
            return {}

    def known_events(self, session: str) -> int:
        """How far the guardian knows a session's journal to have come."""
        return int(self.memory().get("journal", {}).get(session, (0, ""))[0])

    def find_exam(self) -> int:
        """The exam program's process; a restart has brought another one."""
        if self.guarded:
            self.exam = int(self.memory().get("pid", 0))
        elif self.kiosk is not None:
            self.exam = self.kiosk.pid
        return self.exam

    def guardian(self) -> int:
        """The guardian's process."""
        if self.kiosk is None:
            raise RuntimeError("not started")
        for child in psutil.Process(self.kiosk.pid).children():
            with suppress(psutil.NoSuchProcess):  # one that was killed just now
                if "guardian" in child.cmdline():
                    return int(child.pid)
        return 0

    def screen(self) -> Screen:
        return Screen(self.computer, self.find_exam(), lambda: psutil.pid_exists(self.exam))

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The guardian's log from that place on."""
        try:
            lines = (self.home / "events.jsonl").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        return [json.loads(line) for line in lines[since:]]

    def run(self, *words: str, text: str = "", seconds: float = 20) -> str:
        """Run an attack's program to its end; what it says."""
        try:
            done = subprocess.run(words, env=self.env, input=text, text=True, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as late:
            return str(late.stdout or "")
        return done.stdout + done.stderr

    def start_program(self, *words: str | Path) -> "subprocess.Popen[bytes]":
        with (self.folder / "attack.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in words], env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.stack.callback(ended, process)
        self.programs.append(process.pid)
        return process

    def end_programs(self) -> None:
        """End what an attack has started, and what that has started, by id."""
        found: list[psutil.Process] = []
        for pid in self.programs:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                found += [process, *process.children(recursive=True)]
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, 5)
        self.programs.clear()

    def wait(self, ask: Callable[[], Found | None], what: str, seconds: float = WAIT_SECONDS) -> Found:
        deadline = time.monotonic() + seconds
        while True:
            if found := ask():
                return found
            if time.monotonic() > deadline:
                file = self.folder / "kiosk.log"
                log = file.read_text(encoding="utf-8", errors="replace")[-1500:] if file.exists() else ""
                raise AssertionError(f"waited {seconds:g} s for {what}; events {self.events()[-5:]}; log {log}")
            time.sleep(LOOK_SECONDS)

    def windows_of_exam(self) -> list[int]:
        return list(self.computer.hands("windows", self.find_exam()))

    def covered(self) -> bool:
        """Whether nothing but the exam program is seen anywhere on the screen."""
        return list(self.computer.hands("owners")) == [self.find_exam()]

    def locked(self) -> bool:
        return self.screen().has(says("^Your test is paused$"))

    def heard(self) -> bool:
        """Whether the guardian that runs now hears the exam program that runs now."""
        begun = [event for event in self.events() if event["what"] in {"began", "greeted"}]
        return bool(begun) and begun[-1].get("pid", 0) == self.find_exam()

    def said(self, known: int, *what: str) -> list[dict[str, Any]]:
        """The lines of those kinds in the guardian's log from that place on."""
        return [event for event in self.events(known) if event["what"] in what]

    def found(self, known: int, *codes: str) -> list[dict[str, Any]]:
        """The findings of those codes in the guardian's log from that place on."""
        return [event for event in self.events(known) if event.get("code") in codes]

    def enter(self, pin: str) -> None:
        """As a proctor does, on a lock screen; until the guardian has judged it and the screen has taken that."""
        self.wait(self.heard, "the guardian to hear the exam program")
        self.wait(lambda: self.computer.hands("focus") == self.find_exam(), "the keys to go to the lock screen")
        known = len(self.events())
        self.computer.type(pin)
        self.computer.keys("key", "Return")
        self.wait(lambda: self.said(known, "unlock", "pin refused"), "the guardian to judge the PIN")
        if self.said(known, "unlock"):
            self.wait(lambda: not self.locked() or self.said(known, "lock"), "the lock screen to go")
        else:
            self.screen().wait_for(says("^That was (not right|wrong too often)"), "the refusal", WAIT_SECONDS)
            self.screen().wait_gone(says("^One moment"), "looking", WAIT_SECONDS)

    def unlock(self) -> None:
        """Type the PIN, again where it came too soon or another pause was there already."""
        for _ in range(5):
            if not self.locked():
                return
            self.enter(PIN)
        raise AssertionError(f"the PIN does not unlock; events {self.events()[-5:]}")


def write_writing_test(folder: Path) -> Path:
    """A test of one reading set and one text, for which the equipment check needs no sound."""
    write_short(folder, brief=True)
    text = (folder / "package.toml").read_text("utf-8")
    parts = text.split("[[sections]]")
    kept = [part for part in parts if not any(f'id = "{name}"' in part[:40] for name in ("listening", "speaking"))]
    (folder / "package.toml").write_text("[[sections]]".join(kept), "utf-8")
    for name in ("listening", "speaking"):
        for file in sorted((folder / name).glob("*")):
            file.unlink()
    return folder


@contextmanager
def bench(
    folder: Path,
    *,
    guarded: bool,
    more: Mapping[str, str] = NOTHING,
    test: Callable[[Path], Path] = write_writing_test,
) -> Iterator[Bench]:
    """A computer with a station on which the PIN is set; `start` starts what is to be attacked. `more`: in its environment.

    `test` writes the sources of the test that is given there.
    """
    folder.chmod(0o700)
    with ExitStack() as stack:
        plain = stack.enter_context(desktop(folder, LETTERS, manager=False, symbols=SYMBOLS))
        if not guarded:
            stack.callback(ended, _plain_manager(folder, plain))
        hands = _hands(stack, plain)
        computer = QuietDesktop({**plain.env, **more}, plain.reader, plain.letters, hands=hands)
        made = stack.enter_context(lab(folder, test(folder / "source"), computer))
        station = made.station("Seat 1")
        home = station.data / "kiosk"
        home.mkdir(exist_ok=True)
        words = [sys.executable, "-m", "stamp_desktop", "kiosk", "pin", "--data", str(station.data), "--pin-stdin"]
        subprocess.run(words, cwd=ROOT, env=dict(station.env), input=f"{PIN}\n", text=True, check=True, capture_output=True)
        policy = {"trusted": [str(HERE / "hands.py")], "owners": sorted({0, os.getuid()})}
        (home / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
        sign(Home(station.data), load_publisher_key(folder / "publisher.pem"))
        whole = Bench(made, station, computer, guarded, folder, stack)
        if not guarded:
            whole.wait(lambda: hands("managed"), "the window manager")
        yield whole


def person(made: Bench, login: str = "diego") -> Person:
    return Person(made.lab, made.screen(), login, hears_out=0, seed=3)


def _hands(stack: ExitStack, computer: Desktop) -> Callable[..., Any]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "hands.py")],
        env={**os.environ, **computer.env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(ended, process)
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("no hands")
    stack.callback(stdout.close)
    stack.callback(stdin.close)

    def ask(*order: Any) -> Any:
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError(f"the hands are gone after {order}")
        return json.loads(answer)

    return ask


def _plain_manager(folder: Path, computer: Desktop) -> "subprocess.Popen[bytes]":
    """openbox without keys of its own, so that any program may take them."""
    config = folder / "rc.xml"
    config.write_text(
        '<openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard></keyboard>'
        "<desktops><number>4</number></desktops></openbox_config>",
        encoding="utf-8",
    )
    words = ["openbox", "--config-file", str(config)]
    return subprocess.Popen(words, env={**os.environ, **computer.env}, stderr=subprocess.DEVNULL)


def to_profile(somebody: Person) -> None:
    """Sign in and agree to the rules."""
    somebody.take_the_test(lambda scene: scene.kind == "profile")


def to_writing(made: Bench, somebody: Person) -> None:
    """From the profile to the text that counts."""
    somebody.take_the_test(lambda scene: scene.kind == "state")
    field = somebody.screen.wait_for(lambda node: node.role == "text" and node.name == "Type the line here", "the field")
    sample = somebody.screen.wait_for(says("The quick answer"), "the line to type").name
    before = made.computer.hands("keyboard")
    somebody.screen.type(sample)
    made.wait(
        lambda: somebody.screen.written(field) == sample,
        f"the line in its field: keyboard before {before}, after {made.computer.hands('keyboard')}, exam {made.exam}",
    )
    somebody.screen.press("Go on")
    somebody.screen.wait_gone(says("^Type the line here$"), "keyboard's check")
    somebody.take_the_test(lambda scene: scene.kind == "writing" and not scene.practice)
    somebody.screen.click(lambda node: node.name == "Your text", "the sheet")
