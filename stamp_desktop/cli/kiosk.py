"""The verbs of the kiosk: start it, look whether this computer is fit for it, end it, clean up, PIN and recovery."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import getpass
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stamp_desktop.cli import kiosk_session
from stamp_desktop.cli.words import Verbs, user_folder
from stamp_desktop.trouble import Trouble

if TYPE_CHECKING:
    from stamp_desktop.kiosk.guard import Guard
    from stamp_desktop.kiosk.policy import Policy


def add_verbs(verbs: Verbs) -> None:
    """kiosk start, check, end, recover, pin, policy, key, answer; and those of `kiosk_session`."""
    kiosk = verbs.add_parser("kiosk", help="give a test on a closed computer").add_subparsers(required=True, metavar="VERB")

    start = kiosk.add_parser("start", help="close this computer and start the exam window; ends with `kiosk end` or the PIN")
    start.set_defaults(run=_start)
    _data(start)
    start.add_argument("--simulated-sound", action="store_true", help="offer a microphone that needs no hardware")

    guardian = kiosk.add_parser("guardian")
    guardian.set_defaults(run=_guardian)
    _data(guardian)
    guardian.add_argument("--again", action="store_true")
    guardian.add_argument("--supervisor", type=int, default=-1)
    guardian.add_argument("--simulated-sound", action="store_true")

    check = kiosk.add_parser("check", help="what can be enforced on this computer, and what speaks against a test now")
    check.set_defaults(run=_check)
    _data(check)
    check.add_argument("--json", action="store_true")

    end = kiosk.add_parser("end", help="end the kiosk: answers are saved, the computer is as it was")
    end.set_defaults(run=_end)
    _data(end)
    end.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")

    recover = kiosk.add_parser("recover", help="undo whatever a kiosk that was cut off left behind")
    recover.set_defaults(run=_recover)
    _data(recover)

    pin = kiosk.add_parser("pin", help="set the proctor's PIN of this computer")
    pin.set_defaults(run=_pin)
    _data(pin)
    pin.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    pin.add_argument(
        "--recovery", metavar="KEY", help="the organization's recovery key; only this station's part of it is kept"
    )
    pin.add_argument("--station", default="", help="the name that the organization knows this computer by")

    policy = kiosk.add_parser("policy", help="print the policy in force, as a file that an organization can change")
    policy.set_defaults(run=_policy)
    _data(policy)
    policy.add_argument("--sign", type=Path, metavar="KEY.pem", help="sign kiosk/policy.json with a publisher's key")

    kiosk_session.add_verbs(kiosk)
    key = kiosk.add_parser("key", help="make a recovery key for an organization")
    key.set_defaults(run=_key)
    answer = kiosk.add_parser("answer", help="answer the code on a lock screen, for a proctor who lost the PIN")
    answer.set_defaults(run=_answer)
    answer.add_argument("code")
    answer.add_argument("--station", required=True)


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="this station's data folder")


def _start(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.changes import Changes
    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.pin import PinBook
    from stamp_desktop.kiosk.policy import to_facts
    from stamp_desktop.kiosk.supervisor import supervise
    from stamp_desktop.storage.lock import Lock

    data = asked.data or user_folder()
    home = Home(data)
    home.make()
    policy = _policy_of(data)
    if not PinBook(home.pin).known:
        raise Trouble(
            "kiosk-no-pin",
            "No PIN is set: nobody could unlock a test.",
            "The kiosk was not started.",
            "Run `stamp-desktop kiosk pin` first.",
        )
    try:
        lock = Lock(home.lock)
    except Trouble:
        raise Trouble(
            "kiosk-runs",
            "The kiosk runs already on this computer.",
            "The test that is open goes on in its window.",
            "Go on there, or end it with `stamp-desktop kiosk end`.",
        ) from None
    known = home.remembered()
    cut_off = bool(Changes(home.changes)) or "pid" in known
    if not (cut_off and "policy" in known):
        home.remember({**known, "policy": to_facts(policy), "signed_by": policy.signed_by})
    words = [*own_command(), "kiosk", "guardian", "--data", str(data)]
    if asked.simulated_sound:
        words.append("--simulated-sound")

    def command(again: bool, mouth: int) -> Sequence[str]:
        return [*words, "--supervisor", str(mouth), *(["--again"] if again else [])]

    try:
        return supervise(command, lock.descriptor, again=cut_off)
    finally:
        lock.release()


def _guardian(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk import guardian
    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.supervisor import TROUBLE

    data = asked.data or user_folder()
    exam = [*own_command(), "exam", "--data", str(data)]
    if asked.simulated_sound:
        exam.append("--simulated-sound")
    try:
        return guardian.run(Home(data), _policy_kept(data), exam, again=asked.again, supervisor=asked.supervisor)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return TROUBLE


def _check(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.report import report

    data = asked.data or user_folder()
    print(report(_guard(data), _policy_of(data), as_json=asked.json))
    return 0


def _end(asked: argparse.Namespace) -> int:
    import socket

    from stamp_desktop.kiosk.home import Home

    home = Home(asked.data or user_folder())
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        try:
            line.connect(str(home.socket))
        except OSError:
            raise Trouble(
                "kiosk-not-there", "No kiosk runs here.", "", "After a power cut: `stamp-desktop kiosk recover`."
            ) from None
        owner = home.socket.stat().st_uid
        pin = "" if os.getuid() == 0 and owner != 0 else _read_pin("Proctor PIN: ", asked.pin_stdin)
        line.sendall(json.dumps({"order": "end", "pin": pin}).encode())
        answer = json.loads(line.recv(4096) or b"{}")
    if not answer.get("done"):
        wait = -(-int(answer.get("wait_ms", 0)) // 1000)
        todo = f"Wait {wait} seconds, then try again." if wait else "Try again."
        raise Trouble("pin-wrong", "That PIN is not right.", "The kiosk goes on.", todo)
    print("The kiosk ends: what is open is saved, and the computer is as it was before.")
    return 0


def _recover(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.changes import Changes
    from stamp_desktop.kiosk.home import Home

    home = Home(asked.data or user_folder())
    changes = Changes(home.changes)
    count = len(changes.read())
    if count:
        _guard(home.data).recover()
    else:
        changes.undo({})  # killed before the first line
    home.forget()
    print(f"{count} settings were brought back." if count else "There was nothing to undo.")
    return 0


def _pin(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.pin import PinBook, organization_key, station_key

    home = Home(asked.data or user_folder())
    key = station_key(organization_key(asked.recovery), asked.station) if asked.recovery else None
    PinBook(home.pin).set(_read_pin("New PIN: ", asked.pin_stdin), key)
    print(f"The PIN is set. {'A lost PIN can be answered for.' if key else 'There is no way round a lost PIN (--recovery).'}")
    return 0


def _policy(asked: argparse.Namespace) -> int:
    from stamp_desktop.content.keys import load_publisher_key
    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.policy import digest, to_facts
    from stamp_desktop.kiosk.signed_policy import sign

    home = Home(asked.data or user_folder())
    if asked.sign:
        sign(home, load_publisher_key(asked.sign))
    policy = _policy_of(home.data)
    print(json.dumps(to_facts(policy), indent=2))
    print(f"Policy {digest(policy)}, of {policy.signed_by}", file=sys.stderr)
    return 0


def _key(_asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.pin import new_organization_key

    print(new_organization_key())
    return 0


def _answer(asked: argparse.Namespace) -> int:
    from stamp_desktop.kiosk.pin import answer_to, organization_key, station_key

    key = station_key(organization_key(_read_pin("Recovery key: ", not sys.stdin.isatty())), asked.station)
    print(answer_to(asked.code.replace(" ", "").upper(), key))
    return 0


def _policy_of(data: Path) -> "Policy":
    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.signed_policy import in_force

    return in_force(Home(data))


def _policy_kept(data: Path) -> "Policy":
    """The one that the kiosk was started with: an edit of the file does not end it, nor does it change it."""
    from dataclasses import replace

    from stamp_desktop.kiosk.home import Home
    from stamp_desktop.kiosk.policy import from_facts

    kept = Home(data).remembered()
    try:
        return replace(from_facts(kept["policy"], str(Home(data).policy)), signed_by=str(kept["signed_by"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        return _policy_of(data)


def _guard(data: Path) -> "Guard":
    from stamp_desktop.kiosk.backends import guard_here
    from stamp_desktop.kiosk.home import Home

    return guard_here(Home(data))


def _read_pin(prompt: str, from_stdin: bool) -> str:
    return sys.stdin.readline().strip() if from_stdin else getpass.getpass(prompt)


def own_command() -> list[str]:
    """What starts this program again."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "stamp_desktop"]
