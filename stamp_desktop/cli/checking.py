"""The verbs that look whether a session is as it was written: session verify, session replay."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
from pathlib import Path

from stamp_desktop.cli.words import Verbs, user_folder


def add_verbs(session: Verbs) -> None:
    """verify, replay."""
    verify = session.add_parser("verify", help="name every change to a session, a journal or a recording since it was written")
    verify.set_defaults(run=_verify)
    verify.add_argument(
        "what", metavar="SESSION|FILE", help="a session of this computer, its folder, a file of one, or a bundle"
    )
    verify.add_argument(
        "--head", metavar="NUMBER:HASH", type=_head, action="append", default=[], help="the last event that a server has seen"
    )
    verify.add_argument("--second-copy", type=Path, metavar="FOLDER", help="where the second copies lie: a witness as well")
    verify.add_argument("--data", type=Path)
    replay = session.add_parser("replay", help="work a session out again, event by event, every decision made again")
    replay.set_defaults(run=_replay)
    replay.add_argument("session")
    replay.add_argument("--through", type=int, default=-1, metavar="NUMBER", help="only up to this event")
    replay.add_argument("--data", type=Path)


def _verify(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery.checking import verified
    from stamp_desktop.storage.reader import Head

    witnesses = [("the server", Head(number, hash_)) for number, hash_ in asked.head]
    verdict = verified(asked.data or user_folder(), asked.what, witnesses, asked.second_copy)
    for finding in verdict.findings:
        print(finding)
    looked = f"{verdict.session}: {verdict.events} events, {verdict.recordings} recordings"
    print(f"{looked}: {len(verdict.findings)} not as written" if verdict.findings else f"{looked}: as they were written")
    if not verdict.opened:
        print("The session's key is not here: what only somebody with the key can tell was not looked at.")
    return 1 if verdict.findings else 0


def _head(text: str) -> tuple[int, bytes]:
    number, _, hash_ = text.partition(":")
    try:
        event, seen = int(number), bytes.fromhex(hash_)
    except ValueError:
        event, seen = 0, b""
    if len(seen) != 32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, a colon and 64 hexadecimal digits")
    return event, seen


def _replay(asked: argparse.Namespace) -> int:
    import hashlib
    from datetime import UTC, datetime

    from stamp_desktop.delivery.checking import replayed
    from stamp_desktop.engine.codec import encode

    found = replayed(asked.data or user_folder(), asked.session, asked.through)
    for number, (event, moment) in enumerate(found.facts, start=1):
        coded = encode(event)
        when = datetime.fromtimestamp(moment.wall_ms / 1000, UTC).isoformat(timespec="milliseconds")
        print(f"{number:5} {when} {moment.mono_ms:12} {coded.kind} {coded.item or ''}".rstrip())
    digest = hashlib.sha256(found.outcome).hexdigest()
    print(f"Every decision is the engine's own. The session stands at: {found.phase}. SHA-256 of the outcome: {digest}")
    return 0
