"""A self-evaluation on the screen: one can-do statement after the other, and the tasks that it chooses."""

from collections.abc import Callable

import pytest

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import new_keys, new_publisher_key
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.views import ChoiceTask, DashboardView, ItemView, SectionDoneView, WritingView
from stamp_desktop.engine.events import Judged
from stamp_desktop.engine.items import ChoiceResponse
from tests.content.small import SmallPackage, write_sources
from tests.content.test_blueprints import on_ws
from tests.delivery.rooms import Lab, Somebody


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    """The small test with self-evaluations in place of reading and listening."""
    folder = tmp_path_factory.mktemp("ws")
    sources = write_sources(folder / "ws")
    on_ws(sources)
    made = SmallPackage(folder / "ws.stamp", new_publisher_key(), new_keys())
    build(sources, made.path, made.signing_key, made.keys)
    return made


def test_statements_are_answered_one_by_one_and_choose_the_tasks(lab: Lab, come: Callable[[], Somebody]) -> None:
    ana = come()
    ana.get_ready()
    ana.begin("reading")
    shown = ana.see(ItemView)
    assert (shown.item, shown.number, shown.about, shown.practice) == ("r-1", 1, 7, False)
    assert (shown.stem_md, shown.title, shown.text_md) == ("I can do **1**.", "Tu lectura", "Di lo que sabes hacer.")
    assert isinstance(shown.task, ChoiceTask)
    assert [line.text for line in shown.task.choices] == ["Not yet", "With help", "Most of the time", "Easily"]
    assert ana.frame.step == "Statement 1 of at most 7"
    ana.say(intents.Draft("r-1", ChoiceResponse(("2",))))
    drafted = ana.see(ItemView).task
    assert isinstance(drafted, ChoiceTask)
    assert drafted.chosen == ("2",)
    ana.say(intents.Answer("r-1", ChoiceResponse(("3",))))
    ana.leave()
    bea = come()
    bea.sign_in()
    assert bea.see(ItemView).item == "r-2"
    for statement, answer in (("r-2", "2"), ("r-3", "3"), ("r-4", "1")):
        bea.say(intents.Answer(statement, ChoiceResponse((answer,))))
    assert "choose the tasks" in bea.see(SectionDoneView).note
    bea.say(intents.GoOn())
    assert bea.see(DashboardView).sections[0].result == "Done"
    bea.begin("writing")
    bea.practise()
    assert bea.see(WritingView).count == 3
    assert bea.sitting is not None
    assert bea.sitting.state.section("writing").level == 3
    bea.leave()
    facts = [fact for fact in lab.facts(bea.session) if isinstance(fact, Judged)]
    assert facts == [Judged("r-1", 3), Judged("r-2", 2), Judged("r-3", 3), Judged("r-4", 1)]
