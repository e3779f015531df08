"""What the guardians of a room have found, seat by seat: each finding, who let the test go on, what was a false alarm.

Worked out from the facts that the stations have sent, each time it is asked for. It stores nothing and decides nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from stamp_desktop.engine.events import Noted
from stamp_desktop.kiosk.policy import RULES
from stamp_desktop.server.house import House
from stamp_desktop.server.noted import group_named, notes, sittings

FIRST = "guard."
BEGAN, UNLOCKED = "guard.began", "guard.unlocked"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a guardian's. `code` is the finding's, `began` or `unlocked`; `severity` "" for those two. Unix ms."""

    at_ms: int
    seat: str
    login: str
    session: str
    code: str
    severity: str
    subject: str
    false_alarm: bool
    text: str


@dataclass(frozen=True, slots=True)
class RoomGuard:
    """`waiting`: the seats whose test is paused as far as the server knows."""

    group: str
    name: str
    waiting: tuple[str, ...]
    lines: tuple[Line, ...]


def guard(house: House, group: str) -> RoomGuard:
    """The findings in a testing group, named by its id or its test code, oldest first. 404 group-unknown."""
    lines: list[Line] = []
    waiting = []
    with house.store.reading() as connection:
        identity, name = group_named(connection, group)
        for session, seat, login in sittings(connection, identity):
            own = [
                _line(at_ms, seat, login, session, note)
                for at_ms, note in notes(house, connection, session)
                if note.code.startswith(FIRST)
            ]
            paused = [line for line in own if line.severity == "pause" or line.code == "unlocked"]
            if paused and paused[-1].code != "unlocked":
                waiting.append(seat)
            lines += own
    return RoomGuard(identity, name, tuple(waiting), tuple(sorted(lines, key=lambda line: line.at_ms)))


def paused_at(noted: Iterable[Noted]) -> int:
    """The newest pause of a test that waits, by its computer's clock (Unix ms); 0 for one that goes on. In their order."""
    newest = 0
    for note in noted:
        if note.code == UNLOCKED:
            newest = 0
        elif note.code.startswith(FIRST) and note.detail.get("severity") == "pause":
            at_ms = note.detail.get("at_ms")
            newest = max(newest, at_ms if isinstance(at_ms, int) else 0)
    return newest


def as_json(room: RoomGuard) -> str:
    """One object, for programs."""
    return json.dumps(asdict(room), indent=2, ensure_ascii=False)


def as_text(room: RoomGuard) -> str:
    """For people."""
    waiting = f"paused: {', '.join(room.waiting)}" if room.waiting else "nobody is paused"
    width = max((len(line.seat) for line in room.lines), default=0)
    lines = [f"{room.name}: {len(room.lines)} facts, {waiting}"]
    for line in room.lines:
        clock = datetime.fromtimestamp(line.at_ms / 1000).astimezone().strftime("%H:%M:%S")
        lines.append(f"{clock}  {line.seat:<{width}}  {line.login:<12}  {line.severity:<6}  {line.text}")
    return "\n".join(lines)


def _line(at_ms: int, seat: str, login: str, session: str, note: Noted) -> Line:
    detail = note.detail
    subject, dismissed = str(detail.get("subject", "")), detail.get("false_alarm") is True
    code = note.code.removeprefix(FIRST)
    if note.code == UNLOCKED:
        text = f"goes on after {detail.get('code', '')}: {detail.get('by', '')}{', a false alarm' if dismissed else ''}"
    elif note.code == BEGAN:
        whose = detail.get("signed_by") or "nobody"
        text = f"grade {detail.get('grade', '?')}, policy {str(detail.get('policy', ''))[:12]} of {whose}"
    else:
        said = RULES[code].said if code in RULES else code
        text = f"{said} ({subject})" if subject else said
    severity = "" if note.code in {BEGAN, UNLOCKED} else str(detail.get("severity", ""))
    return Line(at_ms, seat, login, session, code, severity, subject, dismissed, text)
