import json
from dataclasses import replace
from typing import Any

import pytest

from stamp_desktop.engine.codec import decode, encode
from stamp_desktop.engine.events import (
    Event,
    Moment,
    PlayBegan,
    PlayEnded,
    PromptsChosen,
    RecordingBegan,
    RecordingEnded,
    SectionEnded,
    SessionOpened,
    SetChosen,
    Ticked,
)
from stamp_desktop.engine.items import RecordingResponse
from stamp_desktop.engine.replay import _response, outcome, outcome_bytes, replay
from stamp_desktop.engine.session import DECISIONS, Form
from stamp_desktop.engine.state import Submission
from stamp_desktop.trouble import Trouble
from tests.engine.bank import Journal, Sitter, by_chance, whole_sitting


def opened_after(form: Form, journal: Journal, kept: int) -> tuple[Sitter, list[Event]]:
    """The sitting, opened again after a kill that left so many entries, and what the test taker did after them."""
    again = replay(form, journal[:kept])
    rest: list[Event] = [event for event, _ in journal[kept:] if not isinstance(event, DECISIONS)]
    sitter = Sitter(form, again.state, list(journal[:kept]), mono_ms=77, boot="boot-2")
    for event in again.pending:
        sitter.do(event)
    sitter.do(SessionOpened("station-1"))
    return sitter, rest


def delays(journal: Journal, kept: int) -> list[int]:
    """Milliseconds before each event that the test taker made after the kill."""
    moments = [(event, moment.mono_ms) for event, moment in journal]
    return [moments[n][1] - moments[n - 1][1] for n in range(kept, len(moments)) if not isinstance(moments[n][0], DECISIONS)]


# What opening the program again changes in a section: a play is given back, and the answer's time means nothing.
RESET: dict[str, Any] = {"plays_used": 0, "playing": False, "interrupted": False}


def test_a_journal_folds_to_the_state_that_wrote_it(form: Form, sitting: Sitter) -> None:
    again = replay(form, sitting.journal)
    assert again.state == sitting.now
    assert again.pending == ()


def test_a_journal_survives_its_bytes(form: Form, sitting: Sitter) -> None:
    read = [
        (decode(encode(event).kind, json.loads(json.dumps(encode(event).body))), moment) for event, moment in sitting.journal
    ]
    assert outcome_bytes(form, replay(form, read).state) == outcome_bytes(form, sitting.now)


def test_a_kill_after_every_entry_comes_back_to_the_same_place(form: Form, sitting: Sitter) -> None:
    before = Sitter(form)
    index = 0
    while index < len(sitting.journal) - 1:
        event, moment = sitting.journal[index]
        decided = before.do(event, moment.mono_ms - before.mono_ms)
        for kept in range(index + 1, index + 2 + len(decided)):
            sitter, _ = opened_after(form, sitting.journal, kept)
            was, now = before.now, sitter.now
            assert (now.phase, now.open, now.pending) == (was.phase, was.open, ())
            for there, here in zip(was.sections, now.sections, strict=True):
                given_back = there.playing
                assert replace(here, **RESET) == replace(there, **RESET)
                assert here.plays_used == there.plays_used - given_back
        index += 1 + len(decided)


def test_a_kill_after_every_entry_changes_nothing_in_the_outcome(form: Form, sitting: Sitter) -> None:
    for kept in range(1, len(sitting.journal)):
        sitter, rest = opened_after(form, sitting.journal, kept)
        for event, after in zip(rest, delays(sitting.journal, kept), strict=True):
            section = sitter.now.current
            if isinstance(event, PlayEnded) and section is not None and not section.playing:
                sitter.do(PlayBegan(event.set_id, event.play), 0)  # the kill gave the play back: it is heard again
            sitter.do(event, after)
        assert sitter.now.phase == ("finished" if kept < len(sitting.journal) else sitting.now.phase)
        assert outcome_bytes(form, sitter.now) == outcome_bytes(form, sitting.now)


def test_a_decision_that_was_not_written_down_is_pending(form: Form, sitting: Sitter) -> None:
    at = next(n for n, (event, _) in enumerate(sitting.journal) if isinstance(event, SetChosen))
    again = replay(form, sitting.journal[:at])
    assert again.pending == (sitting.journal[at][0],)


def at(sitting: Sitter, kind: type[Event], nth: int = 0) -> tuple[int, Event]:
    return [(n, event) for n, (event, _) in enumerate(sitting.journal) if isinstance(event, kind)][nth]


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        (SetChosen, {"set_id": "r0001"}, "set_chosen with set_id 'r0001' in place of 'r"),
        (SetChosen, {"digest": "00"}, "digest '00' in place of"),
        (PromptsChosen, {"level": 9}, "prompts_chosen with level 9 in place of"),
        (SectionEnded, {"reason": "time"}, "reason 'time' in place of 'complete'"),
    ],
)
def test_a_changed_decision_is_noticed(
    form: Form, sitting: Sitter, kind: type[Event], change: dict[str, object], says: str
) -> None:
    index, event = at(sitting, kind)
    journal = list(sitting.journal)
    coded = encode(event)
    journal[index] = (decode(coded.kind, {**coded.body, **change}), journal[index][1])
    with pytest.raises(Trouble) as trouble:
        replay(form, journal)
    assert trouble.value.code == "replay-differs"
    assert f"Entry {index} " in trouble.value.advice.what
    assert says in trouble.value.advice.what


