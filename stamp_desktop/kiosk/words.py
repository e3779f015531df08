"""What guardian and exam program say to each other: one JSON object a line, over a socket that only this user can open.

Both ends refuse a line that is none of these; a stranger at the socket is told apart by his process id.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

LONGEST_LINE: Final = 16_384


@dataclass(frozen=True, slots=True)
class Beat:
    """Alive: from both ends, about twice a second."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The exam program has a session open, and its journal has come this far: what is less later was changed from outside."""

    session: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Closed:
    """No session is open any more. What becomes of its files is looked at when it is opened again."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """The exam program found a session that is not as it wrote it; `what` says what was wrong."""

    session: str
    what: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The exam program itself has put another copy of a session here: from another computer, or made whole."""

    session: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN as typed. `dismiss`: the proctor says that the finding is a false alarm."""

    pin: str
    dismiss: bool = False


@dataclass(frozen=True, slots=True)
class AskChallenge:
    """The PIN is lost."""


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    answer: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a server has signed for this test to go on, as it came: only carried by the exam program."""

    text: str
    signature: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The guardian's first word. `grade` A or B; in B the exam program holds the keyboard itself. `policy` is its digest."""

    grade: str
    policy: str = ""
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding that is noted and does not pause the test."""

    code: str
    said: str
    severity: str
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lock:
    """The test is paused. `lifts`: cause | proctor, who ends it; `at_ms` when it began (Unix)."""

    code: str
    said: str
    lifts: str
    at_ms: int
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unlock:
    """`by` says who, or that the cause is gone; `dismissed` that it was a false alarm."""

    by: str
    code: str = ""
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The PIN was wrong, or came too soon: nothing is taken for `wait_ms`."""

    wait_ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The challenge to read out; "" where this computer cannot be answered for."""

    code: str


FromExam: TypeAlias = Beat | Opened | Closed | Damaged | Renewed | Pin | AskChallenge | AnswerChallenge | Ticket
FromGuardian: TypeAlias = Beat | Welcome | Told | Lock | Unlock | Refused | Shown

_KINDS: Final[Mapping[str, type]] = {
    kind.__name__.lower(): kind
    for kind in (
        Beat,
        Opened,
        Closed,
        Damaged,
        Renewed,
        Pin,
        AskChallenge,
        AnswerChallenge,
        Ticket,
        Welcome,
        Told,
        Lock,
        Unlock,
        Refused,
        Shown,
    )
}


def encode(word: FromExam | FromGuardian) -> bytes:
    """One line, with its end."""
    return json.dumps({"say": type(word).__name__.lower(), **asdict(word)}).encode() + b"\n"


def decode(line: bytes) -> FromExam | FromGuardian:
    """ValueError for a line that is no word."""
    try:
        facts = json.loads(line)
        word: FromExam | FromGuardian = _KINDS[facts.pop("say")](**facts)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"no word: {line[:80]!r}") from error
    return word


class Lines:
    """Bytes in, whole words out. ValueError for what is no word, or is longer than one can be."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> list[FromExam | FromGuardian]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise ValueError("a line without end")
        return [decode(line) for line in lines]
