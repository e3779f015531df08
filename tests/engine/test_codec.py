import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine.codec import canonical, decode, encode
from stamp_desktop.engine.events import (
    Answered,
    EquipmentChecked,
    Event,
    Noted,
    PromptsChosen,
    RecordingEnded,
    Seat,
    SectionEnded,
    SessionBegan,
    SetChosen,
    Submitted,
)
from stamp_desktop.engine.items import ChoiceResponse, GapResponse, TextResponse
from stamp_desktop.trouble import Trouble

TEXTS = st.text(max_size=8)
NOTES = st.builds(Noted, TEXTS, st.dictionaries(TEXTS, st.one_of(st.integers(), TEXTS, st.booleans(), st.none()), max_size=3))
EVENTS = st.one_of(*(NOTES if kind is Noted else st.from_type(kind) for kind in get_args(Event)))


@settings(max_examples=400)
@given(EVENTS)
def test_every_event_comes_back_from_its_bytes(event: Event) -> None:
    coded = encode(event)
    assert decode(coded.kind, json.loads(canonical(coded.body))) == event


@given(EVENTS)
def test_the_bytes_of_an_event_are_always_the_same(event: Event) -> None:
    coded = encode(event)
    again = encode(decode(coded.kind, json.loads(canonical(coded.body))))
    assert canonical(again.body) == canonical(coded.body)


def test_an_event_reads_well_in_the_journal() -> None:
    began = encode(SessionBegan("p", "h", "g", "ana", "station-1", 7, Seat(row=1, column=2)))
    assert (began.kind, began.item) == ("session_began", None)
    assert began.body["seat"] == {"row": 1, "column": 2}
    assert (
        canonical(encode(Answered("i-1", GapResponse({"g": "año"}))).body)
        == '{"item":"i-1","response":{"gaps":{"g":"año"}}}'.encode()
    )


@pytest.mark.parametrize(
    ("event", "item"),
    [
        (Answered("i-1", ChoiceResponse(())), "i-1"),
        (Submitted("p-1", TextResponse("")), "p-1"),
        (SetChosen("reading", "s-1", 1, ""), "s-1"),
        (PromptsChosen("writing", ("p-1",), 4), "writing"),
        (SectionEnded("writing", "time"), "writing"),
    ],
)
def test_an_entry_says_what_it_is_about(event: Event, item: str) -> None:
    assert encode(event).item == item


def test_a_part_that_an_older_journal_lacks_takes_its_default() -> None:
    body = {"prompt": "p", "recording": "r", "duration_ms": 5, "sha256": "x"}
    assert decode("recording_ended", body) == RecordingEnded("p", "r", 5, "x")
    assert decode("equipment_checked", {"steps": {"room": "ok"}}) == EquipmentChecked({"room": "ok"})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("nonsense", {}),
        ("answered", {"item": "i"}),
        ("answered", {"item": "i", "response": {"choices": ["a"]}, "more": 1}),
        ("answered", {"item": 3, "response": {"choices": ["a"]}}),
        ("answered", {"item": "i", "response": {"choices": "a"}}),
        ("answered", {"item": "i", "response": {"choices": [], "text": ""}}),
        ("answered", {"item": "i", "response": {"drawing": ""}}),
        ("answered", {"item": "i", "response": []}),
        ("section_ended", {"section": "s", "reason": "boredom"}),
        ("profile_saved", {"answers": {"grade": 9}}),
        ("profile_saved", {"answers": ["grade"]}),
        ("clock_stepped", {"by_ms": True}),
        ("clock_stepped", {"by_ms": 1.5}),
        ("session_began", {**encode(SessionBegan("p", "h", "g", "l", "d", 1)).body, "seat": {"row": 1}}),
        ("session_began", {**encode(SessionBegan("p", "h", "g", "l", "d", 1)).body, "seat": "A1"}),
        ("ticked", []),
    ],
)
def test_what_is_unknown_or_ill_shaped_is_refused(kind: str, body: Any) -> None:
    with pytest.raises(Trouble) as trouble:
        decode(kind, body)
    assert trouble.value.code == "event-unreadable"


def test_canonical_json_is_sorted_tight_and_without_infinities() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})
