"""A damaged session, made whole from what is certain of it: its own sound events, and its second copy. It deletes nothing.

The damaged file is moved aside first. Everything but the events is worked out again from them and from the recordings' files.
Where something is known to be missing it refuses: a test does not go on without answers that were called saved.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.adopt import adopt, new_epoch
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.storage.durable import damaged, disk_troubles
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.journal import quarantine
from stamp_desktop.storage.reader import Recording
from stamp_desktop.storage.second import Copied, bring_back, copies
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import BEGAN, ENDED, readable
from stamp_desktop.trouble import Trouble


def mend(folder: SessionFolder, key: SessionKey, second: Path | None = None) -> Path:
    """Put a whole journal in the place of a damaged one; where the damaged one lies now. `second`: the session's second place.

    Trouble `data-damaged` when events are missing that were there (the damaged file then lies aside all the same, and the
    next try finds it there), `session-open-elsewhere`, `disk-full`, `disk-error`.
    """
    aside = quarantine(folder.journal) if folder.journal.exists() else _last_aside(folder)
    about, rows = readable(aside / folder.journal.name, key)
    kept = copies(second) if second else []
    session = folder.path.name
    about = about or (kept[-1].about if kept else None)
    if about is None:
        raise damaged("it does not say which test it is")
    pasts = _pasts(session, key, rows, kept)
    if len(pasts) > 1:
        raise damaged(f"there are {len(pasts)} pasts, and nothing says which one is the test's")
    sound = pasts[0] if pasts else []
    last = max((row.seq for row in rows), default=0)
    if len(sound) < last or not sound:
        raise damaged(f"{len(sound)} of {last} events are sound")
    listed = _recordings(folder, session, key, sound, second)
    adopt(folder.journal, replace(about, epoch=new_epoch()), key, sound, listed)
    return aside


def _last_aside(folder: SessionFolder) -> Path:
    with disk_troubles():
        asides = sorted(folder.path.glob("damaged-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    if not asides:
        raise damaged("its journal is gone")
    return asides[-1]


def _pasts(session: str, key: SessionKey, own: Sequence[Row], kept: Sequence[Copied]) -> list[list[Row]]:
    """Every whole chain of sound events, each from wherever it is sound, that has all that the damaged file still knows.

    A computer that was set back has more than one in its second place: the damaged file's last sound event tells them apart.
    """
    known = [row for row in own if _sound(session, key, row)]
    rows = {row.hash: row for row in known}
    rows |= {row.hash: row for copied in kept for row in copied.rows if _sound(session, key, row)}
    inner = {row.prev_hash for row in rows.values()}
    chains = [_back_from(row, rows) for row in rows.values() if row.hash not in inner]
    last = known[-1].hash if known else None
    return [each for each in chains if each and (last is None or last in {row.hash for row in each})]


def _back_from(row: Row, rows: Mapping[bytes, Row]) -> list[Row]:
    """The chain that ends with this event, from the first; none where one is missing."""
    found = [row]
    while found[-1].prev_hash in rows:
        found.append(rows[found[-1].prev_hash])
    return found[::-1] if found[-1].prev_hash == GENESIS else []


def _sound(session: str, key: SessionKey, row: Row) -> bool:
    if chain.row_hash(session, row) != row.hash:
        return False
    with suppress(Trouble):
        chain.open_body(key, session, row)
        return True
    return False


def _recordings(
    folder: SessionFolder, session: str, key: SessionKey, rows: Sequence[Row], second: Path | None
) -> list[Recording]:
    listed: dict[str, Recording] = {}
    for row in rows:
        if row.kind not in {BEGAN, ENDED}:
            continue
        said = json.loads(chain.open_body(key, session, row))
        name = said["recording"]
        if second:
            bring_back(second, folder, name)
        if row.kind == BEGAN:
            listed[name] = Recording(name, row.item, row.seq, None, None, None, None, None, None, "", False, False)
        elif said["sha256"]:
            path = folder.recording(name)
            with disk_troubles():
                data = path.read_bytes() if path.exists() else b""
            rate, frames, samples = recordings.measured(data)
            listed[name] = replace(
                listed[name],
                ended_seq=row.seq,
                sha256=said["sha256"],
                bytes=len(data),
                frames=frames,
                samples=samples,
                rate=rate,
                salvaged=said["salvaged"],
            )
        else:
            listed[name] = replace(listed[name], ended_seq=row.seq, salvaged=said["salvaged"])
    return list(listed.values())
