"""Who may begin which test, decided from what this computer has been told. It asks no server and opens no file."""

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from stamp_desktop.sync.protocol import Group, RosterEntry
from stamp_desktop.sync.words import fold
from stamp_desktop.trouble import Trouble

SESSIONS = uuid.UUID("6f1c5c52-7a0e-5d0b-9a55-2f3f4b8f1e11")
LONGEST_LOGIN = 128
UNSEEN = {"Cc", "Cf", "Cs", "Co"}
JOINERS = "\u200c\u200d"
"""Characters of these categories cannot be seen: two names with them would look alike. Persian and emoji need the joiners."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A test taker who may begin or go on: the group, the login name as rostered, the name to show."""

    group: Group
    login: str
    name: str

    @property
    def session(self) -> str:
        """The session's id: the same for this login name in this group on every computer, so that a second one is seen."""
        return str(uuid.uuid5(SESSIONS, f"{self.group.id}\x1f{fold(self.login)}"))


def admit(
    groups: Iterable[Group], roster: Iterable[RosterEntry], test_code: str, login: str, now_ms: int, offset: timedelta
) -> Admission:
    """The admission for a test code and login name, or Trouble that says what to do. `offset` is local time against UTC."""
    code, wanted = fold(test_code).replace(" ", ""), fold(login)
    if not code or not wanted:
        raise Trouble("sign-in-empty", "Type the test code and your login name.", "", "The proctor can show you both.")
    if len(wanted) > LONGEST_LOGIN:
        raise Trouble("login-unknown", "This login name is too long.", "", "Type the login name that the proctor gave you.")
    group = next((group for group in groups if fold(group.test_code).replace(" ", "") == code), None)
    if group is None:
        raise Trouble(
            "test-code-unknown",
            "There is no test with this code.",
            "",
            "Check each letter and number of the test code, or ask the proctor.",
        )
    if now_ms < group.opens_ms:
        raise Trouble(
            "window-not-open",
            f"This test opens on {spoken_time(group.opens_ms, offset)}.",
            "Nothing is lost: the test has not begun.",
            "If you should be taking it now, ask the proctor.",
        )
    if now_ms >= group.ends_ms:
        raise Trouble(
            "window-over",
            f"The time for this test ended on {spoken_time(group.ends_ms, offset)}.",
            "Answers that were given before are kept.",
            "Ask the proctor.",
        )
    entry = next((entry for entry in roster if entry.group == group.id and fold(entry.login) == wanted), None)
    if entry is not None:
        return Admission(group, entry.login, f"{entry.first} {entry.last}".strip() or entry.login)
    if group.roster_control == "open":
        shown = unicodedata.normalize("NFC", login).strip()
        if any(unicodedata.category(character) in UNSEEN and character not in JOINERS for character in shown):
            raise Trouble(
                "login-unfit",
                "This login name has characters that cannot be seen.",
                "",
                "Type it with the letters and numbers of the keyboard.",
            )
        return Admission(group, shown, shown)
    raise Trouble(
        "login-unknown",
        f"This login name is not on the list of {group.name}.",
        "",
        "Check the spelling, or ask the proctor to add you.",
    )


def spoken_time(wall_ms: int, offset: timedelta) -> str:
    """A Unix time in milliseconds as people say it: Monday 23 November 2026, 09:00."""
    moment = datetime.fromtimestamp(wall_ms / 1000, timezone(offset))
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M}"


def spoken_start(wall_ms: int, now_ms: int, offset: timedelta) -> str:
    """When a test was begun, to follow "at": `09:12 today`, `09:12 on Friday 20 November`."""
    began, now = (datetime.fromtimestamp(each / 1000, timezone(offset)) for each in (wall_ms, now_ms))
    return f"{began:%H:%M} today" if began.date() == now.date() else f"{began:%H:%M} on {began:%A} {began.day} {began:%B}"
