"""When a session's data may leave this computer. It refuses to let anything go without a verified receipt."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.durable import disk_troubles, sync_folder
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.lock import Lock, lock_of
from stamp_desktop.storage.reader import JournalReader, Receipt, reading
from stamp_desktop.storage.station import Station
from stamp_desktop.storage.vault import signed_by
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

KEEP_MS = 30 * 86_400_000
"""Milliseconds that a received session stays on this computer."""


def key_name(session: str) -> str:
    """The name of a session's key in the key store."""
    return f"session/{session}"


def received(journal: JournalReader, receipt: Receipt, server_keys: Sequence[bytes], keys: KeyStore) -> None:
    """Keep the receipt, then destroy this computer's copy of the session's key. May be repeated after a kill.

    `server_keys` are Ed25519 keys (32 bytes each), one of which has signed it. Trouble `receipt-false`: nothing is kept, and
    nothing goes.
    """
    _verify(receipt, journal.about.session, server_keys)
    journal.store_receipt(receipt)
    keys.forget(key_name(journal.about.session))


def purge(folder: SessionFolder, server_keys: Sequence[bytes], now_ms: int, keep_ms: int) -> None:
    """Remove a session for good, `keep_ms` after its receipt (Unix ms). What was quarantined stays.

    Trouble `not-received` (no receipt, or something that the server does not have), `receipt-false`, `kept-for-now`,
    `session-open-elsewhere`, `disk-error`. May be repeated after a kill.
    """
    if not folder.path.exists():
        return
    with disk_troubles():
        lock = Lock(lock_of(folder.journal))
        try:
            if folder.journal.exists():
                _refuse_to_lose(folder.journal, server_keys, now_ms, keep_ms)
                purge_asides(folder)
                shutil.rmtree(folder.recordings, ignore_errors=False)
                for file in database_files(folder.journal)[::-1]:  # the journal last: until then the purge can be repeated
                    file.unlink(missing_ok=True)
        finally:
            lock.release()
        sync_folder(folder.path)
        left = {path.name for path in folder.path.iterdir()}
        if left == {lock_of(folder.journal).name}:
            shutil.rmtree(folder.path)
            sync_folder(folder.path.parent)


def purge_asides(folder: SessionFolder) -> None:
    """Remove older copies that were set aside here, where the session itself has every event and recording of them."""
    with reading(folder.journal) as journal:
        events = {row.hash for row in journal.rows()}
        kept = {(each.id, each.sha256) for each in journal.recordings() if each.received}
    for aside in sorted(folder.path.parent.glob(f"{folder.path.name}.moved-*")):
        try:
            with reading(SessionFolder(aside).journal) as older:
                held = {row.hash for row in older.rows()} <= events and all(
                    each.ended_seq is not None and (each.sha256 is None or each.received or (each.id, each.sha256) in kept)
                    for each in older.recordings()
                )
        except Trouble as trouble:
            log.info("%s stays: %s", aside.name, trouble)
            continue
        if held:
            shutil.rmtree(aside)
            sync_folder(aside.parent)
        else:
            log.info("%s stays: it has something that is nowhere else", aside.name)


def sweep(
    folders: Folders,
    station: Station,
    server_keys: Sequence[bytes],
    now_ms: int,
    keep_ms: int = KEEP_MS,
    second: Path | None = None,
) -> list[str]:
    """Remove every session whose time has passed since its receipt, with its second copy; their names.

    What has to stay stays, and is only logged: other sessions and tests do not wait for it.
    """
    gone: list[str] = []
    for line in station.sessions():
        if line.state != "received":
            continue
        try:
            purge(folders.session(line.id), server_keys, now_ms, keep_ms)
            if second:
                with disk_troubles():
                    shutil.rmtree(second / line.id, ignore_errors=True)
            station.keep_session(replace(line, state="purged"))
        except Trouble as trouble:
            log.info("Session %s stays: %s", line.id, trouble)
        else:
            gone.append(line.id)
    return gone


def _refuse_to_lose(path: Path, server_keys: Sequence[bytes], now_ms: int, keep_ms: int) -> None:
    with reading(path) as journal:
        receipt = journal.receipt()
        unsent = journal.unsent_count() + len(journal.unsent_recordings())
        growing = sum(recording.ended_seq is None for recording in journal.recordings())
    if receipt is None or unsent or growing:
        raise Trouble(
            "not-received",
            "The server has not received all of this test.",
            "It stays on this computer.",
            "Connect this computer to the network and wait for the receipt.",
        )
    _verify(receipt, journal.about.session, server_keys)
    if now_ms < receipt.wall_ms + keep_ms:
        raise Trouble("kept-for-now", "The time to keep this test has not passed.", "It stays on this computer.")


def _verify(receipt: Receipt, session: str, server_keys: Sequence[bytes]) -> None:
    if session.encode() not in receipt.signed or not signed_by(server_keys, receipt.signed, receipt.signature):
        raise Trouble(
            "receipt-false",
            "This receipt is not one of your server for this test.",
            "It was not accepted. The test stays on this computer.",
            "Tell your coordinator.",
        )
