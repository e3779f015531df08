"""Hearing the recording of a question: plays are counted, and given back when the machine cut them short."""

from collections.abc import Callable

import pytest

from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import FreePace, Pace
from stamp_desktop.audio.playback import Opened
from stamp_desktop.audio.simulated import NullLoudspeaker
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.views import ItemView, PlayerView
from stamp_desktop.engine.events import PlayBegan, PlayEnded
from stamp_desktop.trouble import Trouble
from tests.delivery.rooms import HeldPace, Lab, Somebody

SECONDS = 0.5


class PulledLoudspeaker(NullLoudspeaker):
    """One whose plug is pulled after a tenth of a second."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(pace)
        self._left = 2

    def write(self, samples: Samples, timeout: float) -> int:
        self._left -= 1
        if self._left < 0:
            raise Trouble("device-lost", "The headphones are gone.", "", "Plug them in again.")
        return super().write(samples, timeout)


class NoLoudspeaker(NullLoudspeaker):
    """None is there."""

    def open(self, rate: int) -> Opened:
        raise Trouble("no-loudspeaker", f"There are no headphones for {rate} Hz.", "", "Plug them in.")


def at_listening(somebody: Somebody) -> Somebody:
    somebody.get_ready()
    somebody.begin("listening")
    somebody.practise()
    return somebody


def player(view: ItemView) -> PlayerView:
    assert view.player is not None
    return view.player


def over(view: ItemView) -> bool:
    return player(view).state != "playing"


def plays(lab: Lab, somebody: Somebody) -> list[tuple[int, bool | None]]:
    """What the journal has of plays: the number, and how it ended (None: it began)."""
    somebody.leave()
    return [
        (fact.play, None if isinstance(fact, PlayBegan) else fact.complete)
        for fact in lab.facts(somebody.session)
        if isinstance(fact, PlayBegan | PlayEnded)
    ]


def test_a_recording_is_heard_as_often_as_the_test_says(lab: Lab, ana: Somebody) -> None:
    at_listening(ana)
    shown = player(ana.see(ItemView))
    assert (shown.state, shown.plays_left) == ("ready", 2)
    assert shown.length == pytest.approx(SECONDS, abs=0.01)
    for left in (1, 0):
        ana.say(intents.Play())
        assert player(ana.see(ItemView)).state == "playing"
        shown = player(ana.hear(ItemView, over))
        assert (shown.state, shown.plays_left) == ("heard", left)
    ana.say(intents.Play())
    assert player(ana.see(ItemView)).state == "heard"
    assert plays(lab, ana) == [(1, None), (1, True), (2, None), (2, True)]


def test_practice_plays_without_end_and_leaves_nothing_behind(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("listening")
    for _ in range(3):
        ana.say(intents.Play())
        shown = player(ana.hear(ItemView, over))
        assert (shown.state, shown.plays_left) == ("heard", None)
    ana.practise()
    assert player(ana.see(ItemView)).plays_left == 2
    assert plays(lab, ana) == []


@pytest.mark.parametrize("broken", [PulledLoudspeaker, NoLoudspeaker])
def test_a_play_that_the_machine_cut_short_is_given_back(
    lab: Lab, ana: Somebody, broken: Callable[[Pace], NullLoudspeaker]
) -> None:
    at_listening(ana)
    lab.studio.speaker = broken
    ana.say(intents.Play())
    shown = player(ana.hear(ItemView, over))
    assert (shown.state, shown.plays_left) == ("trouble", 2)
    assert shown.notice is not None
    assert shown.notice.todo or shown.notice.text
    lab.studio.speaker = NullLoudspeaker
    ana.say(intents.Play())
    shown = player(ana.hear(ItemView, over))
    assert (shown.state, shown.plays_left, shown.notice) == ("heard", 1, None)
    assert plays(lab, ana) == [(1, None), (1, False), (1, None), (1, True)]


def test_a_play_that_a_closed_program_cut_short_is_given_back(lab: Lab, come: Callable[[], Somebody]) -> None:
    ana = at_listening(come())
    lab.studio.pace = HeldPace(0.2)
    ana.say(intents.Play())
    assert player(ana.see(ItemView)).plays_left == 1
    lab.studio.pace.let_go()
    ana.leave()
    lab.studio.pace = FreePace()
    again = come()
    again.sign_in()
    assert player(again.see(ItemView)).plays_left == 2


def test_whoever_goes_on_while_it_plays_has_used_the_play(lab: Lab, ana: Somebody) -> None:
    at_listening(ana)
    before = ana.see(ItemView)
    lab.studio.pace = HeldPace(0.2)
    ana.say(intents.Play())
    lab.studio.pace.let_go()
    ana.answer()
    following = ana.see(ItemView)
    assert following.set_id != before.set_id
    assert player(following).plays_left == 2
    assert plays(lab, ana) == [(1, None), (1, True)]


def test_the_volume_is_the_one_that_was_set(lab: Lab, ana: Somebody) -> None:
    heard: list[float] = []

    class Meter(NullLoudspeaker):
        def write(self, samples: Samples, timeout: float) -> int:
            heard.append(float(abs(samples).max()))
            return super().write(samples, timeout)

    at_listening(ana)
    lab.studio.speaker = Meter
    ana.say(intents.SetVolume(0.0), intents.Play())
    ana.hear(ItemView, over)
    assert max(heard) == 0
    ana.say(intents.SetVolume(1.0), intents.Play())
    ana.hear(ItemView, over)
    assert max(heard) > 0.1
