"""The cells of one row of a CSV file, taken one by one, every fault noted with its line. It knows no column by itself."""

import math
from collections.abc import Collection, Mapping

from stamp_desktop.content.tables import Fault


class Row:
    """One line of a CSV file. Each method takes a column; after a fault reading goes on with a harmless value."""

    def __init__(self, cells: Mapping[str, str], file: str, line: int, faults: list[Fault]) -> None:
        self.line = line
        self._cells = cells
        self._file = file
        self._faults = faults

    def fault(self, column: str, what: str, todo: str) -> None:
        """Note a fault of this cell ("": of the whole line)."""
        place = f"line {self.line}, {column}" if column else f"line {self.line}"
        self._faults.append(Fault(self._file, place, what, todo))

    def has(self, column: str) -> bool:
        """Whether anything but blanks stands there."""
        return bool(self._cells.get(column, "").strip())

    def text(self, column: str, default: str | None = None) -> str:
        """A text without outer blanks; empty only where there is an (empty) default."""
        text = self._cells.get(column, "").strip()
        if text or default is not None:
            return text or default or ""
        self.fault(column, "It is empty.", "Fill it in.")
        return ""

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        """One of the allowed texts, in any case."""
        text = self.text(column)
        for each in allowed:
            if each.lower() == text.lower():
                return each
        if text:
            self.fault(column, f'"{text}" is not known.', f"Use one of: {', '.join(allowed)}.")
        return next(iter(allowed))

    def number(self, column: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number, bounds included; the default where the cell is empty."""
        if default is not None and not self.has(column):
            return default
        text = self.text(column)
        try:
            value = float(text)
        except ValueError:
            if text:
                self.fault(column, f'"{text}" is not a number.', "Write it with a point, as in -0.75.")
            return low
        if not math.isfinite(value):
            self.fault(column, f"{text} is not a finite number.", "Estimate it again, or take the item out.")
            return low
        if not low <= value <= high:
            self.fault(column, f"{value:g} is out of range.", f"Use {low:g} to {high:g}.")
            return low
        return value

    def whole(self, column: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number, bounds included."""
        value = self.number(column, low, high, default)
        if value % 1:
            self.fault(column, f"{value:g} is not a whole number.", f"Use {low} to {high}.")
        return int(value)
