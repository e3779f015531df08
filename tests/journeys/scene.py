"""Where in a test somebody is, told from what the screen says. It presses nothing."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.journeys.reading import Node
from tests.journeys.screen import BUTTONS, FIELDS

Kind: TypeAlias = Literal[
    "nothing",
    "sign in",
    "confirm",
    "rules",
    "profile",
    "equipment",
    "dashboard",
    "introduction",
    "question",
    "writing",
    "speaking",
    "section done",
    "end",
    "state",
]

RULE_OUT = re.compile("Rule out: |Bring back: ")
EQUIPMENT = (("Headphones",), ("The room", "How quiet the room is"), ("Your voice",))
SPEAKING = ("Start preparing", "Record now", "Stop and listen", "Saving…", "Keep and go on")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a person takes in at one look."""

    kind: Kind
    top: Node

    @classmethod
    def of(cls, top: Node) -> "Scene":
        return cls(_kind(top), top)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every name in reading order."""
        return tuple(node.name for node in self.top.walk() if node.name)

    @property
    def buttons(self) -> tuple[str, ...]:
        return tuple(node.name for node in self.top.walk() if node.role in BUTTONS and node.name)

    @property
    def choices(self) -> tuple[Node, ...]:
        """The choices of a question: each has a button of its own that rules it out."""
        return tuple(node for node in self.top.walk() if any(RULE_OUT.match(child.name) for child in node.children))

    @property
    def gaps(self) -> tuple[Node, ...]:
        """The lists and fields in a sentence."""
        return tuple(node for node in self.top.walk() if node.name.startswith("Gap ") and node.role in {"combo box", *FIELDS})

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices that are taken."""
        return tuple(node.name for node in self.choices if node.checked)

    @property
    def step(self) -> str:
        """The top bar's word for where this is: Question 7 of about 30, Task 2 of 3, Practice, not scored."""
        pattern = re.compile(r"Question \d+ of about \d+|Task \d+ of \d+|Practice, not scored")
        return next((text for text in self.texts if pattern.fullmatch(text)), "")

    @property
    def section(self) -> str:
        """The first words of the top bar: the section, or the test."""
        return next((node.name for node in self.top.walk() if node.role == "label" and node.name), "")

    @property
    def practice(self) -> bool:
        return self.step.startswith("Practice")

    @property
    def several(self) -> bool:
        """Whether more than one choice can be taken."""
        return any(re.fullmatch(r"Choose (up to )?\d+ answers\.", text) for text in self.texts)

    @property
    def asked(self) -> tuple[str, ...]:
        """What identifies the page: where it is in the test, and the words on it that no clock, meter or notice changes."""
        page = next((node for node in self.top.walk() if node.role == "layered pane"), self.top)
        words = (node.name for node in page.walk() if node.name and node.role not in {"label", "progress bar", *BUTTONS})
        return (self.kind, self.step, *words)

    @property
    def seconds_left(self) -> int | None:
        """What the clock shows; None where none runs."""
        found = re.search(r"Hide the time, (\d+):(\d\d)", "\n".join(self.texts))
        return int(found[1]) * 60 + int(found[2]) if found else None

    @property
    def plays_left(self) -> int | None:
        """How often the recording can still be heard; None where there is none."""
        found = re.search(r"(?m)^(No|\d+) plays? left$", "\n".join(self.texts))
        return None if found is None else 0 if found[1] == "No" else int(found[1])

    @property
    def stage(self) -> str:
        """The primary button of a speaking task, "" elsewhere."""
        return next((name for name in self.buttons if name in SPEAKING), "")


def _kind(top: Node) -> Kind:
    nodes = list(top.walk())
    buttons = {node.name for node in nodes if node.role in BUTTONS}
    texts = {node.name for node in nodes}

    def starts(word: str, names: set[str]) -> bool:
        return any(name.startswith(word) for name in names)

    signs: tuple[tuple[Kind, bool], ...] = (
        ("sign in", "Sign in" in buttons),
        ("confirm", "Yes, go on" in buttons),
        ("profile", "Save and go on" in buttons),
        ("end", starts("Well done, ", texts)),
        ("writing", "Submit and go on" in buttons),
        ("question", bool(buttons & {"Next", "Finish this section"})),
        ("speaking", bool(buttons & set(SPEAKING))),
        ("dashboard", starts("Begin: ", buttons) or "Finish the test" in buttons),
        ("introduction", "Back" in buttons and starts("Begin ", buttons)),
        ("rules", any(node.role == "check box" for node in nodes) and "Go on" in buttons),
        ("section done", any(text.endswith(" is done") for text in texts) and starts("Go on", buttons)),
        ("equipment", all(any(starts(word, texts) for word in line) for line in EQUIPMENT)),
        ("state", len(nodes) > 2),
    )
    return next((kind for kind, found in signs if found), "nothing")
