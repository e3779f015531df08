"""Saying no: the refusals of the wire, each with its HTTP status and advice. It decides nothing."""

from stamp_desktop.sync.words import Refusal
from stamp_desktop.trouble import Trouble


class Refused(Trouble):
    """A call that is not carried out. `more` are facts for the station's program."""

    def __init__(self, status: int, code: str, what: str, meaning: str = "", todo: str = "", **more: object) -> None:
        super().__init__(code, what, meaning, todo)
        self.status = status
        self.more = more


_STATUS = {"words-unknown": 400, "bundle-damaged": 422, "bundle-other": 422, "disk-full": 507}


def status_of(trouble: Trouble) -> int:
    return trouble.status if isinstance(trouble, Refused) else _STATUS.get(trouble.code, 500)


def refusal_of(trouble: Trouble) -> Refusal:
    more = trouble.more if isinstance(trouble, Refused) else {}
    return Refusal(trouble.code, trouble.advice.what, trouble.advice.meaning, trouble.advice.todo, more)


def unknown(what: str) -> Refused:
    """404: there is no such thing, or it is not this device's to see, which looks the same from outside."""
    return Refused(404, f"{what}-unknown", f"The server knows no such {what}.", "", "Ask your coordinator.")
