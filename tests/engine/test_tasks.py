from dataclasses import replace

import pytest

from stamp_desktop.engine.events import (
    DraftSaved,
    EquipmentChecked,
    PracticeFinished,
    PreparationBegan,
    PromptsChosen,
    RecordingBegan,
    RecordingEnded,
    SectionBegan,
    SectionEnded,
    SessionFinished,
    SessionOpened,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import RecordingResponse, TextResponse
from stamp_desktop.engine.session import Form
from stamp_desktop.engine.state import Recording
from tests.engine.bank import RIGHT, SPEAKING, WRITING, Sitter
from tests.engine.test_session import refused

SHA = "ab" * 32


def ended(prompt: str, recording: str, duration_ms: int = 9_000, salvaged: bool = False) -> RecordingEnded:
    return RecordingEnded(prompt, recording, duration_ms, SHA, salvaged)


def form_of(form: Form, **limits: int) -> Form:
    """The same form with other limits in minutes and no sections that come first."""
    sections = (
        replace(WRITING, follows="", minutes=limits.get("writing", 0)),
        replace(SPEAKING, follows="", minutes=limits.get("speaking", 0)),
    )
    return Form(replace(form.blueprint, sections=sections), replace(form.bank, sets=()), "p", "h")


@pytest.fixture
def writing(form: Form) -> Sitter:
    return Sitter(form_of(form, writing=20)).start().open("writing")


@pytest.fixture
def speaking(form: Form) -> Sitter:
    return Sitter(form_of(form, speaking=5)).start().open("speaking")


def prompt(sitter: Sitter) -> str:
    found = sitter.section.prompt
    assert found is not None
    return found


@pytest.mark.parametrize(("right", "difficulties"), [(False, [1, 1, 2]), (True, [2, 3, 3])])
def test_prompts_follow_the_level_of_the_section_before(form: Form, right: bool, difficulties: list[int]) -> None:
    sitter = Sitter(form).start().answer_all("reading", lambda _: right)
    sitter.do(SectionBegan("writing"))
    (chosen,) = sitter.do(PracticeFinished("writing"))
    assert isinstance(chosen, PromptsChosen)
    assert [form.prompts[name].difficulty for name in chosen.prompts] == difficulties
    assert (sitter.section.level, sitter.now.phase) == (chosen.level, "prompt")


def test_where_nothing_is_known_prompts_are_for_the_middle(writing: Sitter) -> None:
    assert writing.section.level == 5


def test_prompts_that_follow_tasks_are_for_the_middle_too(form: Form) -> None:
    sections = (replace(WRITING, follows=""), replace(SPEAKING, follows="writing"))
    sitter = Sitter(Form(replace(form.blueprint, sections=sections), replace(form.bank, sets=()), "p", "h")).start()
    sitter.write_all()
    sitter.open("speaking")
    assert sitter.section.level == 5


# Writing


def test_texts_are_submitted_one_after_the_other(writing: Sitter) -> None:
    first = prompt(writing)
    refused(writing, Submitted("another", TextResponse("x")))
    refused(writing, Submitted(first, RecordingResponse("r")))
    refused(writing, DraftSaved(first, RIGHT))
    refused(writing, PreparationBegan(first))
    refused(writing, RecordingBegan(first, "r", 1))
    drafts = []
    for event in (DraftSaved(first, TextResponse("Ho")), Submitted(first, TextResponse("Hola"))):
        writing.do(event)
        drafts.append(writing.section.draft)
    assert drafts == [TextResponse("Ho"), None]
    assert writing.section.index == 1
    assert "not the current one" in refused(writing, DraftSaved(first, TextResponse("Hola!")))
    writing.do(Submitted(prompt(writing), TextResponse("")))
    assert writing.do(Submitted(prompt(writing), TextResponse("Adiós"))) == (SectionEnded("writing", "complete"),)
    handed_in = writing.now.section("writing").submissions
    assert [(s.response, s.by_time) for s in handed_in] == [(TextResponse(t), False) for t in ("Hola", "", "Adiós")]


def test_a_draft_over_which_the_time_ran_out_counts_as_submitted(writing: Sitter) -> None:
    writing.do(Submitted(prompt(writing), TextResponse("Hola")))
    writing.do(DraftSaved(prompt(writing), TextResponse("Y luego")))
    assert writing.do(Ticked(), 21 * 60_000) == (SectionEnded("writing", "time"),)
    section = writing.now.section("writing")
    assert [(s.response, s.by_time) for s in section.submissions] == [
        (TextResponse("Hola"), False),
        (TextResponse("Y luego"), True),
    ]
    assert section.draft is None


def test_a_draft_that_comes_with_the_end_of_the_time_is_still_taken(writing: Sitter) -> None:
    writing.do(DraftSaved(prompt(writing), TextResponse("Hasta el final")), 21 * 60_000)
    assert writing.now.section("writing").submissions[0].response == TextResponse("Hasta el final")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_an_empty_draft_is_no_response(writing: Sitter, text: str | None) -> None:
    if text is not None:
        writing.do(DraftSaved(prompt(writing), TextResponse(text)))
    writing.do(Ticked(), 21 * 60_000)
    assert writing.now.section("writing").submissions == ()


# Speaking


def test_preparation_comes_once_and_before_the_recording(speaking: Sitter) -> None:
    first = prompt(speaking)
    assert not speaking.section.preparing
    speaking.do(PreparationBegan(first), 3_000)
    assert (speaking.section.preparing, speaking.section.prepared_ms) == (True, 3_000)
    refused(speaking, PreparationBegan(first))
    speaking.do(RecordingBegan(first, "r1", 1))
    assert not speaking.section.preparing
    speaking.do(ended(first, "r1"))
    refused(speaking, PreparationBegan(first))


def test_a_recording_may_begin_without_preparation_and_then_none_follows(speaking: Sitter) -> None:
    speaking.do(RecordingBegan(prompt(speaking), "r1", 1))
    speaking.do(ended(prompt(speaking), "r1"))
    refused(speaking, PreparationBegan(prompt(speaking)))


def test_there_are_as_many_attempts_as_the_prompt_allows(speaking: Sitter) -> None:
    first = prompt(speaking)
    of = speaking.form.prompts[first]
    assert speaking.section.attempts_left(of) == 2
    refused(speaking, RecordingBegan(first, "r2", 2))
    speaking.do(RecordingBegan(first, "r1", 1))
    assert speaking.section.open_recording == Recording("r1", 1)
    assert speaking.section.attempts_left(of) == 1
    refused(speaking, RecordingBegan(first, "r2", 2))
    refused(speaking, ended(first, "r2"))
    refused(speaking, ended("another", "r1"))
    refused(speaking, Submitted(first, RecordingResponse("r1")))
    speaking.do(ended(first, "r1", duration_ms=0))
    assert "has been made" in refused(speaking, RecordingBegan(first, "r1", 2))
    speaking.do(RecordingBegan(first, "r2", 2))
    speaking.do(ended(first, "r2"))
    assert speaking.section.attempts_left(of) == 1  # the first gave nothing and does not count
    speaking.do(RecordingBegan(first, "r3", 3))
    speaking.do(ended(first, "r3"))
    assert "no attempt 4" in refused(speaking, RecordingBegan(first, "r4", 4))
    refused(speaking, Submitted(first, RecordingResponse("r9")))
    refused(speaking, Submitted(first, TextResponse("hola")))
    refused(speaking, DraftSaved(first, TextResponse("hola")))
    speaking.do(Submitted(first, RecordingResponse("r1")))
    assert speaking.section.submissions[0].recording == Recording("r1", 1, ended=True, sha256=SHA)
    assert (speaking.section.recordings, speaking.section.index) == ((), 1)


def test_a_salvaged_recording_always_leaves_one_more_attempt(speaking: Sitter) -> None:
    first = prompt(speaking)
    for attempt in range(1, 5):
        speaking.do(RecordingBegan(first, f"r{attempt}", attempt))
        speaking.do(SessionOpened("station-1"), 400_000)
        assert speaking.section.open_recording is not None
        speaking.do(ended(first, f"r{attempt}", salvaged=True))
        left = speaking.section.attempts_left(speaking.form.prompts[first])
        assert left == 1
    speaking.do(RecordingBegan(first, "r5", 5))
    speaking.do(ended(first, "r5"))
    assert speaking.section.attempts_left(speaking.form.prompts[first]) == 0
    speaking.do(Submitted(first, RecordingResponse("r2")))


def test_an_ended_recording_over_which_the_time_ran_out_counts_as_submitted(speaking: Sitter) -> None:
    first = prompt(speaking)
    speaking.do(RecordingBegan(first, "r1", 1))
    speaking.do(ended(first, "r1"))
    speaking.do(Ticked(), 6 * 60_000)
    (handed_in,) = speaking.now.section("speaking").submissions
    assert (handed_in.response, handed_in.by_time) == (RecordingResponse("r1"), True)


def test_a_recording_that_was_open_when_the_time_ran_out_counts_when_it_has_ended(speaking: Sitter) -> None:
    first = prompt(speaking)
    speaking.do(RecordingBegan(first, "r1", 1))
    speaking.do(ended(first, "r1"))
    speaking.do(RecordingBegan(first, "r2", 2))
    assert speaking.do(Ticked(), 6 * 60_000) == (SectionEnded("speaking", "time"),)
    assert [s.response for s in speaking.now.section("speaking").submissions] == [RecordingResponse("r1")]
    speaking.do(SectionBegan("writing"))
    speaking.do(PracticeFinished("writing"))
    for _ in range(3):
        speaking.do(Submitted(prompt(speaking), TextResponse("Hola")))
    refused(speaking, SessionFinished())
    refused(speaking, ended("another", "r2"))
    speaking.do(ended(first, "r2"))
    (handed_in,) = speaking.now.section("speaking").submissions
    assert (handed_in.response, handed_in.by_time) == (RecordingResponse("r2"), True)
    speaking.do(SessionFinished())


def test_a_recording_without_sound_is_not_handed_in_by_the_clock(speaking: Sitter) -> None:
    first = prompt(speaking)
    speaking.do(RecordingBegan(first, "r1", 1))
    speaking.do(ended(first, "r1", duration_ms=0), 6 * 60_000)
    assert speaking.now.section("speaking").submissions == ()


def test_the_equipment_waits_while_a_task_runs(speaking: Sitter) -> None:
    refused(speaking, EquipmentChecked({"voice": "ok"}))
