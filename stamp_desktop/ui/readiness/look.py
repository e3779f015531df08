"""How a verdict looks: its icon and its colour. Never one without the other."""

from typing import Final

from stamp_desktop.readiness.check import Verdict
from stamp_desktop.ui.theme.tokens import Role

ICONS: Final[dict[Verdict, str]] = {
    "pass": "circle-check",
    "warn": "triangle-alert",
    "fail": "circle-x",
    "skipped": "circle-minus",
}
INKS: Final[dict[Verdict, Role]] = {"pass": "good", "warn": "attention", "fail": "bad", "skipped": "second"}
