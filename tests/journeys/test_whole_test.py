"""The demonstration test, from the sign-in to the receipt, by keys, clicks and speech; then what the server has of it.

A picture of every screen is saved in build/journeys.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest

from stamp_desktop.audio.playback import decode
from tests.journeys.lab import Lab
from tests.journeys.person import Done, Person
from tests.journeys.scene import Scene
from tests.journeys.speech import likeness

pytestmark = pytest.mark.timeout(900)
THE_SAME_SPEECH = 0.9
"""Correlation, a second at a time, over the noise of the room. It was 0.84 while the playing program had 20 ms in hand and put
silence between the words: `parec` on the same microphone had heard the same gaps, sample for sample, as our recorder.
"""
LISTENS_OUT = 2


@dataclass(frozen=True, slots=True)
class Sitting:
    """What the test taker remembers, and what the server made of it."""

    done: Done
    session: str
    receipt: str
    alarms: tuple[str, ...]
    outcome: bytes
    claimed: bytes
    results: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sitting(demo_lab: Lab) -> Sitting:
    station = demo_lab.station("Seat 12")
    screen = station.start()
    shown: list[tuple[object, ...]] = []

    def keep_picture(scene: Scene) -> None:
        mark = (scene.kind, scene.practice, scene.stage, bool(scene.gaps), "Playing" in scene.texts, scene.several)
        if mark not in shown or scene.kind == "equipment":
            shown.append(mark)
            screen.picture(f"whole-{len(shown):02d}-{scene.kind} {scene.stage}".strip().replace(" ", "-").replace("…", ""))

    person = Person(demo_lab, screen, "zoe", hears_out=LISTENS_OUT, seen=keep_picture)
    person.take_the_test()
    screen.picture("whole-90-sending")
    receipt = person.wait_for_receipt()
    screen.picture("whole-91-receipt")
    screen.press("Leave")
    person.screen.wait(lambda: person.scene().kind == "sign in", "the desk for the next test taker")
    screen.picture("whole-92-next-please")
    (row,) = demo_lab.sessions("zoe")
    found = demo_lab.replayed(row.id)
    results = {section["section"]: section for section in json.loads(found.outcome)["sections"]}
    assert row.receipt == receipt
    return Sitting(person.done, row.id, row.receipt, row.alarms, found.outcome, found.claimed, results)


def test_everything_is_received_and_nothing_alarms(sitting: Sitting) -> None:
    assert sitting.receipt
    assert sitting.alarms == ()


def test_the_server_works_out_what_the_station_did_byte_for_byte(sitting: Sitting) -> None:
    assert sitting.claimed
    assert sitting.outcome == sitting.claimed


def test_the_levels_on_the_screen_are_those_of_the_server(sitting: Sitting) -> None:
    known = {name.capitalize(): result["status"] for name, result in sitting.results.items() if "score" in result}
    assert sitting.done.levels == known
    assert set(known) == {"Reading", "Listening"}


def test_every_question_answered_on_the_screen_is_at_the_server_once(sitting: Sitting) -> None:
    answered = [step for step in sitting.done.steps if step.startswith("Question")]
    items = [line["item"] for result in sitting.results.values() for line in result.get("items", ())]
    assert len(items) == len(set(items)) == len(answered)


def test_the_texts_are_what_was_typed_letter_for_letter(sitting: Sitting) -> None:
    typed = [sitting.done.texts[step] for step in sorted(sitting.done.texts)]
    received = sitting.results["writing"]["responses"]
    assert [line["characters"] for line in received] == [len(text) for text in typed]
    assert [line["text_sha256"] for line in received] == [hashlib.sha256(text.encode()).hexdigest() for text in typed]


def test_the_recordings_are_what_was_said(sitting: Sitting, demo_lab: Lab) -> None:
    said = [decode(sitting.done.spoken[step].read_bytes()) for step in sorted(sitting.done.spoken)]
    received = [demo_lab.recording(line["recording"]) for line in sitting.results["speaking"]["responses"]]
    assert len(said) == len(received) == 3
    like = [[likeness(heard, sound) for sound in said] for heard in received]
    for task, row in enumerate(like):
        assert row[task] > THE_SAME_SPEECH, like
        assert max(row[:task] + row[task + 1 :]) < THE_SAME_SPEECH - 0.3, like
