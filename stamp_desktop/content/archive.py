"""The zip around a test package, read with distrust: names, sizes and checksums are checked before a byte is believed.

It extracts nothing to the disk and knows nothing of signatures or keys.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stamp_desktop.content.manifest import ANSWERS, MANIFEST, SIGNATURE, TEXTS
from stamp_desktop.trouble import Trouble

MAX_PARTS = 20_000
MAX_PART_BYTES = 256 * 2**20
"""A part is decrypted in memory: no more than a lab computer can hold beside everything else."""
MAX_PACKAGE_BYTES = 4 * 2**30 - 1
"""What a zip can hold without its 64-bit extension, which the format does not use."""
MAX_MANIFEST_BYTES = 8 * 2**20
MAX_RATIO = 20
"""Encrypted parts do not shrink; a manifest shrinks to about a fifth."""

_END = struct.Struct("<4s4H2LH")
_PART_NAME = re.compile(rf"{re.escape(MANIFEST)}|{re.escape(SIGNATURE)}|{TEXTS}|{ANSWERS}|media/[0-9a-f]{{64}}")


def damaged(code: str, what: str, todo: str = "Fetch the package again; if that does not help, tell the publisher.") -> Trouble:
    """Trouble with a package, none of which is used."""
    return Trouble(code, what, "Nothing of this package is used.", todo)


@contextmanager
def opened(path: Path) -> Iterator["Archive"]:
    """The package file, its directory checked; Trouble package-unreadable, -truncated, -altered, -path or -bomb."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise damaged("package-unreadable", f"The package {path.name} cannot be read: {error.strerror}.") from error
    with file:
        _check_end(file, path.name)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error) as error:
            raise damaged("package-altered", f"The directory of the package {path.name} is damaged.") from error
        with archive:
            _check_entries(archive, file.seek(0, 2))
            yield Archive(archive)


class Archive:
    """A package file that is open for reading."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes = {entry.filename: entry.file_size for entry in archive.infolist()}

    def read(self, part: str) -> bytes:
        """The stored bytes of a part; Trouble package-altered, naming it, when it is missing or does not unpack."""
        if part not in self.sizes:
            raise damaged("package-altered", f"The part {part} of the package is missing.")
        try:
            return self._archive.read(part)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
            # RuntimeError: zipfile's word for an entry that calls itself encrypted
            raise damaged("package-altered", f"The part {part} of the package is damaged.") from error


def _check_end(file: BinaryIO, name: str) -> None:
    """A zip ends with a record of fixed size (the format allows no comment): a file cut anywhere does not."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    if not b"PK\x03\x04".startswith(head):
        raise damaged("package-unreadable", f"{name} is not a test package.", "Check that it is the right file.")
    file.seek(max(0, size - _END.size))
    tail = file.read(_END.size)
    if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06"):
        file.seek(max(0, size - 2**16))
        if b"PK\x05\x06" in file.read()[: -_END.size]:
            raise damaged("package-altered", f"Something was added behind the end of the package {name}.")
        raise damaged("package-truncated", f"The package {name} is not complete: its end is missing after {size:,} bytes.")
    _, _, _, _, entries, _, _, comment = _END.unpack(tail)
    if comment:
        raise damaged("package-truncated", f"The package {name} is not complete: its last {comment:,} bytes are missing.")
    if entries > MAX_PARTS or size > MAX_PACKAGE_BYTES:
        raise damaged("package-bomb", f"The package {name} is larger than any test: {entries:,} parts, {size:,} bytes.")


def _check_entries(archive: zipfile.ZipFile, package_bytes: int) -> None:
    seen: set[str] = set()
    stored = plain = 0
    for entry in archive.infolist():
        part = entry.filename
        # the name as it stands in the file: zipfile cuts a name at its first NUL
        if not _PART_NAME.fullmatch(entry.orig_filename):
            raise damaged("package-path", f"The package holds a part that no package has: {entry.orig_filename[:80]!r}.")
        if part in seen:
            raise damaged("package-altered", f"The part {part} is in the package twice.")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or entry.flag_bits & 1:
            raise damaged("package-altered", f"The part {part} is packed in a way that the format does not use.")
        limit = MAX_MANIFEST_BYTES if part == MANIFEST else MAX_PART_BYTES
        if entry.file_size > limit or entry.file_size > MAX_RATIO * entry.compress_size + 64:
            raise damaged("package-bomb", f"The part {part} of the package would unpack to {entry.file_size:,} bytes.")
        seen.add(part)
        stored += entry.compress_size
        plain += entry.file_size
    # more stored bytes than the file has: entries that overlap, each of them small by itself
    if stored > package_bytes or plain > MAX_PACKAGE_BYTES:
        raise damaged("package-bomb", f"The package would unpack to {plain:,} bytes.")
