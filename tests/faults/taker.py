"""A simulated test taker as a program that can be killed at any moment.

It signs in at the desk and takes the whole test, from wherever it stands. Each fact is told after it is on the disk:

    open SEQ HASH PLACE         signed in; where the test goes on
    fact SEQ HASH PLACE         written; what is shown next
    frame RECORDING NUMBER      a second of speech is kept
    end                         the test is finished (with a courier: and its receipt is there)
    fault TRACEBACK             the program is wrong

What it does depends on the seed and on what it is asked, never on when it was killed.
"""

import random
import secrets
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from stamp_desktop.audio.capture import Recorded
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import Desk, House, Preparation
from stamp_desktop.delivery.opening import trusted
from stamp_desktop.delivery.runner import Room
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.tape import SessionTape
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.engine.events import (
    Answered,
    DraftSaved,
    EquipmentChecked,
    Event,
    PlayBegan,
    PlayEnded,
    PracticeFinished,
    ProctorCalled,
    ProfileSaved,
    RulesAccepted,
    SectionBegan,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapResponse, Item, Response, TextResponse
from stamp_desktop.engine.state import SectionState, State
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.courier import Courier, Progress
from stamp_desktop.sync.moving import Found

RATE = 8_000
LONGEST = 8
PATIENCE = 120.0
Tell = Callable[[str], None]


def furnished(
    folders: Folders, station: Station, preparation: Preparation, wake: Callable[[], None], dice: Callable[[], int]
) -> House:
    """The house of a prepared station, with this computer's clock."""
    device = station.device()
    assert device is not None
    return House(
        folders=folders,
        station=station,
        keys=FileKeyStore(folders.keys),
        clock=SystemClock(),
        device=device,
        publishers=trusted(folders),
        preparation=preparation,
        wake_courier=wake,
        dice=dice,
        offset=timedelta(),
    )


class Taker:
    """Takes the test in `root` as `login`. `dice` gives the seed of a new session and the names of recordings."""

    def __init__(self, root: Path, code: str, login: str, seed: str, tell: Tell, dice: Callable[[], int]) -> None:
        self._tell = tell
        self._seed = seed
        self._signed_in = intents.SignIn(code, login)
        self._wake: Callable[[], None] = lambda: None
        self.folders = Folders(root)
        self._station = Station(self.folders.station)
        self.keys = FileKeyStore(self.folders.keys)
        self._house = furnished(self.folders, self._station, self, lambda: self._wake(), dice)  # noqa: PLW0108  # courier: later
        self._sitting: Sitting | None = None

    def elsewhere(self, _session: str) -> Found | None:
        return None

    def take_over(self, _found: Found) -> None:
        raise AssertionError("nothing was found")

    def refresh(self) -> None:
        """Nothing is fetched: the computer is prepared."""

    def close(self) -> None:
        if self._sitting:
            self._sitting.journal.close()
        self._station.close()

    def run(self) -> Sitting:
        """Sign in and take the test to its end."""
        desk = Desk(self._house, self._sit_down)
        desk.take(self._signed_in)
        desk.take(intents.Confirm(True))
        sitting = self._sitting
        if sitting is None:
            raise RuntimeError(f"not let in: {desk.showing()}")
        self._say("open", sitting)
        while sitting.state.phase != "finished":
            self._move(sitting)
            self._wake()
        return sitting

    def run_with_courier(self) -> None:
        """The same while a courier delivers; until this test's own receipt is there."""
        received: set[str] = set()
        changed = threading.Condition()
        faults: list[BaseException] = []

        def report(progress: Progress) -> None:
            with changed:
                received.update(progress.receipts)
                changed.notify_all()

        courier = Courier(self.folders, self.keys, SystemClock(), random.Random(secrets.randbits(32)), report, faults.append)
        courier.start()
        self._wake = courier.wake
        try:
            session = self.run().journal.about.session
            with changed:
                assert changed.wait_for(lambda: session in received, PATIENCE), f"no receipt came: {faults}"
        finally:
            courier.stop()

    def _sit_down(self, sitting: Sitting, _admission: Admission, _sending: Sending) -> Room:
        self._sitting = sitting
        return Desk(self._house, self._sit_down)

    def _say(self, word: str, sitting: Sitting) -> None:
        head = sitting.journal.head()
        self._tell(f"{word} {head.seq} {head.hash.hex()} {place(sitting.state)}")

    def _dice(self, *about: object) -> random.Random:
        return random.Random(f"{self._seed} {' '.join(map(str, about))}")

    def _do(self, sitting: Sitting, *events: Event) -> None:
        for event in events:
            sitting.record(event)
            self._say("fact", sitting)

    def _move(self, sitting: Sitting) -> None:
        """Do the next thing, and all that belongs to it."""
        state, section = sitting.state, sitting.state.current
        match state.phase:
            case "rules":
                self._do(sitting, RulesAccepted())
            case "profile":
                self._do(sitting, ProfileSaved({"grade": "Grade 8"}))
            case "equipment":
                self._do(sitting, EquipmentChecked({"headphones": "ok"}))
            case "dashboard":
                waiting = [each.id for each in state.sections if each.status == "not_started"]
                if waiting:
                    self._do(sitting, SectionBegan(waiting[0]))
                else:
                    sitting.finish()
                    self._say("fact", sitting)
            case "practice" if section:
                self._do(sitting, PracticeFinished(section.id))
            case "item" if section:
                self._answer(sitting, section)
            case "prompt" if section and sitting.package.prompt(section.prompt or "").speak:
                self._speak(sitting, section)
            case "prompt" if section:
                self._write(sitting, section.prompt or "")
            case phase:
                raise RuntimeError(phase)

    def _answer(self, sitting: Sitting, section: SectionState) -> None:
        set_id, item_id = section.set_id or "", section.item or ""
        dice = self._dice(item_id)
        item = next(each for each in sitting.form.stocks[section.id][set_id].items if each.id == item_id)
        if sitting.package.passage(set_id).audio and not section.plays_used:
            self._do(sitting, PlayBegan(set_id, 1), PlayEnded(set_id, 1, 500, complete=True))
        if dice.random() < 0.4:
            self._do(sitting, DraftSaved(item_id, response(item, right=dice.random() < 0.5)))
        if dice.random() < 0.2:
            self._do(sitting, Ticked(), ProctorCalled("item"))
        self._do(sitting, Answered(item_id, response(item, right=dice.random() < 0.6)))

    def _write(self, sitting: Sitting, prompt: str) -> None:
        words = [self._dice(prompt, number).choice(("Käse", "ночь", "水", "🙂", "tree")) for number in range(30)]
        for count in (10, 20, 30):
            self._do(sitting, DraftSaved(prompt, TextResponse(" ".join(words[:count]))))
        self._do(sitting, Submitted(prompt, TextResponse(" ".join(words))))

    def _speak(self, sitting: Sitting, section: SectionState) -> None:
        tape = SessionTape(sitting, section.id, self.folders.session(sitting.journal.about.session), self._house.dice)
        self._say("fact", sitting)  # a recording that was left open is salvaged now
        taken = tape.last()
        if taken is None or (taken.salvaged and tape.attempts_left > 0):
            if taken is None:
                tape.prepare()
                self._say("fact", sitting)
            sink = tape.begin()(RATE)
            opened = sitting.state.section(section.id).open_recording
            assert opened is not None
            self._say("fact", sitting)
            count = self._dice(section.prompt).randint(2, LONGEST)
            for number in range(count):
                sink.write_frame(frame(opened.id, number))
                self._tell(f"frame {opened.id} {number}")
            tape.end(Recorded(count * RATE, RATE, float(count), (), None, 0.0, sink.finish()))
            self._say("fact", sitting)
        tape.submit()
        self._say("fact", sitting)


def response(item: Item, *, right: bool) -> Response:
    """A right or a wrong answer to the item."""
    if isinstance(item.key, ChoiceKey):
        return ChoiceResponse(tuple(sorted(item.key.choices)) if right else ())
    return GapResponse({gap: forms[0] if right else "?" for gap, forms in item.key.gaps.items()})


def frame(recording: str, number: int) -> bytes:
    """A second of speech, told from all others."""
    return random.Random(f"{recording} {number}").randbytes(2 * RATE)


def place(state: State) -> str:
    """What is in front of the test taker, in one word."""
    section = state.current
    at = "" if section is None else f"{section.id}/{section.status}/{section.item or section.prompt or ''}/{section.plays_used}"
    return f"{state.phase}:{at}"


def play(root: Path, code: str, login: str, seed: str, courier: bool, words: Connection) -> None:
    """The program: takes the test, telling `words`."""
    try:
        taker = Taker(root, code, login, seed, words.send, lambda: secrets.randbits(63))
        if courier:
            taker.run_with_courier()
        else:
            taker.run()
        taker.close()
        words.send("end")
    except BaseException:
        words.send(f"fault {traceback.format_exc()}")
        raise
