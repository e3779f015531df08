"""The window as a person in front of it has it: read by name, pressed by mouse and keys. It knows nothing of the test.

Waiting is watching the screen until a deadline: the program is another process, and nothing else tells when it is done.
"""

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from tests.journeys.desktop import HEIGHT, WIDTH, Desktop
from tests.journeys.reading import GoneError, Node

PICTURES = Path(__file__).parents[2] / "build" / "journeys"
LOOK_SECONDS = 0.05
WAIT_SECONDS = 15.0
BUTTONS = frozenset({"push button", "button", "toggle button"})
FIELDS = frozenset({"text", "entry"})

Looks: TypeAlias = Callable[[Node], bool]
Found = TypeVar("Found")
_failures = itertools.count(1)


def button(name: str) -> Looks:
    """A button with this name, or one whose name begins with it where the name ends in "…"."""
    return lambda node: node.role in BUTTONS and _named(node, name)


def field(name: str) -> Looks:
    """A field to type in."""
    return lambda node: node.role in FIELDS and _named(node, name)


def says(pattern: str) -> Looks:
    """Anything whose name holds this regular expression."""
    wanted = re.compile(pattern)
    return lambda node: wanted.search(node.name) is not None


def _named(node: Node, name: str) -> bool:
    return node.name.startswith(name[:-1]) if name.endswith("…") else node.name == name


class Screen:
    """The screen of one program. `alive` tells whether its process still runs."""

    def __init__(self, desktop: Desktop, pid: int, alive: Callable[[], bool]) -> None:
        self._desktop = desktop
        self._pid = pid
        self._alive = alive

    def look(self) -> Node:
        """All that shows now. GoneError while the program shows nothing."""
        return self._desktop.reader.program(self._pid)

    def find(self, looks: Looks) -> Node | None:
        """The first widget that looks so, in reading order; None when there is none."""
        try:
            return next((node for node in self.look().walk() if looks(node)), None)
        except GoneError:
            return None

    def has(self, looks: Looks) -> bool:
        return self.find(looks) is not None

    def texts(self) -> list[str]:
        """Every name that shows, in reading order."""
        return [node.name for node in self.look().walk() if node.name]

    def written(self, node: Node) -> str:
        """What is written in a field."""
        return self._desktop.reader.text(node)

    def wait_for(self, looks: Looks, what: str, seconds: float = WAIT_SECONDS) -> Node:
        """The first widget that looks so, as soon as there is one; a failure shows what there was instead."""
        return self.wait(lambda: self.find(looks), what, seconds)

    def wait_gone(self, looks: Looks, what: str, seconds: float = WAIT_SECONDS) -> None:
        """Until nothing looks so."""
        self.wait(lambda: not self.has(looks), f"no {what}", seconds)

    def wait(self, ask: Callable[[], Found | None], what: str, seconds: float = WAIT_SECONDS) -> Found:
        """The first answer that is true."""
        deadline = time.monotonic() + seconds
        while True:
            if found := ask():
                return found
            if time.monotonic() > deadline:
                self.fail(f"waited {seconds:g} s for {what}")
            if not self._alive():
                self.fail(f"the program ended before {what}")
            time.sleep(LOOK_SECONDS)

    def click(self, looks: Looks, what: str, seconds: float = WAIT_SECONDS) -> None:
        """Click it, once it is there and can be clicked; roll the page where it lies outside the window."""
        node = self.wait_for(lambda node: looks(node) and node.enabled, what, seconds)
        left, top = self._place(node, what)
        self._desktop.keys("mousemove", str(left), str(top), "click", "1")

    def press(self, name: str, seconds: float = WAIT_SECONDS) -> None:
        """Click the button of that name."""
        self.click(button(name), f"the button “{name}”", seconds)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._desktop.type(text)

    def key(self, *names: str) -> None:
        """Press keys one after the other: Return, Tab, ctrl+a."""
        self._desktop.keys("key", *names)

    def fill(self, name: str, text: str) -> None:
        """Click into the field, take away what is in it, type."""
        self.click(field(name), f"the field “{name}”")
        self.key("ctrl+a", "Delete")
        self.type(text)

    def picture(self, name: str) -> Path:
        """Save what the screen shows as build/journeys/NAME.png."""
        file = PICTURES / f"{name}.png"
        self._desktop.picture(file)
        return file

    def fail(self, why: str) -> None:
        """AssertionError with all that shows, and a picture of it."""
        file = self.picture(f"failure-{next(_failures)}")
        try:
            shown = "\n".join(self.look().lines())
        except GoneError as gone:
            shown = f"nothing: {gone}"
        raise AssertionError(f"{why}; {file.name} shows the screen\n{shown}")

    def _place(self, node: Node, what: str) -> tuple[int, int]:
        """The middle of a widget, rolled into view, once it has stopped moving."""
        before = (0, 0, 0, 0)
        for _ in range(60):
            try:
                box = self._desktop.reader.box(node)
            except GoneError:
                break
            left, top, width, height = box
            x, y = left + width // 2, top + height // 2
            above, below = self._view(node)
            if box == before and width > 0:
                if above <= y < below:
                    return x, y
                wheel = "4" if y < above else "5"
                self._desktop.keys("mousemove", str(min(max(x, 0), WIDTH - 1)), str((above + below) // 2), "click", wheel)
            before = box
            time.sleep(LOOK_SECONDS)
        self.fail(f"{what} does not come to rest inside the window")
        raise AssertionError

    def _view(self, node: Node) -> tuple[int, int]:
        """Top and bottom of the place where a widget shows: what all that it lies in have in common."""
        top, bottom = 0, HEIGHT
        for around in self._around(self.look(), node):
            _, start, width, height = self._desktop.reader.box(around)
            if width:  # a program has no size
                top, bottom = max(top, start), min(bottom, start + height)
        return top, bottom

    def _around(self, start: Node, node: Node) -> tuple[Node, ...]:
        for child in start.children:
            if (child.home, child.path) == (node.home, node.path):
                return (start,)
            if found := self._around(child, node):
                return (start, *found)
        return ()
