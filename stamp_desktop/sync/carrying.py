"""Bundles at a station: writing one, taking one in, taking in the receipt that came back by hand. It needs no line."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from stamp_desktop.storage import chain, retention
from stamp_desktop.storage.adopt import adopt, new_epoch, set_aside
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.durable import disk_troubles, sync_file, sync_folder
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.lock import Lock, lock_of
from stamp_desktop.storage.reader import reading, require_session
from stamp_desktop.storage.recordings import part_of
from stamp_desktop.storage.station import Device, SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync import bundle, upload
from stamp_desktop.sync.bundle import Bundle, Manifest, Origin
from stamp_desktop.sync.case import FINISHED
from stamp_desktop.sync.protocol import Receipt
from stamp_desktop.sync.transport import DeviceKeys
from stamp_desktop.sync.words import Signed, decode, encode
from stamp_desktop.trouble import Trouble

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What people read out and type: without 0 O 1 I L."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `code` opens it on another computer, "" where it is for the server alone."""

    manifest: Manifest
    code: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """This computer's side. For the thread that owns `station`."""

    folders: Folders
    station: Station
    keys: KeyStore
    clock: Clock

    def export(self, session: str, path: Path, *, move: bool = False) -> Exported:
        """Write a session to one file. With `move` another computer can go on with it, and this one cannot any more.

        Trouble `session-unknown`, `not-enrolled`, `session-open-elsewhere` (with `move`), `key-gone`, those of `bundle.write`.
        """
        folder, line, device = self._folder(session), self._line(session), self._device()
        require_session(folder.journal)
        own = DeviceKeys.kept(self.keys)
        if own is None:
            raise Trouble("device-keys", "This computer's own keys are missing.", "Nothing was changed.", "Enrol it again.")
        origin, code, locked = Origin(device, own.signing, line.group_id, line.login), "", ""
        if move:
            raw = self.keys.get(retention.key_name(session))
            if raw is None:
                raise Trouble(
                    "key-gone",
                    "The key of this test is not on this computer any more.",
                    "It was received, or goes on at another computer.",
                    "Carry it without --move, for the server.",
                )
            code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
            locked = bundle.lock(SessionKey(raw), session, code, os.urandom(16))
        with _held(folder) if move else nullcontext(), reading(folder.journal) as journal:
            finished = any(row.kind == FINISHED for row in journal.rows())
            made = bundle.write(path, journal, folder, origin, self.clock.wall_ms(), finished=finished, locked=locked)
            if move and line.state == "open":
                self.station.keep_session(replace(line, state="moved"))
        return Exported(made, code)

    def bring_in(self, path: Path, code: str) -> Manifest:
        """Take over a session from another computer, to go on with it here. The same file again changes nothing.

        Trouble `bundle-damaged`, `bundle-locked`, `code-wrong`, `session-differs` (this computer has something else of it),
        `disk-full`, `disk-error`.
        """
        with bundle.opened(path) as carried:
            said = carried.manifest
            key = bundle.unlock(said, code)
            carried.check_contents()
            rows, folder = carried.rows(), self._folder(said.session)
            for row in rows:
                chain.open_body(key, said.session, row)
            if folder.journal.exists():
                if self._is_further(folder, rows):
                    self._note(said)
                    return said
                set_aside(folder)
            self.keys.put(retention.key_name(said.session), key.raw)
            self._unpack(carried, folder)
            adopt(folder.journal, bundle.about_of(said, new_epoch()), key, rows, bundle.recordings_of(said))
            self.station.keep_session(SessionLine(said.session, said.group, said.login, said.created_ms))
        return said

    def _note(self, said: Manifest) -> None:
        """The program may have died between taking a session over and noting it."""
        if all(line.id != said.session for line in self.station.sessions()):
            self.station.keep_session(SessionLine(said.session, said.group, said.login, said.created_ms))

    def receipt(self, path: Path) -> str:
        """Keep a receipt that came back by hand; its number. Trouble `receipt-false`, `session-unknown`."""
        with disk_troubles():
            signed = decode(Signed, path.read_bytes())
        device = self._device()
        said = decode(Receipt, signed.text.encode())
        with reading(self._folder(said.session).journal) as journal:
            kept = upload.accepted(device, signed, journal, self.clock.wall_ms())
            retention.received(journal, kept, device.server_keys, self.keys)
            journal.mark_acked(said.events)
            for recording in said.recordings:
                journal.mark_received(recording)
        self.station.keep_session(replace(self._line(said.session), state="received", receipt=said.number))
        return said.number

    def _is_further(self, folder: SessionFolder, rows: list[Row]) -> bool:
        """Whether this computer has all of it and may go on; Trouble `session-differs` when it has something else."""
        with reading(folder.journal) as journal:
            here = [row.hash for row in journal.rows()]
            kept = journal.receipt()
        there = [row.hash for row in rows]
        shared = min(len(here), len(there))
        if here[:shared] != there[:shared]:
            raise _differs()
        moved = any(line.id == journal.about.session and line.state == "moved" for line in self.station.sessions())
        return kept is not None or (len(here) >= len(there) and not moved)

    def _unpack(self, carried: Bundle, folder: SessionFolder) -> None:
        self.folders.make_session(carried.manifest.session)
        finished = [(each.id, carried.part(each.id)) for each in carried.manifest.recordings if each.sha256]
        targets = [(folder.recording(name), part) for name, part in finished if part]
        targets += [(part_of(folder.recording(name)), part) for name, part in carried.growing()]
        with disk_troubles():
            for target, part in targets:
                with target.open("wb") as file:
                    for piece in carried.pieces(part.name):
                        file.write(piece)
                    file.flush()
                    sync_file(file.fileno())
            sync_folder(folder.recordings)

    def _folder(self, session: str) -> SessionFolder:
        try:
            return self.folders.session(session)
        except ValueError:
            raise Trouble("session-unknown", "There is no saved test of this name on this computer.") from None

    def _line(self, session: str) -> SessionLine:
        found = next((line for line in self.station.sessions() if line.id == session), None)
        if found is None:
            raise Trouble("session-unknown", "There is no saved test of this name on this computer.", "", "Ask your proctor.")
        return found

    def _device(self) -> Device:
        device = self.station.device()
        if device is None:
            raise Trouble("not-enrolled", "This computer is not enrolled.", "Nothing was changed.", "Enrol it with a code.")
        return device


def write_receipt(path: Path, receipt: Signed) -> None:
    """Write a receipt for the way back."""
    with disk_troubles():
        path.write_bytes(encode(Signed, receipt))


def described(manifest: Manifest) -> str:
    """One line about a bundle."""
    recorded = sum(bool(each.sha256) for each in manifest.recordings)
    return f"{manifest.login}: {manifest.events} events, {recorded} recordings, session {manifest.session}"


@contextmanager
def _held(folder: SessionFolder) -> Iterator[None]:
    """Nobody writes to the session meanwhile."""
    with disk_troubles():
        lock = Lock(lock_of(folder.journal))
    try:
        yield
    finally:
        lock.release()


def _differs() -> Trouble:
    return Trouble(
        "session-differs",
        "This computer has other answers of the same test.",
        "Both are kept, and nothing was changed.",
        "Send both to the server: it keeps and shows both lines.",
    )
