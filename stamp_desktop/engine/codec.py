"""Events as canonical JSON and back. Refuses what it does not know: a journal is read whole or not at all.

The body of an event has its fields by name. A response is an object with one member that names its kind: `choices`, `gaps`,
`text` or `recording`. A field that an older journal lacks takes its default; a field that no event has is refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from stamp_desktop.engine.events import Event, Seat
from stamp_desktop.engine.items import ChoiceResponse, GapResponse, RecordingResponse, Response, TextResponse
from stamp_desktop.trouble import Trouble

_RESPONSES: dict[str, type[Response]] = {
    "choices": ChoiceResponse,
    "gaps": GapResponse,
    "text": TextResponse,
    "recording": RecordingResponse,
}
_KINDS: dict[type[Event], str] = {event: re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower() for event in get_args(Event)}
_EVENTS = {kind: event for event, kind in _KINDS.items()}
_HINTS: dict[type[Any], dict[str, Any]] = {record: get_type_hints(record) for record in (*_KINDS, *_RESPONSES.values(), Seat)}
_NAMES: dict[type[Any], tuple[str, ...]] = {record: tuple(field.name for field in fields(record)) for record in _HINTS}
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_ABOUT = ("item", "prompt", "statement", "set_id", "section")


@dataclass(frozen=True, slots=True)
class Coded:
    """An event ready for the journal. `kind` is its class in snake case; `item` what it is about (for display), or None."""

    kind: str
    item: str | None
    body: dict[str, Any]


def canonical(value: object) -> bytes:
    """The one JSON text of a value: keys sorted, no blanks, UTF-8. ValueError for NaN and infinities."""
    return _WRITER.encode(value).encode("utf-8")


def encode(event: Event) -> Coded:
    """The event as plain JSON values."""
    body = {name: _plain(getattr(event, name)) for name in _NAMES[type(event)]}
    about = next((body[name] for name in _ABOUT if name in body), None)
    return Coded(kind_of(event), about, body)


def decode(kind: str, body: Mapping[str, Any]) -> Event:
    """The event of a journal entry. Trouble "event-unreadable" for an unknown kind or an ill-shaped body."""
    known = _EVENTS.get(kind)
    if known is None:
        raise _unreadable(f"of the unknown kind {kind!r}")
    event: Event = _record(known, body, kind)
    return event


def kind_of(event: Event) -> str:
    """Class name in snake case, as `set_chosen`."""
    return _KINDS[type(event)]


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | None):
        return value
    if names := _NAMES.get(type(value)):
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return {key: _plain(part) for key, part in value.items()} if isinstance(value, Mapping) else value


def _record(record: type[Any], body: object, where: str) -> Any:
    if not isinstance(body, Mapping):
        raise _unreadable(f"whose {where} is no record")
    known = {field.name: field for field in fields(record)}
    if strange := sorted(str(name) for name in body if name not in known):
        raise _unreadable(f"whose {where} has the unknown part {strange[0]!r}")
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in body:
            values[name] = _value(_HINTS[record][name], body[name], f"{where} {name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _unreadable(f"whose {where} lacks {name!r}")
    return record(**values)


def _value(hint: Any, value: object, where: str) -> Any:
    """The value as the type of its field asks for it; the types are those that the fields of events have."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint == Response:
        return _response(value, where)
    if hint == Seat | None:
        return None if value is None else _record(Seat, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(arguments[0], part, where) for part in value)
    if origin is Mapping and isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _value(arguments[1], part, where) for key, part in value.items()}
    # A type is compared, not tested with isinstance: True is no number here.
    if hint is Any or type(value) is hint or (origin is Literal and value in arguments):
        return value
    raise _unreadable(f"whose {where} is not of its type")


def _response(value: object, where: str) -> Response:
    if isinstance(value, Mapping) and len(value) == 1 and (name := next(iter(value))) in _RESPONSES:
        response: Response = _record(_RESPONSES[name], value, where)
        return response
    raise _unreadable(f"whose {where} is no response")


def _unreadable(how: str) -> Trouble:
    return Trouble(
        "event-unreadable",
        f"The record of this test has an entry {how}.",
        "Nothing was changed; the record is kept as it is.",
        "Open it with the version of the program that wrote it, or a newer one.",
    )
