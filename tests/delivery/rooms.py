"""A station for tests: real files, the small package, sound that needs no hardware, and somebody who acts on what is shown."""

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stamp_desktop.audio.capture import Microphone
from stamp_desktop.audio.pace import FreePace, Pace
from stamp_desktop.audio.playback import Loudspeaker
from stamp_desktop.audio.simulated import RATE, NullLoudspeaker, SpeakingMicrophone, babble
from stamp_desktop.content.reader import Package, open_package
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import Desk, House
from stamp_desktop.delivery.ear import Booth
from stamp_desktop.delivery.exam import Exam
from stamp_desktop.delivery.runner import Interrupted, Message, Pulse, Room
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.views import (
    AllDoneView,
    ChoiceTask,
    ConfirmView,
    DashboardView,
    EquipmentView,
    FrameView,
    ItemView,
    ProfileView,
    RulesView,
    Screen,
    SectionDoneView,
    SectionIntroView,
    Showing,
    SpeakingView,
    WritingView,
)
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.engine.codec import decode
from stamp_desktop.engine.events import Event, Noted
from stamp_desktop.engine.items import ChoiceResponse, GapResponse, Response, TextResponse
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Device, PackageLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.moving import Found
from stamp_desktop.sync.protocol import Group, RosterEntry
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage

View = TypeVar("View")
NOW = 1_800_000_000_000
CODE, LOGIN = "SMALL-1", "ana"
PATIENCE = 30.0
"""Seconds to wait for a word of a sound thread: much longer than any takes, so that only a word that never comes fails."""


class HandClock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.wall, self.mono, self.start = NOW, 1_000, "boot-1"

    def wall_ms(self) -> int:
        return self.wall

    def mono_ms(self) -> int:
        return self.mono

    def boot(self) -> str:
        return self.start

    def turn(self, seconds: float) -> None:
        """Let time pass on both."""
        self.wall += round(seconds * 1000)
        self.mono += round(seconds * 1000)


