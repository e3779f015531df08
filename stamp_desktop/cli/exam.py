"""The verbs of a station: demonstration, exam window, enrolment, gallery."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import os
import sys
from pathlib import Path

from stamp_desktop.cli.words import Verbs, assets, user_folder

NO_SCREEN = """There is no screen here. You can see the program
  with a VNC viewer:   stamp-desktop demo --vnc 5900   (make run DEMO="--vnc 5900"), then connect to 127.0.0.1:5900
  as pictures:         make gallery"""


def add_verbs(verbs: Verbs) -> None:
    """demo, exam, enrol, gallery."""
    demo = verbs.add_parser("demo", help="try everything on this computer")
    demo.set_defaults(run=_demo)
    demo.add_argument("--data", type=Path, help="where the demonstration lies")
    demo.add_argument("--server", choices=("stop", "start"), help="only stop or start its server, while a test runs")
    demo.add_argument("--vnc", type=int, metavar="PORT", help="draw for a VNC viewer on this computer instead of a screen")

    exam = verbs.add_parser("exam", help="the exam window of a station")
    exam.set_defaults(run=_exam)
    exam.add_argument("--data", type=Path, help="this station's data folder")
    exam.add_argument("--windowed", action="store_true", help="a window that may be closed")
    exam.add_argument("--simulated-sound", action="store_true", help="offer a microphone that needs no hardware")
    exam.add_argument(
        "--second-copy", type=Path, metavar="FOLDER", help="keep a second copy of every session in this folder, on another disk"
    )

    enrol = verbs.add_parser("enrol", help="make this computer a station of a server and fetch what it has")
    enrol.set_defaults(run=_enrol)
    enrol.add_argument("--server", required=True, metavar="URL")
    enrol.add_argument("--code", required=True, help="the single-use code from the server")
    enrol.add_argument(
        "--publisher", type=Path, action="append", default=[], help="public key of a publisher to trust; repeatable"
    )
    enrol.add_argument("--fingerprint", default="", help="of the server, as `stamp-server code new` prints it")
    enrol.add_argument("--name", help="what people call this computer; default: its host name")
    enrol.add_argument("--data", type=Path)

    gallery = verbs.add_parser("gallery", help="draw every screen in every state")
    gallery.set_defaults(run=_gallery)
    gallery.add_argument("--out", type=Path, required=True)


def _demo(asked: argparse.Namespace) -> int:
    from stamp_desktop import demo

    data = asked.data or user_folder("stamp-desktop-demo")
    if asked.server == "stop":
        demo.stop_server(data)
        return 0
    if asked.server == "start":
        print("The server runs at {}, process {}".format(*demo.start_server(data)))
        return 0
    if asked.vnc:
        os.environ["QT_QPA_PLATFORM"] = f"vnc:addr=127.0.0.1:port={asked.vnc}:size=1366x768"
    elif not has_screen():
        print(NO_SCREEN, file=sys.stderr)
        return 3
    there = demo.set_up(data, assets() / "demo" / "english")
    print(*there.lines(), sep="\n", flush=True)
    from stamp_desktop.app import Options, run_exam

    hint = f"Demonstration: test code {there.facts.closed.test_code}, login name {there.facts.logins[0]}"
    try:
        return run_exam(Options(there.station, windowed=True, simulated_sound=True, demo_hint=hint))
    finally:
        demo.stop_server(data)


def _exam(asked: argparse.Namespace) -> int:
    from stamp_desktop.app import Options, run_exam

    data = asked.data or user_folder()
    options = Options(data, windowed=asked.windowed, simulated_sound=asked.simulated_sound, second=asked.second_copy)
    return run_exam(options)


def _enrol(asked: argparse.Namespace) -> int:
    import socket

    from stamp_desktop.delivery.opening import enrol_computer

    data = asked.data or user_folder()
    name, publishers = asked.name or socket.gethostname(), tuple(asked.publisher)
    enrol_computer(data, asked.server, asked.code, name, publishers, asked.fingerprint)
    print(f"This computer is enrolled; roster and packages are in {data}.")
    return 0


def _gallery(asked: argparse.Namespace) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from stamp_desktop.ui.gallery import main as draw

    return draw(["--out", str(asked.out)])


def has_screen() -> bool:
    """Whether a window can be shown."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
