"""The server is killed in the middle of a test: the test goes on and says so calmly; when it is back, everything arrives."""

import pytest

from tests.journeys.lab import Lab
from tests.journeys.person import Person
from tests.journeys.screen import says

CALM = "^Saved on this computer, sent when the line is back$"
WAITING = "^Saved on this computer, [1-9] recordings? waiting to be sent$"
BACK_SECONDS = 300
"""The courier tries again after a random time that grows with the outage; this is its longest."""


@pytest.mark.timeout(600)
def test_a_test_goes_on_without_the_server_and_everything_arrives_later(brief_lab: Lab) -> None:
    station = brief_lab.station("Seat 7")
    screen = station.start()
    person = Person(brief_lab, screen, "noah", hears_out=0)
    person.take_the_test(until=lambda scene: scene.section == "Writing" and scene.step == "Task 1 of 1")
    (begun,) = brief_lab.sessions("noah")

    brief_lab.server.kill()
    screen.wait_for(says(CALM), "word that the line is down", 60)
    screen.picture("down-1-in-a-task")
    person.take_the_test()
    screen.wait_for(says(WAITING), "word of the recording that waits", 5)
    screen.wait_for(says("^Everything is safe on this computer"), "calm words at the end")
    assert not screen.has(says("^Receipt number$"))
    screen.picture("down-2-at-the-end")
    worked_out = station.outcome(begun.id)

    brief_lab.server.start_again()
    receipt = person.wait_for_receipt(BACK_SECONDS)
    screen.picture("down-3-receipt")
    (row,) = brief_lab.sessions("noah")
    assert (row.id, row.receipt, row.alarms, row.forked, row.recordings) == (begun.id, receipt, (), False, 1)
    found = brief_lab.replayed(row.id)
    assert found.outcome == found.claimed == worked_out