class HeldPace:
    """Sound's time: it passes by itself up to `until` seconds and then stands until it is let go."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._now = 0.0
        self._moved = threading.Condition()

    def now(self) -> float:
        with self._moved:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: self._now + seconds <= self._until, PATIENCE)
            self._now += seconds

    def let_go(self) -> None:
        """Let it pass from now on."""
        with self._moved:
            self._until = float("inf")
            self._moved.notify_all()


class TestStudio:
    """Sound without hardware; `plug` a microphone by giving what makes it."""

    __test__ = False

    simulated = ""

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace: Pace = pace or FreePace()
        self.volume = 0.8
        self.named: dict[str, Callable[[Pace], Microphone]] = {"Headset": talking}
        self.speaker: Callable[[Pace], Loudspeaker] = NullLoudspeaker
        self.mended: list[str] = []

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def microphones(self) -> tuple[str, ...]:
        return tuple(self.named)

    def microphone(self, name: str) -> Microphone:
        return self.named.get(name, next(iter(self.named.values())))(self.pace)

    def loudspeaker(self) -> Loudspeaker:
        return self.speaker(self.pace)

    def mend(self, device: str) -> bool:
        self.mended.append(device)
        return True

    def plug(self, microphone: Callable[[Pace], Microphone]) -> None:
        """This is the microphone from now on."""
        self.named = {"Headset": microphone}


VOICE = babble(6.0)


def talking(pace: Pace) -> Microphone:
    """Somebody speaks well."""
    return SpeakingMicrophone(VOICE, RATE, pace)


@dataclass(slots=True)
class Errands:
    """What the rooms ask of the outside: how often the courier was woken and the server was asked."""

    woken: int = 0
    asked: int = 0
    news: Callable[[], None] = lambda: None

    def elsewhere(self, _session: str) -> Found | None:
        return None

    def take_over(self, _found: Found) -> None:
        raise AssertionError("nothing was found")

    def refresh(self) -> None:
        self.asked += 1
        self.news()

    def wake(self) -> None:
        self.woken += 1


@dataclass(slots=True)
class Lab:
    """A prepared computer. `server` is the key to which sessions are sealed."""

    root: Path
    small: SmallPackage
    clock: HandClock = field(default_factory=HandClock)
    studio: TestStudio = field(default_factory=TestStudio)
    errands: Errands = field(default_factory=Errands)
    server: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    keyboard: str = "English (United States)"
    house: House = field(init=False)
    group: Group = field(init=False)

    def __post_init__(self) -> None:
        folders = Folders(self.root)
        folders.make()
        station, keys = Station(folders.station), FileKeyStore(folders.keys)
        device = Device("seat-12", "Seat 12", b"", "", "server", bytes(32), self.server.public_key().public_bytes_raw())
        dice = iter(range(8, 10**6))
        self.house = House(
            folders=folders,
            station=station,
            keys=keys,
            clock=self.clock,
            device=device,
            publishers=self.small.trusted,
            preparation=self.errands,
            wake_courier=self.errands.wake,
            dice=lambda: next(dice),
            offset=timedelta(),
        )
        manifest = self.open().manifest
        self.group = Group(
            id="g1",
            name="7B",
            school="Lake School",
            organization="District",
            language=manifest.language,
            assessment=manifest.assessment,
            package_id=manifest.id,
            package_version=manifest.version,
            package_hash=manifest.hash,
            test_code=CODE,
            opens_ms=NOW - 3_600_000,
            ends_ms=NOW + 24 * 3_600_000,
            seats=30,
            roster_control="closed",
        )
        package = folders.packages / "small.stamp"
        if not package.exists():
            package.write_bytes(self.small.path.read_bytes())
        station.keep_package(PackageLine(manifest.id, manifest.version, manifest.hash, package.name, verified=True))
        both = self.small.keys.content + self.small.keys.answers
        keys.put(f"package/{manifest.id}/{manifest.version}", both)
        self.tell(self.group, RosterEntry("g1", LOGIN, "Ana", "Lake"))

    def tell(self, group: Group, *people: RosterEntry) -> None:
        """What the server has told this computer of groups and rosters."""
        self.house.station.roster_changed([asdict(group)], [asdict(person) for person in people], [], "1")

    def let_in(self, **changes: Any) -> None:
        """The group with other facts."""
        self.group = replace(self.group, **changes)
        self.tell(self.group)

    def close(self) -> None:
        self.house.station.close()

    def open(self) -> Package:
        """The package, with its keys."""
        return open_package(self.small.path, self.small.trusted, self.small.keys)

    def session(self, login: str) -> str:
        """The id of the session of this login name."""
        return Admission(self.group, login, login).session

    def folder(self, session: str) -> SessionFolder:
        return self.house.folders.session(session)

    def notes(self, session: str) -> list[str]:
        """The codes of what was noted, but for the sound of the seat."""
        noted = [fact.code for fact in self.facts(session) if isinstance(fact, Noted)]
        return [code for code in noted if not code.startswith("sound.")]

    def facts(self, session: str) -> list[Event]:
        """The events on the disk, opened with the station's key; the session must not be open."""
        key = self.house.keys.get(key_name(session))
        assert key is not None
        journal = Journal.open(self.folder(session).journal, SessionKey(key))
        try:
            assert journal.verify() == []
            return [decode(row.kind, json.loads(body)) for row, body in journal.read()]
        finally:
            journal.close()


