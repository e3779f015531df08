"""Is a session as it was written, and does it lead where it says? Looked at from outside a sitting. It changes nothing."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from stamp_desktop.delivery.records import Fact, facts_of, form_for
from stamp_desktop.engine.replay import outcome_bytes, replay
from stamp_desktop.storage import recordings
from stamp_desktop.storage.folders import NAME, Folders, SessionFolder
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.reader import Head, require_session
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.second import copies, second_copy
from stamp_desktop.storage.station import Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import Finding, Verdict, verify_recording, verify_session
from stamp_desktop.sync.carried import verify_bundle


@dataclass(frozen=True, slots=True)
class Replayed:
    """A session worked out again: its facts in order, and the outcome as canonical JSON."""

    facts: tuple[Fact, ...]
    phase: str
    outcome: bytes


def replayed(data: Path, session: str, through: int = -1) -> Replayed:
    """The session folded again up to the event `through` (-1: all), every decision made again.

    Trouble `session-unknown`, `key-gone` (after the receipt the server alone can open it), and those of replay.
    """
    facts = facts_of(data, session)
    facts = facts if through < 0 else facts[:through]
    form = form_for(data, facts)
    state = replay(form, facts).state
    return Replayed(tuple(facts), state.phase, outcome_bytes(form, state))


def verified(data: Path, what: str, witnesses: Sequence[tuple[str, Head]] = (), second: Path | None = None) -> Verdict:
    """Check a session of this computer by its name, or a journal, a recording, a session's folder or a bundle by its path.

    `second` is where second copies lie: they have seen how far a session was.

    Trouble `session-unknown`, `session-open-elsewhere`, `disk-error`; damage is in the verdict.
    """
    folders = Folders(data)
    path = Path(what)
    if not path.exists():
        folder = folders.session(what) if NAME.fullmatch(what) else SessionFolder(path)
        require_session(folder.journal)
    elif path.suffix in {".rec", ".part", ".damaged"}:
        session, _ = recordings.named(path.read_bytes()) if path.stat().st_size else ("", "")
        return verify_recording(path, _kept_key(folders, session))
    elif path.is_file() and path.suffix != ".db":
        keys = choose_key_store(folders.keys) if folders.keys.is_dir() else None
        return verify_bundle(path, keys, _server_keys(folders), witnesses)
    else:
        folder = SessionFolder(path if path.is_dir() else path.parent)
        require_session(folder.journal)
    server = _server_keys(folders)
    key, kept = _kept_key(folders, folder.path.name), copies(second / folder.path.name) if second else []
    seen = [("the second copy", each.head) for each in kept]
    verdict = verify_session(folder, key, server, [*witnesses, *seen])
    found = second_copy(second / folder.path.name, key, verdict.about) if second else []
    more = [Finding(f"second copy {log}", what) for log, what in found]
    return replace(verdict, findings=(*verdict.findings, *more))


def _server_keys(folders: Folders) -> tuple[bytes, ...]:
    if not folders.station.exists():
        return ()
    with closing(Station(folders.station)) as station:
        device = station.device()
    return device.server_keys if device else ()


def _kept_key(folders: Folders, session: str) -> SessionKey | None:
    """The session's key, where this computer still has it."""
    if not folders.keys.is_dir():
        return None
    raw = choose_key_store(folders.keys).get(key_name(session))
    return SessionKey(raw) if raw else None
