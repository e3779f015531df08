"""The verbs about the sound of this computer as it is now: for technology staff, and for training."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from typing import TYPE_CHECKING

from stamp_desktop.cli.words import Verbs

if TYPE_CHECKING:
    from stamp_desktop.delivery.ear import Studio
    from stamp_desktop.delivery.views import Notice

METER = 30


def add_verbs(audio: Verbs) -> None:
    """devices, monitor, rehearse."""
    devices = audio.add_parser("devices", help="the microphones and loudspeakers, and how the system has them")
    devices.set_defaults(run=_devices)
    devices.add_argument("--json", action="store_true")
    monitor = audio.add_parser("monitor", help="a live meter, with what a test taker would be told")
    monitor.set_defaults(run=_monitor)
    monitor.add_argument("--device", default="", metavar="NAME", help="a microphone by its name; default: the system's")
    monitor.add_argument("--seconds", type=float, default=0.0, help="end after so long; default: with Ctrl+C")
    rehearse = audio.add_parser("rehearse", help="break a microphone on purpose, to practise what to do")
    rehearse.set_defaults(run=_rehearse)
    rehearse.add_argument("fault", help="the fault, or: list")
    rehearse.add_argument("--seconds", type=float, default=12.0, help="how long (%(default)g)")
    rehearse.add_argument(
        "--real", action="store_true", help="break this computer's own microphone (Linux), then mend it again"
    )
    rehearse.add_argument("--device", default="", metavar="ID", help="with --real: which one; default: the system's")


def _devices(asked: argparse.Namespace) -> int:
    from stamp_desktop.audio.survey import survey

    found = survey()
    print(found.as_json() if asked.json else found.as_text())
    return 0 if found.microphones else 1


def _monitor(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery.studio import SystemStudio

    return _listen(SystemStudio(), asked.device, asked.seconds)


def _rehearse(asked: argparse.Namespace) -> int:
    from stamp_desktop.audio.pace import RealPace
    from stamp_desktop.delivery import rehearsal

    if asked.fault == "list":
        print(rehearsal.listing())
        return 0
    if not asked.real:
        return _listen(rehearsal.RehearsalStudio(rehearsal.fault(asked.fault), RealPace()), "", asked.seconds)
    with rehearsal.broken(asked.fault, asked.device) as source:
        print(f"{source}: {rehearsal.fault(asked.fault).text}, for {asked.seconds:g} s. Ctrl+C ends it sooner.", flush=True)
        try:
            RealPace().sleep(asked.seconds)
        except KeyboardInterrupt:
            print()
    print(f"{source} is as it was before.")
    return 0


def _listen(studio: "Studio", device: str, seconds: float) -> int:
    """Show the meter and each message when it comes; the judgement at the end."""
    import queue

    from stamp_desktop.audio import report
    from stamp_desktop.delivery.ear import Ear, Nowhere
    from stamp_desktop.delivery.runner import Sound

    words: queue.SimpleQueue[Sound] = queue.SimpleQueue()
    ear = Ear(1, studio, device, Nowhere, words.put, seconds or float("inf"))
    shown: Notice | None = None
    live = sys.stdout.isatty()
    try:
        while not ear.ended:
            ear.hear(words.get().word)
            if ear.notice != shown:
                shown = ear.notice
                wiped = f"\r{'':{METER + 20}}\r" if live else ""
                print(f"{wiped}{ear.seconds:6.1f} s  {_said(shown)}", flush=True)
            if live:
                filled = round(METER * (ear.level or 0.0))
                print(f"\r{ear.seconds:6.1f} s  [{'#' * filled:<{METER}}]", end="", flush=True)
    except KeyboardInterrupt:
        print()
    recorded = ear.stop()
    print()
    if recorded.verdict is not None:
        print(report.text("what was heard", recorded.verdict))
    return 0 if recorded.frames else 1


def _said(notice: "Notice | None") -> str:
    if notice is None:
        return "All is well."
    return " ".join(part for part in (f"{notice.title}.", notice.text, notice.todo) if part)