def test_a_decision_of_another_kind_or_out_of_place_is_noticed(form: Form, sitting: Sitter) -> None:
    index, _ = at(sitting, SetChosen)
    moment = sitting.journal[index][1]
    ended: Event = SectionEnded("reading", "complete")
    for journal, says in (
        ([*sitting.journal[:index], (ended, moment)], "section_ended in place of set_chosen"),
        ([*sitting.journal[: index + 1], (ended, moment)], "nothing was to be decided"),
    ):
        with pytest.raises(Trouble) as trouble:
            replay(form, journal)
        assert says in trouble.value.advice.what


def test_an_entry_that_does_not_fit_is_named(form: Form, sitting: Sitter) -> None:
    journal = [*sitting.journal[:2], sitting.journal[1]]
    with pytest.raises(Trouble) as trouble:
        replay(form, journal)
    assert trouble.value.code == "event-out-of-order"
    assert "Entry 2 " in trouble.value.advice.what


def test_an_empty_journal_has_nothing_to_fold(form: Form) -> None:
    with pytest.raises(Trouble) as trouble:
        replay(form, [])
    assert trouble.value.code == "journal-empty"


# The outcome


def test_the_outcome_says_what_the_report_needs(form: Form, sitting: Sitter) -> None:
    found = outcome(form, sitting.now)
    assert (found["login"], found["group"], found["package_hash"], found["finished"]) == (
        "ana",
        "group-1",
        form.package_hash,
        True,
    )
    reading, listening, writing, speaking = found["sections"]
    assert reading["status"] == reading["score"]["level"] in tuple("123456789")
    assert [len(reading["items"]), len(listening["items"])] == [30, 15]
    assert sum(row[1] for row in reading["score"]["table"]) == 30
    assert sum(row[1] for row in listening["score"]["table"]) == 12
    assert sum(item["correct"] for item in reading["items"]) == sum(row[2] for row in reading["score"]["table"])
    assert (reading["score"]["method"], listening["score"]["method"]) == ("level_table", "pattern")
    assert (writing["status"], speaking["status"]) == ("SP", "SP")
    assert len(writing["responses"][0]["text_sha256"]) == 64
    assert writing["responses"][0]["characters"] == len("Hola, me llamo Ana.")
    assert speaking["responses"][1]["recording"].endswith("take2")
    assert speaking["responses"][1]["sha256"] == "ab" * 32


def test_the_outcome_of_a_sitting_under_way(form: Form, sitter: Sitter) -> None:
    assert [s["status"] for s in outcome(form, sitter.now)["sections"]] == ["NS"] * 4
    sitter.open("reading")
    sitter.answer()
    sections = outcome(form, sitter.now)["sections"]
    assert [s["status"] for s in sections] == ["IP", "NS", "NS", "NS"]
    assert "score" not in sections[0]
    while sitter.now.open:
        sitter.answer()
    sitter.open("writing")
    assert [s["status"] for s in outcome(form, sitter.now)["sections"]] == ["9", "NS", "IP", "NS"]


def test_a_section_that_ended_by_time_is_scored_on_what_was_answered(form: Form, sitter: Sitter) -> None:
    sitter.open("listening")
    for _ in range(5):
        sitter.answer()
    sitter.do(Ticked(), 40 * 60_000)
    listening = outcome(form, sitter.now)["sections"][1]
    assert (listening["end"], len(listening["items"])) == ("time", 5)
    assert sum(row[1] for row in listening["score"]["table"]) == sum(not item["pilot"] for item in listening["items"])


def test_other_answers_or_moments_within_a_second_only_change_what_they_should(form: Form) -> None:
    one, same, other = (whole_sitting(form, by_chance(n)) for n in (4, 4, 5))
    assert outcome_bytes(form, one.now) == outcome_bytes(form, same.now)
    assert outcome_bytes(form, one.now) != outcome_bytes(form, other.now)


def test_a_salvaged_recording_shows_in_the_outcome(form: Form, sitting: Sitter) -> None:
    index, began = at(sitting, RecordingBegan)
    assert isinstance(began, RecordingBegan)
    sitter, rest = opened_after(form, sitting.journal, index + 1)
    sitter.do(RecordingEnded(began.prompt, began.recording, 7_000, "cd" * 32, salvaged=True))
    sitter.do(rest[1])
    response = outcome(form, sitter.now)["sections"][3]["responses"][0]
    assert (response["salvaged"], response["duration_ms"], response["sha256"]) == (True, 7_000, "cd" * 32)


def test_the_moments_of_a_journal_may_come_from_two_boots(form: Form, sitting: Sitter) -> None:
    journal: Journal = [
        (event, Moment(m.wall_ms, m.mono_ms - 50_000 * (n > 40), f"boot-{n > 40}"))
        for n, (event, m) in enumerate(sitting.journal)
    ]
    assert replay(form, journal).state.phase == "finished"


def test_a_spoken_response_whose_recording_is_not_known_stands_by_its_prompt() -> None:
    found = _response(Submission("p", RecordingResponse("r"), by_time=True))
    assert found == {"prompt": "p", "by_time": True}
