"""One computer of a lab, as a process: it measures the line to a server as the check does, quickly, and prints its checks.

`python -m tests.readiness.seat URL SITE COMPUTER`
"""

import json
import sys
from dataclasses import asdict

from stamp_desktop.readiness.line import Plan, measure
from stamp_desktop.readiness.line_checks import line_checks
from stamp_desktop.readiness.line_flow import Times
from stamp_desktop.readiness.line_turn import Asking, Patience


def main(url: str, site: str, computer: str) -> None:
    patience = Patience(own=200.0, shared=200.0, quiet=200.0)
    plan = Plan(Times(warm=0.2, counted=0.6, slow=0.6), idle_seconds=0.5, asking=Asking(computer, site, patience=patience))
    json.dump({check.id: asdict(check) for check in line_checks(measure(url, plan=plan), None, 1)}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:4])
