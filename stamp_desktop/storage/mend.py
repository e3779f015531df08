"""A damaged session, made whole from what is certain of it: its own sound events, and its second copy. It deletes nothing.

The damaged file is moved aside first. Everything but the events is worked out again from them and from the recordings' files.
Where something is known to be missing it refuses: a test does not go on without answers that were called saved.
"""

import json
from collections.abc import Sequence
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
    sound = _longest(session, key, rows, kept)
    last = max((row.seq for row in [*rows, *(row for copied in kept for row in copied.rows)]), default=0)
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


def _longest(session: str, key: SessionKey, rows: Sequence[Row], kept: Sequence[Copied]) -> list[Row]:
    """The chain from the beginning, each event from wherever it is sound."""
    by_number: dict[int, list[Row]] = {}
    for row in [*rows, *(row for copied in kept for row in copied.rows)]:
        by_number.setdefault(row.seq, []).append(row)
    sound: list[Row] = []
    before = GENESIS
    while following := [row for row in by_number.get(len(sound) + 1, ()) if _follows(session, key, row, before)]:
        sound.append(following[0])
        before = following[0].hash
    return sound


def _follows(session: str, key: SessionKey, row: Row, before: bytes) -> bool:
    if row.prev_hash != before or chain.row_hash(session, row) != row.hash:
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
