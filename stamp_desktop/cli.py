"""`stamp-desktop`: one verb per role. It reads arguments, calls one function, prints; it decides nothing.

Each verb loads only what it needs: the exam window is on the screen before the engine is in memory, and packages are built
on computers that have no Qt.
"""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stamp_desktop.trouble import Trouble

NO_SCREEN = """There is no screen here. You can see the program
  with a VNC viewer:   stamp-desktop demo --vnc 5900   (make run DEMO="--vnc 5900"), then connect to 127.0.0.1:5900
  as pictures:         make gallery"""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 with the trouble on stderr; 2 for a wrong command; 3 where there is no screen."""
    asked = _parser().parse_args(argv)
    try:
        status: int = asked.run(asked)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return 1
    return status


def _demo(asked: argparse.Namespace) -> int:
    from stamp_desktop import demo

    data = asked.data or _user_folder("stamp-desktop-demo")
    if asked.server == "stop":
        demo.stop_server(data)
        return 0
    if asked.server == "start":
        print("The server runs at {}, process {}".format(*demo.start_server(data)))
        return 0
    if asked.vnc:
        os.environ["QT_QPA_PLATFORM"] = f"vnc:addr=127.0.0.1:port={asked.vnc}:size=1366x768"
    elif not _has_screen():
        print(NO_SCREEN, file=sys.stderr)
        return 3
    there = demo.set_up(data, _assets() / "demo" / "english")
    print(*there.lines(), sep="\n", flush=True)
    from stamp_desktop.app import Options, run_exam

    hint = f"Demonstration: test code {there.facts.closed.test_code}, login name {there.facts.logins[0]}"
    try:
        return run_exam(Options(there.station, windowed=True, simulated_sound=True, demo_hint=hint))
    finally:
        demo.stop_server(data)


def _exam(asked: argparse.Namespace) -> int:
    from stamp_desktop.app import Options, run_exam

    data = asked.data or _user_folder("stamp-desktop")
    return run_exam(Options(data, windowed=asked.windowed, simulated_sound=asked.simulated_sound))


def _enrol(asked: argparse.Namespace) -> int:
    import socket

    from stamp_desktop.delivery.opening import enrol_computer

    data = asked.data or _user_folder("stamp-desktop")
    enrol_computer(data, asked.server, asked.code, asked.name or socket.gethostname(), tuple(asked.publisher))
    print(f"This computer is enrolled; roster and packages are in {data}.")
    return 0


def _package_build(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import build, keys

    file: Path = asked.out
    key_file: Path = asked.key
    if not key_file.exists():
        keys.save_publisher_key(key_file, keys.new_publisher_key())
        print(f"A new publisher key: {key_file}. Keep it safe; its public half lies beside it.")
    package_keys = keys.keys_path(file)
    if not package_keys.exists():
        keys.save_keys(package_keys, keys.new_keys())
    made = build.build(asked.folder, file, keys.load_publisher_key(key_file), keys.load_keys(package_keys))
    print(made.report)
    return 0


def _package_validate(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import keys, manifest, reader, sources

    path: Path = asked.path
    if path.is_dir():
        _, faults = sources.inspect_sources(path)
        print(sources.fault_report(faults) or "No faults: a package can be built from this folder.")
        return 1 if any(not fault.warning for fault in faults) else 0
    if not asked.publisher:
        print("A package is verified against its publisher's public key: --publisher FILE.pub", file=sys.stderr)
        return 2
    print(manifest.describe(reader.verify(path, [keys.load_public_key(asked.publisher)])))
    print("The package is whole, unaltered and signed by this publisher.")
    return 0


def _package_inspect(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import manifest, reader

    print(manifest.describe(reader.inspect(asked.path)))
    return 0


def _session_outcome(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery.records import outcome_of

    sys.stdout.buffer.write(outcome_of(asked.data or _user_folder("stamp-desktop"), asked.session) + b"\n")
    return 0


def _gallery(asked: argparse.Namespace) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from stamp_desktop.ui.gallery import main as draw

    return draw(["--out", str(asked.out)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stamp-desktop", description="Language-proficiency tests, with or without a network.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

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

    enrol = verbs.add_parser("enrol", help="make this computer a station of a server and fetch what it has")
    enrol.set_defaults(run=_enrol)
    enrol.add_argument("--server", required=True, metavar="URL")
    enrol.add_argument("--code", required=True, help="the single-use code from the server")
    enrol.add_argument(
        "--publisher", type=Path, action="append", default=[], help="public key of a publisher to trust; repeatable"
    )
    enrol.add_argument("--name", help="what people call this computer; default: its host name")
    enrol.add_argument("--data", type=Path)

    package = verbs.add_parser("package", help="build, validate, inspect test packages").add_subparsers(
        required=True, metavar="VERB"
    )
    build = package.add_parser("build", help="make a package from a source folder")
    build.set_defaults(run=_package_build)
    build.add_argument("folder", type=Path)
    build.add_argument("-o", "--out", type=Path, required=True)
    build.add_argument("--key", type=Path, default=Path("publisher.pem"), help="the publisher's signing key; made when missing")
    validate = package.add_parser("validate", help="check a package, or all of a source folder")
    validate.set_defaults(run=_package_validate)
    validate.add_argument("path", type=Path)
    validate.add_argument("--publisher", type=Path, help="the publisher's public key")
    inspect = package.add_parser("inspect", help="what a package says of itself")
    inspect.set_defaults(run=_package_inspect)
    inspect.add_argument("path", type=Path)

    session = verbs.add_parser("session", help="look at a session on this computer").add_subparsers(
        required=True, metavar="VERB"
    )
    outcome = session.add_parser("outcome", help="replay the journal and print what came out, byte for byte as the server does")
    outcome.set_defaults(run=_session_outcome)
    outcome.add_argument("session")
    outcome.add_argument("--data", type=Path)

    gallery = verbs.add_parser("gallery", help="draw every screen in every state")
    gallery.set_defaults(run=_gallery)
    gallery.add_argument("--out", type=Path, required=True)
    return parser


def _has_screen() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _user_folder(name: str) -> Path:
    import platformdirs

    return Path(platformdirs.user_data_path(name, appauthor=False, roaming=False))


def _assets() -> Path:
    """The assets, beside the package in a source tree or inside it in an installed wheel."""
    package = Path(__file__).resolve().parent
    return next(folder for folder in (package / "assets", package.parent / "assets") if folder.is_dir())
