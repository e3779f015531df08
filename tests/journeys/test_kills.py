"""The exam program is killed (SIGKILL) at thirty moments of one sitting and started again each time: nothing is lost.

The moments are drawn by a seed and lie in questions, in typing, in plays, in recordings, in saving, and between the sections.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import pytest

from stamp_desktop.audio.playback import decode
from tests.journeys.lab import Lab, Station
from tests.journeys.person import Person
from tests.journeys.reading import Node
from tests.journeys.scene import Scene
from tests.journeys.screen import button, says
from tests.journeys.speech import likeness_of_part

SEED = 20_261
KILLS = 30
CLOCK_SECONDS = 6
SAVED_SECONDS = 1.2
"""A draft is on the disk half a second after the first key that was not saved yet, and a slow disk's time later."""

LAST_SECONDS = 1.5
"""A recording is kept up to its last whole second; and the microphone hears 0.1-0.2 s later than the speech begins."""

THE_SAME_SPEECH = 0.9

Place = tuple[str, str]


def drawn(dice: Random) -> dict[Place, list[str]]:
    """Thirty moments, by section and step: those of a page in the order in which a person comes to them."""
    order = ["shown", "playing", "answered", "typing", "preparing", "recording", "saving", "kept", "going on"]
    choices = [("Reading", f"Question {number} of about 12", moment) for number in range(1, 13) for moment in _ANSWERING]
    chosen = dice.sample(choices, 11)
    hearing = [("Listening", f"Question {number} of about 4", moment) for number in range(1, 5) for moment in _ANSWERING]
    chosen += dice.sample(hearing, 3)
    chosen += [("Listening", f"Question {number} of about 4", "playing") for number in (1, 3)]
    chosen += [("Writing", f"Task {number} of 3", "typing") for number in (1, 2, 3)] + [("Writing", "Task 2 of 3", "going on")]
    chosen += [("Speaking", f"Task {number} of 3", "recording") for number in (1, 2, 3)]
    chosen += [
        ("Speaking", "Task 1 of 3", "preparing"),
        ("Speaking", "Task 2 of 3", "saving"),
        ("Speaking", "Task 2 of 3", "kept"),
    ]
    chosen += [("Equipment check", "", "shown"), ("Small test", "", "shown"), ("Listening", "Practice, not scored", "answered")]
    chosen += [("Speaking", "Practice, not scored", "recording")]
    assert len(chosen) == KILLS
    places: dict[Place, list[str]] = {}
    for section, step, moment in sorted(chosen, key=lambda each: order.index(each[2])):
        places.setdefault((section, step), []).append(moment)
    return places


_ANSWERING = ("shown", "answered", "going on")


