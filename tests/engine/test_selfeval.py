import pytest

from stamp_desktop.engine.blueprint import Blueprint, PromptSection, SelfSection
from stamp_desktop.engine.events import Answered, Judged, PracticeFinished, SectionEnded, Ticked
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Bank, ChoiceResponse, Statement
from stamp_desktop.engine.replay import outcome
from tests.engine.bank import Sitter, generated_prompts
from tests.engine.test_session import refused

SELF = SelfSection("self", (1, 7), 5)
WRITING = PromptSection("writing", (1, 8), 0, 3, "self")
STATEMENTS = tuple(Statement(f"s{level}-{n}", "self", level) for level in (3, 1, 2, 4, 5, 6, 7) for n in (2, 1))


@pytest.fixture
def judging() -> Sitter:
    bank = Bank((), generated_prompts("writing", spoken=False), STATEMENTS)
    return Sitter(Form(Blueprint("ws", "en", (SELF, WRITING)), bank, "p", "h")).start()


@pytest.mark.parametrize(
    ("answer", "level", "asked"),
    [
        (lambda level: 3 if level <= 4 else 1, 4, 10),
        (lambda _: 0, 1, 2),
        (lambda _: 2, 7, 14),
        (lambda level: 3 if level != 2 else 1, 1, 4),
    ],
)
def test_levels_are_asked_as_long_as_they_are_claimed(judging: Sitter, answer: object, level: int, asked: int) -> None:
    assert callable(answer)
    judging.judge_all("self", answer)
    facts = outcome(judging.form, judging.now)["sections"][0]
    assert (facts["status"], len(facts["judged"]), facts["end"]) == (str(level), asked, "complete")
    judging.write_all()
    assert judging.now.section("writing").level == level


def test_one_weak_answer_is_made_up_for_by_a_strong_one(judging: Sitter) -> None:
    judging.open_self()
    for answer in (1, 3):
        judging.do(Judged(judging.section.statement or "", answer))
    assert judging.section.statement == "s2-1"


def test_statements_come_in_the_order_of_level_and_id(judging: Sitter) -> None:
    judging.open_self()
    assert judging.now.phase == "statement"
    seen = []
    while judging.now.open:
        seen.append(judging.section.statement)
        judging.do(Judged(seen[-1] or "", 3))
    assert seen[:4] == ["s1-1", "s1-2", "s2-1", "s2-2"]
    assert len(seen) == len(set(seen)) == 14


def test_only_the_current_statement_takes_one_of_the_four_answers(judging: Sitter) -> None:
    judging.open_self()
    assert "not the current one" in refused(judging, Judged("s1-2", 2))
    for answer in (-1, 4):
        assert f"no answer {answer}" in refused(judging, Judged("s1-1", answer))
    refused(judging, Answered("s1-1", ChoiceResponse(("2",))))
    refused(judging, PracticeFinished("self"))


def test_the_time_may_run_out_over_it(judging: Sitter) -> None:
    judging.open_self()
    judging.do(Judged("s1-1", 3))
    assert outcome(judging.form, judging.now)["sections"][0]["status"] == "IP"
    assert judging.do(Ticked(), 6 * 60_000) == (SectionEnded("self", "time"),)
    assert outcome(judging.form, judging.now)["sections"][0]["status"] == "1"
