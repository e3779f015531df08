"""What is broken on purpose while somebody takes a test: the disk is full, the disk fails, the package is damaged."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Pulse
from stamp_desktop.delivery.views import (
    AllDoneView,
    ConfirmView,
    ItemView,
    ProfileView,
    RulesView,
    SectionDoneView,
    SpeakingView,
    StateView,
)
from stamp_desktop.engine.events import Answered, RecordingEnded, SessionBegan, SessionOpened
from stamp_desktop.storage import journal
from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.reserve import Reserve
from tests.content.small import SmallPackage
from tests.delivery.rooms import HeldPace, Lab, Somebody, some_answer
from tests.delivery.speaking import at_speaking, kept_seconds

pytestmark = pytest.mark.faults
ROOM = 8_000_000
MOST = 40_000
TRY_AGAIN = intents.GoOn()


@pytest.fixture
def small_lab(tmp_path: Path, small: SmallPackage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab whose sessions lie on a file system of 8 MB; no room is taken for them beforehand."""
    monkeypatch.setattr(journal, "ROOM", 0)
    if sys.platform != "linux":
        pytest.skip("a small disk is mounted here on Linux only")
    sessions = tmp_path / "station" / "sessions"
    sessions.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", sessions], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    lab = Lab(tmp_path / "station", small)
    yield lab
    lab.close()
    subprocess.run(["umount", "--lazy", sessions], check=True)


@pytest.fixture
def ben(small_lab: Lab) -> Iterator[Somebody]:
    somebody = Somebody(small_lab)
    yield somebody
    somebody.leave()


@contextmanager
def full(lab: Lab) -> Iterator[None]:
    """While there is no room on the disk."""
    ballast = lab.house.folders.sessions / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def failing(lab: Lab, session: str) -> Iterator[None]:
    """While the disk refuses to take more of the journal (a limit on the size of files, below where its log goes on)."""
    assert database_files(lab.folder(session).journal)[1].stat().st_size > MOST
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def interrupted(somebody: Somebody) -> StateView:
    shown = somebody.see(StateView)
    assert shown.action == "Try again"
    return shown


def test_a_full_disk_interrupts_and_the_same_answer_is_taken_when_there_is_room(small_lab: Lab, ben: Somebody) -> None:
    ben.get_ready()
    ben.begin("reading")
    ben.practise()
    first = ben.answer()
    shown = ben.see(ItemView)
    with full(small_lab):
        for _ in range(200):  # the journal may still have room in its own file
            ben.say(intents.Draft(shown.item, some_answer(shown)))
            if isinstance(ben.screen, StateView):
                break
        assert interrupted(ben).reason == "The disk of this computer is full."
        ben.say(TRY_AGAIN, intents.Answer(shown.item, some_answer(shown)), Pulse())
        interrupted(ben)
    ben.say(TRY_AGAIN)
    assert ben.see(ItemView).item == shown.item
    ben.answer()
    ben.leave()
    answered = [fact.item for fact in small_lab.facts(ben.session) if isinstance(fact, Answered)]
    assert answered == [first, shown.item]


def test_the_time_for_which_the_disk_was_full_is_nobodys(small_lab: Lab, ben: Somebody) -> None:
    ben.get_ready()
    ben.begin("reading")
    ben.practise()
    with full(small_lab):
        while not isinstance(ben.screen, StateView):
            shown = ben.see(ItemView)
            ben.say(intents.Draft(shown.item, some_answer(shown)))
        small_lab.clock.turn(30)
        ben.say(TRY_AGAIN)
        interrupted(ben)
        small_lab.clock.turn(600)
    ben.say(TRY_AGAIN)
    assert ben.frame.clock == "60:00"
    small_lab.clock.turn(7)
    ben.answer()
    assert ben.frame.clock == "59:53"
    ben.leave()
    again = Somebody(small_lab)
    again.sign_in()
    assert again.frame.clock == "59:53"
    again.leave()


def test_a_disk_that_gets_full_while_somebody_speaks_keeps_what_was_said_before(small_lab: Lab, ben: Somebody) -> None:
    at_speaking(ben)
    small_lab.studio.pace = pace = HeldPace(3.5)
    ben.say(intents.Record())
    ben.hear(SpeakingView, lambda view: view.seconds >= 3.4)
    with full(small_lab):
        pace.let_go()
        ben.hear(StateView)
        ben.say(TRY_AGAIN)
        interrupted(ben)
    ben.say(TRY_AGAIN)
    kept = ben.hear(SpeakingView, lambda view: view.stage == "kept")
    assert kept.attempts_left == 1
    ben.say(intents.KeepRecording())
    assert ben.see(SpeakingView).number == 2
    ben.leave()
    (fact,) = (fact for fact in small_lab.facts(ben.session) if isinstance(fact, RecordingEnded))
    assert fact.duration_ms >= 3_000
    assert kept_seconds(small_lab, ben.session, fact.recording) == fact.duration_ms / 1000


