"""This computer's own data, whole: a damaged file is moved aside and made again. It deletes nothing and asks nobody.

It is made from the copy that is kept beside it, and from the sessions' own folders, which know more than any list of them. What
neither has, the server gives again: the roster goes on where the copy stands, and a computer without a copy is enrolled again.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stamp_desktop.storage import chain
from stamp_desktop.storage.durable import disk_troubles, sync_file, sync_folder
from stamp_desktop.storage.folders import NAME, Folders
from stamp_desktop.storage.journal import quarantine
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.reader import JournalReader, reading, told_as_damage
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)


def open_station(folders: Folders, keys: KeyStore) -> tuple[Station, Path | None]:
    """The data, whole, and where a damaged file lies now (None: there was none). Its copy is brought up to date.

    Trouble `disk-full`, `disk-error`, `program-too-old`.
    """
    aside: Path | None = None
    station = _whole(folders.station)
    if station is None:
        aside = quarantine(folders.station)
        station = _from_copy(folders) or Station(folders.station)
        log.warning("This computer's own data were damaged and made again; the damaged file is in %s", aside)
    try:
        for line in _found(station, folders, keys, doubtful=aside is not None):
            station.keep_session(line)
        station.keep_copy(folders.station_copy)
    except BaseException:
        station.close()
        raise
    return station, aside


def mended_word(aside: Path) -> Trouble:
    """What people are told."""
    return Trouble(
        "station-mended",
        "The disk has damaged this computer's own list of tests.",
        f"It was made again from its copy and from the tests themselves. No answer was in it. The old one is kept: {aside}.",
        "Go on. Tell the technology staff: this disk may fail again.",
    )


def _whole(path: Path) -> Station | None:
    """None when the file is damaged."""
    station: Station | None = None
    try:
        with told_as_damage():
            station = Station(path)
            station.check()
    except Trouble as trouble:
        if station:
            station.close()
        if trouble.code != "data-damaged":
            raise
        return None
    return station


def _from_copy(folders: Folders) -> Station | None:
    """None where there is no copy, or a damaged one, which is moved aside as well."""
    if not folders.station_copy.exists():
        return None
    with disk_troubles():
        new = folders.station.with_name(folders.station.name + ".new")
        shutil.copyfile(folders.station_copy, new)
        descriptor = os.open(new, os.O_RDWR)
        try:
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        new.replace(folders.station)
        sync_folder(folders.root)
    station = _whole(folders.station)
    if station is None:
        quarantine(folders.station)
        quarantine(folders.station_copy)
    return station


def _found(station: Station, folders: Folders, keys: KeyStore, *, doubtful: bool) -> Iterator[SessionLine]:
    """Sessions that lie here, where the list does not name them or, in doubt, says something else than they do."""
    known = {line.id: line for line in station.sessions()}
    if not folders.sessions.is_dir():
        return
    for folder in sorted(folders.sessions.iterdir()):
        if not (NAME.fullmatch(folder.name) and folder.is_dir()) or (folder.name in known and not doubtful):
            continue
        said, line = known.get(folder.name), _line(folders, folder.name, keys)
        if line and said and said.group_id:
            state = line.state if said.state in {"open", "damaged"} or line.receipt else said.state
            line = replace(said, state=state, receipt=line.receipt)
        if line and line != said:
            yield line


def _line(folders: Folders, session: str, keys: KeyStore) -> SessionLine | None:
    """What a session's own folder says of it; group and login "" where its key is gone. None where nothing was begun."""
    folder = folders.session(session)
    asides = list(folder.path.glob("damaged-*"))
    if not folder.journal.exists():
        return SessionLine(session, "", "", 0, "damaged") if asides else None
    try:
        with reading(folder.journal) as journal:
            if not journal.head().seq:
                return None
            receipt = journal.receipt()
            group, login = _whose(journal, session, keys)
            made = SessionLine(session, group, login, journal.about.created_ms)
            return replace(made, state="received", receipt=receipt.number) if receipt else made
    except Trouble as trouble:
        if trouble.code != "data-damaged":
            raise
        return SessionLine(session, "", "", 0, "damaged")


def _whose(journal: JournalReader, session: str, keys: KeyStore) -> tuple[str, str]:
    raw, rows = keys.get(key_name(session)), journal.rows(0, 1)
    if raw is None or not rows:
        return "", ""
    said = json.loads(chain.open_body(SessionKey(raw), session, rows[0]))
    return str(said.get("group", "")), str(said.get("login", ""))
