"""How a verdict looks: its icon and its colour, never one without the other; and buttons that wait without losing the focus."""

from typing import Final

from PySide6.QtWidgets import QWidget

from stamp_desktop.readiness.check import Verdict
from stamp_desktop.ui.theme.tokens import Role

ICONS: Final[dict[Verdict, str]] = {
    "pass": "circle-check",
    "warn": "triangle-alert",
    "fail": "circle-x",
    "skipped": "circle-minus",
}
INKS: Final[dict[Verdict, Role]] = {"pass": "good", "warn": "attention", "fail": "bad", "skipped": "second"}


def free(button: QWidget, wanted: bool) -> None:
    """Let a button be pressed, or not; one that had the focus when it was held has it again afterwards."""
    if not wanted and button.hasFocus():
        button.setProperty("focused", True)
    button.setEnabled(wanted)
    if wanted and button.property("focused"):
        button.setProperty("focused", False)
        button.setFocus()