def test_a_recording_that_ends_while_the_disk_is_full_is_not_forgotten(small_lab: Lab, ben: Somebody) -> None:
    """What the recorder says while the interrupted screen is shown is heard afterwards."""
    at_speaking(ben)
    small_lab.studio.pace = pace = HeldPace(3.5)
    ben.say(intents.Record())
    ben.hear(SpeakingView, lambda view: view.seconds >= 3.4)
    with full(small_lab):
        for _ in range(200):
            ben.say(intents.CallProctor())
            if isinstance(ben.screen, StateView):
                break
        interrupted(ben)
        pace.let_go()
        assert ben.booth is not None
        while True:
            word = ben.words.get(timeout=30)
            ben.say(word)
            if "Ended" in repr(word):
                break
        interrupted(ben)
    ben.say(TRY_AGAIN)
    assert ben.hear(SpeakingView, lambda view: view.stage == "kept").attempts_left == 1


def test_a_test_that_cannot_begin_on_a_full_disk_begins_when_there_is_room(small_lab: Lab, ben: Somebody) -> None:
    ben.say(intents.SignIn("SMALL-1", "ana"))
    ben.see(ConfirmView)
    with full(small_lab):
        ben.say(intents.Confirm(True))
        interrupted(ben)
        ben.say(TRY_AGAIN)
        interrupted(ben)
    ben.say(TRY_AGAIN)
    ben.see(RulesView)
    ben.say(intents.AcceptRules())
    ben.see(ProfileView)
    ben.leave()
    assert sum(isinstance(fact, SessionBegan) for fact in small_lab.facts(ben.session)) == 1


def test_a_test_that_cannot_be_opened_again_on_a_full_disk_is_opened_when_there_is_room(small_lab: Lab, ben: Somebody) -> None:
    ben.get_ready()
    ben.begin("reading")
    ben.practise()
    ben.leave()
    again = Somebody(small_lab)
    again.say(intents.SignIn("SMALL-1", "ana"))
    with full(small_lab):
        again.say(intents.Confirm(True))
        interrupted(again)
    again.say(TRY_AGAIN)
    again.see(ItemView)
    again.leave()
    facts = small_lab.facts(again.session)
    assert sum(isinstance(fact, SessionBegan) for fact in facts) == 1
    assert sum(isinstance(fact, SessionOpened) for fact in facts) == 1


def test_leaving_on_a_full_disk_lets_the_test_be_opened_again_with_its_recording(small_lab: Lab, ben: Somebody) -> None:
    at_speaking(ben)
    small_lab.studio.pace = pace = HeldPace(3.5)
    ben.say(intents.Record())
    ben.hear(SpeakingView, lambda view: view.seconds >= 3.4)
    with full(small_lab):
        pace.let_go()
        ben.leave()
    again = Somebody(small_lab)
    again.sign_in()
    kept = again.see(SpeakingView)
    assert (kept.stage, kept.salvaged) == ("kept", True)
    again.leave()


def test_a_full_disk_lets_the_reserve_go_and_the_proctor_is_told_while_the_test_goes_on(small_lab: Lab) -> None:
    reserve = Reserve(small_lab.house.folders.sessions / "reserve", 2_000_000)
    reserve.make()
    small_lab.house = replace(small_lab.house, reserve=reserve)
    ben = Somebody(small_lab)
    ben.get_ready()
    ben.begin("reading")
    ben.practise()
    with full(small_lab):
        while not reserve.gone:
            shown = ben.see(ItemView)
            ben.say(intents.Draft(shown.item, some_answer(shown)))
        ben.answer()
        ben.see(ItemView)
    ben.leave()
    assert small_lab.notes(ben.session) == ["disk_low"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files to provoke the error with")
def test_after_an_error_of_the_disk_a_fresh_look_is_taken_and_the_test_goes_on(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    ana.practise()
    shown = ana.see(ItemView)
    with failing(lab, ana.session):
        ana.say(intents.Answer(shown.item, some_answer(shown)))
        assert "reports an error" in interrupted(ana).reason
    ana.say(TRY_AGAIN)
    assert ana.see(ItemView).item != shown.item
    ana.answer()
    ana.leave()
    answered = [fact.item for fact in lab.facts(ana.session) if isinstance(fact, Answered)]
    assert answered[0] == shown.item
    assert len(answered) == 2
    assert lab.notes(ana.session) == ["disk_error"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files to provoke the error with")
def test_the_end_of_the_test_survives_an_error_of_the_disk(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    for section in ("reading", "listening", "writing", "speaking"):
        ana.take_section(section)
        ana.say(intents.GoOn())
    with failing(lab, ana.session):
        ana.say(intents.FinishTest())
        interrupted(ana)
    ana.say(TRY_AGAIN)
    ana.see(AllDoneView)


def test_a_package_that_is_damaged_during_the_test_interrupts_until_it_is_whole_again(
    lab: Lab, come: Callable[[], Somebody]
) -> None:
    ana = come()
    ana.get_ready()
    ana.begin("listening")
    ana.practise()
    path = lab.house.folders.packages / "small.stamp"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    ana.answer()
    interrupted(ana)
    ana.say(TRY_AGAIN)
    interrupted(ana)
    path.write_bytes(whole)
    ana.say(TRY_AGAIN)
    assert ana.see(ItemView).number == 2
    ana.answer()
    ana.see(SectionDoneView)
