"""Expected trouble: what happened, what it means for the answers, what to do. It is shown to people; it is never a bug."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """Three plain sentences for the person in front of the screen."""

    what: str
    meaning: str
    todo: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.meaning, self.todo) if part)


class Trouble(Exception):
    """Trouble that the product foresees. `code` is stable (logs, protocol, tests); `advice` is for people."""

    def __init__(self, code: str, what: str, meaning: str = "", todo: str = "") -> None:
        super().__init__(f"{what} {meaning} {todo}".strip())
        self.code = code
        self.advice = Advice(what, meaning, todo)
