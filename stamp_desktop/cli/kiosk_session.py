"""The verbs for technology staff: lay the kiosk session on a Linux computer, look at it, take it away."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
from pathlib import Path

from stamp_desktop.cli.words import Verbs


def add_verbs(kiosk: Verbs) -> None:
    """kiosk session install, check, remove, recover; called by the scripts of installers/linux/kiosk."""
    session = kiosk.add_parser("session", help="install, check or remove the kiosk session of a Linux computer")
    session.set_defaults(run=_session)
    session.add_argument("verb", choices=("install", "check", "remove", "recover"))
    session.add_argument("--files", type=Path, required=True, help="the templates: installers/linux/kiosk/files")
    session.add_argument("--root", type=Path, default=Path("/"), help="another file system than this one")
    session.add_argument("--user", default="stamp-exam", help="the exam user, made without a login shell")
    session.add_argument("--data", type=Path, default=Path("/var/lib/stamp-desktop/exam"), help="where answers lie")
    session.add_argument("--program", default="/usr/bin/stamp-desktop", help="what starts STAMP Desktop")
    session.add_argument("--boot", action="store_true", help="start the kiosk whenever the computer starts")


def _session(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.linux.install import Installation, Place

    installation = Installation(Place(asked.root, asked.files, asked.user, asked.data, asked.program, boot=asked.boot))
    if asked.verb == "install":
        installation.install()
        print("The kiosk session is installed. Set a PIN (stamp-desktop kiosk pin), then choose STAMP Kiosk when signing in.")
        return 0
    if asked.verb == "check":
        faults = installation.check()
        print("\n".join(faults) or "All of the kiosk session is in its place.")
        return 1 if faults else 0
    left = installation.remove()
    print("\n".join(left) or "The computer is as it was before the kiosk.")
    return 0
