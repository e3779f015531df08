"""The session thread: one message after the other, trouble shown and tried again, a fault told to its owner."""

import queue
from collections.abc import Callable

import pytest

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Interrupted, Message, Pulse, Room, Runner, Sound
from stamp_desktop.delivery.views import SavedView, Showing, SignInView, StateView
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.trouble import Trouble

FULL = Trouble("disk-full", "The disk is full.", "Nothing is lost.", "Make room.")


class ScriptedRoom:
    """Does for each message what a test says; shows how many it took."""

    def __init__(self, act: Callable[[Message], None] = lambda _: None, wake: float | None = None) -> None:
        self.took: list[Message] = []
        self.left = 0
        self._act = act
        self._wake = wake

    def take(self, message: Message) -> Room:
        self._act(message)
        self.took.append(message)
        return self

    def showing(self) -> Showing:
        return Showing(SignInView(str(len(self.took)), "", SavedView("", "plain", ""), ""))

    def wake_in(self) -> float | None:
        return self._wake

    def leave(self) -> None:
        self.left += 1


class Watched:
    """A runner, what it showed and what it failed with."""

    def __init__(self, room: Room) -> None:
        self.shown: queue.SimpleQueue[Showing] = queue.SimpleQueue()
        self.faults: list[Exception] = []
        self.ended = False
        self.runner = Runner(room, self.shown.put, self.faults.append, self._end)
        self.runner.start()

    def _end(self) -> None:
        self.ended = True

    def next(self) -> str | StateView:
        """What is shown next: the count that the scripted room shows, or the interrupted screen."""
        screen = self.shown.get(timeout=10).screen
        assert isinstance(screen, SignInView | StateView)
        return screen.test_code if isinstance(screen, SignInView) else screen


def test_every_message_is_taken_in_order_and_only_what_changed_is_shown() -> None:
    room = ScriptedRoom()
    watched = Watched(room)
    assert watched.next() == "0"
    watched.runner.put(intents.AcceptRules())
    assert watched.next() == "1"
    watched.runner.put(intents.GoOn())
    watched.runner.stop()
    assert watched.next() == "2"
    assert room.took == [intents.AcceptRules(), intents.GoOn()]
    assert watched.shown.empty()
    assert (room.left, watched.ended, watched.faults) == (1, True, [])


def test_a_room_that_wants_it_is_told_that_time_passed() -> None:
    room = ScriptedRoom(wake=0.0)
    watched = Watched(room)
    assert [watched.next() for _ in range(3)] == ["0", "1", "2"]
    watched.runner.stop()
    assert set(room.took) == {Pulse()}


def test_trouble_is_shown_and_trying_again_repeats_what_was_asked() -> None:
    full = [FULL, FULL]

    def act(_: Message) -> None:
        if full:
            raise full.pop()

    room = ScriptedRoom(act)
    watched = Watched(room)
    watched.next()
    asked = intents.SignIn("a", "b")
    watched.runner.put(asked)
    shown = watched.next()
    assert isinstance(shown, StateView)
    assert (shown.reason, shown.action) == ("The disk is full.", "Try again")
    watched.runner.put(intents.CallProctor())
    watched.runner.put(intents.GoOn())
    watched.runner.put(intents.GoOn())
    while isinstance(shown := watched.next(), StateView):
        pass
    assert shown == "1"
    watched.runner.stop()
    assert room.took == [asked]


def test_what_devices_and_courier_say_meanwhile_is_kept_in_order() -> None:
    room = ScriptedRoom()
    interrupted: Room = Interrupted(room, intents.Record(), FULL)
    for message in (Sound(1, "a"), Pulse(), Sending(True), intents.StopRecording(), Sound(1, "b")):
        assert interrupted.take(message) is interrupted
    assert room.took == []
    assert interrupted.take(intents.GoOn()) is room
    assert room.took == [intents.Record(), Sound(1, "a"), Sending(True), Sound(1, "b")]


def test_a_second_trouble_while_trying_again_loses_nothing_and_repeats_nothing() -> None:
    troubles = [Trouble("disk-error", "The disk fails.")]

    def act(message: Message) -> None:
        if message == Sound(1, "b") and troubles:
            raise troubles.pop()

    room = ScriptedRoom(act)
    interrupted: Room = Interrupted(room, Sound(1, "a"), FULL)
    for word in ("b", "c"):
        interrupted.take(Sound(1, word))
    assert interrupted.take(intents.GoOn()) is interrupted
    screen = interrupted.showing().screen
    assert isinstance(screen, StateView)
    assert screen.reason == "The disk fails."
    assert interrupted.take(intents.GoOn()) is room
    assert room.took == [Sound(1, "a"), Sound(1, "b"), Sound(1, "c")]


class Faded(ScriptedRoom):
    """Cannot show itself for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.damaged = True

    def showing(self) -> Showing:
        if self.damaged:
            raise Trouble("package-altered", "A picture is damaged.")
        return super().showing()


def test_a_page_that_cannot_be_shown_interrupts_too() -> None:
    room = Faded()
    watched = Watched(room)
    assert isinstance(watched.next(), StateView)
    room.damaged = False
    watched.runner.put(intents.GoOn())
    assert watched.next() == "1"
    watched.runner.stop()


def test_a_fault_of_the_program_reaches_the_owner_and_everything_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    fault = ZeroDivisionError("a bug")

    def act(_: Message) -> None:
        raise fault

    room = ScriptedRoom(act)
    watched = Watched(room)
    watched.runner.put(intents.AcceptRules())
    watched.runner.stop()
    assert (watched.faults, room.left, watched.ended) == ([fault], 1, True)
    assert "a fault of the program" in caplog.text
