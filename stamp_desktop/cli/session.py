"""The verbs about sessions on this computer."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from pathlib import Path

from stamp_desktop.cli.words import Verbs, user_folder


def add_verbs(verbs: Verbs) -> None:
    """session outcome."""
    session = verbs.add_parser("session", help="look at a session on this computer").add_subparsers(
        required=True, metavar="VERB"
    )
    outcome = session.add_parser("outcome", help="replay the journal and print what came out, byte for byte as the server does")
    outcome.set_defaults(run=_session_outcome)
    outcome.add_argument("session")
    outcome.add_argument("--data", type=Path)


def _session_outcome(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery.records import outcome_of

    sys.stdout.buffer.write(outcome_of(asked.data or user_folder(), asked.session) + b"\n")
    return 0
