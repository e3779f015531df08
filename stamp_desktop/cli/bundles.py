"""The verbs that carry a session by hand."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stamp_desktop.cli.words import Verbs, user_folder

if TYPE_CHECKING:
    from stamp_desktop.sync.carrying import Carrier


def add_verbs(session: Verbs) -> None:
    """session carry, import."""
    out = session.add_parser("carry", help="write a session to one file, for the server or for another computer")
    out.set_defaults(run=_export)
    out.add_argument("session")
    out.add_argument("-o", "--out", type=Path, required=True, help="the file; with its recordings it is some 10 MB")
    out.add_argument("--move", action="store_true", help="another computer goes on with it, and this one no more")
    out.add_argument("--data", type=Path)
    back = session.add_parser("import", help="take in a session from another computer, or a receipt that came by hand")
    back.set_defaults(run=_import)
    back.add_argument("file", type=Path)
    back.add_argument("--code", default="", help="what carry --move has shown")
    back.add_argument("--data", type=Path)


@contextmanager
def _carrier(asked: argparse.Namespace) -> "Iterator[Carrier]":
    from contextlib import closing

    from stamp_desktop.storage.clock import SystemClock
    from stamp_desktop.storage.folders import Folders
    from stamp_desktop.storage.keys import choose_key_store
    from stamp_desktop.storage.station import Station
    from stamp_desktop.sync.carrying import Carrier

    folders = Folders(asked.data or user_folder())
    with closing(Station(folders.station)) as station:
        yield Carrier(folders, station, choose_key_store(folders.keys), SystemClock())


def _export(asked: argparse.Namespace) -> int:
    from stamp_desktop.sync.carrying import described

    with _carrier(asked) as carrier:
        done = carrier.export(asked.session, asked.out, move=asked.move)
    print(described(done.manifest))
    if done.code:
        print(f"Code for the other computer: {done.code}")
        print("This computer does not go on with the test. Give file and code to the proctor, apart from each other.")
    return 0


def _import(asked: argparse.Namespace) -> int:
    import zipfile

    from stamp_desktop.sync.carrying import described

    with _carrier(asked) as carrier:
        if asked.file.is_file() and not zipfile.is_zipfile(asked.file) and asked.file.read_bytes()[:1] == b"{":
            print(f"Received: {carrier.receipt(asked.file)}")
        else:
            print(described(carrier.bring_in(asked.file, asked.code)))
            print("The test goes on here: sign in with its login name.")
    return 0
