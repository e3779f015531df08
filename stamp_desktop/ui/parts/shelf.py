"""Equal things side by side, in as many columns as fit: the way that pages reflow when text grows."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.parts.layout import empty, grid
from stamp_desktop.ui.theme.style import look


class Shelf(QWidget):
    """`least` is the width that a thing needs and `gap` what lies between, in pixels at zoom 1."""

    def __init__(self, least: int, gap: int = 24) -> None:
        super().__init__()
        self._least, self._gap = least, gap
        self._grid = grid(gap=gap, on=self)
        self._things: tuple[QWidget, ...] = ()
        self._across = 0

    def put(self, things: Sequence[QWidget]) -> None:
        """Show these instead of those before."""
        empty(self._grid)
        self._things, self._across = tuple(things), 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Fill rows evenly: four things stand as 4, 2 + 2 or one below the other, not as 3 + 1."""
        count, px = len(self._things), look().px
        if not count:
            return
        fit = min(count, max(1, (self.width() + px(self._gap)) // px(self._least + self._gap)))
        across = -(-count // -(-count // fit))
        if across == self._across:
            return
        self._across = across
        for at, thing in enumerate(self._things):
            thing.setSizePolicy(QSizePolicy.Policy.Ignored, thing.sizePolicy().verticalPolicy())  # equal, whatever they hold
            self._grid.addWidget(thing, at // across, at % across)
        for at in range(count):
            self._grid.setColumnStretch(at, 1 if at < across else 0)
