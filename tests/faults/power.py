"""What a power cut leaves of the operations that the forgetful disk has noted. It looks at no file itself."""

import random
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from tests.faults.forgetful import Op

SECTOR = 512
Cut: TypeAlias = Literal["forgets", "keeps", "tears"]
CUTS: tuple[Cut, ...] = ("forgets", "keeps", "tears")
"""Nothing that was not synced is there; all of it; any sectors of it, and of the names any first part."""


@dataclass(slots=True)
class File:
    """What is certainly on the disk, and what was written behind that."""

    certain: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def put(self, offset: int, data: bytes | None) -> None:
        """`data` None: the file is `offset` long from then on."""
        self.waiting.append((offset, data))

    def sync(self) -> None:
        self.certain, self.waiting = self.content("keeps", random.Random(0)), []

    def content(self, cut: Cut, dice: random.Random) -> bytearray:
        made = bytearray(self.certain)
        if cut == "forgets":
            return made
        for offset, data in self.waiting:
            if data is None:
                if cut == "keeps" or dice.random() < 0.5:
                    _resize(made, offset)
                continue
            at = offset
            while at < offset + len(data):
                end = min((at // SECTOR + 1) * SECTOR, offset + len(data))
                if cut == "keeps" or dice.random() < 0.5:
                    _resize(made, max(len(made), end))
                    made[at:end] = data[at - offset : end - offset]
                at = end
        return made


def _resize(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))


@dataclass(slots=True)
class Names:
    """The names of one folder: number of a file, or 0 for a folder. `waiting` are changes: name and number, None for gone."""

    certain: dict[str, int] = field(default_factory=dict)
    waiting: list[list[tuple[str, int | None]]] = field(default_factory=list)

    def sync(self) -> None:
        self.certain, self.waiting = self.content("keeps", random.Random(0)), []

    def content(self, cut: Cut, dice: random.Random) -> dict[str, int]:
        made = dict(self.certain)
        count = {"forgets": 0, "keeps": len(self.waiting), "tears": dice.randint(0, len(self.waiting))}[cut]
        for change in self.waiting[:count]:
            for name, number in change:
                made.pop(name, None)
                if number is not None:
                    made[name] = number
        return made


class Disk:
    """The disk as the operations lead to it, one after the other."""

    def __init__(self) -> None:
        self._files: dict[int, File] = {}
        self._names: dict[str, Names] = {"/": Names()}
        self._now: dict[str, int] = {"/": 0}
        self.said: list[str] = []

    def take(self, op: Op) -> None:
        match op:
            case "said", text:
                self.said.append(text)
            case "mkdir", path:
                self._names[path] = Names()
                self._change(path, 0)
            case "create", path, number:
                self._files[number] = File()
                self._change(path, number)
            case "write", number, offset, data:
                self._files[number].put(offset, data)
            case "truncate", number, length:
                self._files[number].put(length, None)
            case ("unlink", path) | ("rmdir", path):
                self._change(path, None)
            case "rename", old, new:
                self._rename(old, new)
            case "fsync", number:
                self._files[number].sync()
            case "fsync failed", number:
                self._files[number].waiting = []
            case "fsyncdir", path:
                self._names[path].sync()
            case "struck", _:
                pass
            case _:
                raise AssertionError(op)

    def after_a_cut(self, cut: Cut, dice: random.Random, folder: Path) -> None:
        """Write what is there after a power cut at this moment to `folder`."""
        self._write("/", cut, dice, folder)

    def _write(self, path: str, cut: Cut, dice: random.Random, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        for name, number in self._names[path].content(cut, dice).items():
            if number:
                (folder / name).write_bytes(self._files[number].content(cut, dice))
            else:
                self._write(str(PurePosixPath(path) / name), cut, dice, folder / name)

    def _change(self, path: str, number: int | None) -> None:
        self._change_all((path, number))

    def _change_all(self, *changes: tuple[str, int | None]) -> None:
        place = str(PurePosixPath(changes[0][0]).parent)
        self._names[place].waiting.append([(PurePosixPath(path).name, number) for path, number in changes])
        for path, number in changes:
            self._now.pop(path, None)
            if number is not None:
                self._now[path] = number

    def _rename(self, old: str, new: str) -> None:
        number = self._now[old]
        old_place, new_place = PurePosixPath(old).parent, PurePosixPath(new).parent
        if old_place == new_place:
            self._change_all((old, None), (new, number))
        else:
            self._change(new, number)  # between two folders either may be on the disk first: both is the worse
            self._change(old, None)
