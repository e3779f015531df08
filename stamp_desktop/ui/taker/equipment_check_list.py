"""The list of the equipment check at the side: what is done, what is now, what is still to do."""

from typing import Final, Literal

from stamp_desktop.delivery.views import CheckLine
from stamp_desktop.ui.parts.basics import Card
from stamp_desktop.ui.parts.layout import beside, column, empty
from stamp_desktop.ui.parts.text import Icon, Text
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.tokens import Role

_SIGNS: Final[dict[str, tuple[str, Role]]] = {
    "todo": ("circle", "second"),
    "now": ("arrow-right", "primary"),
    "ok": ("circle-check", "good"),
    "advised": ("triangle-alert", "attention"),
    "skipped": ("minus", "second"),
}


class CheckList(Card):
    """Shows the lines; each state has its own sign."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[CheckLine, ...] = ()
        self._lines = column(gap=8, pad=(24, 20), on=self)

    def show_lines(self, lines: tuple[CheckLine, ...]) -> None:
        """Take over the lines of the check."""
        if lines == self._shown:
            return
        self._shown = lines
        empty(self._lines)
        for line in lines:
            icon, role = _SIGNS[line.state]
            weight: Literal[400, 600] = 600 if line.state == "now" else 400
            ink: Role = "ink" if line.state == "now" else role
            text = Text(line.text, size=tokens.NOTE, weight=weight, role=ink)
            self._lines.addLayout(beside(Icon(icon, size=20, role=role), text, gap=10, down=2))
