"""Files and folders that are on the disk when a call returns. It refuses to report success before the disk does."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stamp_desktop.trouble import Trouble

if sys.platform == "darwin":
    import fcntl


def sync_file(descriptor: int) -> None:
    """Return when the file's bytes and size are on the disk; OSError when the system cannot say so."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone leaves them in the drive's cache there
    elif sys.platform == "win32":
        os.fsync(descriptor)
    else:
        os.fdatasync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names of the folder durable. Windows offers no such call and journals names itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make the folder and what is missing above it, open to this user only (on Windows: as the folder above)."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            sync_folder(folder.parent)
        except OSError:
            with suppress(OSError):
                folder.rmdir()  # or the next try would find it and take its name for durable
            raise


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; OSError when the system takes only some of them."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file readable by this user only that is either whole or, after any kill, as it was before. OSError."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        write_all(descriptor, data)
        sync_file(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def disk_troubles() -> Iterator[None]:
    """Say what the file system reports as trouble: `disk-full` or `disk-error`."""
    try:
        yield
    except OSError as error:
        raise disk_trouble(error) from error


def disk_trouble(error: OSError) -> Trouble:
    """The trouble that an error of the file system is for people."""
    return disk_full() if error.errno in {errno.ENOSPC, errno.EDQUOT} else disk_error(str(error))


def disk_full() -> Trouble:
    return Trouble(
        "disk-full",
        "The disk of this computer is full.",
        "The last step is not saved. Everything before it is.",
        "Call your proctor: make room on the disk, then go on.",
    )


def disk_error(detail: str) -> Trouble:
    return Trouble(
        "disk-error",
        f"The disk of this computer reports an error ({detail}).",
        "The last step may not be saved. Everything before it is.",
        "Call your proctor: open the test again, on another computer if the error stays.",
    )


def damaged(detail: str) -> Trouble:
    """The trouble of saved data that is not what was written."""
    return Trouble(
        "data-damaged",
        f"Saved data on this computer is damaged ({detail}).",
        "It is kept as it is. What was copied to the room or the server is safe there.",
        "Call your proctor.",
    )
