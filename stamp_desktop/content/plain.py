"""Frozen records as JSON and back, driven by their type hints. It knows no record in particular and repairs nothing.

A record is an object of its fields; one that has a default may be left out, as an older format does. Where a field may hold one
of several kinds of record, the object says which one in "is".
A plain value that may be missing is null.
Tuples are lists, frozen sets are sorted lists, mappings are objects with text keys.
"""

import builtins
import collections.abc
import json
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
PLAIN = frozenset({str, int, float, bool})


def canonical(value: object) -> bytes:
    """The one way to write `value` as JSON: sorted keys, no blanks, UTF-8, no NaN or infinity (ValueError)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def plain(hint: Any, value: Any) -> Any:
    """`value`, which is of the type `hint`, as lists, dicts, texts, numbers, True, False."""
    origin, arguments = _shape(hint)
    if origin is types.UnionType and type(None) not in arguments:
        return {"is": type(value).__name__, **plain(type(value), value)}
    if origin is tuple:
        return [plain(kind, one) for kind, one in zip(_kinds(arguments, value), value, strict=True)]
    if origin is frozenset:
        return sorted(value)
    if origin is collections.abc.Mapping:
        return {str(key): plain(arguments[1], one) for key, one in value.items()}
    if _is_record(hint):
        return {name: plain(kind, getattr(value, name)) for name, kind in _fields(hint).items()}
    return value


def record(hint: type[T], value: Any) -> T:
    """The value of type `hint` that `plain` wrote; ValueError when `value` is not of that shape."""
    try:
        return typing.cast("T", _read(hint, value))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{hint.__name__}: {error}") from error


def _read(hint: Any, value: Any) -> Any:
    return _reader(hint)(value)


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """What reads a value of this type: made once for each, since messages hold thousands of values."""
    match _shape(hint):
        case types.UnionType, (kind, none) if none is type(None):

            def read(value: Any) -> Any:
                return None if value is None else _of(kind, value)
        case types.UnionType, kinds:
            named = {kind.__name__: kind for kind in kinds}

            def read(value: Any) -> Any:
                return _read(named[value["is"]], {name: one for name, one in value.items() if name != "is"})
        case builtins.tuple, (kind, end) if end is Ellipsis:
            each = _reader(kind)

            def read(value: Any) -> Any:
                return tuple([each(one) for one in _of(list, value)])
        case builtins.tuple, kinds:

            def read(value: Any) -> Any:
                return tuple(_read(kind, one) for kind, one in zip(kinds, _of(list, value), strict=True))
        case builtins.frozenset, (kind,):

            def read(value: Any) -> Any:
                return frozenset(_read(kind, one) for one in _of(list, value))
        case collections.abc.Mapping, (key_kind, kind):

            def read(value: Any) -> Any:
                return {key_kind(key): _read(kind, one) for key, one in value.items()}
        case typing.Literal, allowed:

            def read(value: Any) -> Any:
                return allowed[allowed.index(value)]
        case _ if _is_record(hint):
            return _record_reader(hint)
        case _:

            def read(value: Any) -> Any:
                return _of(hint, value)

    return read


def _record_reader(hint: Any) -> Callable[[Any], Any]:
    hints = _fields(hint)
    readers = [(name, kind if kind in PLAIN else None, _reader(kind)) for name, kind in hints.items()]

    def read(value: Any) -> Any:
        if value.keys() != hints.keys():
            if not hints.keys() - _defaults(hint) <= value.keys() <= hints.keys():
                raise ValueError(f"fields {sorted(value)} are not those of {hint}")
            return hint(**{name: _read(hints[name], one) for name, one in value.items()})
        return hint(*[one if type(one := value[name]) is kind else read_one(one) for name, kind, read_one in readers])

    return read


def _of(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is not {kind.__name__}")
    return value


@cache
def _shape(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    origin = typing.get_origin(hint)
    return types.UnionType if origin is typing.Union else origin, typing.get_args(hint)


def _kinds(arguments: tuple[Any, ...], value: typing.Sized) -> tuple[Any, ...]:
    """The type of each element of a tuple: `tuple[int, int]` says them all, `tuple[int, ...]` one for any number."""
    return (arguments[0],) * len(value) if arguments[-1] is Ellipsis else arguments


def _is_record(hint: Any) -> bool:
    return is_dataclass(hint)


@cache
def _defaults(kind: Any) -> frozenset[str]:
    return frozenset(
        field.name for field in fields(kind) if field.default is not MISSING or field.default_factory is not MISSING
    )


@cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
