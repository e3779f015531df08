"""Every assessment that comes with the program can be given from start to end."""

from collections import Counter

import pytest

from stamp_desktop.content.blueprints import names
from stamp_desktop.content.sources import shipped_blueprint
from stamp_desktop.engine import levels
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection, SelfSection
from stamp_desktop.engine.events import SessionFinished
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Bank, ItemSet, Prompt, Statement
from stamp_desktop.engine.replay import outcome, outcome_bytes, replay
from tests.engine.bank import Sitter, by_chance, generated_prompts, generated_sets

CODES = {
    "stamp": [[*"123456789"]] * 2,
    "stampe": [[*"123456", "6+"]] * 2,
    "hebrew-2-6": [[*"123456789"]] * 2,
    "hebrew-7": [[*"123456789"]] * 2,
    "ws": [],
    "asl": [[*"123456789"]],
    "latin": [[*"123456789"]],
    "early": [[*"123456"]],
}


def form_of(name: str) -> Form:
    """The blueprint with a generated bank."""
    blueprint: Blueprint = shipped_blueprint(name)
    sets: list[ItemSet] = []
    prompts: list[Prompt] = []
    statements: list[Statement] = []
    for number, section in enumerate(blueprint.sections):
        match section:
            case AdaptiveSection():
                sets += generated_sets(section, 90, seed=number)
            case PromptSection():
                prompts += generated_prompts(section.id, spoken=section.id == "speaking")
            case SelfSection():
                statements += [
                    Statement(f"{section.id}-{level}-{n}", section.id, level) for level in range(1, 8) for n in range(3)
                ]
    return Form(blueprint, Bank(tuple(sets), tuple(prompts), tuple(statements)), "p", "h")


def sit(form: Form, theta: float) -> Sitter:
    """A whole sitting of a test taker of that ability, who judges themselves by it too."""
    sitter = Sitter(form).start()
    for section in form.blueprint.sections:
        match section:
            case AdaptiveSection():
                sitter.answer_all(section.id, by_chance(3, theta))
            case SelfSection():
                sitter.judge_all(section.id, lambda level: 3 if -3.6 + 0.9 * (level - 1) <= theta else 1)
            case PromptSection() if section.id == "speaking":
                sitter.speak_all(section.id)
            case _:
                sitter.write_all(section.id)
    sitter.do(SessionFinished())
    return sitter


def test_there_is_a_blueprint_for_every_assessment() -> None:
    assert set(names()) == CODES.keys()


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_blueprint_can_be_given_from_start_to_end(name: str) -> None:
    form = form_of(name)
    adapted = [section for section in form.blueprint.sections if isinstance(section, AdaptiveSection)]
    assert [list(levels.codes(section)) for section in adapted] == CODES[name]
    low, high = sit(form, -3.5), sit(form, 4.0)
    assert outcome_bytes(form, replay(form, high.journal).state) == outcome_bytes(form, high.now)
    for sitter in (low, high):
        for section, facts in zip(form.blueprint.sections, outcome(form, sitter.now)["sections"], strict=True):
            if isinstance(section, AdaptiveSection):
                assert len({item["item"] for item in facts["items"]}) == len(facts["items"]) == 3 * section.sets
                topics = Counter(form.stocks[section.id][item["set"]].topic for item in facts["items"])
                assert max(topics.values()) <= 3 * section.max_sets_per_topic
            elif isinstance(section, PromptSection):
                assert len(facts["responses"]) == 3
            if name == "stampe" and sitter is high and isinstance(section, AdaptiveSection):
                assert facts["status"] == "6+"
    for below, above, section in zip(low.now.sections, high.now.sections, form.blueprint.sections, strict=True):
        assert not isinstance(section, PromptSection) or below.level < above.level
