"""Somebody with rights on this computer who meddles with the files of the answers, between two of the program's looks.

The exam program's courier opens each journal when it likes, and SQLite removes the write-ahead log when the last one closes it.
So a file is put in place while nobody has the old one open, and looked at until nobody has come in between.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from stamp_desktop.storage.database import database_files
from tests.attack.bench import Bench


def last_event(journal: Path) -> int:
    """The number of the last event in it."""
    with closing(sqlite3.connect(journal)) as file:
        return int(file.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def copy_of(journal: Path, copy: Path) -> Path:
    """One whole file with what the journal holds now, though it is being written to."""
    with closing(sqlite3.connect(journal)) as file:
        file.execute("VACUUM INTO ?", (str(copy),))
    return copy


def put(made: Bench, file: Path, journal: Path) -> None:
    """Have `file` lie in the place of the journal, for good: whoever opens the journal from now on has this one."""
    wanted = last_event(file)
    log, index = database_files(journal)[1:]

    def lies() -> bool:
        if not any(_open(journal)):
            log.unlink(missing_ok=True)
            index.unlink(missing_ok=True)
            shutil.copy(file, journal.with_suffix(".new"))
            journal.with_suffix(".new").replace(journal)
        return not any(target.endswith(" (deleted)") for target in _open(journal)) and last_event(journal) == wanted

    made.wait(lies, "the journal to lie where it was put")


def changed(made: Bench, journal: Path, change: Callable[[sqlite3.Connection], None]) -> None:
    """The journal as it is now, but for a change, in its place."""
    edited = copy_of(journal, made.folder / "edited.db")
    with closing(sqlite3.connect(edited)) as file, file:
        change(file)
    put(made, edited, journal)


def _open(journal: Path) -> Iterator[str]:
    """What of the journal's files any process has open, as /proc names it."""
    names = {str(file) for file in database_files(journal)}
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for descriptor in descriptors.iterdir():
                with suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.removesuffix(" (deleted)") in names:
                        yield target
