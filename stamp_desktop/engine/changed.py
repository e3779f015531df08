"""`dataclasses.replace` for the engine's records, which are copied several times for each answer, at a third of the price."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414  # so that the names and types of what is changed are checked
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """The same record but for these fields. For frozen records of two or more fields, none of them by name alone."""
        read, places = _fields_of(type(record))
        values = list(read(record))
        for name, value in changes.items():
            values[places[name]] = value
        return type(record)(*values)


@cache
def _fields_of(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], Mapping[str, int]]:
    names = [field.name for field in dataclasses.fields(kind)]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