@dataclass(slots=True)
class Ordeal:
    """One person, one station, and the kills that are left. `log` says what was done and found."""

    lab: Lab
    station: Station
    person: Person
    dice: Random
    left: dict[Place, list[str]]
    log: list[str] = field(default_factory=list)
    kept_broken_off: dict[str, float] = field(default_factory=dict)
    filled: list[str] = field(default_factory=list)

    def go_through(self) -> None:
        """The whole sitting."""
        while (scene := self.person.scene()).kind != "end":
            moments = self.left.get((scene.section, scene.step), [])
            if moments and self._fits(moments[0], scene):
                self.strike(moments.pop(0), scene)
            else:
                self.person.act(scene)

    def strike(self, moment: str, scene: Scene) -> None:
        """Bring the person to the moment, kill, come back, compare."""
        self.log.append(f"{scene.section}, {scene.step}: {moment}")
        strikes: Mapping[str, Callable[[Scene], None]] = {
            "shown": self.when_shown,
            "playing": self.when_playing,
            "answered": self.when_answered,
            "typing": self.when_typing,
            "going on": self.when_going_on,
            "preparing": self.when_preparing,
            "recording": self.when_recording,
            "saving": self.when_saving,
            "kept": self.when_shown,
        }
        strikes[moment](scene)

    def when_shown(self, scene: Scene) -> None:
        self.some_time(0, 2)
        same(scene, self.killed())

    def when_playing(self, scene: Scene) -> None:
        self.person.hear(scene, to_the_end=False)
        self.some_time(0, 4)
        after = self.killed()
        same(scene, after, clock_seconds=CLOCK_SECONDS + 8)
        assert after.plays_left == scene.plays_left, "a play that the machine cut short was not given back"

    def when_answered(self, scene: Scene) -> None:
        self.person.take(scene)
        self.some_time(SAVED_SECONDS, 2)
        before = self.person.scene()
        after = self.killed()
        same(before, after)
        if scene.practice:  # what is not scored is not kept
            return
        assert after.chosen == before.chosen
        assert self.written(after) == self.filled

    def when_typing(self, scene: Scene) -> None:
        text = self.person.write_text(scene)
        self.some_time(SAVED_SECONDS, 1.5)
        more = " And then the light went out, in the middle of a word"
        self.person.screen.type(more[: self.dice.randrange(5, len(more))])
        self.some_time(0, 0.6)
        before = self.person.screen.written(self.sheet())
        after = self.killed()
        same(scene, after)
        kept = self.person.screen.written(self.sheet())
        assert kept.startswith(text), "saved text was lost"
        assert before.startswith(kept), "the text is not what was typed"

    def when_going_on(self, scene: Scene) -> None:
        if scene.kind == "writing":
            self.person.write_text(scene)
        else:
            self.person.take(scene)
        self.some_time(SAVED_SECONDS, 0.2)
        before = self.person.scene()
        self.person.screen.key("ctrl+Return" if scene.kind == "writing" else "Return")
        self.some_time(0, 0.12)
        after = self.killed()
        if after.asked == before.asked:
            assert after.chosen == before.chosen
        else:
            assert number(after.step) == number(scene.step) + 1 or after.step == "", "a question was jumped over"
            self.person.done.steps.append(scene.step)
            if scene.kind == "writing":
                self.person.done.texts[scene.step] = self.person.text_for(scene)

    def when_preparing(self, scene: Scene) -> None:
        self.person.act(scene)
        self.some_time(0, 2)
        after = self.killed()
        assert (after.section, after.step, after.stage) == (scene.section, scene.step, "Record now")

    def when_recording(self, scene: Scene) -> None:
        self.person.start_recording(scene)
        begun = time.monotonic()
        speech = self.lab.speak(self.person.speech_for(scene))
        self.some_time(1.5, 3.5)
        self.station.kill()
        spoken = time.monotonic() - begun
        speech.terminate()
        after = self.back()
        if scene.practice:
            assert after.practice
            return
        assert (after.section, after.step, after.stage) == (scene.section, scene.step, "Keep and go on")
        assert "The program was interrupted while you were speaking" in after.texts
        assert any(text.startswith("Record again") for text in after.buttons)
        if not self.left[(scene.section, scene.step)]:
            self.kept_broken_off[scene.step] = spoken
            self.person.done.spoken[scene.step] = self.person.speech_for(scene)
            self.person.act(after)
        else:
            self.person.screen.press("Record again…")
            self.person.recording()

    def when_saving(self, scene: Scene) -> None:
        self.person.say_it(scene)
        self.person.screen.press("Stop and listen")
        self.some_time(0, 0.1)
        after = self.killed()
        assert (after.section, after.step, after.stage) == (scene.section, scene.step, "Keep and go on")
        self.person.done.spoken[scene.step] = self.person.speech_for(scene)

    def killed(self) -> Scene:
        """Kill, start again, sign in as before; what shows then."""
        self.filled = self.written(self.person.scene())
        self.station.kill()
        return self.back()

    def back(self) -> Scene:
        """Start again, sign in with the same login name, confirm."""
        self.person.screen = self.station.start()
        self.person.sign_in()
        self.person.screen.wait_for(says("You will go on at .* Nothing was lost"), "where the test goes on")
        self.person.confirm()
        self.person.screen.wait_gone(button("Yes, go on"), "the desk")
        return self.person.scene()

    def written(self, scene: Scene) -> list[str]:
        """What stands in the gaps that are typed."""
        return [self.person.screen.written(gap) for gap in scene.gaps if gap.role != "combo box"]

    def sheet(self) -> Node:
        return self.person.screen.wait_for(lambda node: node.name == "Your text", "the sheet")

    def some_time(self, least: float, more: float) -> None:
        """The moment of a kill is a matter of time: this is the dice, not waiting for something."""
        time.sleep(least + self.dice.random() * more)

    def _fits(self, moment: str, scene: Scene) -> bool:
        """Whether the person has come to the part of the page where the moment lies."""
        stages = {
            "preparing": "Start preparing",
            "recording": "Record now",
            "saving": "Stop and listen",
            "kept": "Keep and go on",
        }
        return stages.get(moment, scene.stage) == scene.stage


def same(before: Scene, after: Scene, clock_seconds: int = CLOCK_SECONDS) -> None:
    """The same question or task, the same time left, the same plays left."""
    if before.kind == "equipment":
        assert after.kind == "equipment"  # from its first step: what was plugged in may be another headset now
        return
    if before.kind in {"introduction", "section done", "dashboard"}:
        assert after.kind in {before.kind, "dashboard"}
        return
    assert after.asked == before.asked
    assert after.stage == before.stage
    if before.seconds_left is None or after.seconds_left is None:
        assert before.seconds_left == after.seconds_left
    else:
        assert abs(after.seconds_left - before.seconds_left) <= clock_seconds


def number(step: str) -> int:
    found = re.search(r"\d+", step)
    return int(found[0]) if found else 0


@pytest.mark.timeout(900)
def test_killed_thirty_times_a_sitting_loses_nothing(short_lab: Lab) -> None:
    dice = Random(SEED)
    station = short_lab.station("Seat 3")
    person = Person(short_lab, station.start(), "diego", hears_out=0, seed=SEED)
    ordeal = Ordeal(short_lab, station, person, dice, drawn(dice))
    try:
        ordeal.go_through()
    except AssertionError as error:
        error.add_note(f"after {len(ordeal.log)} kills: {'; '.join(ordeal.log)}")
        raise
    receipt = person.wait_for_receipt()
    assert len(ordeal.log) == KILLS, f"left: {ordeal.left}"

    (row,) = short_lab.sessions("diego")
    assert (row.receipt, row.alarms, row.forked) == (receipt, (), False)
    found = short_lab.replayed(row.id)
    assert found.outcome == found.claimed != b""
    results = {section["section"]: section for section in json.loads(found.outcome)["sections"]}
    items = [line["item"] for result in results.values() for line in result.get("items", ())]
    assert len(items) == len(set(items)) == 16
    texts = [person.done.texts[step] for step in sorted(person.done.texts)]
    received = [line["text_sha256"] for line in results["writing"]["responses"]]
    assert received == [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    for step, line in zip(sorted(person.done.spoken), results["speaking"]["responses"], strict=True):
        heard, said = short_lab.recording(line["recording"]), decode(person.done.spoken[step].read_bytes())
        assert likeness_of_part(heard, said) > THE_SAME_SPEECH
        if step in ordeal.kept_broken_off:
            assert line["salvaged"]
            assert heard.seconds > ordeal.kept_broken_off[step] - LAST_SECONDS
