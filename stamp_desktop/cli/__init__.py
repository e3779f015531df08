"""`stamp-desktop`: one verb per role, one module here per kind of verb. It reads arguments, calls one function, prints.

Each verb loads only what it needs: the exam window is on the screen before the engine is in memory, and packages are built
on computers that have no Qt. So modules import what they call inside the verb that calls it.
"""

import argparse
import sys
from collections.abc import Sequence

from stamp_desktop.cli import analyse, audio, exam, hub, kiosk, package, readiness, session, simulate
from stamp_desktop.trouble import Trouble


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 with the trouble on stderr; 2 for a wrong command; 3 where there is no screen."""
    asked = parser().parse_args(argv)
    try:
        status: int = asked.run(asked)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return 1
    return status


def parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    whole = argparse.ArgumentParser(prog="stamp-desktop", description="Language-proficiency tests, with or without a network.")
    verbs = whole.add_subparsers(required=True, metavar="VERB")
    for role in (exam, package, session, simulate, analyse, audio, hub, kiosk, readiness):
        role.add_verbs(verbs)
    return whole
