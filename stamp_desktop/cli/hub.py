"""The verbs about the room's hub, at a station."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
from contextlib import closing
from pathlib import Path

from stamp_desktop.cli.words import Verbs, user_folder


def add_verbs(verbs: Verbs) -> None:
    """hub."""
    hub = verbs.add_parser("hub", help="name the room's hub, look for it, or forget it")
    hub.set_defaults(run=_hub)
    what = hub.add_mutually_exclusive_group(required=True)
    what.add_argument("--at", metavar="URL", help="where it is, as the hub itself shows it")
    what.add_argument("--find", action="store_true", help="look for it in the local network")
    what.add_argument("--none", action="store_true", help="forget the address")
    hub.add_argument("--data", type=Path)


def _hub(asked: argparse.Namespace) -> int:
    from stamp_desktop.storage.folders import Folders
    from stamp_desktop.storage.station import Station
    from stamp_desktop.sync.found import hubs
    from stamp_desktop.sync.ways import name_hub

    folders = Folders(asked.data or user_folder())
    if asked.find:
        with closing(Station(folders.station)) as station:
            device = station.device()
        found = hubs(device.server_id) if device else []
        print("\n".join(found) or "No hub of this computer's server answers in the local network.")
        return 0 if found else 1
    name_hub(folders, asked.at or "")
    print(f"The hub at {asked.at} is tried first." if asked.at else "No hub is named; one is looked for when it is needed.")
    return 0
