"""Lays the kiosk session's files on a computer and takes them away: each is journalled before it is touched.

A second install repairs the first; remove and recover are the same undoing. Answers are never removed.
"""

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stamp_desktop.kiosk.changes import Change, Changes, Restore
from stamp_desktop.trouble import Trouble

JOURNAL: Final = Path("var/lib/stamp-desktop/kiosk-install.jsonl")
MASKED: Final = Path("etc/systemd/system/ctrl-alt-del.target")
WANTED: Final = Path("etc/systemd/system/multi-user.target.wants/stamp-kiosk.service")
GROUPS: Final = ("audio", "video", "input")


@dataclass(frozen=True, slots=True)
class Place:
    """Where it goes. `files` are the templates; `root` another file system than this one, for images and tests."""

    root: Path
    files: Path
    user: str = "stamp-exam"
    data: Path = Path("/var/lib/stamp-desktop/exam")
    program: str = "/usr/bin/stamp-desktop"
    boot: bool = False


class Installation:
    """`step` is told before each change (for whoever wants to see them pass)."""

    def __init__(self, place: Place, step: Callable[[str], None] = lambda _: None) -> None:
        self._place = place
        self._step = step
        self._changes = Changes(place.root / JOURNAL)

    def install(self) -> None:
        """Put every file, link and the user in place. Trouble `kiosk-install`."""
        if self._place.root == Path("/") and os.getuid() != 0:
            raise _trouble("Only an administrator can install the kiosk.", "Run it as root.")
        self._make_folder(self._changes_folder())
        self._make_user()
        for path, content, mode in self._wanted():
            self._make_folder(path.parent)
            self._put(path, content, mode)
        for path, target in self._links():
            self._make_folder(path.parent)
            self._link(path, target)
        self._make_data()

    def check(self) -> list[str]:
        """What is not as it should be, one sentence each."""
        faults = []
        for path, content, mode in self._wanted():
            if not path.is_file():
                faults.append(f"{self._shown(path)} is missing.")
            elif path.read_bytes() != content:
                faults.append(f"{self._shown(path)} was changed.")
            elif path.stat().st_mode & 0o777 != mode:
                faults.append(f"{self._shown(path)} has other rights.")
        faults += [
            f"{self._shown(path)} does not lead to {target}." for path, target in self._links() if _link_of(path) != target
        ]
        shell = self._shell()
        if shell is None:
            faults.append(f"There is no user {self._place.user}.")
        elif not shell.endswith(("/nologin", "/false")):
            faults.append(f"The user {self._place.user} has a login shell: {shell}.")
        return faults

    def remove(self) -> list[str]:
        """Undo everything; what could not be taken away without losing answers, one sentence each."""
        left: list[str] = []
        restore: dict[str, Restore] = {
            "file": self._restore_file,
            "link": self._restore_link,
            "folder": lambda name, _before: self._take_folder(name, left),
            "user": lambda name, _before: self._take_user(name),
        }
        self._changes.undo(restore)
        for folder in (self._changes_folder(), self._changes_folder().parent):
            if folder.is_dir() and not any(folder.iterdir()) and folder.name == "stamp-desktop":
                folder.rmdir()
        return left

    def _changes_folder(self) -> Path:
        return (self._place.root / JOURNAL).parent

    def _wanted(self) -> Iterator[tuple[Path, bytes, int]]:
        place = self._place
        for template in sorted(each for each in place.files.rglob("*") if each.is_file()):
            text = template.read_text(encoding="utf-8")
            for name, value in (("USER", place.user), ("DATA", str(place.data)), ("PROGRAM", place.program)):
                text = text.replace(f"@{name}@", value)
            mode = 0o755 if template.name == "kiosk-session" else 0o644
            yield place.root / template.relative_to(place.files), text.encode(), mode

    def _links(self) -> list[tuple[Path, str]]:
        links = [(self._place.root / MASKED, "/dev/null")]
        if self._place.boot:
            links.append((self._place.root / WANTED, "/etc/systemd/system/stamp-kiosk.service"))
        return links

    def _note(self, kind: str, name: str, before: Any) -> None:
        self._step(f"note {kind} {name}")
        self._changes.note(Change(kind, name, before))
        self._step(f"make {kind} {name}")

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        if folder != self._changes_folder():  # the journal's own folder goes with the journal
            self._note("folder", self._shown(folder), None)
        folder.mkdir(mode=0o755, exist_ok=True)

    def _put(self, path: Path, content: bytes, mode: int) -> None:
        before: dict[str, Any] | None = None
        if path.exists():
            facts = path.stat()
            coded = base64.b64encode(path.read_bytes()).decode()
            before = {"content": coded, "mode": facts.st_mode & 0o7777, "owner": [facts.st_uid, facts.st_gid]}
        self._note("file", self._shown(path), before)
        _write(path, content, mode)

    def _link(self, path: Path, target: str) -> None:
        if path.exists() and not path.is_symlink():
            raise _trouble(f"{path} is a file of this computer.", "Move it aside, then install again.")
        self._note("link", self._shown(path), _link_of(path))
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def _make_user(self) -> None:
        if self._shell() is not None:
            return
        self._note("user", self._place.user, None)
        groups = ",".join(name for name in GROUPS if self._has_group(name))
        words = ["useradd", *self._prefix(), "--system", "--no-create-home", "--home-dir", str(self._place.data)]
        words += ["--shell", "/usr/sbin/nologin", "--user-group", *(["--groups", groups] if groups else []), self._place.user]
        _run(words)

    def _make_data(self) -> None:
        folder = self._place.root / self._place.data.relative_to("/")
        if not folder.is_dir():
            self._make_folder(folder)
        if line := self._passwd():
            os.chown(folder, int(line[2]), int(line[3]))
            folder.chmod(0o700)

    def _restore_file(self, name: str, before: Any) -> None:
        path = self._real(name)
        if before is None:
            self._step(f"remove {name}")
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".new").unlink(missing_ok=True)
            return
        self._step(f"restore {name}")
        _write(path, base64.b64decode(before["content"]), before["mode"])
        os.chown(path, *before["owner"])

    def _restore_link(self, name: str, before: Any) -> None:
        self._step(f"restore {name}")
        path = self._real(name)
        if path.is_symlink():
            path.unlink()
        if before is not None:
            path.symlink_to(before)

    def _take_folder(self, name: str, left: list[str]) -> None:
        folder = self._real(name)
        if not folder.is_dir():
            return
        if any(folder.iterdir()):
            left.append(f"{name} was left: there is something in it.")
            return
        self._step(f"remove {name}")
        folder.rmdir()

    def _take_user(self, name: str) -> None:
        if self._passwd() is not None:
            self._step(f"remove user {name}")
            _run(["userdel", *self._prefix(), name])
        if self._has_group(name):  # userdel takes it only where login.defs says so
            _run(["groupdel", *self._prefix(), name])

    def _prefix(self) -> list[str]:
        return [] if self._place.root == Path("/") else ["--prefix", str(self._place.root)]

    def _passwd(self) -> list[str] | None:
        return next((line for line in self._lines("passwd") if line[0] == self._place.user), None)

    def _shell(self) -> str | None:
        line = self._passwd()
        return None if line is None else line[-1]

    def _has_group(self, name: str) -> bool:
        return any(line[0] == name for line in self._lines("group"))

    def _lines(self, name: str) -> list[list[str]]:
        file = self._place.root / "etc" / name
        return [line.split(":") for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    def _shown(self, path: Path) -> str:
        return f"/{path.relative_to(self._place.root)}"

    def _real(self, name: str) -> Path:
        return self._place.root / name.lstrip("/")


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole, or as it was."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.chmod(mode)
    new.replace(path)


def _link_of(path: Path) -> str | None:
    return str(path.readlink()) if path.is_symlink() else None


def _run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _trouble(f"{words[0]} failed: {done.stderr.strip()}.", "Mend it, then do this again.")


def _trouble(what: str, todo: str) -> Trouble:
    return Trouble("kiosk-install", what, "What was changed so far can be undone: ./recover.", todo)
