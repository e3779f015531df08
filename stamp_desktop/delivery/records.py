"""Sessions that lie on this computer, looked at from outside a sitting. It changes nothing."""

import json
from contextlib import closing
from pathlib import Path

from stamp_desktop.content.reader import open_package
from stamp_desktop.delivery.desk import form_of, package_keys
from stamp_desktop.delivery.opening import trusted
from stamp_desktop.engine.codec import decode
from stamp_desktop.engine.events import Event, Moment, SessionBegan
from stamp_desktop.engine.replay import outcome_bytes, replay
from stamp_desktop.storage import chain
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble


def outcome_of(data: Path, session: str) -> bytes:
    """The session's outcome worked out again from its journal: canonical JSON, byte for byte what the server works out.

    Trouble `session-unknown`, `key-gone` (after the receipt the server alone can open it), and those of replay.
    """
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
        facts: list[tuple[Event, Moment]] = [
            (
                decode(row.kind, json.loads(chain.open_body(SessionKey(key), session, row))),
                Moment(row.wall_ms, row.mono_ms, row.boot),
            )
            for row in journal.rows()
        ]
    began = facts[0][0]
    if not isinstance(began, SessionBegan):
        raise Trouble("journal-empty", "The session does not begin with its beginning.", "", "")
    with closing(Station(folders.station)) as station:
        line = next(each for each in station.packages() if each.hash == began.package_hash)
    keys = package_keys(store, line.id, line.version)
    if keys is None:
        raise Trouble("not-prepared", "The keys of the session's package are not here.", "", "Prepare this computer again.")
    form = form_of(open_package(folders.packages / line.path, trusted(folders), keys))
    return outcome_bytes(form, replay(form, facts).state)
