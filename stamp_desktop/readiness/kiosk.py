"""What the kiosk says of this computer: the grade of a test here, and what speaks against one now. It closes nothing."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stamp_desktop.kiosk.backends import guard_here
from stamp_desktop.kiosk.guard import PROTECTIONS, Finding, Protection, Standing
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.policy import Policy, load
from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.check import Verdict as Outcome
from stamp_desktop.trouble import Trouble

SESSION: Final = Path("/usr/share/xsessions/stamp-kiosk.desktop")
LAID_DOWN: Final = (Path("/etc/X11/xorg.conf.d/90-stamp-kiosk.conf"), Path("/etc/systemd/logind.conf.d/90-stamp-kiosk.conf"))
SEVERITIES: Final[Mapping[str, Outcome]] = {"pause": "fail", "warn": "warn", "inform": "pass"}
ELSEWHERE: Final = frozenset({"second-screen"})
"""Findings that another check tells with its own remedy."""
INSTALL: Final = "Install the kiosk session (installers/linux/kiosk/install), and give the test in the session STAMP Kiosk."


@dataclass(frozen=True, slots=True)
class Kiosk:
    """`standing` is empty where there was no screen to ask. `installed`: the session lies ready, whoever is signed in now."""

    installed: bool
    standing: Mapping[Protection, Standing]
    findings: Sequence[Finding]
    policy: Policy
    unknown: str = ""


def kiosk(data: Path, root: Path = Path("/")) -> Kiosk:
    """Of this computer and this session. Trouble `kiosk-policy`."""
    home = Home(data)
    policy = load(home.policy) if home.policy.exists() else Policy()
    installed = all((root / each.relative_to("/")).is_file() for each in (SESSION, *LAID_DOWN))
    try:
        guard: Any = guard_here(home)
    except Trouble as trouble:
        why = "There is no display here to ask." if trouble.code == "kiosk-no-screen" else trouble.advice.what
        return Kiosk(installed, {}, (), policy, why)
    try:
        return Kiosk(installed, dict(guard.probe()), tuple(guard.preflight(policy)), policy)
    finally:
        if hasattr(guard, "close"):
            guard.close()


def kiosk_checks(found: Kiosk) -> tuple[Check, ...]:
    """The grade, then what speaks against a test."""
    against = [_against(each, found.policy) for each in found.findings if each.code not in ELSEWHERE]
    return (_grade(found), *{check.id: check for check in against}.values())


def _grade(found: Kiosk) -> Check:
    name, title = "kiosk.grade", "Kiosk"
    if found.installed:
        return Check(name, title, "pass", "The kiosk session is installed: grade A.")
    if not found.standing:
        return Check(name, title, "warn", f"The kiosk session is not installed. {found.unknown}".strip(), remedy=_remedy())
    missing = [each for each in PROTECTIONS if _reach(found, each) == "unavailable"]
    grade = "A" if _reach(found, "screen covered") == "enforced" else "B"
    if not missing:
        return Check(name, title, "pass", f"Grade {grade}: every protection is there.", len(PROTECTIONS), "protections")
    there = len(PROTECTIONS) - len(missing)
    said = f"Grade {grade}; not protected here: {', '.join(missing)}."
    return Check(name, title, "warn", said, there, "protections", len(PROTECTIONS), _remedy())


def _reach(found: Kiosk, protection: Protection) -> str:
    said = found.standing.get(protection)
    return said.reach if said else "unavailable"


def _remedy() -> str:
    return INSTALL if sys.platform == "linux" else "Set the kiosk up as docs/kiosk.md says for this system."


def _against(finding: Finding, policy: Policy) -> Check:
    rule = policy.rule(finding.code)
    verdict = SEVERITIES[rule.severity]
    subject = f" ({finding.subject})" if finding.subject else ""
    said = f"{rule.said.rstrip('.')}{subject}."
    return Check(f"kiosk.{finding.code}", "Other programs", verdict, said, remedy=finding.mend or "See docs/kiosk.md.")
