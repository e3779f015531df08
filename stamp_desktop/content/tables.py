"""TOML files read key by key, every fault noted with its file, its place and what to do. It knows no key by itself.

Reading goes on after a fault with a harmless value, so that one run finds all faults; whoever reads must look at the faults
before using what was read.
"""

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of the sources. `place` names an item or a key, "" the file as a whole; a `warning` does not stop a build."""

    file: str
    place: str
    what: str
    todo: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}, {self.place}" if self.place else self.file
        return f"{'warning: ' if self.warning else ''}{place}: {self.what} {self.todo}".rstrip()


class Table:
    """One table of a TOML file. Each method takes a key; `left` keys that nobody took are reported by `close`."""

    def __init__(self, values: Mapping[str, Any], file: str, place: str, faults: list[Fault]) -> None:
        self.file = file
        self.place = place
        self._left = dict(values)
        self._faults = faults

    def fault(self, key: str, what: str, todo: str, *, warning: bool = False) -> None:
        """Note a fault of this key ("": of the table itself)."""
        place = ", ".join(part for part in (self.place, key) if part)
        self._faults.append(Fault(self.file, place, what, todo, warning))

    def has(self, key: str) -> bool:
        """Whether the key is there and was not taken yet."""
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """A text without the blanks around it; empty only where there is an (empty) default."""
        value = self._take(key, str, default, "a text in quotes")
        text = value.strip() if isinstance(value, str) else ""
        if value is not None and not text and default is None:
            self.fault(key, "The text is empty.", "Write it.")
        return text

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the allowed texts."""
        value = self.text(key, default)
        if value and value not in allowed:
            self.fault(key, f'"{value}" is not known.', f"Use one of: {', '.join(allowed)}.")
            return next(iter(allowed))
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number, bounds included."""
        value = self._take(key, int, default, "a whole number")
        return int(self._within(key, value, low, high))

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number, bounds included."""
        return float(self._within(key, self._take(key, (int, float), default, "a number"), low, high))

    def flag(self, key: str) -> bool:
        """true or false; false when it is not there."""
        return self._take(key, bool, False, "true or false") is True

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts that are not empty."""
        value = self._take(key, list, default, "a list of texts")
        if value is None or any(not isinstance(one, str) or not one.strip() for one in value):
            if value is not None:
                self.fault(key, "Every entry must be a text that is not empty.", "Correct the list.")
            return ()
        return tuple(one.strip() for one in value)

    def numbers(self, key: str, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """A list of finite numbers."""
        value = self._take(key, list, default, "a list of numbers")
        if value is None or any(type(one) not in {int, float} or not math.isfinite(one) for one in value):
            if value is not None:
                self.fault(key, "Every entry must be a number.", "Correct the list.")
            return ()
        return tuple(float(one) for one in value)

    def table(self, key: str, *, optional: bool = False) -> "Table":
        """The table under this key; an empty one when there is none."""
        value = self._take(key, dict, {} if optional else None, "a table")
        place = ", ".join(part for part in (self.place, key) if part)
        return Table(value or {}, self.file, place, self._faults if value is not None else [])

    def tables(self, key: str, *, optional: bool = False) -> tuple["Table", ...]:
        """The list of tables under this key, in order; each is named by its `id`, or else by its number."""
        value = self._take(key, list, () if optional else None, "a list of tables") or ()
        if any(not isinstance(one, dict) for one in value):
            self.fault(key, "Every entry must be a table.", f"Write each as [[{key}]].")
            return ()
        return tuple(
            Table(one, self.file, f"{key.removesuffix('s')} {one.get('id', number)}", self._faults)
            for number, one in enumerate(value, 1)
        )

    def rest(self) -> dict[str, Any]:
        """What was not taken yet, as it stands in the file."""
        return dict(self._left)

    def names(self) -> tuple[str, ...]:
        """The keys that were not taken yet, in the order of the file."""
        return tuple(self._left)

    def skip(self, *keys: str) -> None:
        """Let keys pass that are for the authors only."""
        for key in keys:
            self._left.pop(key, None)

    def close(self) -> None:
        """Report every key that nobody asked for: most are misspelt."""
        for key in self._left:
            self.fault(key, "This key has no meaning here.", "Check its spelling, or remove it.")

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any, expected: str) -> Any:
        if key not in self._left:
            if default is None:
                self.fault(key, "It is missing.", f"Add {expected}.")
            return default
        value = self._left.pop(key)
        # bool is an int in Python, and never a number in a test
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"It is {value!r}.", f"Write {expected}.")
            return None
        return value

    def _within(self, key: str, value: Any, low: float, high: float) -> float:
        if value is None or not (math.isfinite(value) and low <= value <= high):
            if value is not None:
                self.fault(key, f"{value} is out of range.", f"Use {low:g} to {high:g}.")
            return low
        return float(value)


def read_table(folder: Path, name: str, faults: list[Fault]) -> Table | None:
    """The table that a TOML file is; None when it cannot be read, which is noted."""
    try:
        return Table(tomllib.loads((folder / name).read_text("utf-8")), name, "", faults)
    except FileNotFoundError:
        faults.append(Fault(name, "", "The file is missing.", "Add it."))
    except OSError as error:
        faults.append(Fault(name, "", f"The file cannot be read: {error.strerror}.", "Check its access rights."))
    except UnicodeDecodeError:
        faults.append(Fault(name, "", "The file is not UTF-8.", "Save it as UTF-8."))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(name, "", f"The file is not TOML: {error}.", "Correct it at that place."))
    return None
