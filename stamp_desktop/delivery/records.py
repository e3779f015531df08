"""Sessions that lie on this computer, looked at from outside a sitting. It changes nothing."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from stamp_desktop.content.reader import open_package
from stamp_desktop.delivery.desk import form_of, package_keys
from stamp_desktop.delivery.opening import trusted
from stamp_desktop.engine.codec import canonical, decode, encode
from stamp_desktop.engine.events import Event, Moment, SessionBegan
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.replay import outcome_bytes, replay
from stamp_desktop.storage import chain
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

Fact: TypeAlias = tuple[Event, Moment]

JOURNAL_FILE = 1
"""Format of an exported journal: JSON lines, `{"journal": 1, "session": ID}` and then an event a line."""


def outcome_of(data: Path, session: str) -> bytes:
    """The session's outcome worked out again from its journal: canonical JSON, byte for byte what the server works out.

    Trouble `session-unknown`, `key-gone` (after the receipt the server alone can open it), and those of replay.
    """
    facts = facts_of(data, session)
    form = form_for(data, facts)
    return outcome_bytes(form, replay(form, facts).state)


def facts_of(data: Path, session: str) -> list[Fact]:
    """The session's journal from this computer, opened. Trouble `session-unknown`, `key-gone`."""
    folders = Folders(data)
    store = choose_key_store(folders.keys)
    key = store.get(key_name(session))
    if key is None:
        raise Trouble(
            "key-gone",
            "This session's key is not on this computer.",
            "The server has received the session, or it was begun elsewhere.",
            "Ask the server: stamp-server session show.",
        )
    with reading(folders.session(session).journal) as journal:
        return [
            (
                decode(row.kind, json.loads(chain.open_body(SessionKey(key), session, row))),
                Moment(row.wall_ms, row.mono_ms, row.boot),
            )
            for row in journal.rows()
        ]


def form_for(data: Path, facts: Sequence[Fact]) -> Form:
    """The form of the session's package, which must be among those of this computer. Trouble `not-prepared`."""
    folders = Folders(data)
    began = facts[0][0] if facts else None
    if not isinstance(began, SessionBegan):
        raise Trouble("journal-empty", "The session does not begin with its beginning.", "", "")
    with closing(Station(folders.station)) as station:
        line = next((each for each in station.packages() if each.hash == began.package_hash), None)
    keys = package_keys(choose_key_store(folders.keys), line.id, line.version) if line else None
    if line is None or keys is None:
        raise Trouble("not-prepared", "The session's package or its keys are not here.", "", "Prepare this computer again.")
    return form_of(open_package(folders.packages / line.path, trusted(folders), keys))


def export(session: str, facts: Sequence[Fact]) -> str:
    """The journal as text that anybody can read, with the answers in it."""
    lines: list[dict[str, Any]] = [{"journal": JOURNAL_FILE, "session": session}]
    for event, moment in facts:
        coded = encode(event)
        at = {"wall": moment.wall_ms, "mono": moment.mono_ms, "boot": moment.boot}
        lines.append({"kind": coded.kind, "body": coded.body, **at})
    return "".join(canonical(line).decode() + "\n" for line in lines)


def read_export(text: str) -> list[Fact]:
    """The events of an exported journal. Trouble `journal-unreadable` names every line that cannot be read."""
    head, *lines = text.splitlines() or [""]
    faults = [] if _head_fits(head) else ["line 1: it is not the head of an exported journal"]
    facts: list[Fact] = []
    for number, line in enumerate(lines, 2):
        try:
            row = json.loads(line)
            moment = Moment(_whole(row["wall"]), _whole(row["mono"]), str(row["boot"]))
            facts.append((decode(row["kind"], row["body"]), moment))
        except Trouble as trouble:
            faults.append(f"line {number}: {trouble.advice.what}")
        except (ValueError, TypeError, KeyError) as error:
            faults.append(f"line {number}: {type(error).__name__} {error}")
    if faults:
        raise Trouble("journal-unreadable", "The file is not an exported journal.", "Nothing was changed.", "\n".join(faults))
    return facts


def _head_fits(line: str) -> bool:
    try:
        head = json.loads(line)
    except ValueError:
        return False
    return isinstance(head, dict) and head.get("journal") == JOURNAL_FILE


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value
