"""The engine's own `replace` against the library's."""

import dataclasses
from typing import Any

import pytest

from stamp_desktop.engine.changed import replace
from stamp_desktop.engine.events import Moment, SessionBegan
from stamp_desktop.engine.state import SectionState, State

SECTION = SectionState(id="reading", kind="adaptive", limit_ms=60_000)
BEGAN = SessionBegan("p", "hash", "g", "amara", "d", 7)
STATE = State(session=BEGAN, device="d", sections=(SECTION,), last=Moment(1, 2, "b"))


def test_a_changed_record_is_what_the_library_makes_of_it() -> None:
    assert replace(SECTION, item="i1", used_ms=5) == dataclasses.replace(SECTION, item="i1", used_ms=5)
    assert replace(STATE, last=Moment(3, 4, "b"), rules=True) == dataclasses.replace(STATE, last=Moment(3, 4, "b"), rules=True)
    assert replace(STATE) == STATE
    assert STATE.last == Moment(1, 2, "b")


def test_a_field_that_is_none_is_refused() -> None:
    nothing: dict[str, Any] = {"nothing": 1}
    with pytest.raises(KeyError):
        replace(STATE, **nothing)
