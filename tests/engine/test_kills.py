"""The program may die at any moment: after each event of fifty sittings it comes back to the same set and the same question."""

import os
from dataclasses import replace

import pytest

from stamp_desktop.engine.blueprint import Blueprint
from stamp_desktop.engine.events import Moment, SessionOpened, SetChosen
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Bank
from stamp_desktop.engine.replay import replay
from stamp_desktop.engine.session import DECISIONS, step
from tests.engine.bank import READING, Sitter, by_chance, generated_sets

SITTINGS = 50
# The long form has whole sections of ten sets.
SECTION = READING if os.environ.get("STAMP_SOAK") else replace(READING, sets=4)


@pytest.fixture(scope="module")
def reading() -> Form:
    return Form(Blueprint("kills", "en", (SECTION,)), Bank(generated_sets(SECTION, 66)), "p", "h")


@pytest.mark.parametrize("number", range(SITTINGS))
def test_a_kill_after_any_event_comes_back_to_the_same_set(reading: Form, number: int) -> None:
    sitter = (
        Sitter(reading).start(seed=number, login=f"login-{number}").answer_all("reading", by_chance(number, number / 12 - 2))
    )
    journal = sitter.journal
    for kept in range(1, len(journal)):
        found = replay(reading, journal[:kept])
        opened = Moment(2_000_000_000_000, 5, "another boot")
        state, _ = step(reading, found.state, SessionOpened("station-2"), opened)
        following = journal[kept][0]
        if isinstance(following, DECISIONS):
            assert state.pending == (following,)
        else:
            assert state.pending == ()
            chosen = [event.set_id for event, _ in journal[:kept] if isinstance(event, SetChosen)]
            assert [given.set_id for given in state.section("reading").sets] == chosen
            assert state.current is None or state.current.item == getattr(following, "item", state.current.item)
