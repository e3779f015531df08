"""A disk of its own, in user space, that notes every operation and fails when it is told to: `-m` with a FOLDER.

It keeps everything in memory and is as strict as POSIX lets it be: what was not synced may be gone after a power cut (see
`power`), names included, and what a failed sync has left is gone for good though it can still be read.

It is told what to do by lines written to `.control` in its root:

    said TEXT                       note TEXT among the operations: what was promised at this moment
    fail KIND AFTER ERRNO COUNT     the operations of that kind behind the next AFTER ones fail, COUNT of them
    room BYTES                      so much may be written from now on; -1: as much as anybody likes
    dump FILE                       write the notes to FILE and begin new ones
"""

import errno
import os
import pickle
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

CONTROL = "/.control"
Op: TypeAlias = tuple[Any, ...]


@dataclass(slots=True)
class Plan:
    """Which operations fail."""

    kind: str = ""
    after: int = 0
    errno: int = 0
    count: int = 0

    def strikes(self, kind: str) -> bool:
        if kind != self.kind or not self.count:
            return False
        if self.after:
            self.after -= 1
            return False
        self.count -= 1
        return True


@dataclass(slots=True)
class Forgetful:
    """The operations, as libfuse calls them. File handles are the numbers of the files."""

    use_ns: bool = True
    files: dict[int, bytearray] = field(default_factory=lambda: {1: bytearray()})
    names: dict[str, int] = field(default_factory=lambda: {CONTROL: 1})
    folders: set[str] = field(default_factory=lambda: {"/"})
    notes: list[Op] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    room: int = -1

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path in self.folders:
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2, "st_uid": os.getuid(), "st_gid": os.getgid()}
        number = self._number(path, fh)
        size = len(self.files[number])
        return {
            "st_mode": stat.S_IFREG | 0o600,
            "st_nlink": 1,
            "st_size": size,
            "st_blocks": -(-size // 512),
            "st_uid": os.getuid(),
            "st_gid": os.getgid(),
        }

    def readdir(self, path: str, _fh: int) -> list[str]:
        there = [*self.names, *self.folders - {"/"}]
        return [".", "..", *(PurePosixPath(each).name for each in there if str(PurePosixPath(each).parent) == path)]

    def mkdir(self, path: str, _mode: int) -> int:
        self._strike("create")
        self.folders.add(path)
        self.notes.append(("mkdir", path))
        return 0

    def rmdir(self, path: str) -> int:
        self.folders.discard(path)
        self.notes.append(("rmdir", path))
        return 0

    def create(self, path: str, _mode: int) -> int:
        self._strike("create")
        number = max(self.files) + 1
        self.files[number] = bytearray()
        self.names[path] = number
        self.notes.append(("create", path, number))
        return number

    def open(self, path: str, _flags: int) -> int:
        return self._number(path)

    def read(self, _path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self.files[fh][offset : offset + size])

    def write(self, _path: str, data: bytes, offset: int, fh: int) -> int:
        if fh == self.names[CONTROL]:
            self._obey(data.decode())
            return len(data)
        self._strike("write")
        file = self.files[fh]
        if self.room >= 0:
            grows = max(0, offset + len(data) - len(file))
            if grows > self.room:
                data = data[: len(data) - (grows - self.room)]
                if not data:
                    raise OSError(errno.ENOSPC, "full")
                grows = self.room
            self.room -= grows
        _put(file, offset, data)
        self.notes.append(("write", fh, offset, bytes(data)))
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        number = self._number(path, fh)
        if number == self.names[CONTROL]:
            return 0
        self._strike("truncate")
        file = self.files[number]
        if self.room >= 0:
            self.room += max(0, len(file) - length)
        _set_length(file, length)
        self.notes.append(("truncate", number, length))
        return 0

    def unlink(self, path: str) -> int:
        self._strike("unlink")
        number = self.names.pop(path)
        if self.room >= 0:
            self.room += len(self.files[number])
        self.notes.append(("unlink", path))
        return 0

    def rename(self, old: str, new: str) -> int:
        self._strike("rename")
        for path in [each for each in self.names if each == old or each.startswith(old + "/")]:
            self.names[new + path[len(old) :]] = self.names.pop(path)
        for path in [each for each in self.folders if each == old or each.startswith(old + "/")]:
            self.folders.remove(path)
            self.folders.add(new + path[len(old) :])
        self.notes.append(("rename", old, new))
        return 0

    def fsync(self, _path: str, _datasync: int, fh: int) -> int:
        try:
            self._strike("fsync")
        except OSError:
            self.notes.append(("fsync failed", fh))
            raise
        self.notes.append(("fsync", fh))
        return 0

    def fsyncdir(self, path: str, _datasync: int, _fh: int) -> int:
        self._strike("fsync")
        self.notes.append(("fsyncdir", path))
        return 0

    def statfs(self, _path: str) -> dict[str, int]:
        free = 2**20 if self.room < 0 else self.room // 4096
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 2**20, "f_bfree": free, "f_bavail": free, "f_namemax": 255}

    def _number(self, path: str, fh: int | None = None) -> int:
        if fh:
            return fh
        if path not in self.names:
            raise OSError(errno.ENOENT, path)
        return self.names[path]

    def _strike(self, kind: str) -> None:
        if self.plan.strikes(kind):
            self.notes.append(("struck", kind))
            raise OSError(self.plan.errno, kind)

    def _obey(self, line: str) -> None:
        word, _, rest = line.rstrip("\n").partition(" ")
        match word:
            case "said":
                self.notes.append(("said", rest))
            case "fail":
                kind, after, number, count = rest.split()
                self.plan = Plan(kind, int(after), int(number), int(count))
            case "room":
                self.room = int(rest)
            case "dump":
                Path(rest).write_bytes(pickle.dumps(self.notes))
                self.notes = []
            case _:
                raise OSError(errno.EINVAL, line)


def _put(file: bytearray, offset: int, data: bytes) -> None:
    if len(file) < offset:
        _set_length(file, offset)
    file[offset : offset + len(data)] = data


def _set_length(file: bytearray, length: int) -> None:
    del file[length:]
    file.extend(bytes(length - len(file)))


if __name__ == "__main__":
    import mfusepy  # only the mounted program needs libfuse

    mfusepy.FUSE(
        Forgetful(), sys.argv[1], foreground=True, nothreads=True, hard_remove=True, attr_timeout=60.0, entry_timeout=60.0
    )
