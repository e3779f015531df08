"""What nobody changes while a test runs: the policy, the PIN, whom this computer trusts, recordings that are finished.

It reads, and only what has another date; it writes nothing and holds no file open. What the program itself writes is not looked
at here (answers, tries of the PIN, server keys that follow on each other): chains and signatures tell of it.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

from stamp_desktop.kiosk.home import Home

Stamp: TypeAlias = tuple[int, int, int]
"""By which a file's change shows without reading it: inode, bytes, ns."""

GONE: Final[Stamp] = (0, 0, 0)
DEVICE: Final = "SELECT id, name, certificate, server_url, server_pinned FROM device"


class Belongings:
    """`known` is what an earlier guardian has `kept`."""

    def __init__(self, home: Home, known: Mapping[str, Any] | None = None) -> None:
        known = known or {}
        self._home = home
        self._settings: dict[str, str] = dict(known.get("settings", {}))
        self._recordings: dict[str, list[int]] = dict(known.get("recordings", {}))
        self._read: dict[Path, tuple[tuple[Stamp, Stamp], str]] = {}
        self._missed: set[str] = set()

    def kept(self) -> Mapping[str, Any]:
        """What outlives this guardian: ending it is no way round a look."""
        return {"settings": dict(self._settings), "recordings": dict(self._recordings)}

    def settings(self) -> list[str]:
        """Which settings are not as they were at the last look; none at the first."""
        now, before = self._settings_now(), self._settings
        self._settings = {**before, **now} if "station" not in now else now
        if not before:
            return []
        names = sorted({*now, *before} - ({"station"} if "station" not in now or "station" not in before else set()))
        return [name for name in names if now.get(name, "") != before.get(name, "")]

    def recordings(self, sessions: Iterable[str]) -> list[tuple[str, str]]:
        """(session, recording) of each finished recording that is not what it was, or has gone while its test is still here."""
        found = []
        for session in sessions:
            folder = self._home.data / "sessions" / session
            now = {f"{session}/{file.stem}": list(_stamp(file)) for file in folder.glob("recordings/*.rec")}
            before = {name: stamp for name, stamp in self._recordings.items() if name.startswith(f"{session}/")}
            gone = set(before) - set(now) if (folder / "journal.db").exists() else set()
            waited = gone - self._missed  # a test that is removed for good goes file by file: look once more
            changed = {name for name in set(before) & set(now) if before[name] != now[name]} | (gone - waited)
            found += [(session, name.rpartition("/")[2]) for name in sorted(changed)]
            self._missed = (self._missed - set(before)) | waited
            for name in before:
                del self._recordings[name]
            self._recordings |= now | {name: before[name] for name in waited}
        return found

    def forget(self, session: str) -> None:
        """The program has put another copy of this session here: what was known of the one before does not count."""
        self._recordings = {name: stamp for name, stamp in self._recordings.items() if not name.startswith(f"{session}/")}
        self._missed = {name for name in self._missed if not name.startswith(f"{session}/")}

    def _settings_now(self) -> dict[str, str]:
        home, station = self._home, self._home.data / "station.db"
        files = (home.policy, home.policy_signature, *(home.data / "publishers").glob("*.pub"))
        found = {file.name: self._look(file, _digest) for file in files}
        found["PIN"] = self._look(home.pin, _pin)
        with suppress(sqlite3.Error):  # it is being made, or nobody has it open: the next look tells
            found["station"] = self._look(station, _device)
        return found

    def _look(self, file: Path, read: Callable[[Path], str]) -> str:
        stamps = _stamp(file), _stamp(file.with_name(file.name + "-wal"))
        known = self._read.get(file)
        if known is None or known[0] != stamps:
            known = stamps, read(file)
            self._read[file] = known
        return known[1]


def _stamp(file: Path) -> Stamp:
    try:
        facts = file.stat()
    except OSError:
        return GONE
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _pin(file: Path) -> str:
    """Without the tries, which the guardian itself counts."""
    try:
        facts = json.loads(file.read_bytes())
        return hashlib.sha256(json.dumps([facts.get(name) for name in ("salt", "hash", "recovery")]).encode()).hexdigest()
    except (OSError, ValueError, AttributeError):
        return ""


def _device(station: Path) -> str:
    """ "" while this computer belongs to no server: the program makes its database when it first starts."""
    if not station.exists():
        return ""
    with closing(sqlite3.connect(f"{station.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)) as database:
        rows = database.execute(DEVICE).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest() if rows else ""