class Somebody:
    """Sits at a computer of the lab: says intents, hears what the sound threads say, sees what is shown.

    Trouble becomes the interrupted screen as the runner makes it; everything happens in the calling thread.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.words: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.booth = Booth(lab.studio, self.words.put)
        self.admission: Admission | None = None
        self.sitting: Sitting | None = None
        self._left = False
        self.room: Room = self.desk(Sending())

    def desk(self, sending: Sending) -> Desk:
        return Desk(self.lab.house, self._exam, sending)

    def _exam(self, sitting: Sitting, admission: Admission, sending: Sending) -> Room:
        self.admission, self.sitting = admission, sitting
        keyboard = lambda: self.lab.keyboard  # noqa: E731  # a test may change it
        return Exam(self.lab.house, self.booth, sitting, admission, sending, keyboard=keyboard, back=self.desk)

    @property
    def session(self) -> str:
        assert self.admission is not None
        return self.admission.session

    @property
    def showing(self) -> Showing:
        return self.room.showing()

    @property
    def screen(self) -> Screen:
        return self.showing.screen

    @property
    def frame(self) -> FrameView:
        frame = self.showing.frame
        assert frame is not None
        return frame

    def see(self, kind: type[View]) -> View:
        """The screen, which is of this kind."""
        screen = self.screen
        assert isinstance(screen, kind), screen
        return screen

    def say(self, *messages: Message) -> Screen:
        """Hand these in, one after the other; the screen after them."""
        for message in messages:
            try:
                self.room = self.room.take(message)
            except Trouble as trouble:
                self.room = Interrupted(self.room, message, trouble)
        return self.screen

    def hear(self, kind: type[View], wanted: Callable[[View], bool] = lambda _: True) -> View:
        """Take words of the sound threads until the screen is of this kind and as wanted."""
        while True:
            screen = self.screen
            if isinstance(screen, kind) and wanted(screen):
                return screen
            self.say(self.words.get(timeout=PATIENCE))

    def leave(self) -> None:
        """The window is closed, once."""
        if not self._left:
            self._left = True
            self.room.leave()

    def sign_in(self, code: str = CODE, login: str = LOGIN) -> None:
        """Sign in and say yes."""
        self.say(intents.SignIn(code, login))
        self.see(ConfirmView)
        self.say(intents.Confirm(True))

    def get_ready(self) -> None:
        """Sign in, and go on to the list of sections."""
        self.sign_in()
        self.see(RulesView)
        self.say(intents.AcceptRules())
        self.see(ProfileView)
        self.say(intents.SaveProfile({"grade": "Grade 7"}))
        self.check_equipment()
        self.see(DashboardView)

    def check_equipment(self) -> None:
        """All four steps, without trouble."""
        self.see(EquipmentView)
        self.say(intents.CheckPlay())
        self.hear(EquipmentView, lambda view: view.activity != "playing")
        self.say(intents.CheckWord("garden"), intents.CheckNext(), intents.CheckListen())
        self.hear(EquipmentView, lambda view: view.activity == "done")
        self.say(intents.CheckNext(), intents.CheckListen())
        self.hear(EquipmentView, lambda view: view.activity == "done")
        self.say(intents.CheckNext(), intents.CheckTyped("The quick answer: 3 + 4 = 7!"), intents.CheckNext())

    def begin(self, section: str) -> None:
        """Open a section from the list; its practice is shown."""
        self.say(intents.BeginSection(section))
        self.see(SectionIntroView)
        self.say(intents.BeginSection(section))

    def practise(self) -> None:
        """Get the practice behind oneself."""
        match self.screen:
            case ItemView(practice=True) as shown:
                self.say(intents.Answer(shown.item, ChoiceResponse(("a",))))
            case WritingView(practice=True) as shown:
                self.say(intents.Answer(shown.prompt, TextResponse("Practice.")))
            case SpeakingView(practice=True):
                self.record()
                self.say(intents.KeepRecording())
            case other:
                raise AssertionError(other)

    def answer(self) -> str:
        """Answer the question that is shown; its id."""
        shown = self.see(ItemView)
        self.say(intents.Answer(shown.item, some_answer(shown)))
        return shown.item

    def record(self) -> SpeakingView:
        """Record until the time to speak is over."""
        self.say(intents.Record())
        return self.hear(SpeakingView, lambda view: view.stage == "kept")

    def take_section(self, section: str) -> SectionDoneView:
        """A whole section with its practice, up to its closing screen."""
        self.begin(section)
        self.practise()
        while not isinstance(self.screen, SectionDoneView):
            match self.screen:
                case ItemView():
                    self.answer()
                case WritingView(prompt=prompt):
                    self.say(intents.Answer(prompt, TextResponse(f"What I think of {prompt}.")))
                case SpeakingView():
                    self.record()
                    self.say(intents.KeepRecording())
                case other:
                    raise AssertionError(other)
        return self.see(SectionDoneView)

    def take_test(self) -> AllDoneView:
        """All four sections and the end."""
        self.get_ready()
        for section in ("reading", "listening", "writing", "speaking"):
            self.take_section(section)
            self.say(intents.GoOn())
        self.say(intents.FinishTest())
        return self.see(AllDoneView)

    def pass_time(self, seconds: float) -> Screen:
        """Let time pass, and the program notice it."""
        self.lab.clock.turn(seconds)
        return self.say(Pulse())


def some_answer(shown: ItemView) -> Response:
    """An answer of the question's kind."""
    if isinstance(shown.task, ChoiceTask):
        return ChoiceResponse(tuple(choice.id for choice in shown.task.choices[: shown.task.most]))
    return GapResponse({gap: options[0].id if options else "27" for gap, options in shown.task.gaps.items()})
